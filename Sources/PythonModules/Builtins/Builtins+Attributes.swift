// builtins: attributes, namespaces, `__build_class__`, `__import__`.
import PythonRuntime

extension BuiltinsModule {
  private static func attributeName(_ t: ThreadState, _ o: Object, _ function: String) -> Object? {
    guard o.isKind(.str) else { return t.raise(.TypeError, "attribute name must be string, not '\(typeName(o))'") }
    // Only exact names are interned: a lookup by them hits the caches.
    return o.isExactly(.str) ? internObject(o) : o
  }

  static let attributeFunctions: [NativeMethod] = [
    NativeMethod("getattr", .positional(2, 3)) { t, _, a in
      guard let name = attributeName(t, a[1], "getattr") else { return nil }
      guard let fallback = a.optional(2) else { return getAttribute(t, a[0], name) }
      var failed = false
      if let value = findAttribute(t, a[0], name, failed: &failed) { return value }
      return failed ? nil : fallback.retained()
    },
    NativeMethod("setattr", .positional(3, 3)) { t, _, a in
      guard let name = attributeName(t, a[1], "setattr") else { return nil }
      return setAttribute(t, a[0], name, a[2]) ? none : nil
    },
    NativeMethod("delattr", .positional(2, 2)) { t, _, a in
      guard let name = attributeName(t, a[1], "delattr") else { return nil }
      return setAttribute(t, a[0], name, nil) ? none : nil
    },
    NativeMethod("hasattr", .positional(2, 2)) { t, _, a in
      guard let name = attributeName(t, a[1], "hasattr") else { return nil }
      var failed = false
      if let value = findAttribute(t, a[0], name, failed: &failed) {
        value.release()
        return core.pointee.true
      }
      return failed ? nil : core.pointee.false
    },
    NativeMethod("globals", .noArguments) { t, _, _ in currentGlobals(t)?.retained() ?? none },
    NativeMethod("locals", .noArguments) { t, _, _ in frameLocals(t) },
    NativeMethod("vars", .positional(0, 1)) { t, _, a in
      let held = ArgumentTuple(t, a)
      defer { held.release() }
      guard let o = a.optional(0) else { return frameLocals(t) }
      var failed = false
      if let dict = findAttribute(t, o, Name.dunderDict, failed: &failed) { return dict }
      return failed ? nil : t.raise(.TypeError, "vars() argument must have __dict__ attribute")
    },
    NativeMethod("dir", .positional(0, 1)) { t, _, a in
      let held = ArgumentTuple(t, a)
      defer { held.release() }
      return directory(t, a.optional(0))
    },
    NativeMethod("__build_class__", .keywords) { t, _, a in buildClass(t, a) },
    NativeMethod("__import__", .keywords) { t, _, a in
      guard
        let v = parseArguments(
          t, a, function: "__import__", names: ["name", "globals", "locals", "fromlist", "level"], required: 1,
          positionalOnly: 0), let name = v[0], let hook = t.interpreter.importHook
      else { return nil }
      var level = 0
      if let given = v[4] {
        guard let n = indexValue(t, given) else { return nil }
        level = n
      }
      return hook(t, name, v[1] == none ? nil : v[1], v[2], v[3] ?? none, level)
    },
  ]

  private static func directory(_ t: ThreadState, _ o: Object?) -> Object? {
    let names: Object?
    if let o {
      guard let method = lookupSpecial(t, o, Special.dir) else {
        return t.hasRaised ? nil : t.raise(.TypeError, "object does not provide __dir__")
      }
      defer { method.release() }
      names = call0(t, method)
    } else {
      names = frameLocals(t)
    }
    guard let names else { return nil }
    defer { names.release() }
    guard let list = makeList(t, from: names) else { return nil }
    guard let done = callMethod(t, list, "sort") else {
      list.release()
      return nil
    }
    done.release()
    return list
  }

  /// `__build_class__(function, name, *bases, metaclass=..., **keywords)` (PEP 3115, PEP 560).
  private static func buildClass(_ t: ThreadState, _ a: Arguments) -> Object? {
    guard a.count >= 2 else { return t.raise(.TypeError, "__build_class__: not enough arguments") }
    guard a[0].isKind(.function) else { return t.raise(.TypeError, "__build_class__: func must be a function") }
    guard a[1].isKind(.str) else { return t.raise(.TypeError, "__build_class__: name is not a string") }
    let given = makeTuple(borrowing: a.base + 2, count: a.count - 2)
    defer { given.release() }
    guard let bases = resolveBases(t, given) else { return nil }
    defer { bases.release() }
    // 1. Keywords; `metaclass` is ours.
    let keywords = a.keywordNames == nil ? nil : makeDict()
    defer { keywords.release() }
    var metaclass: Object?
    if let names = a.keywordNames, let keywords {
      for i in 0..<names.tupleCount {
        let value = a.base[a.count + i]
        if stringValue(names.tupleItems[i]) == "metaclass" {
          metaclass = value
        } else if !dictSet(t, keywords, names.tupleItems[i], value) {
          return nil
        }
      }
    }
    // 2. The metaclass: the given one, the first base's, `type`; then the most derived.
    var meta = metaclass ?? (bases.tupleCount > 0 ? bases.tupleItems[0].type.object : core.pointee.types.type.object)
    if meta.isKind(.type) {
      guard let winner = mostDerivedMetaclass(t, TypeObject(unchecked: meta), bases) else { return nil }
      meta = winner.object
    }
    // 3. The namespace.
    var failed = false
    let namespace: Object
    if let prepare = findAttribute(t, meta, internString("__prepare__"), failed: &failed) {
      defer { prepare.release() }
      guard let made = prepareNamespace(t, prepare, a[1], bases, keywords) else { return nil }
      guard made.isKind(.dict) || made.type.pointer.pointee.getItem != nil else {
        defer { made.release() }
        return t.raise(
          .TypeError,
          "\(meta.isKind(.type) ? TypeObject(unchecked: meta).nameText : "<metaclass>").__prepare__() must return a mapping, not \(typeName(made))"
        )
      }
      namespace = made
    } else {
      if failed { return nil }
      namespace = makeDict()
    }
    defer { namespace.release() }
    // 4. The body, then the metaclass's call.
    guard let cell = runClassBody(t, a[0], namespace) else { return nil }
    defer { cell.release() }
    if bases != given, !setItem(t, namespace, internString("__orig_bases__"), given) { return nil }
    let arguments = makeTuple([a[1].retained(), bases.retained(), namespace.retained()])
    defer { arguments.release() }
    guard let cls = callWithTuple(t, meta, arguments, keywords) else { return nil }
    guard cls.isKind(.type), cell.isKind(.cell) else { return cls }
    // 5. A metaclass that forgot the `__class__` cell would break `super()`.
    let content = cell.layout(CellLayout.self).pointee.content
    if content != cls {
      defer { cls.release() }
      if content == nil {
        return t.raise(
          .RuntimeError,
          "__class__ not set defining '\(stringValue(a[1]))' as \(reprString(t, cls) ?? "?"). Was __classcell__ propagated to type.__new__?"
        )
      }
      return t.raise(
        .TypeError,
        "__class__ set to \(content.flatMap { reprString(t, $0) } ?? "?") defining '\(stringValue(a[1]))' as \(reprString(t, cls) ?? "?")"
      )
    }
    return cls
  }

  private static func prepareNamespace(
    _ t: ThreadState, _ prepare: Object, _ name: Object, _ bases: Object, _ keywords: Object?
  ) -> Object? {
    guard let keywords else { return call2(t, prepare, name, bases) }
    let arguments = makeTuple([name.retained(), bases.retained()])
    defer { arguments.release() }
    return callWithTuple(t, prepare, arguments, keywords)
  }

  /// Bases that are no classes say by `__mro_entries__` what stands for them. A new reference; the same tuple when nothing changed.
  static func resolveBases(_ t: ThreadState, _ bases: Object) -> Object? {
    var result: [Object] = []
    var changed = false
    for i in 0..<bases.tupleCount {
      let base = bases.tupleItems[i]
      if base.isKind(.type) {
        result.append(base.retained())
        continue
      }
      var failed = false
      guard let method = findAttribute(t, base, Name.dunderMroEntries, failed: &failed) else {
        if failed {
          for one in result { one.release() }
          return nil
        }
        result.append(base.retained())
        continue
      }
      let entries = call1(t, method, bases)
      method.release()
      guard let entries, entries.isKind(.tuple) else {
        for one in result { one.release() }
        if entries != nil { t.raise(.TypeError, "__mro_entries__ must return a tuple") }
        return nil
      }
      changed = true
      for k in 0..<entries.tupleCount { result.append(entries.tupleItems[k].retained()) }
      entries.release()
    }
    guard changed else {
      for one in result { one.release() }
      return bases.retained()
    }
    return makeTuple(result)
  }
}
