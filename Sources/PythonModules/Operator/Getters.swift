// `operator.itemgetter`, `attrgetter` and `methodcaller`: containers that hold what they fetch.
import PythonRuntime

/// `first`: itemgetter: tuple of keys; attrgetter: tuple of tuples of names; methodcaller: the name.
/// `second`, `third`: methodcaller's positional (tuple) and keyword (dict) arguments; attrgetter: the names as given, a
/// tuple.
struct GetterLayout {
  var header: ObjectHeader
  var first: Object?
  var second: Object?
  var third: Object?
}

enum Getters {
  static let itemGetter = makeType("itemgetter", new: newItemGetter, call: callItemGetter, repr: reprItemGetter)
  static let attributeGetter = makeType(
    "attrgetter", new: newAttributeGetter, call: callAttributeGetter, repr: reprAttributeGetter)
  static let methodCaller = makeType(
    "methodcaller", new: newMethodCaller, call: callMethodCaller, repr: reprMethodCaller)

  private static func makeType(
    _ name: String, new: @escaping NativeFunction.Function, call: @escaping NativeFunction.Function,
    repr: @escaping UnaryFunction.Function
  ) -> TypeObject {
    makeBuiltinType(
      name: name, module: "operator", layoutSize: MemoryLayout<GetterLayout>.size, flags: [.container, .baseType]
    ) { p in
      p.pointee.dealloc = ObjectAction { o in
        untrack(o)
        clear(o)
        freeInstance(o)
      }
      p.pointee.traverse = TraverseFunction { o, visit in
        let p: UnsafeMutablePointer<GetterLayout> = o.layout()
        return visit(p.pointee.first) || visit(p.pointee.second) || visit(p.pointee.third)
      }
      p.pointee.clear = ObjectAction(clear)
      p.pointee.new = NativeFunction(new)
      p.pointee.initialize = InitFunction { _, _, _ in true }
      p.pointee.call = NativeFunction(call)
      p.pointee.repr = UnaryFunction(repr)
    }
  }

  private static func clear(_ o: Object) {
    let p: UnsafeMutablePointer<GetterLayout> = o.layout()
    take(&p.pointee.first)
    take(&p.pointee.second)
    take(&p.pointee.third)
  }

  /// A tracked instance; takes over the references.
  private static func instance(_ type: Object, _ first: Object, _ second: Object? = nil, _ third: Object? = nil)
    -> Object
  {
    let o = allocateZeroed(TypeObject(unchecked: type))
    let p: UnsafeMutablePointer<GetterLayout> = o.layout()
    p.pointee.first = first
    p.pointee.second = second
    p.pointee.third = third
    track(o)
    return o
  }

  /// The one positional argument of a call; nil: an exception is set.
  private static func subject(_ t: ThreadState, _ name: String, _ a: Arguments) -> Object? {
    if (a.keywordNames?.tupleCount ?? 0) > 0 { return t.raise(.TypeError, "\(name)() takes no keyword arguments") }
    if a.count != 1 { return t.raise(.TypeError, "\(name) expected 1 argument, got \(a.count)") }
    return a[0]
  }

  /// The arguments of a constructor that wants one or more positional ones; false: an exception is set.
  private static func checkNew(_ t: ThreadState, _ name: String, _ a: Arguments) -> Bool {
    if (a.keywordNames?.tupleCount ?? 0) > 0 {
      t.raise(.TypeError, "\(name)() takes no keyword arguments")
      return false
    }
    if a.count == 0 {
      t.raise(.TypeError, "\(name) expected at least 1 argument, got 0")
      return false
    }
    return true
  }

  /// One result alone, several as a tuple.
  private static func collect(_ count: Int, _ fetch: (Int) -> Object?) -> Object? {
    if count == 1 { return fetch(0) }
    var results: [Object] = []
    for i in 0..<count {
      guard let value = fetch(i) else {
        for one in results { one.release() }
        return nil
      }
      results.append(value)
    }
    return makeTuple(results)
  }

  private static func list(_ t: ThreadState, _ tuple: Object) -> String? {
    var parts: [String] = []
    for i in 0..<tuple.tupleCount {
      guard let text = reprString(t, tuple.tupleItems[i]) else { return nil }
      parts.append(text)
    }
    return parts.joined(separator: ", ")
  }

  // MARK: itemgetter

  private static func newItemGetter(_ t: ThreadState, _ cls: Object, _ a: Arguments) -> Object? {
    guard checkNew(t, "itemgetter", a) else { return nil }
    return instance(cls, makeTuple(borrowing: a.base, count: a.count))
  }

  private static func callItemGetter(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    guard let subject = subject(t, "itemgetter", a), let keys = o.layout(GetterLayout.self).pointee.first else {
      return nil
    }
    if keys.tupleCount == 1 { return getItem(t, subject, keys.tupleItems[0]) }
    return collect(keys.tupleCount) { getItem(t, subject, keys.tupleItems[$0]) }
  }

  private static func reprItemGetter(_ t: ThreadState, _ o: Object) -> Object? {
    guard let keys = o.layout(GetterLayout.self).pointee.first, let text = list(t, keys) else { return nil }
    return makeString("\(qualifiedTypeName(t, o.type))(\(text))")
  }

  // MARK: attrgetter

  private static func newAttributeGetter(_ t: ThreadState, _ cls: Object, _ a: Arguments) -> Object? {
    guard checkNew(t, "attrgetter", a) else { return nil }
    for i in 0..<a.count where !a[i].isKind(.str) { return t.raise(.TypeError, "attribute name must be a string") }
    let paths = (0..<a.count).map { i in
      let parts = stringValue(a[i]).split(separator: ".", omittingEmptySubsequences: false)
      return makeTuple(parts.map { internString(String($0)) })
    }
    return instance(cls, makeTuple(paths), makeTuple(borrowing: a.base, count: a.count))
  }

  private static func callAttributeGetter(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    guard let subject = subject(t, "attrgetter", a), let paths = o.layout(GetterLayout.self).pointee.first else {
      return nil
    }
    return collect(paths.tupleCount) { i in
      let path = paths.tupleItems[i]
      var value = subject.retained()
      for k in 0..<path.tupleCount {
        let next = getAttribute(t, value, path.tupleItems[k])
        value.release()
        guard let next else { return nil }
        value = next
      }
      return value
    }
  }

  private static func reprAttributeGetter(_ t: ThreadState, _ o: Object) -> Object? {
    guard let names = o.layout(GetterLayout.self).pointee.second, let text = list(t, names) else { return nil }
    return makeString("\(qualifiedTypeName(t, o.type))(\(text))")
  }

  // MARK: methodcaller

  private static func newMethodCaller(_ t: ThreadState, _ cls: Object, _ a: Arguments) -> Object? {
    guard a.count >= 1 else { return t.raise(.TypeError, "methodcaller needs at least one argument, the method name") }
    guard a[0].isKind(.str) else { return t.raise(.TypeError, "method name must be a string") }
    var keywords: Object?
    if let names = a.keywordNames, names.tupleCount > 0 {
      let dict = makeDict()
      for i in 0..<names.tupleCount where !dictSet(t, dict, names.tupleItems[i], a.base[a.count + i]) { return nil }
      keywords = dict
    }
    return instance(cls, internObject(a[0]), makeTuple(borrowing: a.base + 1, count: a.count - 1), keywords)
  }

  private static func callMethodCaller(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    let p: UnsafeMutablePointer<GetterLayout> = o.layout()
    guard let subject = subject(t, "methodcaller", a), let name = p.pointee.first, let arguments = p.pointee.second
    else {
      return nil
    }
    guard let method = getAttribute(t, subject, name) else { return nil }
    defer { method.release() }
    return callWithTuple(t, method, arguments, p.pointee.third)
  }

  private static func reprMethodCaller(_ t: ThreadState, _ o: Object) -> Object? {
    let p: UnsafeMutablePointer<GetterLayout> = o.layout()
    guard let name = p.pointee.first, let head = reprString(t, name), let arguments = p.pointee.second else {
      return nil
    }
    var parts = [head]
    if arguments.tupleCount > 0 {
      guard let text = list(t, arguments) else { return nil }
      parts.append(text)
    }
    var position = 0
    while let keywords = p.pointee.third, let entry = dictNext(keywords, &position) {
      entry.key.retain()
      entry.value.retain()
      defer {
        entry.key.release()
        entry.value.release()
      }
      guard let key = strString(t, entry.key), let value = reprString(t, entry.value) else { return nil }
      parts.append("\(key)=\(value)")
    }
    return makeString("\(qualifiedTypeName(t, o.type))(\(parts.joined(separator: ", ")))")
  }

  /// With keywords the maker is `functools.partial(type, name, **keywords)`.
  private static func reduceMethodCaller(_ t: ThreadState, _ o: Object, _: Arguments) -> Object? {
    let p: UnsafeMutablePointer<GetterLayout> = o.layout()
    guard let name = p.pointee.first, let arguments = p.pointee.second else { return nil }
    let rest = (0..<arguments.tupleCount).map { arguments.tupleItems[$0].retained() }
    guard let keywords = p.pointee.third else {
      return makeTuple([o.type.object.retained(), makeTuple([name.retained()] + rest)])
    }
    let fixed = makeTuple([o.type.object.retained(), name.retained()])
    defer { fixed.release() }
    guard let functools = importModule(t, "functools") else {
      for one in rest { one.release() }
      return nil
    }
    defer { functools.release() }
    let partial = getAttribute(t, functools, "partial")
    defer { partial.release() }
    guard let partial, let maker = callWithTuple(t, partial, fixed, keywords) else {
      for one in rest { one.release() }
      return nil
    }
    return makeTuple([maker, makeTuple(rest)])
  }

  // MARK: Readiness

  static func install(_ t: ThreadState) {
    for type in [itemGetter, attributeGetter, methodCaller] { readyType(t, type) }
    addMethods(
      t, itemGetter,
      [NativeMethod("__reduce__", .noArguments) { _, o, _ in reduced(o, o.layout(GetterLayout.self).pointee.first) }])
    addMethods(
      t, attributeGetter,
      [NativeMethod("__reduce__", .noArguments) { _, o, _ in reduced(o, o.layout(GetterLayout.self).pointee.second) }])
    addMethods(t, methodCaller, [NativeMethod("__reduce__", .noArguments, NativeFunction(reduceMethodCaller))])
  }

  /// `(type, arguments)`, as pickle wants it.
  private static func reduced(_ o: Object, _ arguments: Object?) -> Object? {
    makeTuple(stealing: o.type.object.retained(), (arguments ?? core.pointee.emptyTuple).retained())
  }
}
