// `_multiprocessing.SemLock`: a named semaphore of the kernel as a lock, a recursive lock or a counter between processes.
//
// Another process may release what this one acquired, so a wait is told as a blocking call and not as an event of a lock.
import CRuntimeSupport
import Glibc
import PythonRuntime

struct SemaphoreLockLayout {
  var header: ObjectHeader
  /// From sem_open; nil only before a new object has it.
  var handle: UnsafeMutablePointer<sem_t>?
  /// Ident of the thread that acquired last.
  var owner: UInt
  /// Acquired so often by this process and not released.
  var count: Int32
  var maximum: Int32
  var kind: Int32
  /// By which another process opens the semaphore; owned, nil when it was unlinked at once.
  var name: UnsafeMutablePointer<CChar>?
}

extension Object {
  fileprivate var semaphoreLock: UnsafeMutablePointer<SemaphoreLockLayout> { layout() }
}

enum SemaphoreLock {
  /// `kind` of a lock that its holder may acquire again; 1 is a semaphore.
  private static let recursive: Int32 = 0
  private static let counting: Int32 = 1

  static let type: TypeObject = makeBuiltinType(
    name: "SemLock", module: "_multiprocessing", layoutSize: MemoryLayout<SemaphoreLockLayout>.size,
    flags: [.container, .baseType]
  ) { p in
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      if let handle = o.semaphoreLock.pointee.handle { sem_close(handle) }
      free(o.semaphoreLock.pointee.name)
      freeInstance(o)
    }
    p.pointee.new = NativeFunction(new)
  }

  static func start(_ t: ThreadState) {
    readyType(t, type)
    addMethods(t, type, methods)
    addGetSet(
      t, type, "handle",
      getter: UnaryFunction { _, o in makeInt(Int(bitPattern: o.semaphoreLock.pointee.handle)) })
    addGetSet(t, type, "kind", getter: UnaryFunction { _, o in makeInt(Int(o.semaphoreLock.pointee.kind)) })
    addGetSet(t, type, "maxvalue", getter: UnaryFunction { _, o in makeInt(Int(o.semaphoreLock.pointee.maximum)) })
    addGetSet(
      t, type, "name",
      getter: UnaryFunction { _, o in
        o.semaphoreLock.pointee.name.map { makeString(String(cString: $0)) } ?? core.pointee.none
      })
    let greatest = makeInt(Int(Int32.max))
    addAttribute(t, type, "SEM_VALUE_MAX", greatest)
    greatest.release()
  }

  // MARK: - Making

  /// `(kind, value, maxvalue, name, unlink)`.
  private static func new(_ t: ThreadState, _ cls: Object, _ a: Arguments) -> Object? {
    guard
      let given = parseArguments(
        t, a, function: "SemLock", names: ["kind", "value", "maxvalue", "name", "unlink"], required: 5),
      let kind = number(t, given[0]), let value = number(t, given[1]), let maximum = number(t, given[2]),
      let name = text(t, given[3], "SemLock() argument 'name'"), let last = given[4]
    else { return nil }
    let unlinks = isTrue(t, last)
    guard unlinks >= 0 else { return nil }
    guard kind == recursive || kind == counting else { return t.raise(.ValueError, "unrecognized kind") }
    guard let handle = exuvia_semaphore_open(name, 1, UInt32(bitPattern: value)) else {
      return t.raiseOSError(errno: exuvia_errno())
    }
    if unlinks == 1, sem_unlink(name) < 0 {
      let failure = exuvia_errno()
      sem_close(handle.assumingMemoryBound(to: sem_t.self))
      return t.raiseOSError(errno: failure)
    }
    return make(cls, handle, kind, maximum, unlinks == 1 ? nil : strdup(name))
  }

  private static func make(
    _ cls: Object, _ handle: UnsafeMutableRawPointer, _ kind: Int32, _ maximum: Int32,
    _ name: UnsafeMutablePointer<CChar>?
  ) -> Object {
    let o = allocateZeroed(TypeObject(unchecked: cls))
    let p = o.semaphoreLock
    p.pointee.handle = handle.assumingMemoryBound(to: sem_t.self)
    p.pointee.kind = kind
    p.pointee.maximum = maximum
    p.pointee.name = name
    trackFresh(o)
    return o
  }

  /// `(handle, kind, maxvalue, name)`: in a process that got the object by pickling; a forked one has the handle itself.
  private static func rebuild(_ t: ThreadState, _ cls: Object, _ a: Arguments) -> Object? {
    guard let address = intValue(t, a[0]), let kind = number(t, a[1]), let maximum = number(t, a[2]) else { return nil }
    guard a[3] != core.pointee.none else {
      guard let handle = UnsafeMutableRawPointer(bitPattern: address) else {
        return t.raise(.ValueError, "the handle of a semaphore may not be 0")
      }
      return make(cls, handle, kind, maximum, nil)
    }
    guard let name = text(t, a[3], "argument 4") else { return nil }
    guard let handle = exuvia_semaphore_open(name, 0, 0) else { return t.raiseOSError(errno: exuvia_errno()) }
    return make(cls, handle, kind, maximum, strdup(name))
  }

  private static func number(_ t: ThreadState, _ o: Object?) -> Int32? {
    guard let o, let value = intValue(t, o) else { return nil }
    if let small = Int32(exactly: value) { return small }
    t.raise(.OverflowError, "signed integer is \(value < 0 ? "less than minimum" : "greater than maximum")")
    return nil
  }

  /// A name of a semaphore; `what` is how a message calls the argument.
  static func text(_ t: ThreadState, _ o: Object?, _ what: String) -> String? {
    guard let o, o.isKind(.str) else {
      t.raise(.TypeError, "\(what) must be str, not \(o.map(typeName) ?? "None")")
      return nil
    }
    return stringValue(o)
  }

  // MARK: - Acquire and release

  private static func isMine(_ t: ThreadState, _ o: Object) -> Bool {
    o.semaphoreLock.pointee.count > 0 && o.semaphoreLock.pointee.owner == t.pointer.pointee.ident
  }

  /// `(block=True, timeout=None)`.
  private static func acquire(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    guard let given = parseArguments(t, a, function: "acquire", names: ["block", "timeout"], required: 0) else {
      return nil
    }
    let blocks = given[0].map { isTrue(t, $0) } ?? 1
    guard blocks >= 0 else { return nil }
    let p = o.semaphoreLock
    if p.pointee.kind == recursive, isMine(t, o) {
      p.pointee.count += 1
      return core.pointee.true
    }
    var limit: UInt64?
    if let object = given[1], object != core.pointee.none {
      guard let seconds = floatValue(t, object) else { return nil }
      limit = UInt64(min(max(seconds, 0), LockObjects.timeoutMax) * 1e9)
    }
    guard let taken = take(t, o, blocks: blocks == 1, nanoseconds: limit) else { return nil }
    guard taken else { return core.pointee.false }
    p.pointee.count += 1
    p.pointee.owner = t.pointer.pointee.ident
    return core.pointee.true
  }

  /// nil: an exception is set.
  private static func take(_ t: ThreadState, _ o: Object, blocks: Bool, nanoseconds: UInt64?) -> Bool? {
    guard let handle = o.semaphoreLock.pointee.handle else { return false }
    if sem_trywait(handle) == 0 { return true }
    guard exuvia_errno() == EAGAIN || exuvia_errno() == EINTR else {
      t.raiseOSError(errno: exuvia_errno())
      return nil
    }
    guard blocks, nanoseconds != 0 else { return false }
    // The waiter's own reference: the semaphore may not be closed under it.
    o.retain()
    defer { o.release() }
    Probes.blockingBegin(.lock)
    defer { Probes.blockingEnd(.lock) }
    switch waitSemaphore(t, handle, lock: 0, nanoseconds: nanoseconds) {
    case .acquired: return true
    case .timedOut: return false
    case .interrupted: return nil
    }
  }

  private static func release(_ t: ThreadState, _ o: Object) -> Object? {
    let p = o.semaphoreLock
    guard let handle = p.pointee.handle else { return nil }
    if p.pointee.kind == recursive {
      guard isMine(t, o) else {
        return t.raise(.AssertionError, "attempt to release recursive lock not owned by thread")
      }
      if p.pointee.count > 1 {
        p.pointee.count -= 1
        return core.pointee.none
      }
    } else {
      guard let value = value(t, o) else { return nil }
      guard value < p.pointee.maximum else {
        return t.raise(.ValueError, "semaphore or lock released too many times")
      }
    }
    guard sem_post(handle) == 0 else { return t.raiseOSError(errno: exuvia_errno()) }
    p.pointee.count -= 1
    return core.pointee.none
  }

  private static func value(_ t: ThreadState, _ o: Object) -> Int32? {
    var value: Int32 = 0
    guard let handle = o.semaphoreLock.pointee.handle, sem_getvalue(handle, &value) == 0 else {
      t.raiseOSError(errno: exuvia_errno())
      return nil
    }
    // Some systems count waiters as negative values.
    return max(value, 0)
  }

  private static let methods = [
    NativeMethod("acquire", .keywords, NativeFunction(acquire)),
    NativeMethod("release", .noArguments) { t, o, _ in release(t, o) },
    NativeMethod("__enter__", .noArguments) { t, o, a in acquire(t, o, Arguments(base: a.base, count: 0)) },
    NativeMethod("__exit__", .positional(0, 3)) { t, o, _ in release(t, o) },
    NativeMethod("_count", .noArguments) { _, o, _ in makeInt(Int(o.semaphoreLock.pointee.count)) },
    NativeMethod("_is_mine", .noArguments) { t, o, _ in makeBool(isMine(t, o)) },
    NativeMethod("_get_value", .noArguments) { t, o, _ in value(t, o).map { makeInt(Int($0)) } },
    NativeMethod("_is_zero", .noArguments) { t, o, _ in value(t, o).map { makeBool($0 == 0) } },
    NativeMethod("_rebuild", .positional(4, 4), binding: .classMethod) { t, cls, a in rebuild(t, cls, a) },
    NativeMethod("_after_fork", .noArguments) { _, o, _ in
      o.semaphoreLock.pointee.count = 0
      return core.pointee.none
    },
  ]
}
