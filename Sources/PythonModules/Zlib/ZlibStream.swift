// One stream of the system's zlib, in either direction: bytes in, bytes out. Owns the library's state.
import CZlib
import Glibc

final class ZlibStream {
  enum Direction { case deflate, inflate }

  let direction: Direction
  private var stream = z_stream()
  private var isOpen = false
  private(set) var hasEnded = false
  /// Bytes behind the compressed ones.
  var unused: [UInt8] = []
  /// Bytes that were given and not read yet, because as much as asked for came out.
  var pending: [UInt8] = []
  var dictionary: [UInt8]?
  /// More may come out without more input.
  var isHeld = false

  /// nil: `status` says why.
  init?(
    deflateLevel level: Int32, method: Int32, windowBits: Int32, memoryLevel: Int32, strategy: Int32,
    status: inout Int32
  ) {
    direction = .deflate
    status = deflateInit2_(
      &stream, level, method, windowBits, memoryLevel, strategy, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else { return nil }
    isOpen = true
  }

  init?(inflateWindowBits windowBits: Int32, status: inout Int32) {
    direction = .inflate
    status = inflateInit2_(&stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else { return nil }
    isOpen = true
  }

  init?(copying other: ZlibStream, status: inout Int32) {
    direction = other.direction
    status = direction == .deflate ? deflateCopy(&stream, &other.stream) : inflateCopy(&stream, &other.stream)
    guard status == Z_OK else { return nil }
    isOpen = true
    (hasEnded, unused, pending, dictionary) = (other.hasEnded, other.unused, other.pending, other.dictionary)
  }

  deinit { close() }

  private func close() {
    guard isOpen else { return }
    isOpen = false
    _ = direction == .deflate ? deflateEnd(&stream) : inflateEnd(&stream)
  }

  /// What the library says about the last failure.
  var message: String? { stream.msg.map { String(cString: $0) } }

  func useDictionary(_ bytes: [UInt8]) -> Int32 {
    direction == .deflate
      ? deflateSetDictionary(&stream, bytes, UInt32(bytes.count))
      : inflateSetDictionary(&stream, bytes, UInt32(bytes.count))
  }

  /// Feeds bytes. Stops at the stream's end, or when `limit` bytes have come out; what was not read is in `pending`, what is behind the end in
  /// `unused`. The status is Z_OK, Z_STREAM_END, Z_BUF_ERROR (nothing more to do now), or a failure.
  func run(_ input: [UInt8], _ flush: Int32, limit: Int? = nil) -> (output: [UInt8], status: Int32) {
    var output: [UInt8] = []
    let room = 1 << 16
    var buffer = [UInt8](repeating: 0, count: room)
    var status = Z_OK
    var input = input
    input.withUnsafeMutableBufferPointer { bytes in
      stream.next_in = bytes.baseAddress
      stream.avail_in = UInt32(bytes.count)
      repeat {
        let space = min(room, limit.map { $0 - output.count } ?? room)
        if space == 0 { break }
        buffer.withUnsafeMutableBufferPointer {
          stream.next_out = $0.baseAddress
          stream.avail_out = UInt32(space)
          status = step(flush)
        }
        output += buffer[..<(space - Int(stream.avail_out))]
      } while stream.avail_out == 0 && status == Z_OK || status == Z_OK && stream.avail_in > 0
      let left = Array(bytes[(bytes.count - Int(stream.avail_in))...])
      if status == Z_STREAM_END {
        hasEnded = true
        unused += left
        pending = []
      } else {
        pending = left
      }
    }
    return (output, status)
  }

  private func step(_ flush: Int32) -> Int32 {
    guard direction == .inflate else { return deflate(&stream, flush) }
    let status = inflate(&stream, flush)
    guard status == Z_NEED_DICT, let dictionary else { return status }
    let set = useDictionary(dictionary)
    return set == Z_OK ? inflate(&stream, flush) : set
  }
}
