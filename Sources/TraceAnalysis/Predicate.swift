// What `exuvia when` searches for, read from text: a measure, a comparison and a number, as `live(Session) > 1000` or `pause() > 5ms`.

/// A figure of a run that changes from moment to moment.
public enum Quantity: Sendable, Equatable {
  /// Living objects, or their bytes; nil is of all types.
  case live(type: String?)
  case bytes(type: String?)
  /// Length of a pass, at its end; nil is of any generation.
  case pause(generation: Int?)
  /// Threads that wait at once for one lock other than the GIL; nil is any such lock, else the lock's number.
  case waiting(lock: Int?)
  /// Length of a wait, at its end: for the GIL or for another lock.
  case waitForGIL
  case waitForLock

  /// Whether it has a value between events; else it has one only where something ends.
  public var isLevel: Bool {
    switch self {
    case .live, .bytes, .waiting: true
    case .pause, .waitForGIL, .waitForLock: false
    }
  }

  public enum Unit: Sendable { case count, bytes, nanoseconds }

  public var unit: Unit {
    switch self {
    case .live, .waiting: .count
    case .bytes: .bytes
    case .pause, .waitForGIL, .waitForLock: .nanoseconds
    }
  }
}

public struct Predicate: Sendable, Equatable {
  public enum Comparison: String, Sendable, CaseIterable {
    case atLeast = ">="
    case atMost = "<="
    case more = ">"
    case less = "<"
  }

  public let measure: Quantity
  public let comparison: Comparison
  public let limit: UInt64
  /// As it was written.
  public let text: String

  /// The type that it is about, if it is about one.
  public var typeName: String? {
    switch measure {
    case .live(let name), .bytes(let name): name
    case .pause, .waiting, .waitForGIL, .waitForLock: nil
    }
  }

  public func holds(_ value: UInt64) -> Bool {
    switch comparison {
    case .more: value > limit
    case .atLeast: value >= limit
    case .less: value < limit
    case .atMost: value <= limit
    }
  }

  /// Whether it may hold, and may not hold, somewhere between two values.
  public func mayHold(_ least: UInt64, _ most: UInt64) -> Bool { holds(least) || holds(most) }
  public func mayFail(_ least: UInt64, _ most: UInt64) -> Bool { !holds(least) || !holds(most) }

  /// Why a text is no predicate.
  public struct Mistake: Error, Sendable, Equatable { public let message: String }

  /// What to tell somebody whose text is none.
  public static let forms =
    "live(TYPE), bytes(TYPE), pause(GENERATION), waiting(lock) or waiting(lock NUMBER), wait(gil) or wait(lock); live(), bytes() and pause() are of all; "
    + "then >, >=, < or <=; then a number: 1000, 200MB, 5ms"

  public init(_ text: String) throws(Mistake) {
    self.text = text
    guard let open = text.firstIndex(of: "("), let close = text[open...].firstIndex(of: ")") else {
      throw Mistake(message: "found no measure in '\(text)'; write \(Self.forms)")
    }
    let name = Self.trimmed(text[..<open])
    let argument = Self.trimmed(text[text.index(after: open)..<close])
    measure = try Self.measure(name, argument.isEmpty ? nil : argument)
    let rest = Self.trimmed(text[text.index(after: close)...])
    guard let comparison = Comparison.allCases.first(where: { rest.hasPrefix($0.rawValue) }) else {
      throw Mistake(message: "found no comparison in '\(text)'; write one of >, >=, <, <= behind \(name)(...)")
    }
    self.comparison = comparison
    let number = Self.trimmed(rest.dropFirst(comparison.rawValue.count))
    guard let limit = Self.number(number, measure.unit) else {
      throw Mistake(message: "'\(number)' is no \(Self.words(measure.unit))")
    }
    self.limit = limit
  }

  private static func measure(_ name: String, _ argument: String?) throws(Mistake) -> Quantity {
    switch name {
    case "live": return .live(type: argument)
    case "bytes": return .bytes(type: argument)
    case "pause":
      guard let argument else { return .pause(generation: nil) }
      guard let generation = Int(argument), (0...2).contains(generation) else {
        throw Mistake(message: "pause() takes a generation from 0 to 2, found '\(argument)'")
      }
      return .pause(generation: generation)
    case "waiting":
      guard let argument, argument != "lock" else { return .waiting(lock: nil) }
      if argument == "gil" {
        throw Mistake(
          message:
            "who waits for the GIL writes nothing until it has it; ask for wait(gil), the length of a wait at its end")
      }
      let digits = argument.hasPrefix("lock") ? trimmed(argument.dropFirst(4)) : argument
      guard let number = Int(digits), number > 0 else {
        throw Mistake(
          message: "waiting() takes 'lock', or 'lock' and its number in `exuvia stats locks`, found '\(argument)'")
      }
      return .waiting(lock: number)
    case "wait":
      switch argument {
      case "gil": return .waitForGIL
      case "lock": return .waitForLock
      default: throw Mistake(message: "wait() takes gil or lock, found '\(argument ?? "")'")
      }
    default: throw Mistake(message: "'\(name)' is no measure; write \(forms)")
    }
  }

  private static func trimmed(_ text: Substring) -> String {
    let front = text.drop { $0 == " " || $0 == "\t" }
    var end = front.endIndex
    while end > front.startIndex, let last = front[..<end].last, last == " " || last == "\t" {
      end = front.index(before: end)
    }
    return String(front[..<end])
  }

  private static func words(_ unit: Quantity.Unit) -> String {
    switch unit {
    case .count: "number, as 1000"
    case .bytes: "size, as 200MB or 4096"
    case .nanoseconds: "length of time, as 5ms"
    }
  }

  private static func number(_ text: String, _ unit: Quantity.Unit) -> UInt64? {
    let units: [(String, Double)] =
      switch unit {
      case .count: [("M", 1e6), ("k", 1e3), ("", 1)]
      case .bytes:
        [
          ("GiB", 1_073_741_824), ("MiB", 1_048_576), ("KiB", 1024), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3), ("KB", 1e3),
          ("G", 1e9), ("M", 1e6), ("k", 1e3), ("K", 1e3), ("B", 1), ("", 1),
        ]
      case .nanoseconds: [("ns", 1), ("us", 1e3), ("ms", 1e6), ("s", 1e9)]
      }
    guard let found = units.first(where: { text.hasSuffix($0.0) }) else { return nil }
    let digits = trimmed(text.dropLast(found.0.count))
    if found.1 == 1 { return UInt64(digits) }
    guard let first = digits.utf8.first, first >= 48 && first <= 57, let value = Double(digits) else { return nil }
    let result = (value * found.1).rounded()
    return result >= 0 && result < 1.8e19 ? UInt64(result) : nil
  }
}
