// XXH64 with seed 0 (Yann Collet's public algorithm), of which the format stores the low 32 bits. Read 8 bytes at a
// time; about 10 GB/s.

enum Checksum {
  private static let p1: UInt64 = 0x9E37_79B1_85EB_CA87
  private static let p2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
  private static let p3: UInt64 = 0x1656_67B1_9E37_79F9
  private static let p4: UInt64 = 0x85EB_CA77_C2B2_AE63
  private static let p5: UInt64 = 0x27D4_EB2F_1656_67C5

  @inline(__always) private static func rotate(_ x: UInt64, _ n: UInt64) -> UInt64 { x << n | x >> (64 &- n) }

  @inline(__always) private static func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
    rotate(lane &+ input &* p2, 31) &* p1
  }

  /// The low 32 bits of XXH64 of `bytes`.
  static func check(_ bytes: UnsafeRawBufferPointer) -> UInt32 { unsafe UInt32(truncatingIfNeeded: xxh64(bytes)) }

  static func xxh64(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    guard let base = bytes.baseAddress else { return unsafe finish(p5, bytes, 0) }
    var offset = 0
    var hash = p5
    if bytes.count >= 32 {
      var a = p1 &+ p2
      var b = p2
      var c: UInt64 = 0
      var d = 0 &- p1
      while offset &+ 32 <= bytes.count {
        a = unsafe round(a, base.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        b = unsafe round(b, base.loadUnaligned(fromByteOffset: offset &+ 8, as: UInt64.self))
        c = unsafe round(c, base.loadUnaligned(fromByteOffset: offset &+ 16, as: UInt64.self))
        d = unsafe round(d, base.loadUnaligned(fromByteOffset: offset &+ 24, as: UInt64.self))
        offset &+= 32
      }
      hash = rotate(a, 1) &+ rotate(b, 7) &+ rotate(c, 12) &+ rotate(d, 18)
      for lane in [a, b, c, d] { hash = (hash ^ round(0, lane)) &* p1 &+ p4 }
    }
    return unsafe finish(hash, bytes, offset)
  }

  private static func finish(_ start: UInt64, _ bytes: UnsafeRawBufferPointer, _ from: Int) -> UInt64 {
    var hash = start &+ UInt64(bytes.count)
    var offset = from
    while offset &+ 8 <= bytes.count {
      let word = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      hash = rotate(hash ^ round(0, word), 27) &* p1 &+ p4
      offset &+= 8
    }
    if offset &+ 4 <= bytes.count {
      let word = unsafe UInt64(bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
      hash = rotate(hash ^ word &* p1, 23) &* p2 &+ p3
      offset &+= 4
    }
    while offset < bytes.count {
      hash = unsafe rotate(hash ^ UInt64(bytes[offset]) &* p5, 11) &* p1
      offset &+= 1
    }
    hash = (hash ^ hash >> 33) &* p2
    hash = (hash ^ hash >> 29) &* p3
    return hash ^ hash >> 32
  }
}
