// `_lsprof`: the profiler under `cProfile`, as a profile function of its own (`sys.setprofile`).
import CRuntimeSupport
import PythonRuntime
import PythonTypes

struct ProfilerLayout {
  var header: ObjectHeader
  var state: Unmanaged<ProfilerState>?
  /// The bound `_event` that is the thread's profile function while the profiler is enabled.
  var callback: Object?
}

enum ProfilerModule {
  private static func layout(_ o: Object) -> UnsafeMutablePointer<ProfilerLayout> { o.layout() }
  private static func state(_ o: Object) -> ProfilerState? { layout(o).pointee.state?.takeUnretainedValue() }

  private static let type: TypeObject = makeBuiltinType(
    name: "Profiler", module: "_lsprof", layoutSize: MemoryLayout<ProfilerLayout>.size, flags: [.container, .baseType]
  ) { p in
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      take(&layout(o).pointee.callback)
      layout(o).pointee.state?.release()
      layout(o).pointee.state = nil
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in visit(layout(o).pointee.callback) }
    p.pointee.clear = ObjectAction { o in take(&layout(o).pointee.callback) }
    p.pointee.new = NativeFunction { _, cls, _ in
      let o = allocateZeroed(TypeObject(unchecked: cls))
      trackFresh(o)
      return o
    }
    p.pointee.initialize = InitFunction(initialize)
  }

  nonisolated(unsafe) private static var entryType: TypeObject?
  nonisolated(unsafe) private static var calleeType: TypeObject?

  static func make(_ t: ThreadState) -> Object? {
    readyType(t, type)
    addMethods(t, type, methods)
    let module = makeModule(t, "_lsprof")
    moduleSet(t, module, "Profiler", type.object)
    let fields = ["code", "callcount", "reccallcount", "totaltime", "inlinetime"]
    let entry = StructSequence.makeType(t, module: "_lsprof", name: "profiler_entry", fields: fields + ["calls"])
    let callee = StructSequence.makeType(t, module: "_lsprof", name: "profiler_subentry", fields: fields)
    (entryType, calleeType) = (entry, callee)
    moduleSet(t, module, "profiler_entry", entry.object)
    moduleSet(t, module, "profiler_subentry", callee.object)
    return module
  }

  /// `(timer=None, timeunit=0.0, subcalls=True, builtins=True)`.
  private static func initialize(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Bool {
    let names = ["timer", "timeunit", "subcalls", "builtins"]
    guard let given = parseArguments(t, a, function: "Profiler", names: names, required: 0) else { return false }
    var unit = 0.0
    if let object = given[1] {
      guard let value = floatValue(t, object) else { return false }
      unit = value
    }
    let callees = given[2].map { isTrue(t, $0) } ?? 1
    let natives = given[3].map { isTrue(t, $0) } ?? 1
    guard callees >= 0, natives >= 0 else { return false }
    let made = ProfilerState(timer: given[0] == core.pointee.none ? nil : given[0], unit: unit)
    made.recordsCallees = callees == 1
    made.recordsNative = natives == 1
    layout(o).pointee.state?.release()
    layout(o).pointee.state = Unmanaged.passRetained(made)
    return true
  }

  // MARK: - Events

  private static let eventMethod = NativeMethod("_event", .positional(3, 3)) { t, o, a in
    guard let state = state(o), a[1].isKind(.str) else { return core.pointee.none }
    switch stringValue(a[1]) {
    case "call":
      let code = a[0].shownFrame.code
      state.enter(t, key: code.address) { code.retained() }
    case "return": state.leave(t)
    case "c_call" where state.recordsNative:
      let entry = a[2].layout(NativeFunctionLayout.self).pointee.entry
      state.enter(t, key: UnsafeMutableRawPointer(entry)) { nativeName(t, a[2]) }
    case "c_return" where state.recordsNative, "c_exception" where state.recordsNative: state.leave(t)
    default: break
    }
    return core.pointee.none
  }

  /// What a native function is shown as: the repr of its type's method, or its module and name.
  private static func nativeName(_ t: ThreadState, _ o: Object) -> Object {
    let p = o.layout(NativeFunctionLayout.self)
    let name = p.pointee.entry.pointee.name
    if let receiver = p.pointee.receiver, !receiver.isKind(.module) {
      if let method = typeLookup(t, receiver.type, name), let text = repr(t, method) { return text }
      t.clearRaised()
      return makeString("<built-in method \(stringValue(name))>")
    }
    let module = p.pointee.module.flatMap { $0.isKind(.str) ? stringValue($0) + "." : nil } ?? ""
    return makeString("<built-in method \(module)\(stringValue(name))>")
  }

  // MARK: - Methods

  private static func enable(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    guard let given = parseArguments(t, a, function: "enable", names: ["subcalls", "builtins"], required: 0) else {
      return nil
    }
    let callees = given[0].map { isTrue(t, $0) } ?? -2
    let natives = given[1].map { isTrue(t, $0) } ?? -2
    guard callees != -1, natives != -1, let state = state(o) else { return nil }
    if callees >= 0 { state.recordsCallees = callees == 1 }
    if natives >= 0 { state.recordsNative = natives == 1 }
    if let current = TraceFunctions.profile(t), current != layout(o).pointee.callback {
      return t.raise(.ValueError, "Another profiling tool is already active")
    }
    if layout(o).pointee.callback == nil {
      layout(o).pointee.callback = makeNativeFunction(t, eventMethod, self: o, module: nil)
      storedField(o, nil, layout(o).pointee.callback)
    }
    TraceFunctions.setProfile(t, layout(o).pointee.callback)
    return core.pointee.none
  }

  private static func disable(_ t: ThreadState, _ o: Object) -> Object? {
    if let current = TraceFunctions.profile(t), current == layout(o).pointee.callback {
      TraceFunctions.setProfile(t, nil)
      state(o)?.leaveAll(t)
    }
    // It holds the profiler, which holds it.
    let old = layout(o).pointee.callback
    layout(o).pointee.callback = nil
    storedField(o, old, nil)
    old.release()
    return core.pointee.none
  }

  private static func statistics(_ t: ThreadState, _ o: Object) -> Object? {
    guard let state = state(o), let entryType, let calleeType else { return makeList() }
    let factor = state.secondsPerUnit
    func values(_ function: Object, _ counts: ProfileCounts) -> [Object] {
      [
        function.retained(), makeInt(counts.calls), makeInt(counts.recursiveCalls), makeFloat(counts.total * factor),
        makeFloat(counts.own * factor),
      ]
    }
    let list = makeList()
    for entry in state.entries where entry.counts.calls > 0 {
      let callees = entry.calleeOrder.compactMap { number -> Object? in
        guard let counts = entry.callees[number], counts.calls > 0 else { return nil }
        return StructSequence.make(t, calleeType, values(state.entries[number].function, counts))
      }
      let calls = callees.isEmpty ? core.pointee.none : makeList(callees)
      let item = StructSequence.make(t, entryType, values(entry.function, entry.counts) + [calls])
      listAppend(t, list, item)
      item.release()
    }
    return list
  }

  private static let methods = [
    NativeMethod("enable", .keywords) { t, o, a in enable(t, o, a) },
    NativeMethod("disable", .noArguments) { t, o, _ in disable(t, o) },
    NativeMethod("clear", .noArguments) { _, o, _ in
      state(o)?.clear()
      return core.pointee.none
    },
    NativeMethod("getstats", .noArguments) { t, o, _ in statistics(t, o) },
  ]
}
