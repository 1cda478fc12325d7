// `tools/fuzz text`: the text form. What is assembled can be read, and its text gives the same text again.

import TraceFormat

@_cdecl("LLVMFuzzerTestOneInput")
func fuzzText(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let text = Array(UnsafeBufferPointer(start: data, count: count))
  let (path, again) = (Scratch.path("trace.exv"), Scratch.path("again.exv"))
  guard (try? TextReader.assemble(text, textPath: "text", outputPath: path, force: true)) != nil else { return 0 }
  do {
    let first = try Answers.disassembled(try TraceFile(path: path, readsRing: false))
    try TextReader.assemble(first, textPath: "again", outputPath: again, force: true)
    let second = try Answers.disassembled(try TraceFile(path: again, readsRing: false))
    guard first == second else { fatalError("text to trace to text changes the text") }
  } catch {
    // Ids beyond all proportion are assembled, for tests of the reader, and refused when they are read.
    guard error.found.hasPrefix("a definition's id") || error.found.hasPrefix("more than") else {
      fatalError("what was assembled is refused: \(error)")
    }
    return 0
  }
  Answers.ask(path, choice: UInt8(truncatingIfNeeded: count))
  return 0
}
