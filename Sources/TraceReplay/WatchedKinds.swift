// Which kinds of records a visitor wants to see. What nobody watches is applied in a loop of its own, see ReplayState+Unwatched.swift.

import TraceModel

/// A set of kinds. 256 bits, by raw value.
public struct WatchedKinds: Sendable, Equatable {
  private var bits: (UInt64, UInt64, UInt64, UInt64)

  public static let all = WatchedKinds(bits: (.max, .max, .max, .max))
  public static let none = WatchedKinds(bits: (0, 0, 0, 0))

  private init(bits: (UInt64, UInt64, UInt64, UInt64)) { self.bits = bits }

  public init(_ kinds: [EventKind]) {
    self = .none
    for kind in kinds { insert(kind) }
  }

  /// All kinds but these.
  public static func allBut(_ kinds: [EventKind]) -> WatchedKinds {
    let others = WatchedKinds(kinds)
    return WatchedKinds(EventKind.allCases.filter { !others.contains($0) })
  }

  public mutating func insert(_ kind: EventKind) {
    let bit = UInt64(1) << UInt64(kind.rawValue & 63)
    switch kind.rawValue >> 6 {
    case 0: bits.0 |= bit
    case 1: bits.1 |= bit
    case 2: bits.2 |= bit
    default: bits.3 |= bit
    }
  }

  public func contains(_ kind: EventKind) -> Bool {
    let word =
      switch kind.rawValue >> 6 {
      case 0: bits.0
      case 1: bits.1
      case 2: bits.2
      default: bits.3
      }
    return word >> UInt64(kind.rawValue & 63) & 1 != 0
  }

  public static func == (left: Self, right: Self) -> Bool { left.bits == right.bits }
}

/// How many records of each kind a replay has gone through.
///
/// Safe: 256 numbers, indexed by a byte; freed only here.
@safe public struct RecordCounts: ~Copyable {
  let byKind = UnsafeMutablePointer<UInt64>.allocate(capacity: 256)

  init() { unsafe byKind.initialize(repeating: 0, count: 256) }

  deinit { unsafe byKind.deallocate() }

  public subscript(kind: EventKind) -> UInt64 { unsafe byKind[Int(kind.rawValue)] }

  /// Of all kinds but definitions.
  public var events: UInt64 { (16..<256).reduce(0) { unsafe $0 + byKind[$1] } }

  /// By raw kind.
  public var list: [UInt64] { unsafe Array(UnsafeBufferPointer(start: byKind, count: 256)) }
}
