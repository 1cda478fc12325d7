// `select`: waiting for descriptors, by poll(2).
import CRuntimeSupport
import Glibc
import PythonRuntime

struct PollLayout {
  var header: ObjectHeader
  /// dict of descriptor to events.
  var entries: Object?
}

public enum SelectModule {
  private static let pollType: TypeObject = makeBuiltinType(
    name: "poll", module: "select", layoutSize: MemoryLayout<PollLayout>.size, flags: [.disallowInstantiation]
  ) { p in
    p.pointee.dealloc = ObjectAction { o in
      take(&o.layout(PollLayout.self).pointee.entries)
      freeInstance(o)
    }
  }

  /// The descriptor of an int or of an object with `fileno`.
  private static func descriptor(_ t: ThreadState, _ o: Object) -> Int32? {
    if o.isKind(.int) || o.isKind(.bool) {
      guard let value = intValue(t, o) else { return nil }
      guard value >= 0 else {
        t.raise(.ValueError, "file descriptor cannot be a negative integer (\(value))")
        return nil
      }
      return Int32(clamping: value)
    }
    guard let result = callMethod(t, o, "fileno") else {
      if t.matches(.AttributeError) {
        t.clearRaised()
        t.raise(.TypeError, "argument must be an int, or have a fileno() method.")
      }
      return nil
    }
    defer { result.release() }
    guard result.isKind(.int) else {
      t.raise(.TypeError, "fileno() returned a non-integer")
      return nil
    }
    return intValue(t, result).map { Int32(clamping: $0) }
  }

  /// Waits; nil: an exception is set. A signal restarts the waiting with what is left of the time.
  private static func wait(_ t: ThreadState, _ entries: inout [pollfd], milliseconds: Double?) -> Int32? {
    let start = now()
    while true {
      var left: Int32 = -1
      if let milliseconds { left = Int32(clamping: Int(max(0, (milliseconds - (now() - start) * 1000).rounded(.up)))) }
      let ready = withoutGIL(t, .wait) {
        entries.withUnsafeMutableBufferPointer { poll($0.baseAddress, nfds_t($0.count), left) }
      }
      if ready >= 0 { return ready }
      let number = exuvia_errno()
      guard number == EINTR else {
        t.raiseOSError(errno: number)
        return nil
      }
      guard checkSignals(t) else { return nil }
    }
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  private static func select(_ t: ThreadState, _ a: Arguments) -> Object? {
    var milliseconds: Double?
    if let given = a.optional(3), given != core.pointee.none {
      guard let seconds = floatValue(t, given) else { return nil }
      guard seconds >= 0 else { return t.raise(.ValueError, "timeout must be non-negative") }
      milliseconds = seconds * 1000
    }
    var entries: [pollfd] = []
    var owners: [(list: Int, object: Object)] = []
    defer { for one in owners { one.object.release() } }
    for (list, events) in [POLLIN, POLLOUT, POLLPRI].enumerated() {
      let done = forEach(t, a[list]) { item in
        guard let number = descriptor(t, item) else { return false }
        entries.append(pollfd(fd: number, events: Int16(events), revents: 0))
        owners.append((list, item.retained()))
        return true
      }
      if !done { return nil }
    }
    guard wait(t, &entries, milliseconds: milliseconds) != nil else { return nil }
    let results = [makeList(), makeList(), makeList()]
    for (entry, owner) in zip(entries, owners) {
      let wanted = entry.events | Int16(POLLHUP) | Int16(POLLERR)
      if entry.revents & wanted != 0 { listAppend(t, results[owner.list], owner.object) }
    }
    return makeTuple(results)
  }

  private static func entries(_ o: Object) -> Object? { o.layout(PollLayout.self).pointee.entries }

  private static func register(_ t: ThreadState, _ o: Object, _ a: Arguments, mustExist: Bool) -> Object? {
    guard let number = descriptor(t, a[0]), let dict = entries(o) else { return nil }
    let key = makeInt(Int(number))
    defer { key.release() }
    if mustExist, dictContains(t, dict, key) != 1 { return t.raiseOSError(errno: ENOENT) }
    let events = a.optional(1)?.retained() ?? makeInt(Int(POLLIN | POLLPRI | POLLOUT))
    defer { events.release() }
    guard intValue(t, events) != nil else { return nil }
    return dictSet(t, dict, key, events) ? core.pointee.none : nil
  }

  private static let pollMethods = [
    NativeMethod("register", .positional(1, 2)) { t, o, a in register(t, o, a, mustExist: false) },
    NativeMethod("modify", .positional(2, 2)) { t, o, a in register(t, o, a, mustExist: true) },
    NativeMethod("unregister", .oneArgument) { t, o, a in
      guard let number = descriptor(t, a[0]), let dict = entries(o) else { return nil }
      let key = makeInt(Int(number))
      defer { key.release() }
      return dictDelete(t, dict, key) ? core.pointee.none : nil
    },
    NativeMethod("poll", .positional(0, 1)) { t, o, a in
      var milliseconds: Double?
      if let given = a.optional(0), given != core.pointee.none {
        guard let value = floatValue(t, given) else { return nil }
        milliseconds = value < 0 ? nil : value
      }
      var list: [pollfd] = []
      var position = 0
      while let dict = entries(o), let entry = dictNext(dict, &position) {
        list.append(
          pollfd(
            fd: Int32(clamping: clampedIntValue(entry.key)),
            events: Int16(truncatingIfNeeded: clampedIntValue(entry.value)), revents: 0))
      }
      guard wait(t, &list, milliseconds: milliseconds) != nil else { return nil }
      return makeList(
        list.filter { $0.revents != 0 }.map { makeTuple(stealing: makeInt(Int($0.fd)), makeInt(Int($0.revents))) })
    },
  ]

  public static func make(_ t: ThreadState) -> Object? {
    readyType(t, pollType)
    addMethods(t, pollType, pollMethods)
    let module = makeModule(t, "select")
    moduleSet(t, module, "error", exceptionType(.OSError).object)
    for (name, value) in [
      ("POLLIN", POLLIN), ("POLLPRI", POLLPRI), ("POLLOUT", POLLOUT), ("POLLERR", POLLERR), ("POLLHUP", POLLHUP),
      ("POLLNVAL", POLLNVAL),
    ] {
      moduleSet(t, module, name, stealing: makeInt(Int(value)))
    }
    moduleSet(t, module, "PIPE_BUF", stealing: makeInt(4096))
    moduleAddFunctions(
      t, module,
      [
        NativeMethod("select", .positional(3, 4)) { t, _, a in select(t, a) },
        NativeMethod("poll", .noArguments) { _, _, _ in
          let o = allocateZeroed(pollType)
          o.layout(PollLayout.self).pointee.entries = makeDict()
          return o
        },
      ])
    return module
  }
}
