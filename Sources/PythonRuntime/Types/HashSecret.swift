// SipHash-1-3 under the process's secret, as CPython hashes str and bytes; and the table of interned strings.
import CRuntimeSupport
import Glibc

public enum HashSecret {
  nonisolated(unsafe) static var k0: UInt64 = 0
  nonisolated(unsafe) static var k1: UInt64 = 0

  /// Sets the secret from PYTHONHASHSEED's number; 0 switches randomization off, as there.
  public static func set(seed: UInt32) {
    guard seed != 0 else {
      (k0, k1) = (0, 0)
      return
    }
    var x = seed
    func word() -> UInt64 {
      var value: UInt64 = 0
      for i in 0..<8 {
        x = x &* 214013 &+ 2_531_011
        value |= UInt64((x >> 16) & 0xFF) << UInt64(8 * i)
      }
      return value
    }
    k0 = word()
    k1 = word()
  }
  /// A random secret.
  public static func randomize() { (k0, k1) = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max)) }

  @inline(__always) static func rotate(_ x: UInt64, _ n: UInt64) -> UInt64 { x << n | x >> (64 - n) }

  /// The hash of `count` bytes; never -1; 0 for none.
  public static func hash(_ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    if count == 0 { return 0 }
    var v0 = k0 ^ 0x736f_6d65_7073_6575
    var v1 = k1 ^ 0x646f_7261_6e64_6f6d
    var v2 = k0 ^ 0x6c79_6765_6e65_7261
    var v3 = k1 ^ 0x7465_6462_7974_6573
    @inline(__always) func round() {
      v0 = v0 &+ v1
      v1 = rotate(v1, 13)
      v1 ^= v0
      v0 = rotate(v0, 32)
      v2 = v2 &+ v3
      v3 = rotate(v3, 16)
      v3 ^= v2
      v0 = v0 &+ v3
      v3 = rotate(v3, 21)
      v3 ^= v0
      v2 = v2 &+ v1
      v1 = rotate(v1, 17)
      v1 ^= v2
      v2 = rotate(v2, 32)
    }
    var i = 0
    while i &+ 8 <= count {
      let m = bytes.loadUnaligned(fromByteOffset: i, as: UInt64.self)
      v3 ^= m
      round()
      v0 ^= m
      i &+= 8
    }
    var last = UInt64(truncatingIfNeeded: count) << 56
    var shift: UInt64 = 0
    while i < count {
      last |= UInt64(bytes.load(fromByteOffset: i, as: UInt8.self)) << shift
      shift &+= 8
      i &+= 1
    }
    v3 ^= last
    round()
    v0 ^= last
    v2 ^= 0xFF
    round()
    round()
    round()
    let value = Int(bitPattern: UInt(v0 ^ v1 ^ v2 ^ v3))
    return value == -1 ? -2 : value
  }
}

/// All interned strings; they live for ever.
enum InternTable {
  nonisolated(unsafe) static var slots = UnsafeMutablePointer<Object?>.allocate(capacity: 1)
  nonisolated(unsafe) static var mask = 0
  nonisolated(unsafe) static var count = 0

  static func start() {
    slots = .allocate(capacity: 4096)
    slots.initialize(repeating: nil, count: 4096)
    mask = 4095
    count = 0
  }

  /// The slot of the string with this text, or the free one where it belongs.
  static func slot(_ hash: Int, _ bytes: UnsafeRawPointer, _ length: Int, _ kind: Int) -> UnsafeMutablePointer<Object?>
  {
    var i = hash & mask
    while let o = slots[i] {
      if strHash(o) == hash && o.strLength == length && o.strKind == kind
        && memcmp(o.strData, bytes, length * kind) == 0
      {
        break
      }
      i = (i &+ 1) & mask
    }
    return slots + i
  }

  static func add(_ o: Object, at place: UnsafeMutablePointer<Object?>) {
    o.strLayout.pointee.isInterned = true
    o.makeImmortal()
    place.pointee = o
    count += 1
    if count * 2 > mask { grow() }
  }

  static func grow() {
    let old = slots
    let oldMask = mask
    mask = (oldMask + 1) * 2 - 1
    slots = .allocate(capacity: mask + 1)
    slots.initialize(repeating: nil, count: mask + 1)
    for i in 0...oldMask {
      guard let o = old[i] else { continue }
      var k = strHash(o) & mask
      while slots[k] != nil { k = (k + 1) & mask }
      slots[k] = o
    }
    old.deallocate()
  }
}

/// The interned str of the text; immortal.
public func internString(_ s: String) -> Object {
  let o = makeString(s)
  return internString(stealing: o)
}

/// The interned str equal to an exact str `o`, which becomes it if there is none yet. Steals `o`.
public func internString(stealing o: Object) -> Object {
  if o.strLayout.pointee.isInterned { return o }
  let place = InternTable.slot(strHash(o), o.strData, o.strLength, o.strKind)
  if let known = place.pointee {
    o.release()
    return known
  }
  InternTable.add(o, at: place)
  return o
}
