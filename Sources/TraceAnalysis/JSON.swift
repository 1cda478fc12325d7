// JSON as answers are written with `--json`: values in the order in which they were put, numbers exact.

public enum JSON: Sendable, Equatable {
  case null
  case bool(Bool)
  case int(Int64)
  case unsigned(UInt64)
  case double(Double)
  case string(String)
  case array([JSON])
  case object([Member])

  public struct Member: Sendable, Equatable {
    public let name: String
    public let value: JSON
    public init(name: String, value: JSON) {
      self.name = name
      self.value = value
    }
  }

  /// An object of the given members, in this order.
  public static func members(_ members: KeyValuePairs<String, JSON>) -> JSON {
    .object(members.map { Member(name: $0.key, value: $0.value) })
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByNilLiteral,
  ExpressibleByArrayLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int64) { self = .int(value) }
  public init(nilLiteral: ()) { self = .null }
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }
  public init(_ value: String?) { self = value.map { .string($0) } ?? .null }
  public init(_ value: UInt64) { self = .unsigned(value) }
  public init(_ value: Int) { self = .int(Int64(value)) }
}

// Text.
extension JSON {
  /// The value as text, two spaces of indentation a level; members of a flat object stay on one line.
  public var text: String {
    var bytes: [UInt8] = []
    write(into: &bytes, indentation: 0)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The value on one line.
  public var line: String {
    var bytes: [UInt8] = []
    write(into: &bytes, indentation: Self.oneLine)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The indentation of a value that is written on one line, with all that it holds.
  private static let oneLine = -1

  private var isFlat: Bool {
    switch self {
    case .array(let values): values.allSatisfy { $0.isScalar } && values.count <= 8
    case .object(let members): members.allSatisfy { $0.value.isScalar }
    default: true
    }
  }

  private var isScalar: Bool {
    switch self {
    case .array(let values): values.isEmpty
    case .object(let members): members.isEmpty
    default: true
    }
  }

  private func write(into bytes: inout [UInt8], indentation: Int) {
    switch self {
    case .null: bytes += "null".utf8
    case .bool(let value): bytes += (value ? "true" : "false").utf8
    case .int(let value): bytes += "\(value)".utf8
    case .unsigned(let value): bytes += "\(value)".utf8
    case .double(let value): bytes += (value.isFinite ? "\(value)" : "null").utf8
    case .string(let value): JSON.quote(value.utf8, into: &bytes)
    case .array(let values):
      writeList(values.count, "[", "]", isFlat, indentation, into: &bytes) { index, bytes in
        values[index].write(into: &bytes, indentation: inner(indentation))
      }
    case .object(let members):
      writeList(members.count, "{", "}", isFlat, indentation, into: &bytes) { index, bytes in
        JSON.quote(members[index].name.utf8, into: &bytes)
        bytes += ": ".utf8
        members[index].value.write(into: &bytes, indentation: inner(indentation))
      }
    }
  }

  private func writeList(
    _ count: Int, _ open: String, _ close: String, _ onOneLine: Bool, _ indentation: Int, into bytes: inout [UInt8],
    _ element: (Int, inout [UInt8]) -> Void
  ) {
    let onOneLine = onOneLine || indentation == Self.oneLine
    bytes += open.utf8
    for index in 0..<count {
      if index > 0 { bytes += (onOneLine ? ", " : ",").utf8 }
      if !onOneLine { newLine(indentation + 1, into: &bytes) }
      element(index, &bytes)
    }
    if !onOneLine && count > 0 { newLine(indentation, into: &bytes) }
    bytes += close.utf8
  }

  private func inner(_ indentation: Int) -> Int { indentation == Self.oneLine ? indentation : indentation + 1 }

  private func newLine(_ indentation: Int, into bytes: inout [UInt8]) {
    bytes.append(10)
    for _ in 0..<indentation { bytes += "  ".utf8 }
  }

  /// Appends `text` quoted and escaped. Bytes that are no UTF-8 become lone surrogates U+DC80...U+DCFF, as Python's surrogateescape has them.
  public static func quote<Bytes: Collection<UInt8>>(_ text: Bytes, into bytes: inout [UInt8]) {
    bytes.append(34)
    var index = text.startIndex
    while index != text.endIndex {
      let byte = text[index]
      if byte >= 0x80 {
        let length = sequenceLength(text, at: index)
        if length == 0 {
          bytes += "\\udc".utf8
          appendHex(byte, into: &bytes)
          index = text.index(after: index)
        } else {
          for _ in 0..<length {
            bytes.append(text[index])
            index = text.index(after: index)
          }
        }
        continue
      }
      appendASCII(byte, into: &bytes)
      index = text.index(after: index)
    }
    bytes.append(34)
  }

  private static func appendASCII(_ byte: UInt8, into bytes: inout [UInt8]) {
    switch byte {
    case 34: bytes += "\\\"".utf8
    case 92: bytes += "\\\\".utf8
    case 10: bytes += "\\n".utf8
    case 13: bytes += "\\r".utf8
    case 9: bytes += "\\t".utf8
    case 0..<32, 127:
      bytes += "\\u00".utf8
      appendHex(byte, into: &bytes)
    default: bytes.append(byte)
    }
  }

  private static func appendHex(_ byte: UInt8, into bytes: inout [UInt8]) {
    let digits = Array("0123456789abcdef".utf8)
    bytes.append(digits[Int(byte >> 4)])
    bytes.append(digits[Int(byte & 15)])
  }

  /// Bytes of the UTF-8 sequence that begins here; 0 when it is none.
  public static func sequenceLength<Bytes: Collection<UInt8>>(_ text: Bytes, at start: Bytes.Index) -> Int {
    let first = text[start]
    let length = first >= 0xF0 && first < 0xF5 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0
    guard length > 0, first < 0xF5 else { return 0 }
    var value = UInt32(first) & (0xFF >> UInt32(length + 1))
    var index = start
    for _ in 1..<length {
      index = text.index(after: index)
      guard index != text.endIndex, text[index] & 0xC0 == 0x80 else { return 0 }
      value = value << 6 | UInt32(text[index] & 0x3F)
    }
    let smallest: UInt32 = length == 4 ? 0x10000 : length == 3 ? 0x800 : 0x80
    return value >= smallest && value <= 0x10FFFF && !(0xD800...0xDFFF).contains(value) ? length : 0
  }
}
