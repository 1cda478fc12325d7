// int and bool in memory: sign and magnitude, 64-bit limbs, least significant first.
//
//     16  size   limbs used; negative for negative numbers; 0 for zero
//     24  limbs  at least one, so that a small value is read without a branch
import CRuntimeSupport

public struct IntLayout {
  public var header: ObjectHeader
  public var size: Int
  public var limb: UInt64
  /// Bytes before the limbs.
  public static let base = 24
}

extension Object {
  /// The limbs of an int.
  @inlinable @inline(__always) public var limbs: UnsafeMutablePointer<UInt64> {
    (address + 24).assumingMemoryBound(to: UInt64.self)
  }
  @inlinable @inline(__always) public var limbCount: Int { abs(layout(IntLayout.self).pointee.size) }
  @inlinable @inline(__always) public var intSize: Int { layout(IntLayout.self).pointee.size }

  /// Whether an int has at most 63 bits: then `smallInt` is its value.
  @inlinable @inline(__always) public var isSmallInt: Bool {
    let p = layout(IntLayout.self)
    return UInt(bitPattern: p.pointee.size &+ 1) <= 2 && p.pointee.limb <= UInt64(Int64.max)
  }
  /// The value of an int for which `isSmallInt` holds.
  @inlinable @inline(__always) public var smallInt: Int {
    let p = layout(IntLayout.self)
    return Int(truncatingIfNeeded: p.pointee.limb) &* p.pointee.size
  }
  /// The value of an int, if it fits a machine word.
  @inlinable public var wordValue: Int? {
    let p = layout(IntLayout.self)
    if isSmallInt { return smallInt }
    return p.pointee.size == -1 && p.pointee.limb == 1 << 63 ? Int.min : nil
  }
  /// -1, 0 or 1.
  @inlinable public var intSign: Int { layout(IntLayout.self).pointee.size.signum() }
}

/// An int object of the value; -5...256 are shared.
@inlinable @inline(__always) public func makeInt(_ value: Int) -> Object {
  if value >= -5 && value <= 256 { return core.pointee.smallInts[value &+ 5] }
  return makeFreshInt(value)
}

@inline(never) public func makeFreshInt(_ value: Int) -> Object { newInt(value, probed: true) }

/// An int object of a value that is not shared.
@inline(__always) func newInt(_ value: Int, probed: Bool) -> Object {
  let object = allocateNumber(core.pointee.types.int, size: intBytes, probed: probed)
  let p = object.layout(IntLayout.self)
  p.pointee.size = value < 0 ? -1 : 1
  p.pointee.limb = UInt64(value.magnitude)
  return object
}

public func makeInt(unsigned value: UInt64) -> Object {
  if value <= UInt64(Int.max) { return makeInt(Int(value)) }
  let object = allocateInt(limbs: 1)
  object.limbs[0] = value
  object.layout(IntLayout.self).pointee.size = 1
  return object
}

/// An int with room for `count` limbs, which the caller fills and ends with `normalizeInt`. The size is set to `count`.
public func allocateInt(limbs count: Int, type: TypeObject? = nil) -> Object {
  let type = type ?? core.pointee.types.int
  let object = allocateObject(type, size: type.instanceSize(items: max(count, 1)))
  object.layout(IntLayout.self).pointee.size = count
  object.limbs[0] = 0
  return object
}

/// An int from limbs, least significant first; leading zeros are dropped and small values shared.
public func makeInt(limbs: UnsafePointer<UInt64>, count: Int, negative: Bool) -> Object {
  var n = count
  while n > 0 && limbs[n - 1] == 0 { n -= 1 }
  if n == 0 { return makeInt(0) }
  if n == 1 && limbs[0] <= UInt64(Int64.max) {
    return makeInt(negative ? -Int(limbs[0]) : Int(limbs[0]))
  }
  let object = allocateInt(limbs: n)
  object.limbs.update(from: limbs, count: n)
  object.layout(IntLayout.self).pointee.size = negative ? -n : n
  return object
}

@inlinable @inline(__always) public func makeBool(_ value: Bool) -> Object {
  value ? core.pointee.true : core.pointee.false
}

/// None as a result; immortal, hence not counted.
@inlinable @inline(__always) public var noneRetained: Object { core.pointee.none }

/// A copy of the int `value` as an instance of `type`, which is int or a subclass.
public func makeInt(copying value: Object, type: TypeObject) -> Object {
  let n = value.limbCount
  let object = allocateZeroed(type, items: max(n, 1))
  object.layout(IntLayout.self).pointee.size = value.intSize
  for i in 0..<n { object.limbs[i] = value.limbs[i] }
  return object
}

/// The machine word of an int object (or of `__index__`); nil with TypeError or OverflowError set.
public func intValue(_ t: ThreadState, _ o: Object) -> Int? {
  if o.isKind(.int) || o.isKind(.bool) {
    if let value = o.wordValue { return value }
    t.raise(.OverflowError, "Python int too large to convert to C ssize_t")
    return nil
  }
  guard let number = index(t, o) else { return nil }
  defer { number.release() }
  if let value = number.wordValue { return value }
  t.raise(.OverflowError, "cannot fit '\(o.typeName)' into an index-sized integer")
  return nil
}

/// The machine word nearest to an int: for slices and repetition counts where too large means "all".
public func clampedIntValue(_ o: Object) -> Int { o.wordValue ?? (o.intSize < 0 ? Int.min : Int.max) }

/// The hash of any int.
public func bigIntHash(_ o: Object) -> Int { IntObject.hash(currentThread(), o) }

enum IntObject {
  static func dealloc(_ o: Object) {
    if o.type == core.pointee.types.int {
      freeObject(o, size: 24 &+ 8 &* max(o.limbCount, 1))
    } else {
      freeInstance(o, items: max(o.limbCount, 1))
    }
  }

  /// The hash: the value modulo 2**61 - 1, with the number's sign; never -1.
  static func hash(_: ThreadState, _ o: Object) -> Int {
    let modulus: UInt64 = (1 << 61) - 1
    if o.isSmallInt {
      let value = o.smallInt
      if value.magnitude < modulus { return value == -1 ? -2 : value }
    }
    var h: UInt64 = 0
    for i in stride(from: o.limbCount - 1, through: 0, by: -1) {
      // 2**64 is 8 modulo 2**61 - 1.
      let wide = UInt128(h) * 8 + UInt128(o.limbs[i])
      h = UInt64(wide % UInt128(modulus))
    }
    let signed = o.intSize < 0 ? -Int(h) : Int(h)
    return signed == -1 ? -2 : signed
  }
}
