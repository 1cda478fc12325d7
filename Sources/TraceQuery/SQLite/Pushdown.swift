// What of a query's WHERE clause a table may use to leave rows, events and whole chunks out. SQLite checks every row again, so a table may also
// take no notice of it: a constraint here only ever widens.

import CSQLite

/// How a column's constraint can be used.
enum PushOperator: Character, Sendable {
  case equal = "="
  /// `IN (...)`, all values at once.
  case among = "i"
  case lowerBound = ">"
  case upperBound = "<"
  case isNull = "n"
}

enum PushedValue: Equatable {
  case integer(Int64)
  case text(String)
}

struct PushedConstraint {
  let column: Int
  let pushed: PushOperator
  /// One, or any number for `among`; empty when none can match or the values are of a type that the table cannot use.
  let values: [PushedValue]
  /// Whether all of the values could be used.
  let isUsable: Bool
}

struct GroupColumn: Equatable {
  let column: Int
  let isDescending: Bool
}

/// What SQLite asks of one scan of a table.
struct Scan {
  var constraints: [PushedConstraint] = []
  /// Bit i: column i is read; bit 63: any from 63 on.
  var usedColumns: UInt64 = .max
  /// Columns by whose values the rows are to be grouped, and their order; empty: as they come.
  var groups: [GroupColumn] = []

  func uses(_ column: Int) -> Bool { usedColumns & 1 << UInt64(min(column, 63)) != 0 }

  /// The closed range of unsigned values that the constraints on `column` leave.
  func range(_ column: Int?) -> ClosedRange<UInt64> {
    var low: UInt64 = 0
    var high = UInt64.max
    for constraint in constraints where constraint.column == column && constraint.isUsable {
      guard case .integer(let value)? = constraint.values.first else { continue }
      let bound = UInt64(clamping: value)
      switch constraint.pushed {
      case .equal: (low, high) = (max(low, bound), min(high, bound))
      case .lowerBound: low = max(low, bound)
      case .upperBound: high = value < 0 ? 0 : min(high, bound)
      case .among, .isNull: continue
      }
    }
    return low <= high ? low...high : low...low
  }

  /// The texts that `column` may have; nil for any.
  func texts(_ column: Int?) -> Set<String>? {
    choices(column) { if case .text(let text) = $0 { text } else { nil } }
  }

  /// The integers that `column` may have; nil for any.
  func integers(_ column: Int?) -> Set<Int64>? {
    choices(column) { if case .integer(let value) = $0 { value } else { nil } }
  }

  private func choices<Value: Hashable>(_ column: Int?, _ read: (PushedValue) -> Value?) -> Set<Value>? {
    var result: Set<Value>?
    for constraint in constraints where constraint.column == column && constraint.isUsable {
      guard constraint.pushed == .equal || constraint.pushed == .among else { continue }
      let values = Set(constraint.values.compactMap(read))
      guard values.count == Set(constraint.values.map { "\($0)" }).count else { continue }
      result = result?.intersection(values) ?? values
    }
    return result
  }

  func isNull(_ column: Int?) -> Bool { constraints.contains { $0.column == column && $0.pushed == .isNull } }
}

// Between xBestIndex and xFilter the choice travels as text: `USED|OPCOLUMN OPCOLUMN ...|GROUP ...`, for example `7|=1 >3|+2 -5`.
extension Scan {
  static func encode(used: UInt64, _ chosen: [(pushed: PushOperator, column: Int)], groups: [GroupColumn]) -> String {
    "\(used)|" + chosen.map { "\($0.pushed.rawValue)\($0.column)" }.joined(separator: " ") + "|"
      + groups.map { "\($0.isDescending ? "-" : "+")\($0.column)" }.joined(separator: " ")
  }

  /// Nil for a text that `encode` did not make.
  static func decode(_ text: String) -> (
    used: UInt64, chosen: [(pushed: PushOperator, column: Int)], groups: [GroupColumn]
  )? {
    let parts = text.split(separator: "|", omittingEmptySubsequences: false)
    guard parts.count == 3, let used = UInt64(parts[0]) else { return nil }
    let groups = parts[2].split(separator: " ").compactMap { word in
      Int(word.dropFirst()).map { GroupColumn(column: $0, isDescending: word.first == "-") }
    }
    var chosen: [(pushed: PushOperator, column: Int)] = []
    for word in parts[1].split(separator: " ") {
      guard let first = word.first, let pushed = PushOperator(rawValue: first), let column = Int(word.dropFirst())
      else { return nil }
      chosen.append((pushed, column))
    }
    return (used, chosen, groups)
  }
}
