// `functools.partial`: a callable with some arguments fixed.
import PythonRuntime
import PythonTypes

struct PartialLayout {
  var header: ObjectHeader
  var function: Object?
  /// A tuple, and a dict.
  var arguments: Object?
  var keywords: Object?
  var dict: Object?
  var weakrefs: Object?
}

enum Partial {
  static let type: TypeObject = makeBuiltinType(
    name: "partial", module: "functools", layoutSize: MemoryLayout<PartialLayout>.size, flags: [.container, .baseType]
  ) { p in
    p.pointee.dictOffset = MemoryLayout<PartialLayout>.offset(of: \.dict) ?? 0
    p.pointee.weakrefOffset = MemoryLayout<PartialLayout>.offset(of: \.weakrefs) ?? 0
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      clearWeakrefs(o)
      clear(o)
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in
      let p: UnsafeMutablePointer<PartialLayout> = o.layout()
      return visit(p.pointee.function) || visit(p.pointee.arguments) || visit(p.pointee.keywords)
        || visit(p.pointee.dict)
    }
    p.pointee.clear = ObjectAction(clear)
    p.pointee.new = NativeFunction(new)
    p.pointee.initialize = InitFunction { _, _, _ in true }
    p.pointee.call = NativeFunction(call)
    p.pointee.repr = UnaryFunction(repr)
  }

  private static func clear(_ o: Object) {
    let p: UnsafeMutablePointer<PartialLayout> = o.layout()
    take(&p.pointee.function)
    take(&p.pointee.arguments)
    take(&p.pointee.keywords)
    take(&p.pointee.dict)
  }

  private static func new(_ t: ThreadState, _ cls: Object, _ a: Arguments) -> Object? {
    guard a.count >= 1 else {
      return t.raise(.TypeError, "type 'partial' takes at least one argument")
    }
    guard isCallable(a[0]) else { return t.raise(.TypeError, "the first argument must be callable") }
    var function = a[0]
    var fixed = (1..<a.count).map { a[$0].retained() }
    let keywords = makeDict()
    // A partial of a plain partial is taken apart.
    if function.type == type {
      let inner: UnsafeMutablePointer<PartialLayout> = function.layout()
      if inner.pointee.dict == nil, let before = inner.pointee.arguments, let innerFunction = inner.pointee.function {
        fixed = (0..<before.tupleCount).map { before.tupleItems[$0].retained() } + fixed
        if let more = inner.pointee.keywords, !dictMerge(t, keywords, more) { return nil }
        function = innerFunction
      }
    }
    if let names = a.keywordNames {
      for i in 0..<names.tupleCount where !dictSet(t, keywords, names.tupleItems[i], a.base[a.count + i]) { return nil }
    }
    let o = allocateZeroed(TypeObject(unchecked: cls))
    let p: UnsafeMutablePointer<PartialLayout> = o.layout()
    p.pointee.function = function.retained()
    p.pointee.arguments = makeTuple(fixed)
    p.pointee.keywords = keywords
    track(o)
    return o
  }

  private static func call(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    let p: UnsafeMutablePointer<PartialLayout> = o.layout()
    guard let function = p.pointee.function?.retained(), let fixed = p.pointee.arguments?.retained(),
      let keywords = p.pointee.keywords?.retained()
    else { return nil }
    defer {
      function.release()
      fixed.release()
      keywords.release()
    }
    if keywords.dictCount == 0 { return callPositional(t, function, fixed, a) }
    // Fixed keywords first; the call's own win and keep the fixed one's place.
    let merged = dictCopy(t, keywords)
    defer { merged.release() }
    if let names = a.keywordNames {
      for i in 0..<names.tupleCount where !dictSet(t, merged, names.tupleItems[i], a.base[a.count + i]) { return nil }
    }
    let tuple = makeTuple(
      (0..<fixed.tupleCount).map { fixed.tupleItems[$0].retained() } + (0..<a.count).map { a[$0].retained() })
    defer { tuple.release() }
    return callWithTuple(t, function, tuple, merged)
  }

  /// Without fixed keywords: the arguments stand side by side, borrowed, as in CPython's vectorcall.
  private static func callPositional(_ t: ThreadState, _ function: Object, _ fixed: Object, _ a: Arguments) -> Object? {
    let own = fixed.tupleCount
    let given = a.count + (a.keywordNames?.tupleCount ?? 0)
    return withUnsafeTemporaryAllocation(of: Object.self, capacity: max(own + given, 1)) { values in
      values.baseAddress.flatMap { base in
        for i in 0..<own { (base + i).initialize(to: fixed.tupleItems[i]) }
        for i in 0..<given { (base + own + i).initialize(to: a.base[i]) }
        return PythonRuntime.call(
          t, function, Arguments(base: base, count: own + a.count, keywordNames: a.keywordNames))
      }
    }
  }

  private static func repr(_ t: ThreadState, _ o: Object) -> Object? {
    let p: UnsafeMutablePointer<PartialLayout> = o.layout()
    // What is printed may call `__setstate__`.
    guard let function = p.pointee.function?.retained(), let fixed = p.pointee.arguments?.retained(),
      let keywords = p.pointee.keywords?.retained()
    else { return nil }
    defer {
      function.release()
      fixed.release()
      keywords.release()
    }
    guard ReprGuard.enter(t, o) else { return makeString("...") }
    defer { ReprGuard.leave(t, o) }
    guard let head = reprString(t, function) else { return nil }
    var parts = [head]
    for i in 0..<fixed.tupleCount {
      guard let text = reprString(t, fixed.tupleItems[i]) else { return nil }
      parts.append(text)
    }
    var position = 0
    while let entry = dictNext(keywords, &position) {
      entry.key.retain()
      entry.value.retain()
      defer {
        entry.key.release()
        entry.value.release()
      }
      guard let name = strString(t, entry.key), let text = reprString(t, entry.value) else { return nil }
      parts.append("\(name)=\(text)")
    }
    return makeString("\(qualifiedTypeName(t, o.type))(\(parts.joined(separator: ", ")))")
  }

  static func install(_ t: ThreadState) {
    readyType(t, type)
    addMember(t, type, "func", offset: 16, readOnly: true)
    addMember(t, type, "args", offset: 24, readOnly: true)
    addMember(t, type, "keywords", offset: 32, readOnly: true)
    addGetSet(
      t, type, "__dict__", getter: UnaryFunction { t, o in instanceDict(t, o)?.retained() })
    addMethods(
      t, type,
      [
        GenericAlias.classGetItem, NativeMethod("__reduce__", .noArguments, NativeFunction(reduce)),
        NativeMethod("__setstate__", .oneArgument, NativeFunction(setState)),
      ])
  }

  // MARK: Pickling

  /// `(type, (function,), (function, arguments, keywords, dict))`.
  private static func reduce(_ t: ThreadState, _ o: Object, _: Arguments) -> Object? {
    let p: UnsafeMutablePointer<PartialLayout> = o.layout()
    let none = core.pointee.none
    let function = p.pointee.function ?? none
    return makeTuple([
      o.type.object.retained(), makeTuple([function.retained()]),
      makeTuple([
        function.retained(), (p.pointee.arguments ?? none).retained(), (p.pointee.keywords ?? none).retained(),
        (p.pointee.dict ?? none).retained(),
      ]),
    ])
  }

  private static func setState(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    let none = core.pointee.none
    let state = a[0]
    guard state.isKind(.tuple), state.tupleCount == 4, isCallable(state.tupleItems[0]),
      state.tupleItems[1].isKind(.tuple),
      state.tupleItems[2] == none || state.tupleItems[2].isKind(.dict)
    else { return t.raise(.TypeError, "invalid partial state") }
    guard let arguments = makeTuple(t, from: state.tupleItems[1]) else { return nil }
    let keywords = state.tupleItems[2]
    let owned = keywords == none ? makeDict() : keywords.isExactly(.dict) ? keywords.retained() : dictCopy(t, keywords)
    let p: UnsafeMutablePointer<PartialLayout> = o.layout()
    replace(o, &p.pointee.function, steal: state.tupleItems[0].retained())
    replace(o, &p.pointee.arguments, steal: arguments)
    replace(o, &p.pointee.keywords, steal: owned)
    replace(o, &p.pointee.dict, steal: state.tupleItems[3] == none ? nil : state.tupleItems[3].retained())
    return none
  }

  private static func replace(_ o: Object, _ place: UnsafeMutablePointer<Object?>, steal new: Object?) {
    let old = place.pointee
    place.pointee = new
    storedField(o, old, new)
    old.release()
  }
}
