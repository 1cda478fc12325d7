// The one table of events: for each kind its level, whether it carries exact time, and its fields with their place in a raw record.
//
// A raw record is one or more 16-byte units, that is an even number of 64-bit little-endian words:
//
//     word 0   bits 0-7 kind, bits 8-63 fields
//     word 1   64 bits of fields, or the time in nanoseconds since the stream's start for kinds with exact time
//     word 2.. further fields; the last word of an odd count is zero
//     bytes    for kinds with a payload: word 1 bits 0-31 hold its length in bytes; the bytes follow the fixed words, zero-padded to 16
//
// Example: `incref` of object 5 is   0x00000005_000000_27, 0x0000000000000000   (kind 39 = 0x27, object in bits 32-63).
// Example: `dealloc` of object 5 by reference count is   0x00000005_000000_24, 0   (cause 0 in bits 8-10).

/// What a field holds; decides how the text form prints it and how the format's columns encode it.
public enum FieldKind: UInt8, Sendable {
  /// A heap slot (our runtime) or an address (the agent); 0 is "none".
  case object
  /// Ids given by the definitions; 0 is "unknown".
  case string, type, code, node, site
  /// Id of a thread (1, 2, ... in order of start), of a stream, of a lock (the lock object's slot; 0 is the GIL).
  case thread, stream, lock
  /// A plain number; bytes; nanoseconds; a line number; a two's complement number of 64 bits.
  case count, bytes, nanoseconds, line, signed
  /// One of a named few: see `EventEnumerations`.
  case choice
  /// The packed name of a field of an object: see `FieldName`.
  case fieldName
}

/// Where a field stands in a raw record.
public struct EventField: Sendable {
  public let name: String
  public let kind: FieldKind
  /// Index of the 64-bit word, lowest bit and number of bits.
  public let word: UInt8
  public let shift: UInt8
  public let width: UInt8
  /// What makes `choices`. Only a reader asks: a case's name comes from reflection, and a recorder that began with all of them would begin late.
  let choiceNames: @Sendable () -> [String]

  /// For `.choice`: the names of the values 0, 1, 2, ...
  public var choices: [String] { choiceNames() }

  /// The field's value in `words`.
  @inlinable public func extract(word value: UInt64) -> UInt64 {
    width == 64 ? value : (value >> UInt64(shift)) & ((1 << UInt64(width)) &- 1)
  }
}

/// The detail at which a kind is recorded. DESIGN section 3.
public enum RecordingLevel: UInt8, CaseIterable, Sendable, Comparable {
  case off, heap, calls, links, refs, all
  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

  /// Whether a recording at this level holds kinds of `other`. `calls` is heap and calls; it does not hold links.
  public func includes(_ other: RecordingLevel) -> Bool {
    switch (self, other) {
    case (_, .off): true
    case (.off, _): false
    case (.calls, _): other == .heap || other == .calls
    case (.links, _), (.refs, _): other != .calls && other <= self
    case (.heap, _), (.all, _): other <= self
    }
  }
}

/// One row of the table.
public struct EventSpec: Sendable {
  public let kind: EventKind
  public let level: RecordingLevel
  /// Word 1 is the exact time in nanoseconds since the stream's start.
  public let hasTime: Bool
  /// A byte payload follows the fixed words; word 1 bits 0-31 are its length.
  public let hasPayload: Bool
  public let fields: [EventField]
  /// Number of fixed 64-bit words, always even.
  public let words: Int

  public var name: String { "\(kind)" }

  /// Definitions travel in chunks of their own.
  public var isDefinition: Bool { kind.rawValue < 16 }

  /// By raw kind byte; nil where no kind has that byte.
  public static let table: [EventSpec?] = {
    var table = [EventSpec?](repeating: nil, count: 256)
    for kind in EventKind.allCases { table[Int(kind.rawValue)] = EventSpec.row(kind) }
    return table
  }()

  public static func spec(_ kind: EventKind) -> EventSpec { row(kind) }
}

/// Most bytes that a payload may have; longer names are cut, longer output is cut and counted.
public let payloadBytesMax = 32_768
