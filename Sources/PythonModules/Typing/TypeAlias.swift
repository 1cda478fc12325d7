// `typing.TypeAliasType`: what `type X = ...` makes. The value is computed when first asked for.
import PythonRuntime

struct TypeAliasLayout {
  var header: ObjectHeader
  var name: Object?
  /// tuple, or nil.
  var parameters: Object?
  var value: Object?
  var maker: Object?
  var module: Object?
}

enum TypeAlias {
  static let type: TypeObject = makeBuiltinType(
    name: "TypeAliasType", module: "typing", layoutSize: MemoryLayout<TypeAliasLayout>.size, flags: [.container]
  ) { p in
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      clear(o)
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in
      let p: UnsafeMutablePointer<TypeAliasLayout> = o.layout()
      return visit(p.pointee.parameters) || visit(p.pointee.value) || visit(p.pointee.maker) || visit(p.pointee.module)
    }
    p.pointee.clear = ObjectAction(clear)
    p.pointee.new = NativeFunction { t, _, a in
      guard
        let v = parseArguments(
          t, a, function: "typealias", names: ["name", "value", "type_params"], required: 2, maxPositional: 2),
        let name = v[0], let value = v[1]
      else { return nil }
      guard name.isKind(.str) else {
        return t.raise(.TypeError, "typealias() argument 'name' must be str, not \(argumentTypeName(name))")
      }
      let parameters = v[2] ?? core.pointee.none
      if parameters != core.pointee.none, !parameters.isKind(.tuple) {
        return t.raise(.TypeError, "type_params must be a tuple")
      }
      let o = make(t, name: name, parameters: parameters, maker: nil)
      o.layout(TypeAliasLayout.self).pointee.value = value.retained()
      return o
    }
    p.pointee.initialize = InitFunction { _, _, _ in true }
    p.pointee.repr = UnaryFunction { _, o in o.layout(TypeAliasLayout.self).pointee.name?.retained() }
    p.pointee.number.or = BinaryFunction { t, a, b in TypingModule.helper(t, "_make_union", [a, b]) }
    p.pointee.getItem = BinaryFunction { t, o, item in
      guard o.layout(TypeAliasLayout.self).pointee.parameters != nil else {
        return t.raise(.TypeError, "Only generic type aliases are subscriptable")
      }
      return GenericAlias.make(t, o, item)
    }
  }

  private static func clear(_ o: Object) {
    let p: UnsafeMutablePointer<TypeAliasLayout> = o.layout()
    take(&p.pointee.name)
    take(&p.pointee.parameters)
    take(&p.pointee.value)
    take(&p.pointee.maker)
    take(&p.pointee.module)
  }

  static func make(_ t: ThreadState, name: Object, parameters: Object, maker: Object?) -> Object {
    let o = allocateZeroed(type)
    let p: UnsafeMutablePointer<TypeAliasLayout> = o.layout()
    p.pointee.name = name.retained()
    p.pointee.parameters = parameters.isKind(.tuple) && parameters.tupleCount > 0 ? parameters.retained() : nil
    p.pointee.maker = maker?.retained()
    p.pointee.module = currentGlobals(t).flatMap { dictGet(t, $0, "__name__") }?.retained()
    track(o)
    return o
  }

  static func install(_ t: ThreadState) {
    readyType(t, type)
    addMember(t, type, "__name__", offset: 16, readOnly: true)
    addGetSet(
      t, type, "__value__",
      getter: UnaryFunction { t, o in
        let p: UnsafeMutablePointer<TypeAliasLayout> = o.layout()
        if let known = p.pointee.value { return known.retained() }
        guard let maker = p.pointee.maker, let value = call0(t, maker) else { return nil }
        // Computing it may have asked for it.
        let old = p.pointee.value
        p.pointee.value = value.retained()
        old.release()
        return value
      })
    for name in ["__type_params__", "__parameters__"] {
      addGetSet(
        t, type, name,
        getter: UnaryFunction { _, o in
          o.layout(TypeAliasLayout.self).pointee.parameters?.retained() ?? core.pointee.emptyTuple
        })
    }
  }
}
