// `_thread._local`: attributes that each thread has for itself.
//
// The dict of a thread lies in that thread's own dict, so that it dies with the thread. Each access first puts the running thread's dict where the
// generic attribute functions look for an instance's dict.
import PythonRuntime

struct ThreadLocalLayout {
  var header: ObjectHeader
  /// The dict of the thread that accessed last.
  var dict: Object?
  /// What the constructor got; `__init__` is called with it in each thread.
  var arguments: Object?
  var keywords: Object?
  var weakrefs: Object?
}

enum ThreadLocal {
  nonisolated(unsafe) static var type = core.pointee.types.object

  static func start(_ t: ThreadState) {
    type = makeBuiltinType(
      name: "_local", module: "_thread", layoutSize: MemoryLayout<ThreadLocalLayout>.size,
      flags: [.container, .baseType]
    ) { p in
      p.pointee.dictOffset = MemoryLayout<ThreadLocalLayout>.offset(of: \.dict) ?? 0
      p.pointee.weakrefOffset = MemoryLayout<ThreadLocalLayout>.offset(of: \.weakrefs) ?? 0
      p.pointee.new = NativeFunction(new)
      p.pointee.getAttribute = BinaryFunction { t, o, name in
        guard select(t, o) else { return nil }
        return core.pointee.types.object.pointer.pointee.getAttribute?.call(t, o, name)
      }
      p.pointee.setAttribute = StoreFunction { t, o, name, value in
        guard select(t, o) else { return false }
        return core.pointee.types.object.pointer.pointee.setAttribute?.call(t, o, name, value) ?? false
      }
      p.pointee.dealloc = ObjectAction { o in
        untrack(o)
        clearWeakrefs(o)
        forget(o)
        clear(o)
        freeInstance(o)
      }
      p.pointee.traverse = TraverseFunction { o, visit in
        let p = o.layout(ThreadLocalLayout.self)
        return visit(p.pointee.arguments) || visit(p.pointee.keywords) || visit(p.pointee.dict)
      }
      p.pointee.clear = ObjectAction(clear)
    }
    readyType(t, type)
    addGetSet(
      t, type, "__dict__",
      getter: UnaryFunction { t, o in
        guard select(t, o) else { return nil }
        return o.layout(ThreadLocalLayout.self).pointee.dict?.retained()
      })
  }

  private static func clear(_ o: Object) {
    let p = o.layout(ThreadLocalLayout.self)
    take(&p.pointee.dict)
    take(&p.pointee.arguments)
    take(&p.pointee.keywords)
  }

  private static func new(_ t: ThreadState, _ type: Object, _ a: Arguments) -> Object? {
    let type = TypeObject(unchecked: type)
    if type == ThreadLocal.type, a.count > 0 || a.keywordNames != nil {
      return t.raise(.TypeError, "Initialization arguments are not supported")
    }
    let o = allocateZeroed(type)
    let p = o.layout(ThreadLocalLayout.self)
    p.pointee.arguments = makeTuple(borrowing: a.base, count: a.count)
    if let names = a.keywordNames {
      let dict = makeDict()
      for i in 0..<names.tupleCount { _ = dictSet(t, dict, names.tupleItems[i], a.base[a.count + i]) }
      p.pointee.keywords = dict
    }
    track(o)
    // The creating thread's `__init__` is called by the type.
    guard makeThreadDict(t, o) != nil else {
      o.release()
      return nil
    }
    return o
  }

  // MARK: - The running thread's dict

  private static func key(_ o: Object) -> Object { makeInt(Int(bitPattern: o.address)) }

  /// A fresh dict for this thread, borrowed.
  private static func makeThreadDict(_ t: ThreadState, _ o: Object) -> Object? {
    if t.pointer.pointee.dict == nil { t.pointer.pointee.dict = makeDict() }
    guard let all = t.pointer.pointee.dict else { return nil }
    let dict = makeDict()
    let key = key(o)
    defer {
      dict.release()
      key.release()
    }
    guard dictSet(t, all, key, dict) else { return nil }
    put(o, dict)
    return dict
  }

  private static func put(_ o: Object, _ dict: Object) {
    let p = o.layout(ThreadLocalLayout.self)
    guard p.pointee.dict != dict else { return }
    let old = p.pointee.dict
    p.pointee.dict = dict.retained()
    storedField(o, old, dict)
    old.release()
  }

  /// Puts the running thread's dict in place; its first access in a thread calls `__init__` there. False: an exception is set.
  private static func select(_ t: ThreadState, _ o: Object) -> Bool {
    let p = o.layout(ThreadLocalLayout.self)
    if let all = t.pointer.pointee.dict {
      let key = key(o)
      let found = dictGet(t, all, key)
      key.release()
      if let found {
        put(o, found)
        return true
      }
    }
    guard makeThreadDict(t, o) != nil else { return false }
    guard let initialize = o.type.pointer.pointee.initialize, let arguments = p.pointee.arguments else { return true }
    if o.type == type { return true }
    let names = p.pointee.keywords.map { keywordNames($0) }
    var values: [Object] = (0..<arguments.tupleCount).map { arguments.tupleItems[$0] }
    if let names, let keywords = p.pointee.keywords {
      for i in 0..<names.tupleCount {
        if let value = dictGet(t, keywords, names.tupleItems[i]) { values.append(value) }
      }
    }
    defer { names.release() }
    values.append(core.pointee.none)
    return values.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return true }
      return initialize.call(t, o, Arguments(base: base, count: arguments.tupleCount, keywordNames: names))
    }
  }

  private static func keywordNames(_ dict: Object) -> Object {
    var names: [Object] = []
    var position = 0
    while let (key, _, _) = dictNext(dict, &position) { names.append(key.retained()) }
    return makeTuple(names)
  }

  /// The object dies: all threads lose their dict of it.
  private static func forget(_ o: Object) {
    let t = currentThread()
    let raised = t.takeRaised()
    let key = key(o)
    for thread in Threads.all {
      guard let all = thread.pointer.pointee.dict else { continue }
      if !dictDelete(t, all, key) { t.clearRaised() }
    }
    key.release()
    t.setRaised(steal: raised)
  }
}
