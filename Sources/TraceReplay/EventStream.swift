// Events of one stream as somebody who asks for the next one sees them: only kinds that are wanted, only chunks that a range of event numbers and
// of time can concern. Knows where the stream stands (number, time, who holds the GIL), but builds no state.

import TraceFormat
import TraceModel

/// Which kinds of events somebody wants.
public struct KindSet: Sendable {
  public private(set) var bytes: [Bool]

  public init(_ kinds: [EventKind]) {
    bytes = [Bool](repeating: false, count: 256)
    for kind in kinds { bytes[Int(kind.rawValue)] = true }
  }

  /// All kinds that are no definitions.
  public static let events = KindSet(EventKind.allCases.filter { !EventSpec.spec($0).isDefinition })

  public func contains(_ kind: EventKind) -> Bool { bytes[Int(kind.rawValue)] }
  public mutating func formIntersection(_ other: KindSet) {
    for index in bytes.indices { bytes[index] = bytes[index] && other.bytes[index] }
  }
}

/// A part of a stream: both ranges are closed; a chunk that lies outside of either is not decoded.
public struct EventRange: Sendable {
  public var numbers: ClosedRange<UInt64> = 0...UInt64.max
  public var times: ClosedRange<UInt64> = 0...UInt64.max
  public init() {}
}

/// Safe: `flags` has 256 elements and is freed only here; the cursor's words belong to the reader's block, which stays until the next is asked for.
@safe public final class EventStream {
  /// Number of the current event.
  public private(set) var number: UInt64 = 0
  /// Latest exact time, the current event's own included.
  public private(set) var time: UInt64 = 0
  /// The thread that holds the GIL at the current event; an acquisition counts from its own event on. 0: nobody known.
  public private(set) var thread: UInt32 = 0
  /// Asked before each chunk; true ends the stream early.
  public var mustStop: () -> Bool = { false }
  public private(set) var wasStopped = false

  private let session: TraceSession
  private let reader: ChunkReader
  private let flags: UnsafeMutablePointer<UInt8>
  /// Where the cursor stands before the first block.
  private let nothing: UnsafeMutablePointer<UInt64>
  private var cursor: RecordCursor
  private var numberOfNext: UInt64 = 0
  private var hasEnded = false
  private let range: EventRange

  private static let wanted: UInt8 = 1
  private static let timed: UInt8 = 2
  private static let acquires: UInt8 = 4

  /// The events of `kinds` within `range`, of the session's stream. `knowsThread`: whoever asks will look at `thread`; where the first chunks are left
  /// out, the chunks before are then searched for who had the GIL.
  public init(_ session: TraceSession, kinds: KindSet, range: EventRange = EventRange(), knowsThread: Bool = false)
    throws(ReplayError)
  {
    self.session = session
    self.range = range
    unsafe flags = .allocate(capacity: 256)
    for index in 0..<256 {
      var flag: UInt8 = kinds.bytes[index] ? Self.wanted : 0
      if EventSpec.table[index]?.hasTime == true { flag |= Self.timed }
      if index == Int(EventKind.lockAcquire.rawValue) { flag |= Self.acquires }
      unsafe flags[index] = flag
    }
    unsafe nothing = .allocate(capacity: 2)
    unsafe cursor = RecordCursor(words: nothing, count: 0)
    let chunks = Self.chunks(session, range)
    reader = ChunkReader(session.file, chunks: chunks.indices)
    time = chunks.timeBefore
    if knowsThread, chunks.skipped > 0 { thread = try Self.holder(session, before: chunks.indices.first) }
  }

  deinit {
    unsafe flags.deallocate()
    unsafe nothing.deallocate()
  }

  private static func chunks(_ session: TraceSession, _ range: EventRange) -> (
    indices: [Int], timeBefore: UInt64, skipped: Int
  ) {
    var indices: [Int] = []
    var timeBefore: UInt64 = 0
    var last: UInt64 = 0
    var skipped = 0
    for (index, chunk) in session.file.chunks.enumerated() where chunk.kind == .events && chunk.stream == session.stream
    {
      let end = chunk.firstSequence &+ UInt64(chunk.eventCount)
      let concerns =
        end > range.numbers.lowerBound && chunk.firstSequence <= range.numbers.upperBound
        && max(chunk.lastTime, last) >= range.times.lowerBound && last <= range.times.upperBound
      if concerns {
        if indices.isEmpty { timeBefore = last }
        indices.append(index)
      } else if indices.isEmpty {
        skipped += 1
      }
      last = max(last, chunk.lastTime)
    }
    return (indices, timeBefore, skipped)
  }

  /// Who held the GIL before the chunk `first`: the last acquisition in the chunks before it.
  private static func holder(_ session: TraceSession, before first: Int?) throws(ReplayError) -> UInt32 {
    var batch = EventBatch()
    for index in session.file.chunks.indices.reversed() where index < first ?? Int.max {
      let chunk = session.file.chunks[index]
      guard chunk.kind == .events, chunk.stream == session.stream else { continue }
      do { try session.file.decode(chunk: index, into: &batch) } catch { throw .trace(error) }
      var cursor = batch.cursor
      var found: UInt32?
      while !cursor.isAtEnd {
        if cursor.kindByte == EventKind.lockAcquire.rawValue {
          let event = unsafe Event(words: cursor.record, kind: .lockAcquire)
          if event.lock == 0 { found = event.lockThread }
        }
        cursor.advance()
      }
      if let found { return found }
    }
    return 0
  }

  /// The next wanted event; valid until the call after. Nil at the end, or when `mustStop` said so.
  public func next() throws(ReplayError) -> Event? {
    while !hasEnded {
      if let event = scan() { return event }
      try advanceBlock()
    }
    return nil
  }

  private func advanceBlock() throws(ReplayError) {
    if mustStop() {
      wasStopped = true
      return finish()
    }
    do {
      guard let block = try reader.next() else { return finish() }
      unsafe cursor = RecordCursor(words: block.words, count: block.wordCount)
      numberOfNext = block.firstSequence
    } catch {
      throw .trace(error)
    }
  }

  private func finish() {
    hasEnded = true
    reader.stop()
  }

  /// Goes on within the block. The stream's place is kept in locals: the loop runs over every event of the trace.
  private func scan() -> Event? {
    var cursor = self.cursor
    var number = numberOfNext
    var time = self.time
    var thread = self.thread
    let flags = unsafe self.flags
    let kinds = EventKinds.shared
    var found: Event?
    while !cursor.isAtEnd {
      let kind = cursor.kindByte
      let flag = unsafe flags[Int(kind)]
      if flag != 0 {
        let event = unsafe Event(words: cursor.record, kind: kinds[kind])
        if flag & Self.timed != 0 { time = max(time, event.time) }
        if flag & Self.acquires != 0, event.lock == 0 { thread = event.lockThread }
        if flag & Self.wanted != 0, range.numbers.contains(number), range.times.contains(time) {
          found = event
          break
        }
      }
      number &+= 1
      cursor.advance()
    }
    self.time = time
    self.thread = thread
    self.number = number
    if found != nil {
      cursor.advance()
      number &+= 1
    }
    numberOfNext = number
    self.cursor = cursor
    return found
  }
}

extension TraceSession {
  /// Adds the events of the stream that `loss` records count, as far as the index knows; a replay has each with its cause.
  public func addLostEvents(to ledger: inout LossLedger) {
    guard let lost = file.synopses.first(where: { $0.stream == stream })?.lostEvents, lost > 0 else { return }
    ledger.add(
      LossEntry(
        cause: "loss", events: lost, unit: "events", at: nil,
        explanation: "the recorder lost \(lost) events of stream \(stream)"))
  }

  /// Number of the stream's last event, by the chunk headers; 0 when there are none.
  public var lastNumber: UInt64 {
    let last = file.chunks.last { $0.kind == .events && $0.stream == stream && $0.eventCount > 0 }
    return last.map { $0.firstSequence &+ UInt64($0.eventCount) - 1 } ?? 0
  }

  /// Events of the session's stream that the chunk headers promise.
  public var promisedEvents: UInt64 {
    file.chunks.reduce(0) { $0 + ($1.kind == .events && $1.stream == stream ? UInt64($1.eventCount) : 0) }
  }
}
