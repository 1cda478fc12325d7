// How a process gets its ring and hands one to a forked child.
//
// The recorder creates the root ring and names it in the environment; the traced process maps it and keeps no descriptor. A fork: the parent
// takes the next stream number (which announces `F.ring.<n>` to the recorder), creates that ring, forks; the child adopts the mapping, the parent
// drops it. A child whose parent did nothing is silent: its state page is zero and its parent's ring is not mapped in it.

import Glibc
import Synchronization
import TraceModel

/// What survives a fork in the child: where the recording lives.
@unsafe struct WriterOrigin {
  /// The root ring's first page, mapped in all processes of the recording; nil without a recording.
  var session: UnsafeMutableRawPointer?
  /// The root ring's absolute path.
  var rootPath: String
  var options: RingOptions
}

/// A ring made for a child that is about to be forked.
public struct ChildRing: Sendable {
  let mapping: RingMapping
  let options: RingOptions
  let path: String
  /// The child's stream, for the `fork` event.
  public var stream: UInt32 { options.stream }
}

extension EventWriter {
  /// Names the ring file in the traced process's environment.
  public static let ringVariable = "EXUVIA_RING"

  private static let pageBytes = 4096

  /// The second page, which a forked child keeps.
  var origin: UnsafeMutablePointer<WriterOrigin> {
    unsafe (UnsafeMutableRawPointer(state) + Self.pageBytes).assumingMemoryBound(to: WriterOrigin.self)
  }

  /// A writer without a ring: silent, all writes return at once.
  public static func make() throws(RingError) -> EventWriter {
    let page = unsafe mmap(nil, 2 * pageBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let page = unsafe page, unsafe page != MAP_FAILED else {
      throw RingError(kind: .cannotMap, path: "", code: errno)
    }
    guard unsafe madvise(page, pageBytes, MADV_WIPEONFORK) == 0 else {
      throw RingError(kind: .cannotMap, path: "", code: errno)
    }
    let writer = unsafe EventWriter(state: page.assumingMemoryBound(to: WriterState.self))
    unsafe writer.origin.initialize(to: WriterOrigin(session: nil, rootPath: "", options: RingOptions()))
    return writer
  }

  /// A writer attached to the ring that the environment names, which is then removed from it; silent when it names none.
  public static func fromEnvironment() throws(RingError) -> EventWriter {
    let writer = try make()
    guard let value = unsafe getenv(ringVariable) else { return writer }
    let path = unsafe String(cString: value)
    unsafe unsetenv(ringVariable)
    try writer.attach(path: path)
    return writer
  }

  /// A writer attached to the ring at `path`.
  public static func attach(path: String) throws(RingError) -> EventWriter {
    let writer = try make()
    try writer.attach(path: path)
    return writer
  }

  /// Attaches to the ring file and lets the probes of its level record.
  public func attach(path: String) throws(RingError) {
    let mapping = try RingMapping.open(path: path)
    // A second mapping of the first page, which forked children keep: they take their stream numbers there.
    let descriptor = unsafe open(path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { throw RingError(kind: .cannotOpen, path: path, code: errno) }
    let session = unsafe mmap(nil, Self.pageBytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
    close(descriptor)
    guard let session = unsafe session, unsafe session != MAP_FAILED else {
      throw RingError(kind: .cannotMap, path: path, code: errno)
    }
    var options = RingOptions()
    options.mode = RingMode(rawValue: mapping.load32(RingLayout.mode)) ?? .block
    options.detail = RecordingLevel(rawValue: UInt8(truncatingIfNeeded: mapping.load32(RingLayout.detail))) ?? .refs
    options.stream = mapping.load32(RingLayout.stream)
    options.parentStream = mapping.load32(RingLayout.parentStream)
    options.startMonotonic = mapping.load64(RingLayout.startMonotonic)
    options.startRealtime = mapping.load64(RingLayout.startRealtime)
    options.consumerPid = mapping.load32(RingLayout.consumerPid)
    unsafe origin.pointee = WriterOrigin(session: session, rootPath: absolute(path), options: options)
    use(mapping, options: options)
  }

  /// Makes this process the writer of `mapping`.
  private func use(_ mapping: RingMapping, options: RingOptions) {
    unsafe _ = madvise(mapping.base, mapping.bytes, MADV_DONTFORK)
    mapping.store32(RingLayout.writerPid, UInt32(getpid()))
    unsafe state.pointee.mask = mapping.capacity - 1
    unsafe state.pointee.mapping = mapping.base
    unsafe state.pointee.head = mapping.load64(RingLayout.head)
    unsafe state.pointee.limit = 0
    unsafe state.pointee.start = options.startMonotonic
    unsafe state.pointee.consumerIsParent = UInt32(getppid()) == options.consumerPid ? 1 : 0
    unsafe state.pointee.isAttached = 1
    unsafe state.pointee.probes = ProbeSet(options.detail).rawValue
  }

  private func absolute(_ path: String) -> String {
    guard !path.hasPrefix("/"), let resolved = unsafe realpath(path, nil) else { return path }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }

  // MARK: State

  /// The ring, while attached.
  var mapping: RingMapping? {
    guard unsafe state.pointee.isAttached != 0 else { return nil }
    return unsafe RingMapping(base: state.pointee.mapping, capacity: state.pointee.mask &+ 1)
  }

  public var isAttached: Bool { unsafe state.pointee.isAttached != 0 }

  /// The stream of this process; nil without a ring.
  public var stream: UInt32? { mapping?.load32(RingLayout.stream) }

  /// The level that the recorder asked for; `off` without a ring.
  public var detail: RecordingLevel {
    guard let mapping else { return .off }
    return RecordingLevel(rawValue: UInt8(truncatingIfNeeded: mapping.load32(RingLayout.detail))) ?? .off
  }

  /// Pauses or resumes probes. Without a ring they stay off.
  public func setProbes(_ probes: ProbeSet) { unsafe state.pointee.probes = isAttached ? probes.rawValue : 0 }

  /// Nanoseconds since the stream's start, for word 1 of records with exact time.
  @inlinable
  public func now() -> UInt64 { clockNanoseconds(CLOCK_MONOTONIC) &- (unsafe state.pointee.start) }

  /// There is no program to record after all: the ring looks as if nobody had ever attached, and the recorder keeps no trace.
  public func withdraw() {
    guard let mapping else { return }
    unsafe state.pointee.probes = 0
    mapping.store32(RingLayout.writerPid, 0)
  }

  /// The stream has come to its end: nothing is written after it. Wakes the recorder. Call it after the last record.
  public func end(status: Int32) {
    guard let mapping else { return }
    unsafe state.pointee.probes = 0
    settleLoss()
    mapping.store64(RingLayout.endState, RingLayout.endedBit | UInt64(UInt32(bitPattern: status)))
    wakeConsumer()
  }

  // MARK: Fork

  /// Before a fork, in the parent, under the GIL: makes and announces the child's ring. Nil when nothing is recorded, or when there is no
  /// space for it: then the child is silent.
  public func prepareChild() -> ChildRing? {
    guard isAttached, let session = unsafe origin.pointee.session else { return nil }
    let next = unsafe (session + RingLayout.nextStream).assumingMemoryBound(to: Atomic<UInt32>.self)
    var options = unsafe origin.pointee.options
    options.parentStream = options.stream
    options.stream = unsafe next.pointee.wrappingAdd(1, ordering: .sequentiallyConsistent).oldValue
    options.capacity = RingLayout.capacityChild
    let path = unsafe origin.pointee.rootPath + ".\(options.stream)"
    guard let mapping = try? RingMapping.create(path: path, options: options) else { return nil }
    // The forking parent owns the ring until the child adopts it: should both die before, the recorder sees a dead writer.
    mapping.store32(RingLayout.writerPid, UInt32(getpid()))
    return ChildRing(mapping: mapping, options: options, path: path)
  }

  /// After a successful fork, in the child.
  public func adopt(_ child: ChildRing) {
    unsafe origin.pointee.options = child.options
    use(child.mapping, options: child.options)
  }

  /// After a fork, in the parent. A fork that failed ends the announced stream.
  public func release(_ child: ChildRing, forked: Bool) {
    if !forked { child.mapping.store64(RingLayout.endState, RingLayout.endedBit) }
    child.mapping.unmap()
  }
}
