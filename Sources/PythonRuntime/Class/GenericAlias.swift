// `types.GenericAlias` (`list[int]`, PEP 585) and `types.UnionType` (`int | str`, PEP 604).

public struct GenericAliasLayout {
  var header: ObjectHeader
  var origin: Object?
  var arguments: Object?
  var parameters: Object?
  var weakrefs: Object?
  /// `*tuple[int]`.
  var isUnpacked: Bool
}

public enum GenericAlias {
  public static let type: TypeObject = makeBuiltinType(
    name: "GenericAlias", module: "types", layoutSize: MemoryLayout<GenericAliasLayout>.size,
    flags: [.container, .baseType]
  ) { p in
    p.pointee.weakrefOffset = MemoryLayout<GenericAliasLayout>.offset(of: \.weakrefs) ?? 0
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      clearWeakrefs(o)
      clear(o)
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in
      let p: UnsafeMutablePointer<GenericAliasLayout> = o.layout()
      return visit(p.pointee.origin) || visit(p.pointee.arguments) || visit(p.pointee.parameters)
    }
    p.pointee.clear = ObjectAction(clear)
    p.pointee.new = NativeFunction { t, cls, a in
      guard a.count == 2 else {
        t.raise(.TypeError, "GenericAlias expected 2 arguments, got \(a.count)")
        return nil
      }
      return make(t, a[0], a[1], type: TypeObject(unchecked: cls))
    }
    p.pointee.initialize = InitFunction { _, _, _ in true }
    p.pointee.repr = UnaryFunction(repr)
    p.pointee.hash = MeasureFunction { t, o in
      let p: UnsafeMutablePointer<GenericAliasLayout> = o.layout()
      let a = PythonRuntime.hash(t, p.pointee.origin ?? core.pointee.none)
      if a == -1 { return -1 }
      let b = PythonRuntime.hash(t, p.pointee.arguments ?? core.pointee.none)
      return b == -1 ? -1 : a ^ b
    }
    p.pointee.compare = CompareFunction { t, a, b, op in
      guard op == .equal || op == .notEqual, a.type == b.type else { return core.pointee.notImplemented }
      let x: UnsafeMutablePointer<GenericAliasLayout> = a.layout()
      let y: UnsafeMutablePointer<GenericAliasLayout> = b.layout()
      let none = core.pointee.none
      let sameOrigin = compareBool(t, x.pointee.origin ?? none, y.pointee.origin ?? none, .equal)
      if sameOrigin < 0 { return nil }
      let same =
        sameOrigin == 0 || x.pointee.isUnpacked != y.pointee.isUnpacked
        ? 0 : compareBool(t, x.pointee.arguments ?? none, y.pointee.arguments ?? none, .equal)
      return same < 0 ? nil : makeBool((same == 1) == (op == .equal))
    }
    p.pointee.call = NativeFunction { t, o, a in
      guard let origin = o.layout(GenericAliasLayout.self).pointee.origin else { return nil }
      guard let result = PythonRuntime.call(t, origin, a) else { return nil }
      if !PythonRuntime.setAttribute(t, result, internString("__orig_class__"), o) { t.clearRaised() }
      return result
    }
    p.pointee.getAttribute = BinaryFunction { t, o, name in
      let text = stringValue(name)
      let own = [
        "__origin__", "__args__", "__parameters__", "__class__", "__mro_entries__", "__reduce_ex__", "__reduce__",
        "__copy__",
        "__deepcopy__", "__unpacked__", "__typing_unpacked_tuple_args__", "__instancecheck__", "__subclasscheck__",
      ].contains(text)
      if !own, let origin = o.layout(GenericAliasLayout.self).pointee.origin,
        !(text.hasPrefix("__") && typeLookup(t, o.type, name) != nil && text != "__doc__")
      {
        return PythonRuntime.getAttribute(t, origin, name)
      }
      return Generic.getAttribute(t, o, name)
    }
    p.pointee.getItem = BinaryFunction(AliasSubstitution.getItem)
    p.pointee.iter = UnaryFunction { t, o in
      let p: UnsafeMutablePointer<GenericAliasLayout> = o.layout()
      guard let origin = p.pointee.origin, let arguments = p.pointee.arguments,
        let starred = make(t, origin, arguments, type: o.type)
      else { return nil }
      starred.layout(GenericAliasLayout.self).pointee.isUnpacked = true
      let list = makeList([starred])
      defer { list.release() }
      return iterate(t, list)
    }
    p.pointee.number.or = BinaryFunction { t, a, b in UnionType.or(t, a, b) }
  }

  private static func clear(_ o: Object) {
    let p: UnsafeMutablePointer<GenericAliasLayout> = o.layout()
    take(&p.pointee.origin)
    take(&p.pointee.arguments)
    take(&p.pointee.parameters)
  }

  /// `origin[arguments]`; a tuple of arguments is taken apart.
  public static func make(_ t: ThreadState, _ origin: Object, _ arguments: Object, type: TypeObject? = nil) -> Object? {
    let type = type ?? Self.type
    let o = allocateZeroed(type)
    let p: UnsafeMutablePointer<GenericAliasLayout> = o.layout()
    p.pointee.origin = origin.retained()
    p.pointee.arguments = arguments.isKind(.tuple) ? arguments.retained() : makeTuple([arguments.retained()])
    p.pointee.parameters = nil
    track(o)
    return o
  }

  private static func repr(_ t: ThreadState, _ o: Object) -> Object? {
    let p: UnsafeMutablePointer<GenericAliasLayout> = o.layout()
    guard let origin = p.pointee.origin, let arguments = p.pointee.arguments else {
      return makeString("<GenericAlias>")
    }
    guard let head = reprItem(t, origin) else { return nil }
    var parts: [String] = []
    for i in 0..<arguments.tupleCount {
      guard let part = reprItem(t, arguments.tupleItems[i]) else { return nil }
      parts.append(part)
    }
    return makeString(
      "\(p.pointee.isUnpacked ? "*" : "")\(head)[\(parts.isEmpty ? "()" : parts.joined(separator: ", "))]")
  }

  /// A class by its qualified name, `...` as itself, the rest by repr.
  static func reprItem(_ t: ThreadState, _ o: Object) -> String? {
    if o == core.pointee.ellipsis { return "..." }
    if o == core.pointee.types.none.object { return "None" }
    if o.isKind(.type), o.type != type { return qualifiedTypeName(t, TypeObject(unchecked: o)) }
    guard let text = PythonRuntime.repr(t, o) else { return nil }
    defer { text.release() }
    return stringValue(text)
  }

  public static func install(_ t: ThreadState) {
    readyType(t, type)
    addMember(t, type, "__origin__", offset: 16, readOnly: true)
    addMember(t, type, "__args__", offset: 24, readOnly: true)
    addGetSet(
      t, type, "__parameters__",
      getter: UnaryFunction { t, o in
        let p: UnsafeMutablePointer<GenericAliasLayout> = o.layout()
        guard let arguments = p.pointee.arguments else { return core.pointee.emptyTuple }
        return TypeParameters.collect(t, arguments)
      })
    addGetSet(
      t, type, "__unpacked__",
      getter: UnaryFunction { _, o in makeBool(o.layout(GenericAliasLayout.self).pointee.isUnpacked) })
    addGetSet(
      t, type, "__typing_unpacked_tuple_args__",
      getter: UnaryFunction { _, o in
        let p: UnsafeMutablePointer<GenericAliasLayout> = o.layout()
        guard p.pointee.isUnpacked, p.pointee.origin == core.pointee.types.tuple.object else {
          return core.pointee.none
        }
        return (p.pointee.arguments ?? core.pointee.none).retained()
      })
    addMethods(
      t, type,
      [
        NativeMethod("__mro_entries__", .oneArgument) { _, o, _ in
          makeTuple([(o.layout(GenericAliasLayout.self).pointee.origin ?? core.pointee.none).retained()])
        },
        NativeMethod("__instancecheck__", .oneArgument) { t, _, _ in
          t.raise(.TypeError, "isinstance() argument 2 cannot be a parameterized generic")
          return nil
        },
        NativeMethod("__subclasscheck__", .oneArgument) { t, _, _ in
          t.raise(.TypeError, "issubclass() argument 2 cannot be a parameterized generic")
          return nil
        },
      ])
    for generic in [
      core.pointee.types.list, core.pointee.types.dict, core.pointee.types.tuple, core.pointee.types.set,
      core.pointee.types.frozenset, core.pointee.types.weakref,
    ] {
      addMethods(t, generic, [classGetItem])
    }
    UnionType.install(t)
  }

  /// `__class_getitem__` as built-in generics have it.
  public static let classGetItem = NativeMethod("__class_getitem__", .oneArgument, binding: .classMethod) { t, cls, a in
    make(t, cls, a[0])
  }
}

/// Type variables among arguments.
enum TypeParameters {
  static func collect(_ t: ThreadState, _ arguments: Object) -> Object? {
    var found: [Object] = []
    for i in 0..<arguments.tupleCount {
      let argument = arguments.tupleItems[i]
      if argument.isKind(.type) { continue }
      var failed = false
      if let marker = findAttribute(t, argument, internString("__typing_subst__"), failed: &failed) {
        marker.release()
        if !found.contains(argument) { found.append(argument) }
      } else if failed {
        return nil
      } else if let inner = findAttribute(t, argument, internString("__parameters__"), failed: &failed) {
        if inner.isKind(.tuple) {
          for k in 0..<inner.tupleCount where !found.contains(inner.tupleItems[k]) { found.append(inner.tupleItems[k]) }
        }
        inner.release()
      } else if failed {
        return nil
      }
    }
    return makeTuple(found.map { $0.retained() })
  }
}

public struct UnionLayout {
  var header: ObjectHeader
  var arguments: Object?
}

public enum UnionType {
  public static let type: TypeObject = makeBuiltinType(
    name: "UnionType", module: "types", layoutSize: MemoryLayout<UnionLayout>.size,
    flags: [.container, .disallowInstantiation]
  ) { p in
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      take(&o.layout(UnionLayout.self).pointee.arguments)
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in visit(o.layout(UnionLayout.self).pointee.arguments) }
    p.pointee.repr = UnaryFunction { t, o in
      guard let arguments = o.layout(UnionLayout.self).pointee.arguments else { return nil }
      var parts: [String] = []
      for i in 0..<arguments.tupleCount {
        guard let part = GenericAlias.reprItem(t, arguments.tupleItems[i]) else { return nil }
        parts.append(part)
      }
      return makeString(parts.joined(separator: " | "))
    }
    p.pointee.hash = MeasureFunction { t, o in
      guard let arguments = o.layout(UnionLayout.self).pointee.arguments else { return -1 }
      var sum = 0
      for i in 0..<arguments.tupleCount {
        let part = PythonRuntime.hash(t, arguments.tupleItems[i])
        if part == -1 { return -1 }
        sum ^= part
      }
      return sum == -1 ? -2 : sum
    }
    p.pointee.compare = CompareFunction { t, a, b, op in
      guard op == .equal || op == .notEqual, b.type == type, let x = a.layout(UnionLayout.self).pointee.arguments,
        let y = b.layout(UnionLayout.self).pointee.arguments
      else { return core.pointee.notImplemented }
      var same = x.tupleCount == y.tupleCount
      for i in 0..<x.tupleCount where same {
        let inside = sequenceContains(t, y, x.tupleItems[i])
        if inside < 0 { return nil }
        same = inside == 1
      }
      return makeBool(same == (op == .equal))
    }
    p.pointee.number.or = BinaryFunction { t, a, b in or(t, a, b) }
    p.pointee.getItem = BinaryFunction(getItem)
  }

  /// `(list[T] | None)[int]`.
  private static func getItem(_ t: ThreadState, _ o: Object, _ item: Object) -> Object? {
    guard let own = o.layout(UnionLayout.self).pointee.arguments,
      let parts = AliasSubstitution.arguments(t, o, own, item)
    else { return nil }
    defer { parts.release() }
    var union = parts.tupleItems[0].retained()
    for i in 1..<parts.tupleCount {
      let next = binaryOperation(t, .or, union, parts.tupleItems[i])
      union.release()
      guard let next else { return nil }
      union = next
    }
    return union
  }

  private static func acceptable(_ o: Object) -> Bool {
    o.isKind(.type) || o == core.pointee.none || o.type == type || isSubtype(o.type, GenericAlias.type)
  }

  /// `a | b` of classes; NotImplemented when one is neither a class, None, an alias nor a union.
  static func or(_ t: ThreadState, _ a: Object, _ b: Object) -> Object? {
    guard acceptable(a), acceptable(b) else { return core.pointee.notImplemented }
    var parts: [Object] = []
    for side in [a, b] {
      let items: [Object]
      if side.type == type, let inner = side.layout(UnionLayout.self).pointee.arguments {
        items = (0..<inner.tupleCount).map { inner.tupleItems[$0] }
      } else {
        items = [side == core.pointee.none ? core.pointee.types.none.object : side]
      }
      for item in items {
        var known = false
        for part in parts {
          let same = compareBool(t, part, item, .equal)
          if same < 0 { return nil }
          if same == 1 { known = true }
        }
        if !known { parts.append(item) }
      }
    }
    if parts.count == 1 { return parts[0].retained() }
    let o = allocateZeroed(type)
    o.layout(UnionLayout.self).pointee.arguments = makeTuple(parts.map { $0.retained() })
    track(o)
    return o
  }

  static func install(_ t: ThreadState) {
    readyType(t, type)
    addMember(t, type, "__args__", offset: 16, readOnly: true)
    addGetSet(
      t, type, "__parameters__",
      getter: UnaryFunction { t, o in
        guard let arguments = o.layout(UnionLayout.self).pointee.arguments else { return core.pointee.emptyTuple }
        return TypeParameters.collect(t, arguments)
      })
    addMethods(
      t, type,
      [
        NativeMethod("__instancecheck__", .oneArgument) { t, o, a in
          guard let arguments = o.layout(UnionLayout.self).pointee.arguments else { return nil }
          let answer = isInstance(t, a[0], arguments)
          return answer < 0 ? nil : makeBool(answer == 1)
        },
        NativeMethod("__subclasscheck__", .oneArgument) { t, o, a in
          guard let arguments = o.layout(UnionLayout.self).pointee.arguments else { return nil }
          let answer = isSubclass(t, a[0], arguments)
          return answer < 0 ? nil : makeBool(answer == 1)
        },
      ])
  }
}
