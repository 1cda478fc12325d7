// `tools/fuzz header`: the file's header and what follows it, checks made right.

import TraceFormat

@_cdecl("LLVMFuzzerTestOneInput")
func fuzzHeader(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: count))
  // Both as it is, for the refusals before the check, and sealed, for what is behind it.
  for candidate in [bytes, Seal.trace(bytes)] {
    let path = Scratch.write(candidate, as: "trace.exv")
    guard let file = try? TraceFile(path: path) else { continue }
    _ = try? Answers.disassembled(file)
  }
  return 0
}
