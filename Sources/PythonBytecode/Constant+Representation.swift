// Constants as Python's `repr` writes them: what the disassembler shows.

extension Constant {
  /// `repr`; of a code object without its address.
  public var representation: String {
    switch self {
    case .none: "None"
    case .ellipsis: "Ellipsis"
    case .bool(let value): value ? "True" : "False"
    case .int(let value): String(value)
    case .bigInt(let negative, let magnitude): (negative ? "-" : "") + Self.decimal(magnitude)
    case .float(let value): Self.text(of: value)
    case .complex(let real, let imaginary): Self.text(real, imaginary)
    case .string(let bytes): Self.quoted(text: bytes)
    case .bytes(let bytes): Self.quoted(bytes: bytes)
    case .tuple(let items):
      "(" + items.map(\.representation).joined(separator: ", ") + (items.count == 1 ? ",)" : ")")
    case .frozenset(let items): "frozenset({" + items.map(\.representation).joined(separator: ", ") + "})"
    case .code(let code): "<code object \(code.name), file \"\(code.fileName)\", line \(code.firstLine)>"
    }
  }

  // MARK: Numbers

  /// The decimal digits of 32-bit limbs, least significant first.
  private static func decimal(_ magnitude: [UInt32]) -> String {
    let base: UInt64 = 1_000_000_000
    var limbs = magnitude
    var groups: [UInt64] = []
    while let last = limbs.last {
      guard last != 0 else {
        limbs.removeLast()
        continue
      }
      var rest: UInt64 = 0
      for index in limbs.indices.reversed() {
        let value = rest << 32 | UInt64(limbs[index])
        limbs[index] = UInt32(value / base)
        rest = value % base
      }
      groups.append(rest)
    }
    guard let first = groups.last else { return "0" }
    return String(first) + groups.dropLast().reversed().map { padded(String($0), 9) }.joined()
  }

  /// The shortest digits that read back as the same number, with an exponent below 1e-4 and from 1e16 on.
  private static func text(of value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
    let text = String(value)
    // Swift changes to exponents at 2**54, and Python at 1e16.
    guard value.magnitude < 1e16, value.magnitude >= 1, text.contains("e") else {
      return value.magnitude >= 1e16 && !text.contains("e") ? withExponent(text) : text
    }
    return String(Int64(value)) + ".0"
  }

  /// A whole number's plain digits with an exponent instead.
  private static func withExponent(_ text: String) -> String {
    let sign = text.hasPrefix("-") ? "-" : ""
    var digits = text.drop { $0 == "-" }.prefix { $0 != "." }
    let exponent = digits.count - 1
    while digits.count > 1, digits.last == "0" { digits.removeLast() }
    let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
    return sign + digits.prefix(1) + fraction + "e+\(exponent)"
  }

  private static func text(_ real: Double, _ imaginary: Double) -> String {
    func short(_ value: Double) -> String {
      let text = text(of: value)
      return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
    if real == 0, real.sign == .plus { return short(imaginary) + "j" }
    let sign = imaginary.sign == .minus && !imaginary.isNaN ? "" : "+"
    return "(" + short(real) + sign + short(imaginary) + "j)"
  }

  // MARK: Text

  /// - Parameter bytes: UTF-8, lone surrogates in three bytes.
  private static func quoted(text bytes: [UInt8]) -> String {
    let quote = quote(for: bytes)
    var result = String(quote)
    var index = 0
    while index < bytes.count {
      let lead = bytes[index]
      let length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
      var value = UInt32(lead) & (length == 1 ? 0x7F : length == 2 ? 0x1F : length == 3 ? 0x0F : 0x07)
      for byte in bytes[index...].dropFirst().prefix(length - 1) { value = value << 6 | UInt32(byte & 0x3F) }
      index += length
      if value < 0x80 {
        result += escaped(UInt8(value), quote)
      } else if let scalar = Unicode.Scalar(value), scalar.isPrintable {
        result.unicodeScalars.append(scalar)
      } else {
        let digits = String(value, radix: 16)
        result +=
          value < 0x100
          ? "\\x" + padded(digits, 2) : value < 0x10000 ? "\\u" + padded(digits, 4) : "\\U" + padded(digits, 8)
      }
    }
    result.unicodeScalars.append(quote)
    return result
  }

  private static func quoted(bytes: [UInt8]) -> String {
    let quote = quote(for: bytes)
    let items = bytes.map { $0 < 0x80 ? escaped($0, quote) : "\\x" + String($0, radix: 16) }
    return "b\(quote)" + items.joined() + String(quote)
  }

  private static func quote(for bytes: [UInt8]) -> Unicode.Scalar {
    bytes.contains(0x27) && !bytes.contains(0x22) ? "\"" : "'"
  }

  private static func escaped(_ byte: UInt8, _ quote: Unicode.Scalar) -> String {
    let scalar = Unicode.Scalar(byte)
    switch scalar {
    case "\n": return "\\n"
    case "\r": return "\\r"
    case "\t": return "\\t"
    case "\\", quote: return "\\" + String(scalar)
    default: return byte >= 0x20 && byte < 0x7F ? String(scalar) : "\\x" + padded(String(byte, radix: 16), 2)
    }
  }

  private static func padded(_ digits: String, _ width: Int) -> String {
    String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }
}

extension Unicode.Scalar {
  /// `str.isprintable` of a character beyond ASCII.
  fileprivate var isPrintable: Bool {
    switch properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator, .spaceSeparator:
      false
    default: true
    }
  }
}
