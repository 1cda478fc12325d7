// `tools/fuzz definitions`: a chunk of definitions, coded, before the events of a small trace that use ids. The input as in ChunkTarget.swift.

@_cdecl("LLVMFuzzerTestOneInput")
func fuzzDefinitions(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  guard count >= 6 else { return 0 }
  let bytes = Array(UnsafeBufferPointer(start: data, count: count))
  let path = Scratch.write(Chunks.trace(.definitions, bytes, before: Chunks.events), as: "trace.exv")
  Answers.ask(path, choice: bytes[0])
  return 0
}
