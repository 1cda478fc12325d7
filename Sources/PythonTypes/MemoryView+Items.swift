// memoryview's items: native formats of one letter, as the module `struct` names them.
import PythonRuntime

/// What a letter stands for; sizes are those of this machine.
enum ItemFormat {
  /// nil: no format of a memoryview.
  static func size(_ format: UInt8) -> Int? {
    switch format {
    case 66, 98, 99, 63: 1  // B b c ?
    case 72, 104, 101: 2  // H h e
    case 73, 105, 102: 4  // I i f
    case 76, 108, 81, 113, 78, 110, 100, 80: 8  // L l Q q N n d P
    default: nil
    }
  }

  static func isByte(_ format: UInt8) -> Bool { format == 66 || format == 98 || format == 99 }

  static func load(_ at: UnsafeRawPointer, _ format: UInt8) -> Object {
    switch format {
    case 98: makeInt(Int(at.loadUnaligned(as: Int8.self)))
    case 99: makeBytes([at.loadUnaligned(as: UInt8.self)])
    case 63: makeBool(at.loadUnaligned(as: UInt8.self) != 0)
    case 72: makeInt(Int(at.loadUnaligned(as: UInt16.self)))
    case 104: makeInt(Int(at.loadUnaligned(as: Int16.self)))
    case 73: makeInt(Int(at.loadUnaligned(as: UInt32.self)))
    case 105: makeInt(Int(at.loadUnaligned(as: Int32.self)))
    case 76, 81, 78, 80: makeInt(unsigned: at.loadUnaligned(as: UInt64.self))
    case 108, 113, 110: makeInt(at.loadUnaligned(as: Int.self))
    case 101: makeFloat(HalfFloat.double(at.loadUnaligned(as: UInt16.self)))
    case 102: makeFloat(Double(at.loadUnaligned(as: Float.self)))
    case 100: makeFloat(at.loadUnaligned(as: Double.self))
    case 117, 119: makeString(codePoint: min(at.loadUnaligned(as: UInt32.self), 0x10FFFF))
    default: makeInt(Int(at.loadUnaligned(as: UInt8.self)))
    }
  }

  /// The bytes of a value; nil: an exception is set.
  static func bytes(_ t: ThreadState, _ value: Object, _ format: UInt8) -> [UInt8]? {
    let letter = String(Unicode.Scalar(format))
    func fail(_ kind: ExceptionKind, _ what: String) -> [UInt8]? {
      t.raise(kind, "memoryview: invalid \(what) for format '\(letter)'")
      return nil
    }
    switch format {
    case 100, 102, 101:
      guard value.isKind(.float) || isIndex(value) || value.type.pointer.pointee.number.float != nil else {
        return fail(.TypeError, "type")
      }
      guard let x = floatValue(t, value) else { return nil }
      if format == 100 { return raw(x) }
      if format == 102 {
        if x.isFinite, Float(x).isInfinite { return overflow(t, "float too large to pack with f format") }
        return raw(Float(x))
      }
      guard let half = HalfFloat.bits(x) else { return overflow(t, "float too large to pack with e format") }
      return raw(half)
    case 99:
      guard value.isKind(.bytes) else { return fail(.TypeError, "type") }
      return value.bytesCount == 1 ? [value.bytesData[0]] : fail(.ValueError, "value")
    case 63:
      let truth = isTrue(t, value)
      return truth < 0 ? nil : [UInt8(truth)]
    default: break
    }
    guard let size = size(format) else {
      t.raise(.NotImplementedError, "memoryview: format \(letter) not supported")
      return nil
    }
    guard isIndex(value) else { return fail(.TypeError, "type") }
    guard let number = index(t, value) else { return nil }
    defer { number.release() }
    if size == 8, format == 76 || format == 81 || format == 78 || format == 80 {
      guard number.intSize >= 0, number.limbCount <= 1 else { return fail(.ValueError, "value") }
      return raw(number.limbCount == 0 ? 0 : number.limbs[0])
    }
    guard let x = number.wordValue else { return fail(.ValueError, "value") }
    let isSigned = [98, 104, 105, 108, 113, 110].contains(format)
    let bits = size * 8
    let low = isSigned ? (bits == 64 ? Int.min : -(1 << (bits - 1))) : 0
    let high = bits == 64 ? Int.max : isSigned ? 1 << (bits - 1) - 1 : 1 << bits - 1
    guard x >= low, x <= high else { return fail(.ValueError, "value") }
    return Array(raw(x)[0..<size])
  }

  private static func overflow(_ t: ThreadState, _ message: String) -> [UInt8]? {
    t.raise(.OverflowError, message)
    return nil
  }

  private static func raw<T>(_ value: T) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }
}

/// IEEE 754 binary16 by hand: not every machine that Swift knows has the type.
enum HalfFloat {
  static func double(_ bits: UInt16) -> Double {
    let sign = bits & 0x8000 != 0 ? -1.0 : 1.0
    let exponent = Int(bits >> 10 & 31)
    let fraction = Double(bits & 1023)
    switch exponent {
    case 0: return sign * fraction * 0x1p-24
    case 31: return fraction == 0 ? sign * .infinity : Double(signOf: sign, magnitudeOf: .nan)
    default: return sign * Double(sign: .plus, exponent: exponent - 15, significand: 1 + fraction / 1024)
    }
  }

  /// Rounded to even; nil: too large.
  static func bits(_ x: Double) -> UInt16? {
    let sign: UInt16 = x.sign == .minus ? 0x8000 : 0
    if x.isNaN { return sign | 0x7E00 }
    if x.isInfinite { return sign | 0x7C00 }
    let magnitude = x.magnitude
    if magnitude < 0x1p-14 { return sign | UInt16((magnitude * 0x1p24).rounded(.toNearestOrEven)) }
    var exponent = Int(magnitude.exponent)
    var fraction = ((magnitude.significand - 1) * 1024).rounded(.toNearestOrEven)
    if fraction == 1024 {
      fraction = 0
      exponent += 1
    }
    return exponent > 15 ? nil : sign | UInt16(exponent + 15) << 10 | UInt16(fraction)
  }
}
