// Events of the process, threads, locks, calls, generators, exceptions and output.
import CRuntimeSupport
import EventRing
import Glibc
import TraceModel

extension Probes {
  // MARK: - Process and threads

  static func writeProcessStart() {
    writer.write(
      word(.processStart, upper: UInt32(getpid())), writer.now(), UInt64(getppid()),
      clockNanoseconds(CLOCK_REALTIME) / 1_000_000_000)
  }

  static func writeProcessExit(_ status: Int32) {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    writer.write(
      word(.processExit, upper: UInt32(bitPattern: status)), writer.now(), clockNanoseconds(CLOCK_PROCESS_CPUTIME_ID),
      UInt64(usage.ru_maxrss) * 1024)
  }

  static func fork(childPid: Int32, childStream: UInt32) {
    guard isOn else { return }
    writer.write(word(.fork, upper: UInt32(bitPattern: childPid)), writer.now(), UInt64(childStream), 0)
  }

  static func threadStart(_ t: ThreadState, name: String) {
    guard isOn else { return }
    let id = t.pointer.pointee.traceID
    let kernel = UInt32(bitPattern: t.pointer.pointee.kernelThread)
    writer.setThread(id, kernelThread: kernel)
    let nameID = name.isEmpty ? 0 : stringID(name)
    writer.write(word(.threadStart, upper: kernel) | UInt64(id) << 8, writer.now(), UInt64(nameID), 0)
  }

  static func threadExit(_ t: ThreadState) {
    guard isOn else { return }
    let id = t.pointer.pointee.traceID
    writer.write(
      UInt64(EventKind.threadExit.rawValue) | UInt64(id) << 8, writer.now(), clockNanoseconds(CLOCK_THREAD_CPUTIME_ID),
      0)
    writer.clearThread(id)
  }

  /// A named moment of the program.
  public static func marker(_ name: Object) {
    guard isOn else { return }
    writer.write(word(.marker, upper: stringID(name)), writer.now())
  }

  /// A named number of the program.
  public static func counter(_ name: Object, _ value: Int) {
    guard isOn else { return }
    writer.write(word(.counter, upper: stringID(name)), writer.now(), UInt64(bitPattern: Int64(value)), 0)
  }

  /// Bytes that the program wrote to descriptor 1 or 2.
  @inline(never) public static func output(descriptor: Int32, _ bytes: UnsafeRawBufferPointer) {
    guard isOn, bytes.count > 0 else { return }
    let kept = min(bytes.count, payloadBytesMax)
    writer.writePayload(
      word(.output, upper: UInt32(clamping: bytes.count - kept)) | UInt64(UInt8(truncatingIfNeeded: descriptor)) << 8,
      bytes: UnsafeRawBufferPointer(rebasing: bytes[0..<kept]))
  }

  // MARK: - Locks

  /// ORDER EventSpec lockCreate
  public enum LockKind: UInt64 { case gil, lock, rlock, join }

  public static func lockCreate(_ kind: LockKind, _ lock: UInt32) {
    guard isOn else { return }
    writer.write(word(.lockCreate, upper: lock) | kind.rawValue << 8, UInt64(site(currentThread())))
  }

  /// Written with the GIL, before the wait; the ring's header shows the wait while it lasts.
  public static func lockBlock(_ t: ThreadState, _ lock: UInt32) {
    guard isOn else { return }
    let now = writer.now()
    writer.write(word(.lockBlock, upper: lock), now, UInt64(t.pointer.pointee.traceID), 0)
    writer.setWaiting(thread: t.pointer.pointee.traceID, lock: lock, since: now)
  }

  public static func lockAcquire(_ t: ThreadState, _ lock: UInt32, waited: Bool, blockedFor: UInt64) {
    guard isOn else { return }
    writer.write(
      word(.lockAcquire, upper: lock) | (waited ? 1 << 8 : 0), writer.now(), UInt64(t.pointer.pointee.traceID),
      blockedFor)
    if waited { writer.clearWaiting(thread: t.pointer.pointee.traceID) }
  }

  /// A thread's end was waited for and came.
  public static func joined(_ t: ThreadState) { lockGiveUp(t) }

  /// A wait ended without the lock: the time was over, or a signal came.
  static func lockGiveUp(_ t: ThreadState) {
    guard isOn else { return }
    writer.clearWaiting(thread: t.pointer.pointee.traceID)
  }

  public static func lockRelease(_ t: ThreadState, _ lock: UInt32, _ reason: ReleaseReason) {
    guard isOn else { return }
    writer.write(
      word(.lockRelease, upper: lock) | reason.rawValue << 8, writer.now(), UInt64(t.pointer.pointee.traceID), 0)
  }

  /// First thing after a thread got the GIL.
  static func gilAcquired(_ t: ThreadState, waited: Bool, blockedFor: UInt64) {
    guard isOn else { return }
    writer.setGILHolder(t.pointer.pointee.traceID)
    lockAcquire(t, 0, waited: waited, blockedFor: blockedFor)
    // After a forced release the row says so, also when the wait for the other thread left the lock free.
    if !waited { writer.clearWaiting(thread: t.pointer.pointee.traceID) }
  }

  /// Last thing before a thread gives the GIL away.
  static func gilReleasing(_ t: ThreadState, _ reason: ReleaseReason) {
    guard isOn else { return }
    lockRelease(t, 0, reason)
    // A thread that has to give way wants the lock again at once.
    if reason == .forced { gilWaiting(t) }
    writer.setGILHolder(0)
  }

  /// The wait for the GIL shows in the ring's header only: who waits for it may not write.
  static func gilWaiting(_ t: ThreadState) {
    guard isOn else { return }
    writer.setWaiting(thread: t.pointer.pointee.traceID, lock: 0, since: writer.now())
  }

  static func dropRequest(by thread: UInt32) {
    guard isOn else { return }
    writer.write(UInt64(EventKind.dropRequest.rawValue), writer.now(), UInt64(thread), 0)
  }

  public static func blockingBegin(_ call: BlockingCall, bytes: Int = 0) {
    guard isOn else { return }
    writer.write(UInt64(EventKind.blockingBegin.rawValue) | call.rawValue << 8, writer.now(), UInt64(bytes), 0)
  }
  public static func blockingEnd(_ call: BlockingCall, bytes: Int = 0) {
    guard isOn else { return }
    writer.write(UInt64(EventKind.blockingEnd.rawValue) | call.rawValue << 8, writer.now(), UInt64(max(bytes, 0)), 0)
  }

  // MARK: - Calls, exceptions, lookups

  /// A call's frame starts or ends; not a generator's, whose resumes and yields are told. At levels `calls` and `all` only: test `recordsCalls` first.
  @inline(never) static func callBegin(_ frame: Frame) {
    writer.write(word(.callBegin, upper: node(of: FramePlace(frame: frame))), 0)
  }
  @inline(never) static func callEnd(_ frame: Frame) {
    writer.write(word(.callEnd, upper: node(of: FramePlace(frame: frame))), 0)
  }

  /// A new stream begins inside of calls.
  static func writeRunningCalls(_ t: ThreadState) {
    guard recordsCalls else { return }
    var running: [Frame] = []
    var frame = t.frame
    while let here = frame {
      if here.pointer.pointee.owner != .generator { running.append(here) }
      frame = here.previous
    }
    for frame in running.reversed() { callBegin(frame) }
  }

  /// An exception is raised in, or passes, the running frame.
  @inlinable public static func raised(_ t: ThreadState, _ exception: Object) {
    if exuvia_level() != 0 { writeRaise(t, exception) }
  }
  @usableFromInline @inline(never) static func writeRaise(_ t: ThreadState, _ exception: Object) {
    let type = typeID(exception.type)
    let frame = FramePlace.running(t)
    writer.write(
      word(.raise, upper: frame?.codeID ?? 0) | UInt64(type) << 8, UInt64(UInt32(clamping: frame?.line ?? 0)))
  }

  /// An attribute was looked up; `found` is the class on the MRO that had it. Level `all`.
  @inline(never)
  public static func lookup(_ how: LookupProtocol, _ type: TypeObject, _ name: Object, found: TypeObject?) {
    guard exuvia_level() >= probeLevelAll else { return }
    let foundID = found.map { UInt64(typeID($0)) } ?? 0
    writer.write(
      word(.attributeLookup, upper: stringID(name)) | how.rawValue << 8, UInt64(typeID(type)) | foundID << 32)
  }

  // MARK: - Generators

  /// A generator, coroutine or asynchronous generator was made for `code`.
  @inline(never) public static func generatorCreate(_ generator: Object, _ kind: GeneratorKind, code: Object) {
    guard isOn else { return }
    let codeID = codeID(code)
    let site = UInt64(site(currentThread()))
    writer.write(word(.generatorCreate, generator) | kind.rawValue << 8, UInt64(codeID) | site << 32)
  }

  @inline(never)
  static func generatorResume(_ generator: Object, _ how: ResumeKind, _ frame: Frame, _ value: Object?) {
    let line = frame.inlinedLine
    let shown = describe(value)
    writer.write(
      word(.generatorResume, generator) | how.rawValue << 8 | shown.kind << 12, UInt64(UInt32(clamping: line)),
      shown.value, 0)
  }

  @inline(never)
  static func generatorYield(_ generator: Object, _ frame: Frame, stackDepth: Int, _ value: Object?) {
    let line = frame.inlinedLine
    let shown = describe(value)
    writer.write(
      word(.generatorYield, generator) | shown.kind << 8,
      UInt64(UInt32(clamping: line)) | UInt64(UInt32(clamping: stackDepth)) << 32, shown.value, 0)
  }

  @inline(never) public static func generatorReturn(_ generator: Object, line: Int, _ value: Object?) {
    guard isOn else { return }
    let shown = describe(value)
    writer.write(
      word(.generatorReturn, generator) | shown.kind << 8, UInt64(UInt32(clamping: line)), shown.value, 0)
  }

  @inline(never) public static func generatorRaise(_ generator: Object, line: Int, _ exception: Object?) {
    guard isOn else { return }
    let type = exception.map { UInt64(typeID($0.type)) } ?? 0
    writer.write(word(.generatorRaise, generator) | type << 8, UInt64(UInt32(clamping: line)))
  }
}
