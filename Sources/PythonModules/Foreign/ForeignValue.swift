// Single C values between memory and Python, by their letters: `i` an int, `z` a string's address.
import Glibc
import PythonRuntime
import PythonTypes

enum ForeignValue {
  static let letters = "cbBhHiIlLdfuzZqQPXOv?g"

  /// In bytes, which is also the alignment; nil: no letter of a type.
  static func size(_ code: UInt8) -> Int? {
    switch Character(Unicode.Scalar(code)) {
    case "c", "b", "B", "?": 1
    case "h", "H", "v": 2
    case "i", "I", "f", "u": 4
    case "l", "L", "q", "Q", "d", "z", "Z", "P", "X", "O": 8
    case "g": 16
    default: nil
    }
  }

  /// The value at `at`, new reference; nil: an exception is set.
  static func load(_ t: ThreadState, _ code: UInt8, _ at: UnsafeRawPointer) -> Object? {
    switch Character(Unicode.Scalar(code)) {
    case "c": return makeBytes([at.load(as: UInt8.self)])
    case "b": return makeInt(Int(at.load(as: Int8.self)))
    case "B": return makeInt(Int(at.load(as: UInt8.self)))
    case "?": return makeBool(at.load(as: UInt8.self) != 0)
    case "h": return makeInt(Int(at.loadUnaligned(as: Int16.self)))
    case "v": return makeBool(at.loadUnaligned(as: Int16.self) != 0)
    case "H": return makeInt(Int(at.loadUnaligned(as: UInt16.self)))
    case "i": return makeInt(Int(at.loadUnaligned(as: Int32.self)))
    case "I": return makeInt(Int(at.loadUnaligned(as: UInt32.self)))
    case "l", "q": return makeInt(at.loadUnaligned(as: Int.self))
    case "L", "Q": return makeInt(unsigned: at.loadUnaligned(as: UInt64.self))
    case "f": return makeFloat(Double(at.loadUnaligned(as: Float.self)))
    case "d": return makeFloat(at.loadUnaligned(as: Double.self))
    case "g": return makeFloat(loadLong(at))
    case "u": return makeString(codePoint: min(at.loadUnaligned(as: UInt32.self), 0x10FFFF))
    default: return loadAddress(t, code, at)
    }
  }

  private static func loadAddress(_ t: ThreadState, _ code: UInt8, _ at: UnsafeRawPointer) -> Object? {
    let word = at.loadUnaligned(as: UInt.self)
    guard let address = UnsafeRawPointer(bitPattern: word) else {
      return code == 0x4F ? t.raise(.ValueError, "PyObject is NULL") : core.pointee.none
    }
    switch code {
    case 0x7A:  // z
      return makeBytes(address.assumingMemoryBound(to: UInt8.self), strlen(address.assumingMemoryBound(to: CChar.self)))
    case 0x5A: return wideString(address, count: nil)  // Z
    case 0x4F: return Object(UnsafeMutableRawPointer(mutating: address)).retained()  // O
    default: return makeInt(unsigned: UInt64(word))
    }
  }

  /// The code points at `at`, up to a zero or `count` of them.
  static func wideString(_ at: UnsafeRawPointer, count: Int?) -> Object {
    var points: [UInt32] = []
    while count.map({ points.count < $0 }) ?? true {
      let c = (at + points.count * 4).loadUnaligned(as: UInt32.self)
      if count == nil, c == 0 { break }
      points.append(min(c, 0x10FFFF))
    }
    return makeString(codePoints: points)
  }

  static func wideBytes(_ text: Object) -> [UInt8] {
    (0..<text.strLength).flatMap { i in withUnsafeBytes(of: text.codePoint(i)) { Array($0) } }
  }

  // MARK: - Storing

  /// False: an exception is set. What the stored address needs to stay valid comes back in `keeps`, new reference.
  static func store(
    _ t: ThreadState, _ code: UInt8, _ at: UnsafeMutableRawPointer, _ value: Object, keeps: inout Object?
  ) -> Bool {
    switch Character(Unicode.Scalar(code)) {
    case "c": return storeCharacter(t, at, value)
    case "?", "v":
      let truth = isTrue(t, value)
      if truth < 0 { return false }
      if code == 0x3F {
        at.storeBytes(of: UInt8(truth), as: UInt8.self)
      } else {
        at.storeBytes(of: truth == 1 ? -1 : 0, as: Int16.self)
      }
      return true
    case "f", "d", "g":
      guard let number = floatValue(t, value) else { return false }
      switch code {
      case 0x66: at.storeBytes(of: Float(number), as: Float.self)
      case 0x64: at.storeBytes(of: number, as: Double.self)
      default: storeLong(at, number)
      }
      return true
    case "u":
      guard value.isKind(.str) else {
        return t.fail(.TypeError, "unicode string expected instead of \(typeName(value)) instance")
      }
      guard value.strLength == 1 else { return t.fail(.TypeError, "one character unicode string expected") }
      at.storeBytes(of: value.codePoint(0), as: UInt32.self)
      return true
    case "z", "Z", "P", "O", "X": return storeAddress(t, code, at, value, keeps: &keeps)
    default:
      guard let bits = lowBits(t, value), let size = size(code) else { return false }
      withUnsafeBytes(of: bits) { at.copyMemory(from: $0.baseAddress.unsafelyUnwrapped, byteCount: size) }
      return true
    }
  }

  /// The lowest 64 bits of an integer; nil: TypeError is set.
  static func lowBits(_ t: ThreadState, _ value: Object) -> UInt64? {
    guard let number = index(t, value) else { return nil }
    defer { number.release() }
    let magnitude: UInt64 = number.limbCount == 0 ? 0 : number.limbs[0]
    return number.intSign < 0 ? 0 &- magnitude : magnitude
  }

  private static func storeCharacter(_ t: ThreadState, _ at: UnsafeMutableRawPointer, _ value: Object) -> Bool {
    if value.isKind(.bytes) || value.isKind(.bytearray), value.byteView.count == 1 {
      at.storeBytes(of: value.byteView[0], as: UInt8.self)
      return true
    }
    if value.isKind(.int), let byte = value.wordValue, (0...255).contains(byte) {
      at.storeBytes(of: UInt8(byte), as: UInt8.self)
      return true
    }
    return t.fail(.TypeError, "one character bytes, bytearray or integer expected")
  }

  private static func storeAddress(
    _ t: ThreadState, _ code: UInt8, _ at: UnsafeMutableRawPointer, _ value: Object, keeps: inout Object?
  ) -> Bool {
    if code == 0x4F {
      at.storeBytes(of: UInt(bitPattern: value.address), as: UInt.self)
      keeps = value.retained()
      return true
    }
    var address: UInt64 = 0
    if value.isKind(.int) {
      guard let bits = lowBits(t, value) else { return false }
      address = bits
    } else if code == 0x7A, value.isKind(.bytes) {
      address = UInt64(UInt(bitPattern: value.bytesData))
      keeps = value.retained()
    } else if code == 0x5A, value.isKind(.str) {
      let wide = makeBytes(wideBytes(value) + [0, 0, 0, 0])
      address = UInt64(UInt(bitPattern: wide.bytesData))
      keeps = wide
    } else if value != core.pointee.none {
      let wanted = code == 0x7A ? "bytes" : "unicode string"
      return t.fail(
        .TypeError,
        code == 0x50
          ? "cannot be converted to pointer"
          : "\(wanted) or integer address expected instead of \(typeName(value)) instance")
    }
    at.storeBytes(of: address, as: UInt64.self)
    return true
  }

  // MARK: - `long double`

  #if arch(x86_64)
    private static func loadLong(_ at: UnsafeRawPointer) -> Double { Double(at.loadUnaligned(as: Float80.self)) }
    private static func storeLong(_ at: UnsafeMutableRawPointer, _ value: Double) {
      at.storeBytes(of: Float80(value), as: Float80.self)
    }
  #else
    /// Where `long double` has another form, its memory holds a double.
    private static func loadLong(_ at: UnsafeRawPointer) -> Double { at.loadUnaligned(as: Double.self) }
    private static func storeLong(_ at: UnsafeMutableRawPointer, _ value: Double) {
      at.storeBytes(of: value, as: Double.self)
    }
  #endif
}
