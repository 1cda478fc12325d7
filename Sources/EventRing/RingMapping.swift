// A ring file mapped into this process: typed access to the shared words, creating and mapping. Knows the layout, not the protocol.

import CRuntimeSupport
import Glibc
import Synchronization
import TraceModel

/// What went wrong with a ring.
public struct RingError: Error, CustomStringConvertible {
  public enum Kind: Sendable { case exists, cannotCreate, noSpace, cannotOpen, notARing, otherVersion, cannotMap }
  public let kind: Kind
  public let path: String
  /// The system's error number, 0 when there is none.
  public let code: Int32

  public var description: String {
    let reason = unsafe code == 0 ? "" : ": " + String(cString: strerror(code))
    return switch kind {
    case .exists: "\(path): a ring file of another recording stands here; is one running? Remove it or use --force"
    case .cannotCreate: "\(path): cannot create the ring file\(reason); --ring DIR puts it elsewhere"
    case .noSpace: "\(path): no space for the ring file\(reason); --ring DIR puts it elsewhere"
    case .cannotOpen: "\(path): cannot open the ring file\(reason)"
    case .notARing: "\(path): not a ring file"
    case .otherVersion: "\(path): a ring file of another version of exuvia"
    case .cannotMap: "\(path): cannot map the ring file\(reason)"
    }
  }
}

/// What the creator of a ring decides.
public struct RingOptions: Sendable {
  public var capacity = RingLayout.capacityDefault
  public var mode = RingMode.block
  public var detail = RecordingLevel.refs
  public var stream: UInt32 = 0
  public var parentStream: UInt32 = 0
  /// Clocks at the start of the recording; 0 means now.
  public var startMonotonic: UInt64 = 0
  public var startRealtime: UInt64 = 0
  public var consumerPid: UInt32 = 0
  public init() {}
}

/// A clock's time in nanoseconds.
@inlinable
public func clockNanoseconds(_ clock: clockid_t) -> UInt64 {
  var time = timespec()
  unsafe clock_gettime(clock, &time)
  return UInt64(truncatingIfNeeded: time.tv_sec) &* 1_000_000_000 &+ UInt64(truncatingIfNeeded: time.tv_nsec)
}

/// The mapping.
///
/// Safe: `base` points to `dataOffset + capacity` mapped bytes; every offset is a constant of RingLayout, aligned to its width. Shared
/// words are only touched as atomics. Whoever unmaps is the owner and uses the value no more.
@safe public struct RingMapping: @unchecked Sendable {
  let base: UnsafeMutableRawPointer
  let capacity: UInt64

  var bytes: Int { RingLayout.dataOffset + Int(capacity) }

  func word64(_ offset: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
    unsafe (base + offset).assumingMemoryBound(to: Atomic<UInt64>.self)
  }
  func word32(_ offset: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
    unsafe (base + offset).assumingMemoryBound(to: Atomic<UInt32>.self)
  }
  func load64(_ offset: Int) -> UInt64 { unsafe word64(offset).pointee.load(ordering: .acquiring) }
  func load32(_ offset: Int) -> UInt32 { unsafe word32(offset).pointee.load(ordering: .acquiring) }
  func store64(_ offset: Int, _ value: UInt64) { unsafe word64(offset).pointee.store(value, ordering: .releasing) }
  func store32(_ offset: Int, _ value: UInt32) { unsafe word32(offset).pointee.store(value, ordering: .releasing) }
  func add64(_ offset: Int, _ value: UInt64) {
    unsafe word64(offset).pointee.wrappingAdd(value, ordering: .relaxed)
  }
  func add32(_ offset: Int, _ value: UInt32) {
    unsafe word32(offset).pointee.wrappingAdd(value, ordering: .sequentiallyConsistent)
  }

  /// Sleeps while the word holds `expected`. True when the time ran out.
  func wait32(_ offset: Int, _ expected: UInt32, nanoseconds: UInt64) -> Bool {
    unsafe exuvia_futex_wait(UnsafePointer((base + offset).assumingMemoryBound(to: UInt32.self)), expected, nanoseconds)
      == -ETIMEDOUT
  }
  func wake32(_ offset: Int) {
    unsafe exuvia_futex_wake(UnsafePointer((base + offset).assumingMemoryBound(to: UInt32.self)))
  }

  /// Has pages of the data made, which are else made one by one when the program first writes to them. May do nothing.
  func populate(_ offset: UInt64, _ count: UInt64) {
    unsafe _ = madvise(base + RingLayout.dataOffset + Int(offset), Int(count), MADV_POPULATE_WRITE)
  }

  func unmap() { unsafe _ = munmap(base, bytes) }

  // MARK: Creating and mapping

  /// Creates the ring file with its space reserved, and maps it. An existing file is refused.
  static func create(path: String, options: RingOptions) throws(RingError) -> RingMapping {
    let descriptor = unsafe Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw RingError(kind: errno == EEXIST ? .exists : .cannotCreate, path: path, code: errno)
    }
    defer { close(descriptor) }
    let mapping: RingMapping
    do throws(RingError) {
      let failure = posix_fallocate(descriptor, 0, off_t(RingLayout.dataOffset) + off_t(options.capacity))
      guard failure == 0 else { throw RingError(kind: .noSpace, path: path, code: failure) }
      mapping = try map(descriptor, capacity: options.capacity, path: path)
    } catch {
      unsafe unlink(path)
      throw error
    }
    mapping.store32(RingLayout.version, RingLayout.versionValue)
    mapping.store64(RingLayout.capacity, options.capacity)
    mapping.store32(RingLayout.mode, options.mode.rawValue)
    mapping.store32(RingLayout.detail, UInt32(options.detail.rawValue))
    mapping.store32(RingLayout.consumerPid, options.consumerPid)
    mapping.store32(RingLayout.stream, options.stream)
    mapping.store32(RingLayout.parentStream, options.parentStream)
    mapping.store64(
      RingLayout.startMonotonic,
      options.startMonotonic == 0 ? clockNanoseconds(CLOCK_MONOTONIC) : options.startMonotonic)
    mapping.store64(
      RingLayout.startRealtime, options.startRealtime == 0 ? clockNanoseconds(CLOCK_REALTIME) : options.startRealtime)
    mapping.store32(RingLayout.nextStream, options.stream + 1)
    mapping.store64(RingLayout.magic, RingLayout.magicValue)
    return mapping
  }

  /// Maps an existing ring file.
  static func open(path: String) throws(RingError) -> RingMapping {
    let descriptor = unsafe Glibc.open(path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { throw RingError(kind: .cannotOpen, path: path, code: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw RingError(kind: .cannotOpen, path: path, code: errno) }
    let capacity = UInt64(max(0, Int(status.st_size) - RingLayout.dataOffset))
    guard capacity >= RingLayout.capacityMin, capacity <= RingLayout.capacityMax, capacity & (capacity - 1) == 0 else {
      throw RingError(kind: .notARing, path: path, code: 0)
    }
    let mapping = try map(descriptor, capacity: capacity, path: path)
    guard mapping.load64(RingLayout.magic) == RingLayout.magicValue else {
      mapping.unmap()
      throw RingError(kind: .notARing, path: path, code: 0)
    }
    guard mapping.load32(RingLayout.version) == RingLayout.versionValue, mapping.load64(RingLayout.capacity) == capacity
    else {
      mapping.unmap()
      throw RingError(kind: .otherVersion, path: path, code: 0)
    }
    return mapping
  }

  private static func map(_ descriptor: Int32, capacity: UInt64, path: String) throws(RingError) -> RingMapping {
    let bytes = RingLayout.dataOffset + Int(capacity)
    let base = unsafe mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
    guard let base = unsafe base, unsafe base != MAP_FAILED else {
      throw RingError(kind: .cannotMap, path: path, code: errno)
    }
    // The first word that is touched would have the kernel read megabytes ahead.
    unsafe _ = madvise(base, RingLayout.dataOffset, MADV_RANDOM)
    return unsafe RingMapping(base: base, capacity: capacity)
  }
}
