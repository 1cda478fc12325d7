// `tools/fuzz chunk`: a chunk of events. Byte 0 chooses what is asked, byte 1 what the rest is: coded bytes for the decoder (after the number of
// records and of 16-byte units, 2 bytes each), or raw records, which are first written, so that reading must give the same words.

import TraceFormat
import TraceModel
import TraceReplay

@_cdecl("LLVMFuzzerTestOneInput")
func fuzzChunk(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  guard count >= 6 else { return 0 }
  let bytes = Array(UnsafeBufferPointer(start: data, count: count))
  if bytes[1] & 3 == 3 {
    askRecords(Array(bytes[6...]), choice: bytes[0])
  } else {
    let path = Scratch.write(
      Chunks.trace(.events, bytes, behind: Chunks.definitions), as: "trace.exv")
    Answers.ask(path, choice: bytes[0])
  }
  return 0
}

/// The whole records at the begin of `bytes`, through the writer and back.
private func askRecords(_ bytes: [UInt8], choice: UInt8) {
  var words = Chunks.wholeRecords(bytes)
  let path = Scratch.path("trace.exv")
  var header = TraceHeader()
  header.level = .all
  do {
    let writer = try TraceWriter(path: path, header: header, force: true)
    try words.withUnsafeMutableBufferPointer { buffer in
      _ = try writer.appendChunk(
        stream: 0, ringBegin: 0, ringEnd: UInt64(buffer.count / 2), words: UnsafeBufferPointer(buffer))
    }
    try writer.finish(ProgramEnd(status: 0))
  } catch { fatalError("the writer refuses whole records: \(error)") }
  let file: TraceFile
  do {
    file = try TraceFile(path: path)
    guard try Chunks.words(of: file) == Chunks.definitionsFirst(words) else {
      fatalError("records that were written are read as others")
    }
  } catch { fatalError("what the writer wrote is refused: \(error)") }
  Answers.ask(path, choice: choice)
}
