// Which events `exuvia events` prints: by kind, object, thread and moment. Follows one stream from its start.

import TraceFormat
import TraceModel
import TraceReplay

struct EventFilter {
  var kinds: Set<UInt8> = []
  var object: UInt64?
  var thread: UInt32?
  var stream: UInt32?
  private let from: TimePoint
  private let to: TimePoint
  private var fromMarker: UInt64?
  private var toMarker: UInt64?

  // Where the stream stands.
  private var holder: UInt32 = 0
  private var time: UInt64 = 0
  private var passes: UInt64 = 0
  private(set) var hasBegun: Bool
  private(set) var hasEnded = false
  /// Whether the end came before the begin.
  private(set) var endsFirst = false

  private static let specs = EventSpec.table

  init(from: TimePoint, to: TimePoint) {
    self.from = from
    self.to = to
    hasBegun = from == .start
    hasEnded = to == .start
  }

  var passesAll: Bool {
    kinds.isEmpty && object == nil && thread == nil && stream == nil && from == .start && to == .end
  }

  /// Definitions are printed when their kinds are asked for.
  var wantsDefinitions: Bool { passesAll || kinds.contains { $0 < 16 } }

  /// The same with the names of markers looked up.
  func resolved(_ definitions: Definitions) -> EventFilter {
    var copy = self
    copy.fromMarker = Self.id(from, definitions)
    copy.toMarker = Self.id(to, definitions)
    return copy
  }

  private static func id(_ point: TimePoint, _ definitions: Definitions) -> UInt64? {
    guard case .marker(let name) = point else { return nil }
    return definitions.strings.firstIndex(of: name).map { UInt64($0) }
  }

  /// Whether no event of `chunk` can pass, and nothing in it needs to be followed.
  mutating func skips(_ chunk: ChunkInfo) -> Bool {
    guard chunk.kind == .events else { return false }
    if hasEnded { return true }
    let end = chunk.firstSequence + UInt64(chunk.eventCount)
    guard thread == nil, !hasBegun else { return false }
    switch from {
    case .event(let number) where end <= number: break
    case .time(let moment) where chunk.lastTime < moment: break
    default: return false
    }
    switch to {
    case .start, .end: return true
    case .event(let number): endsFirst = number < end
    case .time(let moment): endsFirst = moment < chunk.lastTime
    // What they are told by has to be seen.
    case .programEnd, .pass, .marker: return false
    }
    hasEnded = endsFirst
    return true
  }

  /// Whether the event passes; called for every event in order.
  mutating func passes(_ record: UnsafePointer<UInt64>, number: UInt64, isDefinition: Bool) -> Bool {
    let kind = UInt8(truncatingIfNeeded: record[0])
    if isDefinition {
      return (kinds.isEmpty || kinds.contains(kind)) && (object.map { names($0, record, kind) } ?? true)
    }
    guard let spec = Self.specs[Int(kind)] else { return false }
    guard !hasEnded else { return false }
    follow(record, spec, number)
    noteEnd(record, spec, number)
    if hasEnded, !hasBegun { endsFirst = true }
    guard hasBegun else { return false }
    if hasEnded, to.isBeforeItsEvent { return false }
    if !kinds.isEmpty, !kinds.contains(kind) { return false }
    if let object, !names(object, record, kind) { return false }
    if let thread, thread != holder, !namesThread(thread, record, spec) { return false }
    return true
  }

  private mutating func follow(_ record: UnsafePointer<UInt64>, _ spec: EventSpec, _ number: UInt64) {
    if spec.hasTime { time = max(time, record[1]) }
    switch spec.kind {
    case .collectEnd: passes += 1
    case .lockAcquire where record[0] >> 32 == 0: holder = UInt32(truncatingIfNeeded: record[2])
    default: break
    }
    if hasBegun { return }
    switch from {
    case .start: hasBegun = true
    case .end: break
    case .programEnd: hasBegun = Self.beginsTeardown(record, spec)
    case .event(let first): hasBegun = number >= first
    case .time(let moment): hasBegun = time >= moment
    case .pass(let count): hasBegun = passes >= count
    case .marker: hasBegun = spec.kind == .marker && record[0] >> 32 == fromMarker
    }
  }

  private mutating func noteEnd(_ record: UnsafePointer<UInt64>, _ spec: EventSpec, _ number: UInt64) {
    switch to {
    case .start: hasEnded = true
    case .end: break
    case .programEnd: hasEnded = Self.beginsTeardown(record, spec)
    case .event(let last): hasEnded = number >= last
    case .time(let moment): hasEnded = time > moment
    case .pass(let count): hasEnded = passes >= count && spec.kind == .collectEnd
    case .marker: hasEnded = spec.kind == .marker && record[0] >> 32 == toMarker
    }
  }

  private static func beginsTeardown(_ record: UnsafePointer<UInt64>, _ spec: EventSpec) -> Bool {
    switch spec.kind {
    case .dealloc: record[0] >> 8 & 7 == DeathCause.shutdown.rawValue
    case .collectBegin: record[0] >> 12 & 15 == CollectReason.shutdown.rawValue
    case .processExit, .programEnd: true
    default: false
    }
  }

  private func names(_ object: UInt64, _ record: UnsafePointer<UInt64>, _ kind: UInt8) -> Bool {
    guard let spec = Self.specs[Int(kind)] else { return false }
    return spec.fields.contains { $0.kind == .object && $0.extract(word: record[Int($0.word)]) == object }
  }

  private func namesThread(_ thread: UInt32, _ record: UnsafePointer<UInt64>, _ spec: EventSpec) -> Bool {
    spec.fields.contains { $0.kind == .thread && $0.extract(word: record[Int($0.word)]) == UInt64(thread) }
  }
}

extension TimePoint {
  /// Whether the event that shows that the moment has come is already beyond it.
  fileprivate var isBeforeItsEvent: Bool {
    switch self {
    case .start, .time, .programEnd: true
    case .end, .event, .pass, .marker: false
    }
  }
}
