// What a hash object keeps: bytes in, a digest out, at any moment. One final class per family; nothing of it is Python's.

class HashState {
  /// Bytes taken at once.
  let blockSize: Int
  /// Bytes of the digest; 0: as many as are asked for.
  let digestSize: Int
  /// What does not fill a block yet.
  fileprivate(set) var rest: [UInt8] = []
  /// All bytes so far.
  fileprivate(set) var total: UInt64 = 0

  init(blockSize: Int, digestSize: Int) {
    self.blockSize = blockSize
    self.digestSize = digestSize
  }

  init(copying other: HashState) {
    blockSize = other.blockSize
    digestSize = other.digestSize
    rest = other.rest
    total = other.total
  }

  final func update(_ bytes: UnsafeBufferPointer<UInt8>) {
    total &+= UInt64(bytes.count)
    var from = 0
    if !rest.isEmpty {
      from = min(blockSize - rest.count, bytes.count)
      rest.append(contentsOf: bytes[..<from])
      guard rest.count == blockSize, keepsLastBlock == false || from < bytes.count else { return }
      rest.withUnsafeBufferPointer { if let base = $0.baseAddress { process(base) } }
      rest.removeAll(keepingCapacity: true)
    }
    guard let base = bytes.baseAddress else { return }
    while bytes.count - from >= blockSize + (keepsLastBlock ? 1 : 0) {
      process(base + from)
      from += blockSize
    }
    rest.append(contentsOf: bytes[from...])
  }

  /// The algorithm treats its last block differently: a full one waits for more.
  var keepsLastBlock: Bool { false }

  /// Takes one block.
  func process(_ block: UnsafePointer<UInt8>) { preconditionFailure("a hash has its own blocks") }
  /// The digest; the state is of no use afterwards.
  func finish(_ length: Int) -> [UInt8] { preconditionFailure("a hash has its own end") }
  func copy() -> HashState { preconditionFailure("a hash has its own copy") }

  /// Appends the bit 1, zeros and the length in bits, as MD5 and SHA-1 and -2 end.
  fileprivate func pad(lengthBytes: Int, bigEndian: Bool) {
    let bits = total &* 8
    var tail: [UInt8] = [0x80]
    let used = (rest.count + 1 + lengthBytes) % blockSize
    tail += [UInt8](repeating: 0, count: (used == 0 ? 0 : blockSize - used) + lengthBytes - 8)
    withUnsafeBytes(of: bigEndian ? bits.bigEndian : bits.littleEndian) { tail += $0 }
    tail.withUnsafeBufferPointer { update($0) }
  }
}

extension UnsafePointer<UInt8> {
  @inline(__always) fileprivate func word32(_ i: Int) -> UInt32 {
    UnsafeRawPointer(self).loadUnaligned(fromByteOffset: i * 4, as: UInt32.self)
  }
  @inline(__always) fileprivate func word64(_ i: Int) -> UInt64 {
    UnsafeRawPointer(self).loadUnaligned(fromByteOffset: i * 8, as: UInt64.self)
  }
}

@inline(__always) private func rotateLeft(_ x: UInt32, _ n: UInt32) -> UInt32 { x << n | x >> (32 - n) }
@inline(__always) private func rotateRight(_ x: UInt32, _ n: UInt32) -> UInt32 { x >> n | x << (32 - n) }
@inline(__always) private func rotateRight(_ x: UInt64, _ n: UInt64) -> UInt64 { x >> n | x << (64 - n) }

/// The first `count` bytes of the words.
private func bytes<Word: FixedWidthInteger>(_ words: [Word], bigEndian: Bool, _ count: Int) -> [UInt8] {
  var out: [UInt8] = []
  for word in words { withUnsafeBytes(of: bigEndian ? word.bigEndian : word.littleEndian) { out += $0 } }
  return Array(out.prefix(count))
}

/// MD5 (RFC 1321).
final class MD5State: HashState {
  private var h: [UInt32] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476]
  init() { super.init(blockSize: 64, digestSize: 16) }
  private init(_ other: MD5State) {
    h = other.h
    super.init(copying: other)
  }
  override func copy() -> HashState { MD5State(self) }

  private static let turns: [UInt32] = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21]

  override func process(_ block: UnsafePointer<UInt8>) {
    var (a, b, c, d) = (h[0], h[1], h[2], h[3])
    for i in 0..<64 {
      let f: UInt32
      let k: Int
      switch i >> 4 {
      case 0: (f, k) = (b & c | ~b & d, i)
      case 1: (f, k) = (d & b | ~d & c, (5 * i + 1) & 15)
      case 2: (f, k) = (b ^ c ^ d, (3 * i + 5) & 15)
      default: (f, k) = (c ^ (b | ~d), (7 * i) & 15)
      }
      let sum = a &+ f &+ HashConstants.sines[i] &+ block.word32(k)
      (a, d, c, b) = (d, c, b, b &+ rotateLeft(sum, Self.turns[(i >> 4) * 4 + (i & 3)]))
    }
    h[0] &+= a
    h[1] &+= b
    h[2] &+= c
    h[3] &+= d
  }

  override func finish(_: Int) -> [UInt8] {
    pad(lengthBytes: 8, bigEndian: false)
    return bytes(h, bigEndian: false, digestSize)
  }
}

/// SHA-1 (FIPS 180-4).
final class SHA1State: HashState {
  private var h: [UInt32] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0]
  init() { super.init(blockSize: 64, digestSize: 20) }
  private init(_ other: SHA1State) {
    h = other.h
    super.init(copying: other)
  }
  override func copy() -> HashState { SHA1State(self) }

  override func process(_ block: UnsafePointer<UInt8>) {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 80) { w in
      for i in 0..<16 { w[i] = block.word32(i).bigEndian }
      for i in 16..<80 { w[i] = rotateLeft(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1) }
      var (a, b, c, d, e) = (h[0], h[1], h[2], h[3], h[4])
      for i in 0..<80 {
        let (f, k): (UInt32, UInt32) =
          i < 20
          ? (b & c | ~b & d, 0x5A82_7999)
          : i < 40
            ? (b ^ c ^ d, 0x6ED9_EBA1) : i < 60 ? (b & c | b & d | c & d, 0x8F1B_BCDC) : (b ^ c ^ d, 0xCA62_C1D6)
        let sum = rotateLeft(a, 5) &+ f &+ e &+ k &+ w[i]
        (e, d, c, b, a) = (d, c, rotateLeft(b, 30), a, sum)
      }
      h[0] &+= a
      h[1] &+= b
      h[2] &+= c
      h[3] &+= d
      h[4] &+= e
    }
  }

  override func finish(_: Int) -> [UInt8] {
    pad(lengthBytes: 8, bigEndian: true)
    return bytes(h, bigEndian: true, digestSize)
  }
}

/// SHA-224 and SHA-256 (FIPS 180-4).
final class SHA256State: HashState {
  private var h: [UInt32]
  init(short: Bool) {
    h = short ? HashConstants.sha224 : HashConstants.roots512.map { UInt32($0 >> 32) }
    super.init(blockSize: 64, digestSize: short ? 28 : 32)
  }
  private init(_ other: SHA256State) {
    h = other.h
    super.init(copying: other)
  }
  override func copy() -> HashState { SHA256State(self) }

  override func process(_ block: UnsafePointer<UInt8>) {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { w in
      for i in 0..<16 { w[i] = block.word32(i).bigEndian }
      for i in 16..<64 {
        let (x, y) = (w[i - 15], w[i - 2])
        let s0 = rotateRight(x, 7) ^ rotateRight(x, 18) ^ x >> 3
        let s1 = rotateRight(y, 17) ^ rotateRight(y, 19) ^ y >> 10
        w[i] = w[i - 16] &+ s0 &+ w[i - 7] &+ s1
      }
      var (a, b, c, d) = (h[0], h[1], h[2], h[3])
      var (e, f, g, k) = (h[4], h[5], h[6], h[7])
      for i in 0..<64 {
        let s1 = rotateRight(e, 6) ^ rotateRight(e, 11) ^ rotateRight(e, 25)
        let t1 = k &+ s1 &+ (e & f ^ ~e & g) &+ UInt32(HashConstants.cubes512[i] >> 32) &+ w[i]
        let s0 = rotateRight(a, 2) ^ rotateRight(a, 13) ^ rotateRight(a, 22)
        let t2 = s0 &+ (a & b ^ a & c ^ b & c)
        (k, g, f, e, d, c, b, a) = (g, f, e, d &+ t1, c, b, a, t1 &+ t2)
      }
      for (i, value) in [a, b, c, d, e, f, g, k].enumerated() { h[i] &+= value }
    }
  }

  override func finish(_: Int) -> [UInt8] {
    pad(lengthBytes: 8, bigEndian: true)
    return bytes(h, bigEndian: true, digestSize)
  }
}

/// SHA-384 and SHA-512 (FIPS 180-4).
final class SHA512State: HashState {
  private var h: [UInt64]
  init(short: Bool) {
    h = short ? HashConstants.sha384 : HashConstants.roots512
    super.init(blockSize: 128, digestSize: short ? 48 : 64)
  }
  private init(_ other: SHA512State) {
    h = other.h
    super.init(copying: other)
  }
  override func copy() -> HashState { SHA512State(self) }

  override func process(_ block: UnsafePointer<UInt8>) {
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 80) { w in
      for i in 0..<16 { w[i] = block.word64(i).bigEndian }
      for i in 16..<80 {
        let (x, y) = (w[i - 15], w[i - 2])
        let s0 = rotateRight(x, 1) ^ rotateRight(x, 8) ^ x >> 7
        let s1 = rotateRight(y, 19) ^ rotateRight(y, 61) ^ y >> 6
        w[i] = w[i - 16] &+ s0 &+ w[i - 7] &+ s1
      }
      var (a, b, c, d) = (h[0], h[1], h[2], h[3])
      var (e, f, g, k) = (h[4], h[5], h[6], h[7])
      for i in 0..<80 {
        let s1 = rotateRight(e, 14) ^ rotateRight(e, 18) ^ rotateRight(e, 41)
        let t1 = k &+ s1 &+ (e & f ^ ~e & g) &+ HashConstants.cubes512[i] &+ w[i]
        let s0 = rotateRight(a, 28) ^ rotateRight(a, 34) ^ rotateRight(a, 39)
        let t2 = s0 &+ (a & b ^ a & c ^ b & c)
        (k, g, f, e, d, c, b, a) = (g, f, e, d &+ t1, c, b, a, t1 &+ t2)
      }
      for (i, value) in [a, b, c, d, e, f, g, k].enumerated() { h[i] &+= value }
    }
  }

  override func finish(_: Int) -> [UInt8] {
    pad(lengthBytes: 16, bigEndian: true)
    return bytes(h, bigEndian: true, digestSize)
  }
}

/// SHA-3 and SHAKE (FIPS 202).
final class KeccakState: HashState {
  private var a = [UInt64](repeating: 0, count: 25)
  /// What ends the message: 6 for SHA-3, 0x1F for SHAKE.
  private let suffix: UInt8

  /// `capacity` in bytes is twice the security level.
  init(capacity: Int, digestSize: Int) {
    suffix = digestSize == 0 ? 0x1F : 0x06
    super.init(blockSize: 200 - capacity, digestSize: digestSize)
  }
  private init(_ other: KeccakState) {
    a = other.a
    suffix = other.suffix
    super.init(copying: other)
  }
  override func copy() -> HashState { KeccakState(self) }

  private static let rounds: [UInt64] = {
    // The constants come from a shift register of eight bits.
    var register: UInt8 = 1
    return (0..<24).map { _ in
      var constant: UInt64 = 0
      for j in 0..<7 {
        if register & 1 == 1 { constant |= 1 << UInt64((1 << j) - 1) }
        register = register & 0x80 != 0 ? register << 1 ^ 0x71 : register << 1
      }
      return constant
    }
  }()

  override func process(_ block: UnsafePointer<UInt8>) {
    for i in 0..<(blockSize / 8) { a[i] ^= block.word64(i).littleEndian }
    permute()
  }

  private func permute() {
    var c = [UInt64](repeating: 0, count: 5)
    for round in Self.rounds {
      for x in 0..<5 { c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20] }
      for x in 0..<5 {
        let d = c[(x + 4) % 5] ^ rotateRight(c[(x + 1) % 5], 63)
        for y in stride(from: 0, to: 25, by: 5) { a[x + y] ^= d }
      }
      // rho and pi: along the one cycle of places.
      var (x, y) = (1, 0)
      var moved = a[1]
      for step in 0..<24 {
        (x, y) = (y, (2 * x + 3 * y) % 5)
        let turn = UInt64((step + 1) * (step + 2) / 2 % 64)
        let value = turn == 0 ? moved : rotateRight(moved, 64 - turn)
        moved = a[x + 5 * y]
        a[x + 5 * y] = value
      }
      for y in stride(from: 0, to: 25, by: 5) {
        let row = Array(a[y..<(y + 5)])
        for x in 0..<5 { a[x + y] = row[x] ^ ~row[(x + 1) % 5] & row[(x + 2) % 5] }
      }
      a[0] ^= round
    }
  }

  override func finish(_ length: Int) -> [UInt8] {
    var last = rest + [UInt8](repeating: 0, count: blockSize - rest.count)
    last[rest.count] ^= suffix
    last[blockSize - 1] ^= 0x80
    last.withUnsafeBufferPointer { if let base = $0.baseAddress { process(base) } }
    var out: [UInt8] = []
    while true {
      out += bytes(a, bigEndian: false, blockSize)
      if out.count >= length { return Array(out.prefix(length)) }
      permute()
    }
  }
}

/// BLAKE2b and BLAKE2s (RFC 7693), which differ in their words.
final class Blake2State<Word: FixedWidthInteger & UnsignedInteger>: HashState {
  private var h: [Word]
  private let isLastNode: Bool

  /// `parameters`: the block of parameters, 64 or 32 bytes.
  init(parameters: [UInt8], digestSize: Int, key: [UInt8], isLastNode: Bool) {
    let width = Word.bitWidth / 8
    h = parameters.withUnsafeBytes { raw in
      (0..<8).map { Self.root($0) ^ Word(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * width, as: Word.self)) }
    }
    self.isLastNode = isLastNode
    super.init(blockSize: 16 * width, digestSize: digestSize)
    if !key.isEmpty {
      (key + [UInt8](repeating: 0, count: blockSize - key.count)).withUnsafeBufferPointer { update($0) }
    }
  }
  private init(_ other: Blake2State) {
    h = other.h
    isLastNode = other.isLastNode
    taken = other.taken
    super.init(copying: other)
  }
  override func copy() -> HashState { Blake2State(self) }
  override var keepsLastBlock: Bool { true }

  private static func root(_ i: Int) -> Word {
    Word(truncatingIfNeeded: HashConstants.roots512[i] >> UInt64(64 - Word.bitWidth))
  }

  private var taken: UInt64 = 0

  override func process(_ block: UnsafePointer<UInt8>) {
    taken &+= UInt64(blockSize)
    compress(block, isLast: false)
  }

  private func compress(_ block: UnsafePointer<UInt8>, isLast: Bool) {
    let width = Word.bitWidth / 8
    let m = (0..<16).map {
      Word(littleEndian: UnsafeRawPointer(block).loadUnaligned(fromByteOffset: $0 * width, as: Word.self))
    }
    var v = h + (0..<8).map { Self.root($0) }
    v[12] ^= Word(truncatingIfNeeded: taken)
    if Word.bitWidth == 32 { v[13] ^= Word(truncatingIfNeeded: taken >> 32) }
    if isLast {
      v[14] = ~v[14]
      if isLastNode { v[15] = ~v[15] }
    }
    let turns: [Int] = Word.bitWidth == 64 ? [32, 24, 16, 63] : [16, 12, 8, 7]
    func turn(_ x: Word, _ n: Int) -> Word { x >> Word(n) | x << Word(Word.bitWidth - n) }
    func mix(_ a: Int, _ b: Int, _ c: Int, _ d: Int, _ x: Word, _ y: Word) {
      v[a] = v[a] &+ v[b] &+ x
      v[d] = turn(v[d] ^ v[a], turns[0])
      v[c] = v[c] &+ v[d]
      v[b] = turn(v[b] ^ v[c], turns[1])
      v[a] = v[a] &+ v[b] &+ y
      v[d] = turn(v[d] ^ v[a], turns[2])
      v[c] = v[c] &+ v[d]
      v[b] = turn(v[b] ^ v[c], turns[3])
    }
    for round in 0..<(Word.bitWidth == 64 ? 12 : 10) {
      let s = HashConstants.blakeOrder[round % 10]
      for i in 0..<4 { mix(i, i + 4, i + 8, i + 12, m[s[2 * i]], m[s[2 * i + 1]]) }
      for i in 0..<4 {
        mix(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4, m[s[8 + 2 * i]], m[s[9 + 2 * i]])
      }
    }
    for i in 0..<8 { h[i] ^= v[i] ^ v[i + 8] }
  }

  override func finish(_: Int) -> [UInt8] {
    taken &+= UInt64(rest.count)
    let last = rest + [UInt8](repeating: 0, count: blockSize - rest.count)
    last.withUnsafeBufferPointer { if let base = $0.baseAddress { compress(base, isLast: true) } }
    return bytes(h, bigEndian: false, digestSize)
  }
}
