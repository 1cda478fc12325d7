// Moments of a run as the command line writes them: `1.25s`, `350ms`, `#12345`, `gc:7`, `@name`, `start`, `end`, `exit`.

/// A moment in a stream. The state "as of" a moment includes the event, pass or marker that it names.
public enum TimePoint: Sendable, Equatable {
  case start, end
  /// Before the interpreter tears itself down: the last moment of the program. The same as `end` where no teardown is recorded.
  case programEnd
  /// Nanoseconds since the stream's start. Exact between events with exact time, else as of the last event before the next exact one.
  case time(UInt64)
  /// After the event of this number (from 0, definitions not counted).
  case event(UInt64)
  /// After the end of this pass (from 1).
  case pass(UInt64)
  /// After the first marker of this name.
  case marker(String)

  /// Reads `text`; nil when it is no moment.
  public init?(_ text: String) {
    switch text {
    case "start": self = .start
    case "end": self = .programEnd
    case "exit": self = .end
    default:
      if text.hasPrefix("#"), let number = UInt64(text.dropFirst()) {
        self = .event(number)
      } else if text.hasPrefix("gc:"), let number = UInt64(text.dropFirst(3)) {
        self = number == 0 ? .start : .pass(number)
      } else if text.hasPrefix("@"), text.utf8.count > 1 {
        self = .marker(String(text.dropFirst()))
      } else if let nanoseconds = Self.nanoseconds(text) {
        self = .time(nanoseconds)
      } else {
        return nil
      }
    }
  }

  /// What to tell somebody whose text is no moment.
  public static let forms =
    "1.25s, 350ms, 80us, 15ns, #12345 (event), gc:7 (after the 7th pass), @name (marker), start, end (of the program) or exit (after teardown)"

  private static func nanoseconds(_ text: String) -> UInt64? {
    let units: [(String, Double)] = [("ns", 1), ("us", 1e3), ("ms", 1e6), ("s", 1e9)]
    for (unit, factor) in units where text.hasSuffix(unit) {
      let number = text.dropLast(unit.utf8.count)
      guard let first = number.utf8.first, first >= 48 && first <= 57 || first == 46, let value = Double(number) else {
        return nil
      }
      let result = (value * factor).rounded()
      return result >= 0 && result < 1.8e19 ? UInt64(result) : nil
    }
    return nil
  }
}

/// A part of a run: what happens after `from` and up to `to`.
public struct TracePart: Sendable {
  public var from: TimePoint
  public var to: TimePoint

  /// Everything, the teardown included, where nothing else is said.
  public init(from: TimePoint = .start, to: TimePoint = .end) { (self.from, self.to) = (from, to) }
}

extension TimePoint {
  /// Whether this moment comes after `other` in whatever trace. False also where only a trace can tell.
  public func isAlwaysAfter(_ other: TimePoint) -> Bool {
    switch (self, other) {
    case (.time(let mine), .time(let theirs)): mine > theirs
    case (.event(let mine), .event(let theirs)): mine > theirs
    case (.pass(let mine), .pass(let theirs)): mine > theirs
    case (.time(let mine), .start): mine > 0
    case (.event, .start), (.pass, .start), (.marker, .start), (.programEnd, .start): true
    default: false
    }
  }
}

extension TimePoint: CustomStringConvertible {
  public var description: String {
    switch self {
    case .start: "start"
    case .programEnd: "end"
    case .end: "exit"
    case .time(let nanoseconds): Self.text(nanoseconds)
    case .event(let number): "#\(number)"
    case .pass(let number): "gc:\(number)"
    case .marker(let name): "@\(name)"
    }
  }

  /// In the largest unit that leaves no fraction.
  private static func text(_ nanoseconds: UInt64) -> String {
    for (unit, size) in [("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1000)] as [(String, UInt64)]
    where nanoseconds % size == 0 { return "\(nanoseconds / size)\(unit)" }
    return "\(nanoseconds)ns"
  }
}
