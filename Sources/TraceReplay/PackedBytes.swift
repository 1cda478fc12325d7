// Variable-length numbers in raw memory, both directions, for the sections of an index file.

/// Appends varints (7 bits a byte, least significant first) to a buffer that grows.
///
/// Safe: `base` has `capacity` bytes; every append makes room first. Only this writer frees it.
@safe struct PackedWriter: ~Copyable {
  private var base: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  private(set) var count = 0
  private static let varintBytesMax = 10

  init(capacity: Int = 1 << 16) {
    self.capacity = max(capacity, 64)
    unsafe base = .allocate(capacity: self.capacity)
  }

  deinit { unsafe base.deallocate() }

  var bytes: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: base, count: count) }

  mutating func removeAll() { count = 0 }

  @inline(__always) mutating func put(_ number: UInt64) {
    if count &+ Self.varintBytesMax > capacity { grow() }
    var rest = number
    while rest >= 0x80 {
      unsafe base[count] = UInt8(truncatingIfNeeded: rest) | 0x80
      count &+= 1
      rest >>= 7
    }
    unsafe base[count] = UInt8(truncatingIfNeeded: rest)
    count &+= 1
  }

  mutating func put(_ number: UInt32) { put(UInt64(number)) }
  mutating func put(_ number: Int) { put(UInt64(bitPattern: Int64(number))) }
  mutating func put(_ flag: Bool) { put(UInt64(flag ? 1 : 0)) }

  /// Zigzag: small numbers of either sign are short.
  @inline(__always) mutating func put(signed number: Int64) { put(UInt64(bitPattern: number << 1 ^ number >> 63)) }

  mutating func put(_ text: String) {
    put(text.utf8.count)
    for byte in text.utf8 { put(UInt64(byte)) }
  }

  private mutating func grow() {
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity * 2)
    unsafe larger.moveInitialize(from: base, count: count)
    unsafe base.deallocate()
    unsafe base = larger
    capacity *= 2
  }
}

/// Reads what a `PackedWriter` wrote. Beyond the end, or where a number is none, everything is 0 and `hasFailed` is set.
///
/// Safe: reads only below `count`; the caller keeps the bytes alive.
@safe struct PackedReader {
  private let base: UnsafeRawPointer?
  private let count: Int
  private var place = 0
  private(set) var hasFailed = false

  init(_ bytes: UnsafeRawBufferPointer) {
    unsafe base = bytes.baseAddress
    count = bytes.count
  }

  var isAtEnd: Bool { place == count && !hasFailed }

  @inline(__always) mutating func take() -> UInt64 {
    guard place < count, let base = unsafe base else { return fail() }
    let first = unsafe base.load(fromByteOffset: place, as: UInt8.self)
    place &+= 1
    if first < 0x80 { return UInt64(first) }
    return takeRest(UInt64(first & 0x7F))
  }

  private mutating func takeRest(_ first: UInt64) -> UInt64 {
    guard let base = unsafe base else { return fail() }
    var number = first
    var shift: UInt64 = 7
    while shift < 70 {
      guard place < count else { return fail() }
      let byte = unsafe base.load(fromByteOffset: place, as: UInt8.self)
      place &+= 1
      number |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return number }
      shift &+= 7
    }
    return fail()
  }

  @inline(__always) mutating func takeSigned() -> Int64 {
    let number = take()
    return Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
  }

  /// A number that must fit.
  @inline(__always) mutating func take<Number: FixedWidthInteger>(_ type: Number.Type) -> Number {
    let number = take()
    guard let value = Number(exactly: number) else { return Number(truncatingIfNeeded: fail()) }
    return value
  }

  mutating func takeInt() -> Int { Int(truncatingIfNeeded: Int64(bitPattern: take())) }
  mutating func takeFlag() -> Bool { take() != 0 }

  /// A number of things that follow, of at least one byte each, so that no larger one than the bytes left is believed.
  mutating func takeCount() -> Int {
    let number = take()
    guard number <= UInt64(count - place) else { return Int(truncatingIfNeeded: fail()) }
    return Int(number)
  }

  mutating func takeText() -> String {
    var bytes: [UInt8] = []
    for _ in 0..<takeCount() { bytes.append(take(UInt8.self)) }
    return String(decoding: bytes, as: UTF8.self)
  }

  private mutating func fail() -> UInt64 {
    hasFailed = true
    return 0
  }
}
