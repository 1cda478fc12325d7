// `typing.TypeVar`, `ParamSpec` and `TypeVarTuple`: one layout. Bounds, constraints and defaults of PEP 695 are
// computed when first asked for.
import PythonRuntime

struct TypeParameterLayout {
  var header: ObjectHeader
  var name: Object?
  /// A value, or nil and then the function that computes it, or neither.
  var bound, boundMaker: Object?
  var constraints, constraintsMaker: Object?
  var fallback, fallbackMaker: Object?
  var dict: Object?
  var weakrefs: Object?
  var isCovariant, isContravariant, infersVariance: Bool
}

extension Object {
  @inline(__always) var typeParameter: UnsafeMutablePointer<TypeParameterLayout> { layout() }
}

enum TypeParameterTypes {
  static let typeVar = makeType("TypeVar", new: newTypeVar)
  static let paramSpec = makeType("ParamSpec", new: newParamSpec)
  static let typeVarTuple = makeType("TypeVarTuple", new: newTypeVarTuple)
  static let all = [typeVar, paramSpec, typeVarTuple]

  private static func makeType(_ name: String, new: @escaping NativeFunction.Function) -> TypeObject {
    makeBuiltinType(
      name: name, module: "typing", layoutSize: MemoryLayout<TypeParameterLayout>.size, flags: [.container]
    ) { p in
      p.pointee.dictOffset = MemoryLayout<TypeParameterLayout>.offset(of: \.dict) ?? 0
      p.pointee.weakrefOffset = MemoryLayout<TypeParameterLayout>.offset(of: \.weakrefs) ?? 0
      p.pointee.dealloc = ObjectAction { o in
        untrack(o)
        clearWeakrefs(o)
        clear(o)
        take(&o.typeParameter.pointee.name)
        freeInstance(o)
      }
      p.pointee.traverse = TraverseFunction { o, visit in
        let p = o.typeParameter
        return visit(p.pointee.bound) || visit(p.pointee.boundMaker) || visit(p.pointee.constraints)
          || visit(p.pointee.constraintsMaker) || visit(p.pointee.fallback) || visit(p.pointee.fallbackMaker)
          || visit(p.pointee.dict)
      }
      p.pointee.clear = ObjectAction(clear)
      p.pointee.new = NativeFunction(new)
      p.pointee.initialize = InitFunction { _, _, _ in true }
      p.pointee.number.or = BinaryFunction { t, a, b in TypingModule.helper(t, "_make_union", [a, b]) }
      // `*Ts` between brackets.
      if name == "TypeVarTuple" {
        p.pointee.iter = UnaryFunction { t, o in
          guard let unpacked = TypingModule.unpack(t, o) else { return nil }
          let list = makeList([unpacked])
          defer { list.release() }
          return iterate(t, list)
        }
      }
      p.pointee.repr = UnaryFunction { _, o in
        let p = o.typeParameter
        let name = p.pointee.name.map(stringValue) ?? "?"
        if o.type == typeVarTuple || p.pointee.infersVariance { return makeString(name) }
        return makeString((p.pointee.isCovariant ? "+" : p.pointee.isContravariant ? "-" : "~") + name)
      }
    }
  }

  private static func clear(_ o: Object) {
    let p = o.typeParameter
    take(&p.pointee.bound)
    take(&p.pointee.boundMaker)
    take(&p.pointee.constraints)
    take(&p.pointee.constraintsMaker)
    take(&p.pointee.fallback)
    take(&p.pointee.fallbackMaker)
    take(&p.pointee.dict)
  }

  // MARK: Making

  /// A tracked parameter that belongs to the running module.
  static func make(_ t: ThreadState, _ type: TypeObject, _ name: Object) -> Object {
    let o = allocateZeroed(type)
    o.typeParameter.pointee.name = name.retained()
    track(o)
    if let globals = currentGlobals(t), let module = dictGet(t, globals, "__name__") {
      let dict = makeDict()
      o.typeParameter.pointee.dict = dict
      _ = dictSet(t, dict, "__module__", module)
    }
    return o
  }

  /// False when not given; the exception that the object's truth raises stays set.
  private static func flag(_ t: ThreadState, _ o: Object?) -> Bool { o.map { isTrue(t, $0) == 1 } ?? false }

  /// Keyword-only arguments of a constructor; nil: an exception is set.
  private static func keywords(_ t: ThreadState, _ a: Arguments, _ function: String, _ allowed: [String]) -> [String:
    Object]?
  {
    var result: [String: Object] = [:]
    guard let names = a.keywordNames else { return result }
    for i in 0..<names.tupleCount {
      let name = stringValue(names.tupleItems[i])
      guard allowed.contains(name) else {
        t.raise(.TypeError, "\(function)() got an unexpected keyword argument '\(name)'")
        return nil
      }
      result[name] = a.base[a.count + i]
    }
    return result
  }

  private static func setUp(_ t: ThreadState, _ o: Object, _ given: [String: Object]) -> Object? {
    let p = o.typeParameter
    p.pointee.isCovariant = flag(t, given["covariant"])
    p.pointee.isContravariant = !t.hasRaised && flag(t, given["contravariant"])
    p.pointee.infersVariance = !t.hasRaised && flag(t, given["infer_variance"])
    if t.hasRaised {
      o.release()
      return nil
    }
    if p.pointee.isCovariant, p.pointee.isContravariant {
      o.release()
      return t.raise(.ValueError, "Bivariant types are not supported.")
    }
    if p.pointee.infersVariance, p.pointee.isCovariant || p.pointee.isContravariant {
      o.release()
      return t.raise(.ValueError, "Variance cannot be specified with infer_variance.")
    }
    if let bound = given["bound"], bound != core.pointee.none {
      guard let checked = TypingModule.checkType(t, bound, "Bound must be a type.") else {
        o.release()
        return nil
      }
      p.pointee.bound = checked
    }
    if let fallback = given["default"] { p.pointee.fallback = fallback.retained() }
    return o
  }

  private static func newTypeVar(_ t: ThreadState, _ cls: Object, _ a: Arguments) -> Object? {
    guard
      var given = keywords(
        t, a, "typevar", ["name", "bound", "covariant", "contravariant", "infer_variance", "default"])
    else { return nil }
    guard let name = a.optional(0) ?? given.removeValue(forKey: "name"), name.isKind(.str) else {
      return t.raise(.TypeError, "typevar() missing required argument 'name' (pos 1)")
    }
    if a.count == 2 { return t.raise(.TypeError, "A single constraint is not allowed") }
    if a.count > 2, let bound = given["bound"], bound != core.pointee.none {
      return t.raise(.TypeError, "Constraints cannot be combined with bound=...")
    }
    let o = make(t, typeVar, name)
    if a.count > 2 {
      var constraints: [Object] = []
      for i in 1..<a.count {
        guard
          let checked = TypingModule.checkType(t, a[i], "TypeVar(name, constraint, ...): constraints must be types.")
        else {
          o.release()
          return nil
        }
        constraints.append(checked)
      }
      o.typeParameter.pointee.constraints = makeTuple(constraints)
    }
    return setUp(t, o, given)
  }

  private static func newParamSpec(_ t: ThreadState, _ cls: Object, _ a: Arguments) -> Object? {
    guard
      var given = keywords(
        t, a, "paramspec", ["name", "bound", "covariant", "contravariant", "infer_variance", "default"])
    else { return nil }
    guard let name = a.optional(0) ?? given.removeValue(forKey: "name"), name.isKind(.str) else {
      return t.raise(.TypeError, "paramspec() missing required argument 'name' (pos 1)")
    }
    return setUp(t, make(t, paramSpec, name), given)
  }

  private static func newTypeVarTuple(_ t: ThreadState, _ cls: Object, _ a: Arguments) -> Object? {
    guard var given = keywords(t, a, "typevartuple", ["name", "default"]) else { return nil }
    guard let name = a.optional(0) ?? given.removeValue(forKey: "name"), name.isKind(.str) else {
      return t.raise(.TypeError, "typevartuple() missing required argument 'name' (pos 1)")
    }
    return setUp(t, make(t, typeVarTuple, name), given)
  }

  // MARK: Values

  /// A value, computed on first use; nil: an exception is set.
  private static func value(
    _ t: ThreadState, _ place: UnsafeMutablePointer<Object?>, _ maker: Object?, otherwise: Object
  ) -> Object? {
    if let known = place.pointee { return known.retained() }
    guard let maker else { return otherwise.retained() }
    guard let made = call0(t, maker) else { return nil }
    // Computing it may have asked for it.
    let old = place.pointee
    place.pointee = made.retained()
    old.release()
    return made
  }

  static func install(_ t: ThreadState) {
    for type in all {
      readyType(t, type)
      addMember(t, type, "__name__", offset: 16, readOnly: true)
      addGetSet(
        t, type, "__default__",
        getter: UnaryFunction { t, o in
          value(
            t, &o.typeParameter.pointee.fallback, o.typeParameter.pointee.fallbackMaker,
            otherwise: TypingModule.noDefault)
        })
      addMethods(
        t, type,
        [
          NativeMethod("has_default", .noArguments) { _, o, _ in
            let p = o.typeParameter
            return makeBool(
              p.pointee.fallbackMaker != nil || p.pointee.fallback.map { $0 != TypingModule.noDefault } ?? false)
          },
          NativeMethod("__mro_entries__", .oneArgument) { t, o, _ in
            t.raise(.TypeError, "Cannot subclass an instance of \(typeName(o))")
          },
          NativeMethod("__reduce__", .noArguments) { _, o, _ in o.typeParameter.pointee.name?.retained() },
        ])
    }
    addVariance(t)
    addSubstitution(t)
    addGetSet(
      t, typeVar, "__bound__",
      getter: UnaryFunction { t, o in
        value(t, &o.typeParameter.pointee.bound, o.typeParameter.pointee.boundMaker, otherwise: core.pointee.none)
      })
    addGetSet(
      t, typeVar, "__constraints__",
      getter: UnaryFunction { t, o in
        value(
          t, &o.typeParameter.pointee.constraints, o.typeParameter.pointee.constraintsMaker,
          otherwise: core.pointee.emptyTuple)
      })
    addGetSet(
      t, paramSpec, "__bound__",
      getter: UnaryFunction { _, o in o.typeParameter.pointee.bound?.retained() ?? core.pointee.none })
    addGetSet(t, paramSpec, "args", getter: UnaryFunction { _, o in ParamSpecParts.make(ParamSpecParts.arguments, o) })
    addGetSet(t, paramSpec, "kwargs", getter: UnaryFunction { _, o in ParamSpecParts.make(ParamSpecParts.keywords, o) })
  }

  private static func addVariance(_ t: ThreadState) {
    for type in [typeVar, paramSpec] {
      addGetSet(
        t, type, "__covariant__", getter: UnaryFunction { _, o in makeBool(o.typeParameter.pointee.isCovariant) })
      addGetSet(
        t, type, "__contravariant__",
        getter: UnaryFunction { _, o in makeBool(o.typeParameter.pointee.isContravariant) })
      addGetSet(
        t, type, "__infer_variance__",
        getter: UnaryFunction { _, o in makeBool(o.typeParameter.pointee.infersVariance) })
    }
  }

  /// Substitution is the library's own Python.
  private static func addSubstitution(_ t: ThreadState) {
    addMethods(
      t, typeVar,
      [
        NativeMethod("__typing_subst__", .oneArgument) { t, o, a in TypingModule.helper(t, "_typevar_subst", [o, a[0]])
        },
        NativeMethod("__typing_prepare_subst__", .positional(2, 2)) { t, o, a in
          TypingModule.prepareSubstitution(t, o, a[0], a[1])
        },
      ])
    addMethods(
      t, paramSpec,
      [
        NativeMethod("__typing_subst__", .oneArgument) { t, o, a in
          TypingModule.helper(t, "_paramspec_subst", [o, a[0]])
        },
        NativeMethod("__typing_prepare_subst__", .positional(2, 2)) { t, o, a in
          TypingModule.helper(t, "_paramspec_prepare_subst", [o, a[0], a[1]])
        },
      ])
    addMethods(
      t, typeVarTuple,
      [
        NativeMethod("__typing_subst__", .oneArgument) { t, _, _ in
          t.raise(.TypeError, "Substitution of bare TypeVarTuple is not supported")
        },
        NativeMethod("__typing_prepare_subst__", .positional(2, 2)) { t, o, a in
          TypingModule.helper(t, "_typevartuple_prepare_subst", [o, a[0], a[1]])
        },
      ])
  }
}
