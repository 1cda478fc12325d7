// `_thread.lock` and `_thread.RLock`.
//
// A lock's name in events is its object's slot. Waiting gives the GIL away; a free lock is taken without it.
import CRuntimeSupport
import Glibc
import PythonRuntime

/// Both kinds; a plain lock leaves `owner` and `depth` alone.
struct LockLayout {
  var header: ObjectHeader
  /// In a block of its own: its address must outlast a waiter's wait.
  var semaphore: UnsafeMutablePointer<sem_t>
  var weakrefs: Object?
  var isLocked: Bool
  /// Ident of the owning thread, 0 for nobody, and how often it has acquired.
  var owner: UInt
  var depth: Int
}

extension Object {
  fileprivate var lock: UnsafeMutablePointer<LockLayout> { layout(LockLayout.self) }
}

enum LockObjects {
  nonisolated(unsafe) static var lockType = core.pointee.types.object
  nonisolated(unsafe) static var reentrantType = core.pointee.types.object
  /// Greatest timeout in seconds.
  static let timeoutMax = 9_223_372_036.0

  static func start(_ t: ThreadState) {
    lockType = makeBuiltinType(
      name: "lock", module: "_thread", layoutSize: MemoryLayout<LockLayout>.size, flags: .container,
      configure: configure)
    reentrantType = makeBuiltinType(
      name: "RLock", module: "_thread", layoutSize: MemoryLayout<LockLayout>.size, flags: [.container, .baseType],
      configure: configure)
    readyType(t, lockType)
    readyType(t, reentrantType)
    let enter = NativeFunction { t, o, a in acquire(t, o, blocking: true, nanoseconds: nil) }
    let acquireFunction = NativeFunction { t, o, a in
      guard let (blocking, nanoseconds) = parse(t, a) else { return nil }
      return acquire(t, o, blocking: blocking, nanoseconds: nanoseconds)
    }
    let release = NativeFunction { t, o, _ in LockObjects.release(t, o) ? core.pointee.none : nil }
    let exit = NativeFunction { t, o, _ in LockObjects.release(t, o) ? core.pointee.none : nil }
    let common = [
      NativeMethod("acquire", .keywords, acquireFunction), NativeMethod("release", .noArguments, release),
      NativeMethod("__enter__", .noArguments, enter), NativeMethod("__exit__", .positional(0, -1), exit),
      NativeMethod("_at_fork_reinit", .noArguments) { t, o, _ in
        o.lock.pointee.semaphore = makeSemaphore()
        o.lock.pointee.isLocked = false
        o.lock.pointee.owner = 0
        o.lock.pointee.depth = 0
        return core.pointee.none
      },
    ]
    addMethods(
      t, lockType,
      common + [
        NativeMethod("acquire_lock", .keywords, acquireFunction), NativeMethod("release_lock", .noArguments, release),
        NativeMethod("locked", .noArguments) { _, o, _ in makeBool(o.lock.pointee.isLocked) },
        NativeMethod("locked_lock", .noArguments) { _, o, _ in makeBool(o.lock.pointee.isLocked) },
      ])
    addMethods(
      t, reentrantType,
      common + [
        NativeMethod("_is_owned", .noArguments) { t, o, _ in
          makeBool(o.lock.pointee.depth > 0 && o.lock.pointee.owner == t.pointer.pointee.ident)
        },
        NativeMethod("_recursion_count", .noArguments) { t, o, _ in
          makeInt(o.lock.pointee.owner == t.pointer.pointee.ident ? o.lock.pointee.depth : 0)
        },
        NativeMethod("_release_save", .noArguments, releaseSave),
        NativeMethod("_acquire_restore", .oneArgument, acquireRestore),
      ])
  }

  private static func configure(_ p: UnsafeMutablePointer<TypeLayout>) {
    p.pointee.weakrefOffset = MemoryLayout<LockLayout>.offset(of: \.weakrefs) ?? 0
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      clearWeakrefs(o)
      sem_destroy(o.lock.pointee.semaphore)
      o.lock.pointee.semaphore.deallocate()
      freeInstance(o)
    }
    p.pointee.new = NativeFunction { t, type, a in
      let type = TypeObject(unchecked: type)
      if type == lockType, a.count > 0 || a.keywordNames != nil {
        return t.raise(.TypeError, "lock() takes no arguments")
      }
      return make(type)
    }
    p.pointee.repr = UnaryFunction { t, o in
      let p = o.lock
      let state = p.pointee.isLocked ? "locked" : "unlocked"
      let name = qualifiedTypeName(t, o.type)
      let owner = o.type == lockType ? "" : " owner=\(p.pointee.owner) count=\(p.pointee.depth)"
      return makeString("<\(state) \(name) object\(owner) at \(addressText(o))>")
    }
  }

  private static func makeSemaphore() -> UnsafeMutablePointer<sem_t> {
    let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
    sem_init(semaphore, 0, 1)
    return semaphore
  }

  static func make(_ type: TypeObject) -> Object {
    let o = allocateZeroed(type)
    o.lock.pointee.semaphore = makeSemaphore()
    track(o)
    Probes.lockCreate(type == lockType ? .lock : .rlock, o.slot)
    return o
  }

  // MARK: - Acquire and release

  /// `(blocking=True, timeout=-1)`; nanoseconds nil: for ever.
  static func parse(_ t: ThreadState, _ a: Arguments) -> (blocking: Bool, nanoseconds: UInt64?)? {
    guard let given = parseArguments(t, a, function: "acquire", names: ["blocking", "timeout"], required: 0) else {
      return nil
    }
    var blocking = true
    if let object = given[0] {
      let truth = isTrue(t, object)
      if truth < 0 { return nil }
      blocking = truth == 1
    }
    guard let object = given[1] else { return (blocking, nil) }
    guard let seconds = floatValue(t, object) else { return nil }
    if seconds == -1 { return (blocking, nil) }
    guard blocking else {
      t.raise(.ValueError, "can't specify a timeout for a non-blocking call")
      return nil
    }
    guard seconds >= 0 else {
      t.raise(.ValueError, "timeout value must be a non-negative number")
      return nil
    }
    guard seconds <= timeoutMax else {
      t.raise(.OverflowError, "timeout value is too large")
      return nil
    }
    return (blocking, UInt64(seconds * 1e9))
  }

  /// True or False as a new object; nil: an exception is set.
  static func acquire(_ t: ThreadState, _ o: Object, blocking: Bool, nanoseconds: UInt64?) -> Object? {
    let p = o.lock
    let own = t.pointer.pointee.ident
    let isReentrant = o.type != lockType
    if isReentrant, p.pointee.depth > 0, p.pointee.owner == own {
      p.pointee.depth += 1
      return core.pointee.true
    }
    switch take(t, o, blocking: blocking, nanoseconds: nanoseconds) {
    case nil: return nil
    case false?: return core.pointee.false
    default: break
    }
    p.pointee.isLocked = true
    if isReentrant {
      p.pointee.owner = own
      p.pointee.depth = 1
    }
    return core.pointee.true
  }

  /// nil: an exception is set.
  private static func take(_ t: ThreadState, _ o: Object, blocking: Bool, nanoseconds: UInt64?) -> Bool? {
    let p = o.lock
    if sem_trywait(p.pointee.semaphore) == 0 {
      Probes.lockAcquire(t, o.slot, waited: false, blockedFor: 0)
      return true
    }
    guard blocking, nanoseconds != 0 else { return false }
    // The waiter's own reference: the lock may not die under it.
    o.retain()
    defer { o.release() }
    let begin = Probes.isOn ? monotonicNanoseconds() : 0
    switch waitSemaphore(t, p.pointee.semaphore, lock: o.slot, nanoseconds: nanoseconds) {
    case .acquired:
      Probes.lockAcquire(t, o.slot, waited: true, blockedFor: Probes.isOn ? monotonicNanoseconds() - begin : 0)
      return true
    case .timedOut: return false
    case .interrupted: return nil
    }
  }

  static func release(_ t: ThreadState, _ o: Object) -> Bool {
    let p = o.lock
    if o.type != lockType {
      guard p.pointee.depth > 0, p.pointee.owner == t.pointer.pointee.ident else {
        t.raise(.RuntimeError, "cannot release un-acquired lock")
        return false
      }
      p.pointee.depth -= 1
      if p.pointee.depth > 0 { return true }
      p.pointee.owner = 0
    } else if !p.pointee.isLocked {
      t.raise(.RuntimeError, "release unlocked lock")
      return false
    }
    letGo(t, o)
    return true
  }

  private static func letGo(_ t: ThreadState, _ o: Object) {
    o.lock.pointee.isLocked = false
    Probes.lockRelease(t, o.slot, .explicit)
    sem_post(o.lock.pointee.semaphore)
  }

  // MARK: - For conditions

  private static func releaseSave(_ t: ThreadState, _ o: Object, _: Arguments) -> Object? {
    let p = o.lock
    guard p.pointee.depth > 0 else { return t.raise(.RuntimeError, "cannot release un-acquired lock") }
    let state = makeTuple([makeInt(p.pointee.depth), makeInt(unsigned: UInt64(p.pointee.owner))])
    p.pointee.depth = 0
    p.pointee.owner = 0
    letGo(t, o)
    return state
  }

  private static func acquireRestore(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    guard a[0].isKind(.tuple), a[0].tupleCount == 2, let depth = intValue(t, a[0].tupleItems[0]),
      let owner = intValue(t, a[0].tupleItems[1])
    else { return t.hasRaised ? nil : t.raise(.TypeError, "_acquire_restore() argument 1 must be a tuple of two ints") }
    guard take(t, o, blocking: true, nanoseconds: nil) == true else { return nil }
    o.lock.pointee.isLocked = true
    o.lock.pointee.depth = depth
    o.lock.pointee.owner = UInt(bitPattern: owner)
    return core.pointee.none
  }
}
