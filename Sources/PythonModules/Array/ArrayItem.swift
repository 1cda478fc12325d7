// The item types of `array.array`: one letter each, with its size, and how an item becomes an object and back.
import PythonRuntime

struct ArrayItem {
  let code: UInt8
  let size: Int

  static func find(_ code: UInt32) -> ArrayItem? {
    guard code < 128 else { return nil }
    return switch UInt8(code) {
    case 98, 66: ArrayItem(code: UInt8(code), size: 1)
    case 104, 72: ArrayItem(code: UInt8(code), size: 2)
    case 105, 73, 102, 117, 119: ArrayItem(code: UInt8(code), size: 4)
    case 108, 76, 113, 81, 100: ArrayItem(code: UInt8(code), size: 8)
    default: nil
    }
  }

  var letter: String { String(Unicode.Scalar(code)) }
  /// `u` and `w` hold characters.
  var isText: Bool { code == 117 || code == 119 }
  var isReal: Bool { code == 102 || code == 100 }

  func load(_ at: UnsafeRawPointer) -> Object {
    switch code {
    case 98: makeInt(Int(at.loadUnaligned(as: Int8.self)))
    case 66: makeInt(Int(at.loadUnaligned(as: UInt8.self)))
    case 104: makeInt(Int(at.loadUnaligned(as: Int16.self)))
    case 72: makeInt(Int(at.loadUnaligned(as: UInt16.self)))
    case 105: makeInt(Int(at.loadUnaligned(as: Int32.self)))
    case 73: makeInt(Int(at.loadUnaligned(as: UInt32.self)))
    case 76, 81: makeInt(unsigned: at.loadUnaligned(as: UInt64.self))
    case 102: makeFloat(Double(at.loadUnaligned(as: Float.self)))
    case 100: makeFloat(at.loadUnaligned(as: Double.self))
    case 117, 119: makeString(codePoint: min(at.loadUnaligned(as: UInt32.self), 0x10FFFF))
    default: makeInt(at.loadUnaligned(as: Int.self))
    }
  }

  /// The bytes of a value, or nil with an exception set.
  func bytes(_ t: ThreadState, _ value: Object) -> [UInt8]? {
    if isText {
      guard value.isKind(.str) else {
        t.raise(.TypeError, "array item must be a unicode character, not \(typeName(value))")
        return nil
      }
      guard value.strLength == 1 else {
        t.raise(
          .TypeError, "array item must be a unicode character, not a string of length \(value.strLength)")
        return nil
      }
      return raw(value.codePoint(0))
    }
    if isReal {
      guard let x = floatValue(t, value) else { return nil }
      return code == 100 ? raw(x) : raw(Float(x))
    }
    guard let number = index(t, value) else { return nil }
    defer { number.release() }
    return code == 73 || code == 76 || code == 81 ? unsignedWord(t, number) : word(t, number)
  }

  private func overflow(_ t: ThreadState, _ message: String) -> [UInt8]? {
    t.raise(.OverflowError, message)
    return nil
  }

  /// `I`, `L` and `Q`, in the words of the conversions that CPython uses for each.
  private func unsignedWord(_ t: ThreadState, _ number: Object) -> [UInt8]? {
    if number.intSize < 0 {
      return overflow(
        t, code == 81 ? "can't convert negative int to unsigned" : "can't convert negative value to unsigned int")
    }
    guard number.limbCount <= 1 else {
      return overflow(t, code == 81 ? "int too big to convert" : "Python int too large to convert to C unsigned long")
    }
    let value = number.limbCount == 0 ? 0 : number.limbs[0]
    if size == 4, value > UInt64(UInt32.max) { return overflow(t, "unsigned int is greater than maximum") }
    return Array(raw(value)[0..<size])
  }

  /// The others go through a C type that is as wide or wider, whose own limits are met first.
  private func word(_ t: ThreadState, _ number: Object) -> [UInt8]? {
    guard let value = number.wordValue else {
      return overflow(t, code == 113 ? "int too big to convert" : "Python int too large to convert to C long")
    }
    let limits: [(name: String, low: Int, high: Int)] =
      switch code {
      case 98: [("signed short integer", -0x8000, 0x7FFF), ("signed char", -128, 127)]
      case 66: [("unsigned byte integer", 0, 255)]
      case 104: [("signed short integer", -0x8000, 0x7FFF)]
      case 72: [("signed integer", -0x8000_0000, 0x7FFF_FFFF), ("unsigned short", 0, 0xFFFF)]
      case 105: [("signed integer", -0x8000_0000, 0x7FFF_FFFF)]
      default: []
      }
    for limit in limits where value < limit.low || value > limit.high {
      return overflow(t, "\(limit.name) is \(value < limit.low ? "less than minimum" : "greater than maximum")")
    }
    return Array(raw(value)[0..<size])
  }

  private func raw<T>(_ value: T) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }
}
