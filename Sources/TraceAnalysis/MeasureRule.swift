// A rule about a measured number: `live(type=Session) > +5%`. What `diff --fail-on` must not find, and what a line of budgets demands.
//
//     MEASURE ( [SUBJECT = NAME] ) OPERATOR VALUE
//
// MEASURE is a word of Measure, blanks written `-` or `_` or as they are; without a subject it is the run's sum. OPERATOR is one of > >= < <= == !=.
// VALUE is a number, with a unit (ns us ms s; B kB MB GB), for a comparison of two runs with a sign: the change itself, or with % in percent.

public struct MeasureRule: Sendable {
  public let text: String
  public let measure: Measure
  public let subject: FindingSubject?
  public let name: String
  let comparison: Comparison
  let bound: Double
  let kind: Kind

  enum Comparison: String, Sendable, CaseIterable {
    case atLeast = ">="
    case atMost = "<="
    case equal = "=="
    case different = "!="
    case more = ">"
    case less = "<"

    func holds(_ value: Double, _ bound: Double) -> Bool {
      switch self {
      case .atLeast: value >= bound
      case .atMost: value <= bound
      case .equal: value == bound
      case .different: value != bound
      case .more: value > bound
      case .less: value < bound
      }
    }
  }
  /// What the bound is compared with: the later number, its difference from the earlier, that in percent.
  enum Kind: Sendable { case value, change, percent }

  /// Whether the rule needs two runs.
  public var isRelative: Bool { kind != .value }

  /// Why a text is no rule.
  public struct Mistake: Error, Equatable { public let message: String }

  private static let units: [(String, Double)] = [
    ("ns", 1), ("us", 1e3), ("ms", 1e6), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3), ("s", 1e9), ("B", 1),
  ]

  public init(_ text: String) throws(Mistake) {
    self.text = text
    guard let open = text.firstIndex(of: "("), let close = text[open...].lastIndex(of: ")") else {
      throw Mistake(message: "'\(text)' is no rule; write, for example, live(type=Session) > +5% or pause() < 5ms")
    }
    let word = Self.trimmed(text[..<open])
    guard let measure = Measure(named: word) else {
      let known = Measure.allCases.map { "\($0)" }.joined(separator: ", ")
      throw Mistake(message: "'\(word)' is no measure; the measures are \(known)")
    }
    self.measure = measure
    let (named, name) = try Self.subject(text[text.index(after: open)..<close])
    subject = named == .site && measure == .calls ? .function : named
    self.name = name
    let rest = Self.trimmed(text[text.index(after: close)...])
    guard let comparison = Comparison.allCases.first(where: { rest.hasPrefix($0.rawValue) }) else {
      throw Mistake(message: "'\(text)' has no comparison after the brackets; write one of > >= < <= == !=")
    }
    self.comparison = comparison
    (bound, kind) = try Self.bound(Self.trimmed(rest.dropFirst(comparison.rawValue.count)[...]), in: text)
  }

  private static func trimmed(_ text: Substring) -> String {
    var text = text
    while text.first == " " || text.first == "\t" { text.removeFirst() }
    while text.last == " " || text.last == "\t" || text.last == "\r" { text.removeLast() }
    return String(text)
  }

  private static func subject(_ text: Substring) throws(Mistake) -> (FindingSubject?, String) {
    let inner = trimmed(text)
    if inner.isEmpty { return (nil, "") }
    guard let equals = inner.firstIndex(of: "="), let subject = FindingSubject(rawValue: trimmed(inner[..<equals]))
    else {
      let known = FindingSubject.allCases.map(\.rawValue).joined(separator: ", ")
      throw Mistake(message: "'\(inner)' names nothing; write SUBJECT=NAME, where SUBJECT is one of \(known)")
    }
    // A function and its site are one thing: what it allocates.
    return (subject == .function ? .site : subject, trimmed(inner[inner.index(after: equals)...]))
  }

  private static func bound(_ text: String, in rule: String) throws(Mistake) -> (Double, Kind) {
    var number = text[...]
    let isSigned = number.first == "+" || number.first == "-"
    if number.last == "%" {
      number.removeLast()
      guard let value = Double(trimmed(number)), value.isFinite, isSigned else {
        throw Mistake(message: "'\(rule)': a part needs a sign, as in > +5% or < -10%")
      }
      return (value, .percent)
    }
    var factor = 1.0
    if let (unit, size) = units.first(where: { number.hasSuffix($0.0) }) {
      number = number.dropLast(unit.count)
      factor = size
    }
    let digits = number.filter { $0 != "," && $0 != "_" && $0 != " " }
    guard let first = digits.utf8.last, first >= 48 && first <= 57 || first == 46, let value = Double(digits),
      value.isFinite
    else { throw Mistake(message: "'\(rule)': '\(text)' is no number; write 100, +5%, 5ms or 200MB") }
    return (value * factor, isSigned ? .change : .value)
  }

  /// The number in a run, and whether the run knows what the rule names.
  public func value(in run: RunMeasures) -> (value: UInt64, isKnown: Bool) {
    guard let subject else { return (run.totals[measure], true) }
    let rows = run.rows.filter { $0.key.subject == subject && names($0.key.name) }
    return (rows.values.reduce(0) { $0 &+ $1[measure] }, !rows.isEmpty)
  }

  /// `Session` names `__main__.Session` too.
  private func names(_ name: String) -> Bool { name == self.name || name == "__main__." + self.name }

  /// Whether what the rule says is so.
  public func holds(before: UInt64, after: UInt64) -> Bool {
    let (old, new) = (Double(before), Double(after))
    switch kind {
    case .value: return comparison.holds(new, bound)
    case .change: return comparison.holds(new - old, bound)
    case .percent:
      if before == after { return comparison.holds(0, bound) }
      return comparison.holds(before == 0 ? .infinity : (new - old) / old * 100, bound)
    }
  }

  /// Whether it is so for groups of runs, by their medians; a relative rule only where the sides differ beyond their noise.
  public func holds(before: [RunMeasures], after: [RunMeasures]) -> (holds: Bool, before: UInt64, after: UInt64) {
    let old = Series(before.map { value(in: $0).value })
    let new = Series(after.map { value(in: $0).value })
    if isRelative, before.count > 1 || after.count > 1, old.median != new.median, !NoiseBand.differ(old, new, measure) {
      return (false, old.median, new.median)
    }
    return (holds(before: old.median, after: new.median), old.median, new.median)
  }
}
