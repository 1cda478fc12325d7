// The JSON that chrome://tracing introduced ("Trace Event Format"), which Perfetto, speedscope and others open as well. Times are microseconds with three
// decimals; each lane of a thread is a thread of its own there.

import TraceAnalysis
import TraceModel
import TraceReplay

struct ChromeSink: SpanSink {
  private let write: (borrowing [UInt8]) -> Void
  private var bytes: [UInt8] = Array("{\"displayTimeUnit\": \"ns\", \"traceEvents\": [".utf8)
  private var hasEvents = false
  private var pid: UInt32 = 0
  private var threadNames: [UInt32: String] = [:]
  private var lanes: Set<UInt32> = []

  private static let bufferBytes = 1 << 16
  /// Rows of a thread: its calls, then its lanes.
  private static let rowsPerThread: UInt32 = 8
  private static let passRow: UInt32 = 1

  init(_ write: @escaping (borrowing [UInt8]) -> Void) { self.write = write }

  mutating func end() {
    bytes += "\n]}\n".utf8
    write(bytes)
    bytes = []
  }

  private mutating func event(
    _ kind: String, _ row: UInt32, _ time: UInt64?, _ name: String, _ rest: (inout [UInt8]) -> Void = { _ in }
  ) {
    bytes += (hasEvents ? ",\n" : "\n").utf8
    hasEvents = true
    bytes += "{\"ph\": \"\(kind)\", \"pid\": \(pid), \"tid\": \(row), \"name\": ".utf8
    JSON.quote(name.utf8, into: &bytes)
    if let time { bytes += ", \"ts\": \(Self.microseconds(time))".utf8 }
    rest(&bytes)
    bytes.append(UInt8(ascii: "}"))
    if bytes.count >= Self.bufferBytes {
      write(bytes)
      bytes.removeAll(keepingCapacity: true)
    }
  }

  static func microseconds(_ nanoseconds: UInt64) -> String {
    let rest = "\(nanoseconds % 1000)"
    return "\(nanoseconds / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest
  }

  private mutating func name(_ row: UInt32, _ text: String, order: UInt32) {
    event("M", row, nil, "thread_name") {
      $0 += ", \"args\": {\"name\": ".utf8
      JSON.quote(text.utf8, into: &$0)
      $0.append(UInt8(ascii: "}"))
    }
    event("M", row, nil, "thread_sort_index") { $0 += ", \"args\": {\"sort_index\": \(order)}".utf8 }
  }

  private static func append(_ details: [(String, SpanValue)], to bytes: inout [UInt8]) {
    bytes += ", \"args\": {".utf8
    for (place, detail) in details.enumerated() {
      if place > 0 { bytes += ", ".utf8 }
      JSON.quote(detail.0.utf8, into: &bytes)
      bytes += ": ".utf8
      switch detail.1 {
      case .integer(let number): bytes += "\(number)".utf8
      case .text(let text): JSON.quote(text.utf8, into: &bytes)
      }
    }
    bytes.append(UInt8(ascii: "}"))
  }

  mutating func beginProcess(_ pid: UInt32, _ name: String) {
    self.pid = pid
    (threadNames, lanes) = ([:], [])
    event("M", 0, nil, "process_name") {
      $0 += ", \"args\": {\"name\": ".utf8
      JSON.quote(name.utf8, into: &$0)
      $0.append(UInt8(ascii: "}"))
    }
    self.name(Self.passRow, "collector", order: 0)
  }

  mutating func thread(_ id: UInt32, _ name: String) {
    threadNames[id] = name.isEmpty ? "thread \(id)" : name
    self.name(id &* Self.rowsPerThread, threadNames[id] ?? "", order: id &* Self.rowsPerThread)
  }

  private mutating func row(_ lane: SpanLane, _ thread: UInt32) -> UInt32 {
    let row = thread &* Self.rowsPerThread &+ lane.rawValue &+ 2
    if lanes.insert(row).inserted {
      name(row, "\(threadNames[thread] ?? "thread \(thread)"): \(lane.name)", order: row)
    }
    return row
  }

  private mutating func complete(
    _ row: UInt32, _ name: String, _ begin: UInt64, _ end: UInt64, _ details: [(String, SpanValue)]
  ) {
    event("X", row, begin, name) {
      $0 += ", \"dur\": \(Self.microseconds(end - min(begin, end)))".utf8
      Self.append(details, to: &$0)
    }
  }

  mutating func slice(
    _ lane: SpanLane, _ thread: UInt32, _ name: String, _ begin: UInt64, _ end: UInt64, _ details: [(String, SpanValue)]
  ) {
    complete(row(lane, thread), name, begin, end, details)
  }
  mutating func pass(_ name: String, _ begin: UInt64, _ end: UInt64, _ details: [(String, SpanValue)]) {
    complete(Self.passRow, name, begin, end, details)
  }
  mutating func beginCall(_ thread: UInt32, _ name: String, _ time: UInt64) {
    event("B", thread &* Self.rowsPerThread, time, name)
  }
  mutating func endCall(_ thread: UInt32, _ time: UInt64) { event("E", thread &* Self.rowsPerThread, time, "") }
  mutating func mark(_ thread: UInt32, _ name: String, _ time: UInt64) {
    event("i", thread &* Self.rowsPerThread, time, name) { $0 += ", \"s\": \"p\"".utf8 }
  }
  mutating func counter(_ name: String, isBytes: Bool, _ time: UInt64, _ value: Int64) {
    event("C", 0, time, name) { $0 += ", \"args\": {\"value\": \(value)}".utf8 }
  }
}

public enum ChromeExport {
  public static func run(
    _ sessions: [TraceSession], _ part: TracePart = TracePart(), write: @escaping (borrowing [UInt8]) -> Void
  ) throws(ReplayError) -> LossLedger {
    var sink = ChromeSink(write)
    let losses = try Spans.run(sessions, part, &sink)
    sink.end()
    return losses
  }
}
