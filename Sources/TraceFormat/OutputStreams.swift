// Where the encoder puts bytes: one stream per column, or for layout `rows` one for all.

/// Safe: owns its buffers; `ensure` is called before every write that may not fit.
final class OutputStreams {
  /// Next byte to write and end of the room, per stream.
  let next: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>>
  private let base: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>>
  private let limit: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>>
  private static let startBytes = 1024

  init() {
    next = .allocate(capacity: Column.max)
    base = .allocate(capacity: Column.max)
    limit = .allocate(capacity: Column.max)
    for index in 0..<Column.max {
      base[index] = .allocate(capacity: Self.startBytes)
      limit[index] = base[index] + Self.startBytes
      next[index] = base[index]
    }
  }

  deinit {
    for index in 0..<Column.max { base[index].deallocate() }
    base.deallocate()
    limit.deallocate()
    next.deallocate()
  }

  func reset() { next.update(from: base, count: Column.max) }

  func count(_ stream: Int) -> Int { next[stream] - base[stream] }
  func bytes(_ stream: Int) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base[stream], count: count(stream)) }

  /// Makes room for `count` more bytes.
  @inline(__always) func ensure(_ stream: Int, _ count: Int) {
    if limit[stream] - next[stream] < count { grow(stream, count) }
  }

  @inline(never) private func grow(_ stream: Int, _ count: Int) {
    let used = self.count(stream)
    let capacity = max((limit[stream] - base[stream]) * 4, used + count)
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    larger.update(from: base[stream], count: used)
    base[stream].deallocate()
    base[stream] = larger
    limit[stream] = larger + capacity
    next[stream] = larger + used
  }

  @inline(__always) func byte(_ stream: Int, _ value: UInt8) {
    next[stream].pointee = value
    next[stream] += 1
  }

  /// LEB128: 7 bits a byte, least significant first, bit 7 set in all but the last.
  @inline(__always) func varint(_ stream: Int, _ value: UInt64) {
    var place = next[stream]
    var rest = value
    while rest >= 0x80 {
      place.pointee = UInt8(truncatingIfNeeded: rest) | 0x80
      place += 1
      rest >>= 7
    }
    place.pointee = UInt8(truncatingIfNeeded: rest)
    next[stream] = place + 1
  }
}
