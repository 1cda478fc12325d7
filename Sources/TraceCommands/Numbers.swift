// How numbers are written for people: thousands separators, units, three significant digits where a unit is chosen. `--json` has exact numbers.

enum Numbers {
  /// `1,234,567`.
  static func grouped<Number: BinaryInteger>(_ value: Number) -> String {
    let digits = Array("\(value.magnitude)")
    var text = value < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0 && (digits.count - index) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return text
  }

  /// `1.23 MB`; powers of 1000. Exact below 10,000 bytes.
  static func bytes(_ value: UInt64) -> String {
    guard value >= 10_000 else { return "\(grouped(value)) B" }
    return scaled(Double(value), [(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")])
  }

  /// `1.23 ms`.
  static func duration(_ nanoseconds: UInt64) -> String {
    guard nanoseconds >= 1000 else { return "\(nanoseconds) ns" }
    return scaled(Double(nanoseconds), [(1e9, "s"), (1e6, "ms"), (1e3, "us")])
  }

  /// `12.3 %`; `-` when there is no whole.
  static func percentage(_ part: UInt64, of whole: UInt64) -> String {
    guard whole > 0 else { return "-" }
    return "\(fixed(Double(part) * 100 / Double(whole), 1)) %"
  }

  /// Quotient with one decimal; `-` without a divisor.
  static func quotient(_ dividend: UInt64, _ divisor: UInt64) -> String {
    divisor == 0 ? "-" : fixed(Double(dividend) / Double(divisor), 1)
  }

  private static func scaled(_ value: Double, _ units: [(Double, String)]) -> String {
    for (factor, unit) in units where value >= factor {
      let number = value / factor
      return "\(fixed(number, number >= 99.95 ? 0 : number >= 9.995 ? 1 : 2)) \(unit)"
    }
    return "\(value)"
  }

  /// `value` with `decimals` digits behind the point.
  static func fixed(_ value: Double, _ decimals: Int) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
    var factor = 1.0
    for _ in 0..<decimals { factor *= 10 }
    let whole = Int64((value * factor).rounded())
    let divisor = Int64(factor)
    let fraction = "\(whole.magnitude % divisor.magnitude)"
    let sign = whole < 0 ? "-" : ""
    guard decimals > 0 else { return grouped(whole) }
    return "\(sign)\(grouped(whole.magnitude / divisor.magnitude))."
      + String(repeating: "0", count: decimals - fraction.count) + fraction
  }
}
