// `frame.f_locals` of a function: a mapping that reads and writes the frame's fast locals, cells and free variables (PEP 667). Names that are no
// locals go into a dict of the frame object.

struct FrameLocalsProxyLayout {
  var header: ObjectHeader
  var frameObject: Object
}

enum FrameLocalsProxy {
  nonisolated(unsafe) private static var type = core.pointee.types.object

  static func make(_ frameObject: Object) -> Object {
    let o = allocateContainer(type, size: MemoryLayout<FrameLocalsProxyLayout>.size)
    o.layout(FrameLocalsProxyLayout.self).pointee.frameObject = frameObject.retained()
    track(o)
    return o
  }

  private static func owner(_ o: Object) -> Object { o.layout(FrameLocalsProxyLayout.self).pointee.frameObject }

  // MARK: - Slots of the frame

  /// The index of the local of that name, -1: none. Hidden locals of comprehensions are not seen.
  private static func index(_ o: Object, _ name: Object) -> Int {
    let code = owner(o).shownFrame.code
    guard name.isKind(.str) else { return -1 }
    let names = code.codeLayout.pointee.localTuple
    let kinds = code.compiledCode.localKinds
    for i in 0..<names.tupleCount where !kinds[i].contains(.hidden) && strEqual(names.tupleItems[i], name) { return i }
    return -1
  }

  private static func cell(_ frame: Frame, _ index: Int) -> Object? {
    let kind = frame.code.compiledCode.localKinds[index]
    guard kind.contains(.free) || kind.contains(.cell), let held = frame.fastLocals[index], held.isKind(.cell) else {
      return nil
    }
    return held
  }

  /// The value, borrowed.
  private static func value(_ o: Object, _ index: Int) -> Object? {
    let frame = owner(o).shownFrame
    if let cell = cell(frame, index) { return cell.cellLayout.pointee.content }
    return frame.fastLocals[index]
  }

  private static func extras(_ o: Object) -> Object? { owner(o).frameObjectLayout.pointee.extras }

  /// Names that have a value, in slot order, then the extra ones. New references in a list.
  private static func names(_ o: Object) -> Object {
    let list = makeList()
    let code = owner(o).shownFrame.code
    let names = code.codeLayout.pointee.localTuple
    let kinds = code.compiledCode.localKinds
    for i in 0..<names.tupleCount where !kinds[i].contains(.hidden) && value(o, i) != nil {
      listAppend(list, stealing: names.tupleItems[i].retained())
    }
    if let extras = extras(o) {
      var position = 0
      while let entry = dictNext(extras, &position) { listAppend(list, stealing: entry.key.retained()) }
    }
    return list
  }

  // MARK: - Mapping

  static func get(_ t: ThreadState, _ o: Object, _ key: Object) -> Object? {
    let i = index(o, key)
    if i >= 0, let value = value(o, i) { return value.retained() }
    if i < 0, let extras = extras(o), let value = dictGet(t, extras, key) { return value.retained() }
    if t.hasRaised { return nil }
    return t.raise(.KeyError, "local variable '\(textOf(t, key))' is not defined")
  }

  static func set(_ t: ThreadState, _ o: Object, _ key: Object, _ value: Object?) -> Bool {
    let i = index(o, key)
    guard let value else {
      if i >= 0 { return t.fail(.ValueError, "cannot remove local variables from FrameLocalsProxy") }
      guard let extras = extras(o) else {
        t.raiseKeyError(key)
        return false
      }
      return dictDelete(t, extras, key)
    }
    if i >= 0 {
      let frame = owner(o).shownFrame
      if let cell = cell(frame, i) {
        setCell(cell, steal: value.retained())
      } else {
        let old = frame.fastLocals[i]
        frame.fastLocals[i] = value.retained()
        old.release()
      }
      return true
    }
    let p = owner(o).frameObjectLayout
    if p.pointee.extras == nil { p.pointee.extras = makeDict() }
    guard let extras = p.pointee.extras else { return false }
    return dictSet(t, extras, key, value)
  }

  /// All as a new dict.
  static func snapshot(_ t: ThreadState, _ o: Object) -> Object? {
    let dict = makeDict()
    let list = names(o)
    defer { list.release() }
    for i in 0..<list.listCount {
      guard let value = get(t, o, list.listItems[i]) else {
        dict.release()
        return nil
      }
      let done = dictSet(t, dict, list.listItems[i], value)
      value.release()
      if !done {
        dict.release()
        return nil
      }
    }
    return dict
  }

  private static func call(_ t: ThreadState, _ o: Object, _ method: String, _ arguments: [Object] = []) -> Object? {
    guard let dict = snapshot(t, o) else { return nil }
    defer { dict.release() }
    return callMethodWithObjects(t, dict, internString(method), arguments)
  }

  // MARK: - The type

  static func install(_ t: ThreadState) {
    type = makeBuiltinType(
      name: "FrameLocalsProxy", layoutSize: MemoryLayout<FrameLocalsProxyLayout>.size, flags: [.container, .mapping]
    ) { p in
      p.pointee.dealloc = ObjectAction { o in
        if o.isTracked { untrack(o) }
        owner(o).release()
        freeInstance(o)
      }
      p.pointee.traverse = TraverseFunction { o, visit in visit(owner(o)) }
      p.pointee.length = MeasureFunction { _, o in
        let list = names(o)
        defer { list.release() }
        return list.listCount
      }
      p.pointee.getItem = BinaryFunction { t, o, key in get(t, o, key) }
      p.pointee.setItem = StoreFunction { t, o, key, value in set(t, o, key, value) }
      p.pointee.contains = ContainsFunction { t, o, key in
        let i = index(o, key)
        if i >= 0 { return value(o, i) == nil ? 0 : 1 }
        return extras(o).map { dictContains(t, $0, key) } ?? 0
      }
      p.pointee.iter = UnaryFunction { t, o in
        let list = names(o)
        defer { list.release() }
        return iterate(t, list)
      }
      p.pointee.repr = UnaryFunction { t, o in
        guard let dict = snapshot(t, o) else { return nil }
        defer { dict.release() }
        return PythonRuntime.repr(t, dict)
      }
      p.pointee.compare = CompareFunction { t, a, b, op in
        guard op == .equal || op == .notEqual else { return core.pointee.notImplemented }
        guard let x = snapshot(t, a) else { return nil }
        defer { x.release() }
        if b.type == type {
          guard let y = snapshot(t, b) else { return nil }
          defer { y.release() }
          return richCompare(t, x, y, op)
        }
        return b.isKind(.dict) ? richCompare(t, x, b, op) : core.pointee.notImplemented
      }
      p.pointee.hash = MeasureFunction { t, _ in
        t.raise(.TypeError, "unhashable type: 'FrameLocalsProxy'")
        return -1
      }
      p.pointee.number.or = BinaryFunction { t, a, b in
        guard a.type == type, let dict = snapshot(t, a) else { return t.hasRaised ? nil : core.pointee.notImplemented }
        guard dictMerge(t, dict, b) else {
          dict.release()
          return nil
        }
        return dict
      }
      FunctionTypes.useGenericAttributes(p)
    }
    readyType(t, type)
    addMethods(
      t, type,
      [
        NativeMethod("keys", .noArguments) { _, o, _ in names(o) },
        NativeMethod("values", .noArguments) { t, o, _ in
          guard let view = call(t, o, "values") else { return nil }
          defer { view.release() }
          return makeList(t, from: view)
        },
        NativeMethod("items", .noArguments) { t, o, _ in
          guard let view = call(t, o, "items") else { return nil }
          defer { view.release() }
          return makeList(t, from: view)
        },
        NativeMethod("copy", .noArguments) { t, o, _ in snapshot(t, o) },
        NativeMethod("get", .positional(1, 2)) { t, o, a in
          if let value = get(t, o, a[0]) { return value }
          guard t.matches(.KeyError) else { return nil }
          t.clearRaised()
          return (a.optional(1) ?? core.pointee.none).retained()
        },
        NativeMethod("setdefault", .positional(1, 2)) { t, o, a in
          if let value = get(t, o, a[0]) { return value }
          guard t.matches(.KeyError) else { return nil }
          t.clearRaised()
          let value = a.optional(1) ?? core.pointee.none
          return set(t, o, a[0], value) ? value.retained() : nil
        },
        NativeMethod("update", .oneArgument) { t, o, a in
          let dict = makeDict()
          defer { dict.release() }
          guard dictMerge(t, dict, a[0]) else { return nil }
          var position = 0
          while let entry = dictNext(dict, &position) { if !set(t, o, entry.key, entry.value) { return nil } }
          return core.pointee.none
        },
        NativeMethod("pop", .positional(1, 2)) { t, o, a in
          if index(o, a[0]) >= 0 { return t.raise(.ValueError, "cannot remove local variables from FrameLocalsProxy") }
          if let extras = extras(o), let value = dictPop(t, extras, a[0]) { return value }
          if t.hasRaised { return nil }
          if let fallback = a.optional(1) { return fallback.retained() }
          return t.raiseKeyError(a[0])
        },
        NativeMethod("__reversed__", .noArguments) { t, o, _ in
          let list = names(o)
          defer { list.release() }
          return callMethod(t, list, "__reversed__")
        },
      ])
  }
}
