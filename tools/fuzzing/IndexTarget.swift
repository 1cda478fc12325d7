// `tools/fuzz index`: byte 0 even: a closed trace, which is found by its end and index chunks; odd: an index file beside a sound trace. Checks are
// made right.

import TraceAnalysis
import TraceFormat
import TraceReplay

private let sound = Scratch.read(Scratch.given("EXUVIA_FUZZ_TRACE"))

@_cdecl("LLVMFuzzerTestOneInput")
func fuzzIndex(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  guard count >= 2 else { return 0 }
  let rest = Array(UnsafeBufferPointer(start: data, count: count)[2...])
  if data[0] & 1 == 0 {
    _ = Scratch.write([], as: "trace.exv.index")
    Answers.ask(Scratch.write(Seal.trace(rest), as: "trace.exv"), choice: data[1])
  } else {
    let path = Scratch.write(sound, as: "trace.exv")
    _ = Scratch.write(Seal.index(rest, of: sound), as: "trace.exv.index")
    askIndex(path)
    Answers.ask(path, choice: data[1])
  }
  return 0
}

/// Every checkpoint and every row of the index.
private func askIndex(_ path: String) {
  do {
    let session = try TraceSession(path: path)
    guard let index = session.index else { return }
    _ = (index.chunks, index.passes, index.types)
    for event in index.checkpointEvents.prefix(8) {
      _ = try session.replay(until: .event(event))
      _ = try session.replay(until: .event(event &+ 3))
    }
  } catch { return }
}
