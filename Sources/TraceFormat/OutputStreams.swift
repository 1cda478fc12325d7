// Where the encoder puts bytes: one stream per column, or for layout `rows` one for all.

/// Safe: owns its buffers; `ensure` is called before every write that may not fit.
@safe final class OutputStreams {
  /// Next byte to write and end of the room, per stream.
  let next: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>>
  private let base: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>>
  private let limit: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>>
  private static let startBytes = 1024

  init() {
    unsafe next = .allocate(capacity: Column.max)
    unsafe base = .allocate(capacity: Column.max)
    unsafe limit = .allocate(capacity: Column.max)
    for index in 0..<Column.max {
      unsafe base[index] = .allocate(capacity: Self.startBytes)
      unsafe limit[index] = unsafe base[index] + Self.startBytes
      unsafe next[index] = unsafe base[index]
    }
  }

  deinit {
    for index in 0..<Column.max { unsafe base[index].deallocate() }
    unsafe base.deallocate()
    unsafe limit.deallocate()
    unsafe next.deallocate()
  }

  func reset() { unsafe next.update(from: base, count: Column.max) }

  func count(_ stream: Int) -> Int { unsafe next[stream] - base[stream] }
  func bytes(_ stream: Int) -> UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(start: base[stream], count: count(stream))
  }

  /// Makes room for `count` more bytes.
  @inline(__always) func ensure(_ stream: Int, _ count: Int) {
    if unsafe limit[stream] - next[stream] < count { grow(stream, count) }
  }

  @inline(never) private func grow(_ stream: Int, _ count: Int) {
    let used = self.count(stream)
    let capacity = unsafe max((limit[stream] - base[stream]) * 4, used + count)
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    unsafe larger.update(from: base[stream], count: used)
    unsafe base[stream].deallocate()
    unsafe base[stream] = unsafe larger
    unsafe limit[stream] = unsafe larger + capacity
    unsafe next[stream] = unsafe larger + used
  }

  @inline(__always) func byte(_ stream: Int, _ value: UInt8) {
    unsafe next[stream].pointee = value
    unsafe next[stream] += 1
  }

  /// LEB128: 7 bits a byte, least significant first, bit 7 set in all but the last.
  @inline(__always) func varint(_ stream: Int, _ value: UInt64) {
    var place = unsafe next[stream]
    var rest = value
    while rest >= 0x80 {
      unsafe place.pointee = UInt8(truncatingIfNeeded: rest) | 0x80
      unsafe place += 1
      rest >>= 7
    }
    unsafe place.pointee = UInt8(truncatingIfNeeded: rest)
    unsafe next[stream] = unsafe place + 1
  }
}
