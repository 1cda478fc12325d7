// What an index file says of each chunk of events, each type in it, each pass and each marker, and the bytes of these rows. From them a search
// for a moment finds the chunks that it has to look into.

import TraceModel

/// Least and most, both of which came about.
public struct Bounds: Sendable, Equatable {
  public var least: UInt64
  public var most: UInt64

  public init(_ value: UInt64) { (least, most) = (value, value) }
  public init(_ least: UInt64, _ most: UInt64) { (self.least, self.most) = (least, most) }

  mutating func add(_ value: UInt64) {
    if value < least { least = value }
    if value > most { most = value }
  }
}

/// A chunk of events: the figures from before its first event to after its last.
public struct ChunkBounds: Sendable, Equatable {
  /// The chunk's number in the file.
  public var chunk: UInt32
  public var firstEvent: UInt64
  /// Events; the next chunk's first event is a later one where some are missing.
  public var eventCount: UInt64
  public var live: Bounds
  public var bytes: Bounds
  /// Most threads that wait for one lock other than the GIL, at once.
  public var waiting: Bounds
  /// Longest waits that ended in the chunk, in nanoseconds: for the GIL, for another lock.
  public var longestGILWait: UInt64
  public var longestLockWait: UInt64

  static func write(_ rows: ArraySlice<ChunkBounds>, to writer: inout PackedWriter) {
    for row in rows {
      writer.put(row.chunk)
      writer.put(row.firstEvent)
      writer.put(row.eventCount)
      for bounds in [row.live, row.bytes, row.waiting] {
        writer.put(bounds.least)
        writer.put(bounds.most &- bounds.least)
      }
      writer.put(row.longestGILWait)
      writer.put(row.longestLockWait)
    }
  }

  static func read(_ reader: inout PackedReader) -> ChunkBounds {
    let (chunk, first, count) = (reader.take(UInt32.self), reader.take(), reader.take())
    let (live, bytes, waiting) = (readBounds(&reader), readBounds(&reader), readBounds(&reader))
    return ChunkBounds(
      chunk: chunk, firstEvent: first, eventCount: count, live: live, bytes: bytes, waiting: waiting,
      longestGILWait: reader.take(), longestLockWait: reader.take())
  }

  static func readBounds(_ reader: inout PackedReader) -> Bounds {
    let least = reader.take()
    return Bounds(least, least &+ reader.take())
  }
}

/// One type in one chunk in which its living objects change; else they are as many as the row before leaves.
public struct TypeBounds: Sendable, Equatable {
  public var chunk: UInt32
  public var type: UInt32
  public var live: Bounds
  public var bytes: Bounds

  func write(to writer: inout PackedWriter) {
    writer.put(chunk)
    writer.put(type)
    for bounds in [live, bytes] {
      writer.put(bounds.least)
      writer.put(bounds.most &- bounds.least)
    }
  }

  static func read(_ reader: inout PackedReader) -> TypeBounds {
    let (chunk, type) = (reader.take(UInt32.self), reader.take(UInt32.self))
    return TypeBounds(
      chunk: chunk, type: type, live: ChunkBounds.readBounds(&reader), bytes: ChunkBounds.readBounds(&reader))
  }
}

/// A pass that ended.
public struct PassRow: Sendable, Equatable {
  /// Numbers of its first and last event.
  public var beginEvent: UInt64
  public var endEvent: UInt64
  public var beginTime: UInt64
  public var endTime: UInt64
  public var generation: Int
  public var reason: CollectReason
  public var examined: UInt32
  public var collected: UInt32

  public var pauseNanoseconds: UInt64 { endTime >= beginTime ? endTime - beginTime : 0 }

  static func write(_ rows: ArraySlice<PassRow>, to writer: inout PackedWriter) {
    for row in rows {
      writer.put(row.beginEvent)
      writer.put(row.endEvent &- row.beginEvent)
      writer.put(row.beginTime)
      writer.put(signed: Int64(bitPattern: row.endTime &- row.beginTime))
      writer.put(row.generation)
      writer.put(row.reason.rawValue)
      writer.put(row.examined)
      writer.put(row.collected)
    }
  }

  static func read(_ reader: inout PackedReader) -> PassRow {
    let begin = reader.take()
    let end = begin &+ reader.take()
    let time = reader.take()
    let endTime = time &+ UInt64(bitPattern: reader.takeSigned())
    return PassRow(
      beginEvent: begin, endEvent: end, beginTime: time, endTime: endTime, generation: reader.takeInt(),
      reason: CollectReason(rawValue: reader.take()) ?? .automatic, examined: reader.take(UInt32.self),
      collected: reader.take(UInt32.self))
  }
}

/// The first marker of a name, or the begin of the interpreter's teardown.
public struct MarkerRow: Sendable, Equatable {
  /// The name's string id; nil for the teardown.
  public var name: UInt32?
  public var event: UInt64

  static func write(_ rows: ArraySlice<MarkerRow>, to writer: inout PackedWriter) {
    for row in rows {
      writer.put(row.name.map { UInt64($0) + 1 } ?? 0)
      writer.put(row.event)
    }
  }

  static func read(_ reader: inout PackedReader) -> MarkerRow {
    let name = reader.take()
    return MarkerRow(name: name == 0 ? nil : UInt32(truncatingIfNeeded: name - 1), event: reader.take())
  }
}
