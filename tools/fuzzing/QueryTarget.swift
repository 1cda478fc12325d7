// `tools/fuzz query`: a statement over a small trace, in all formats. Byte 0 chooses the format.

import Glibc
import TraceFormat
import TraceQuery
import TraceReplay

/// A statement may take no longer.
private let timeoutNanoseconds: UInt64 = 300_000_000

nonisolated(unsafe) private let database: QueryDatabase = {
  do {
    var limits = QueryLimits()
    limits.timeoutNanoseconds = timeoutNanoseconds
    limits.memoryBytes = QueryLimits.memoryBytesMin
    return try QueryDatabase([try TraceSession(path: Scratch.given("EXUVIA_FUZZ_TRACE"))], limits: limits)
  } catch { fatalError("the seed trace cannot be asked: \(error)") }
}()

@_cdecl("LLVMFuzzerTestOneInput")
func fuzzQuery(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  guard count >= 2 else { return 0 }
  let text = String(decoding: UnsafeBufferPointer(start: data, count: count)[1...], as: UTF8.self)
  let formats = AnswerFormat.allCases
  do {
    try AnswerWriter.write(try database.prepare(text), as: formats[Int(data[0]) % formats.count]) { _ in }
  } catch { return 0 }
  return 0
}
