// Perfetto's trace format: protobuf messages `Trace { repeated TracePacket packet = 1 }`, for ui.perfetto.dev and trace_processor.
// Source: perfetto's protos (trace_packet.proto, track_event.proto, track_descriptor.proto). Only what is needed is written, by hand:
//
//     field    varint (number << 3 | type), then a varint (type 0) or a length and that many bytes (type 2)
//     example  TracePacket.timestamp (8) = 300:  40 AC 02

import TraceModel
import TraceReplay

/// Appends the fields of one message.
struct ProtobufMessage {
  private(set) var bytes: [UInt8] = []

  mutating func add(_ field: UInt64, _ value: UInt64) {
    varint(field << 3)
    varint(value)
  }
  mutating func add(_ field: UInt64, _ text: String) { add(field, Array(text.utf8)) }
  mutating func add(_ field: UInt64, _ message: ProtobufMessage) { add(field, message.bytes) }
  mutating func add(_ field: UInt64, _ content: [UInt8]) {
    varint(field << 3 | 2)
    varint(UInt64(content.count))
    bytes += content
  }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 128 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 128)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

struct PerfettoSink: SpanSink {
  private var buffer = ProtobufMessage()
  private let write: (borrowing [UInt8]) -> Void
  private var pid: UInt32 = 0
  private var counters: Set<String> = []
  private var lanes: Set<UInt64> = []

  private static let bufferBytes = 1 << 16
  private static let sequence: UInt64 = 1
  // Fields of TracePacket.
  private static let timestamp: UInt64 = 8
  private static let sequenceID: UInt64 = 10
  private static let trackEvent: UInt64 = 11
  private static let trackDescriptor: UInt64 = 60
  // Values of TrackEvent.type.
  private static let sliceBegin: UInt64 = 1
  private static let sliceEnd: UInt64 = 2
  private static let instant: UInt64 = 3
  private static let counterPoint: UInt64 = 4

  init(_ write: @escaping (borrowing [UInt8]) -> Void) { self.write = write }

  mutating func flush() {
    write(buffer.bytes)
    buffer = ProtobufMessage()
  }

  // Track ids: the process in the upper half, then what it is, then which.
  private enum Family: UInt64 {
    case process = 1
    case thread, lane, passes, counter
  }
  private func track(_ family: Family, _ index: UInt64) -> UInt64 {
    UInt64(pid) << 40 | family.rawValue << 32 | index & 0xFFFF_FFFF
  }

  private mutating func packet(_ time: UInt64?, _ field: UInt64, _ message: ProtobufMessage) {
    var packet = ProtobufMessage()
    if let time { packet.add(Self.timestamp, time) }
    packet.add(Self.sequenceID, Self.sequence)
    packet.add(field, message)
    buffer.add(1, packet)
    if buffer.bytes.count >= Self.bufferBytes { flush() }
  }

  private mutating func describe(
    _ uuid: UInt64, _ name: String?, parent: UInt64?, _ fill: (inout ProtobufMessage) -> Void
  ) {
    var descriptor = ProtobufMessage()
    descriptor.add(1, uuid)
    if let name { descriptor.add(2, name) }
    if let parent { descriptor.add(5, parent) }
    fill(&descriptor)
    packet(nil, Self.trackDescriptor, descriptor)
  }

  private mutating func event(
    _ type: UInt64, _ track: UInt64, _ time: UInt64, _ name: String? = nil, _ details: [(String, SpanValue)] = []
  ) {
    var event = ProtobufMessage()
    event.add(9, type)
    event.add(11, track)
    if let name { event.add(23, name) }
    for (key, value) in details {
      var annotation = ProtobufMessage()
      annotation.add(10, key)
      switch value {
      case .integer(let number): annotation.add(3, number)
      case .text(let text): annotation.add(6, text)
      }
      event.add(4, annotation)
    }
    packet(time, Self.trackEvent, event)
  }

  mutating func beginProcess(_ pid: UInt32, _ name: String) {
    self.pid = pid
    counters = []
    describe(track(.process, 0), nil, parent: nil) {
      var process = ProtobufMessage()
      process.add(1, UInt64(pid))
      process.add(6, name)
      $0.add(3, process)
    }
    describe(track(.passes, 0), "collector", parent: track(.process, 0)) { _ in }
  }

  mutating func thread(_ id: UInt32, _ name: String) {
    let process = pid
    describe(track(.thread, UInt64(id)), nil, parent: nil) {
      var thread = ProtobufMessage()
      thread.add(1, UInt64(process))
      // The trace's own numbers: those of the kernel may be missing, or be another process's.
      thread.add(2, UInt64(process) << 16 | UInt64(id))
      thread.add(5, name.isEmpty ? "thread \(id)" : name)
      $0.add(4, thread)
    }
  }

  private mutating func laneTrack(_ lane: SpanLane, _ thread: UInt32) -> UInt64 {
    let uuid = track(.lane, UInt64(thread) << 3 | UInt64(lane.rawValue))
    if lanes.insert(uuid).inserted { describe(uuid, lane.name, parent: track(.thread, UInt64(thread))) { _ in } }
    return uuid
  }

  mutating func slice(
    _ lane: SpanLane, _ thread: UInt32, _ name: String, _ begin: UInt64, _ end: UInt64, _ details: [(String, SpanValue)]
  ) {
    let uuid = laneTrack(lane, thread)
    event(Self.sliceBegin, uuid, begin, name, details)
    event(Self.sliceEnd, uuid, end)
  }

  mutating func pass(_ name: String, _ begin: UInt64, _ end: UInt64, _ details: [(String, SpanValue)]) {
    event(Self.sliceBegin, track(.passes, 0), begin, name, details)
    event(Self.sliceEnd, track(.passes, 0), end)
  }

  mutating func beginCall(_ thread: UInt32, _ name: String, _ time: UInt64) {
    event(Self.sliceBegin, track(.thread, UInt64(thread)), time, name)
  }

  mutating func endCall(_ thread: UInt32, _ time: UInt64) {
    event(Self.sliceEnd, track(.thread, UInt64(thread)), time)
  }

  mutating func mark(_ thread: UInt32, _ name: String, _ time: UInt64) {
    event(Self.instant, track(.thread, UInt64(thread)), time, name)
  }

  mutating func counter(_ name: String, isBytes: Bool, _ time: UInt64, _ value: Int64) {
    let uuid = track(.counter, Self.hash(name))
    if counters.insert(name).inserted {
      describe(uuid, name, parent: track(.process, 0)) {
        var counter = ProtobufMessage()
        // CounterDescriptor.unit: count, or bytes.
        counter.add(3, isBytes ? 3 : 2)
        $0.add(8, counter)
      }
    }
    var event = ProtobufMessage()
    event.add(9, Self.counterPoint)
    event.add(11, uuid)
    event.add(30, UInt64(bitPattern: value))
    packet(time, Self.trackEvent, event)
  }

  /// FNV-1a: the same name has the same track in every export.
  private static func hash(_ name: String) -> UInt64 {
    name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } >> 32
  }
}

public enum PerfettoExport {
  public static func run(
    _ sessions: [TraceSession], _ part: TracePart = TracePart(), write: @escaping (borrowing [UInt8]) -> Void
  ) throws(ReplayError) -> LossLedger {
    var sink = PerfettoSink(write)
    let losses = try Spans.run(sessions, part, &sink)
    sink.flush()
    return losses
  }
}
