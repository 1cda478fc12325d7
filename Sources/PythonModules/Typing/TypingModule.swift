// `_typing`: type parameters, type aliases and `Generic`. What they do beyond holding values is done by the library's
// `typing`.
import PythonRuntime

struct ParamSpecPartLayout {
  var header: ObjectHeader
  var origin: Object?
}

/// `P.args` and `P.kwargs`.
enum ParamSpecParts {
  static let arguments = makeType("ParamSpecArgs")
  static let keywords = makeType("ParamSpecKwargs")

  private static func makeType(_ name: String) -> TypeObject {
    makeBuiltinType(
      name: name, module: "typing", layoutSize: MemoryLayout<ParamSpecPartLayout>.size, flags: [.container]
    ) { p in
      p.pointee.dealloc = ObjectAction { o in
        untrack(o)
        take(&o.layout(ParamSpecPartLayout.self).pointee.origin)
        freeInstance(o)
      }
      p.pointee.traverse = TraverseFunction { o, visit in visit(o.layout(ParamSpecPartLayout.self).pointee.origin) }
      p.pointee.new = NativeFunction { t, cls, a in
        guard a.count == 1 else {
          return t.raise(.TypeError, "\(TypeObject(unchecked: cls).nameText) expected 1 argument, got \(a.count)")
        }
        return make(TypeObject(unchecked: cls), a[0])
      }
      p.pointee.initialize = InitFunction { _, _, _ in true }
      p.pointee.repr = UnaryFunction { t, o in
        guard let origin = o.layout(ParamSpecPartLayout.self).pointee.origin, let text = reprString(t, origin) else {
          return nil
        }
        let name =
          origin.type == TypeParameterTypes.paramSpec
          ? origin.typeParameter.pointee.name.map(stringValue) ?? text : text
        return makeString("\(name).\(o.type == arguments ? "args" : "kwargs")")
      }
      p.pointee.compare = CompareFunction { t, a, b, op in
        guard op == .equal || op == .notEqual, a.type == b.type,
          let x = a.layout(ParamSpecPartLayout.self).pointee.origin,
          let y = b.layout(ParamSpecPartLayout.self).pointee.origin
        else { return core.pointee.notImplemented }
        return richCompare(t, x, y, op)
      }
    }
  }

  static func make(_ type: TypeObject, _ origin: Object) -> Object {
    let o = allocateZeroed(type)
    o.layout(ParamSpecPartLayout.self).pointee.origin = origin.retained()
    track(o)
    return o
  }
}

public enum TypingModule {
  /// `typing.NoDefault`: the one instance of its type.
  static let noDefaultType = makeBuiltinType(name: "NoDefaultType", module: "builtins", layoutSize: 16, flags: []) {
    p in
    p.pointee.repr = UnaryFunction { _, _ in makeString("typing.NoDefault") }
    p.pointee.new = NativeFunction { t, _, a in
      a.count == 0 ? noDefault : t.raise(.TypeError, "NoDefaultType takes no arguments")
    }
    p.pointee.initialize = InitFunction { _, _, _ in true }
  }
  static let noDefault: Object = {
    let o = allocateZeroed(noDefaultType)
    o.makeImmortal()
    return o
  }()

  private static let generic = makeBuiltinType(name: "Generic", module: "typing", layoutSize: 16, flags: [.baseType])

  public static func make(_ t: ThreadState) -> Object? {
    TypeParameterTypes.install(t)
    TypeAlias.install(t)
    for type in [ParamSpecParts.arguments, ParamSpecParts.keywords, noDefaultType, generic] { readyType(t, type) }
    for type in [ParamSpecParts.arguments, ParamSpecParts.keywords] {
      addMember(t, type, "__origin__", offset: 16, readOnly: true)
      addMethods(
        t, type,
        [
          NativeMethod("__mro_entries__", .oneArgument) { t, o, _ in
            t.raise(.TypeError, "Cannot subclass an instance of \(typeName(o))")
          }
        ])
    }
    addMethods(t, noDefaultType, [NativeMethod("__reduce__", .noArguments) { _, _, _ in makeString("NoDefault") }])
    addMethods(
      t, generic,
      [
        NativeMethod("__class_getitem__", .keywords, binding: .classMethod) { t, cls, a in
          forward(t, "_generic_class_getitem", cls, a)
        },
        NativeMethod("__init_subclass__", .keywords, binding: .classMethod) { t, cls, a in
          forward(t, "_generic_init_subclass", cls, a)
        },
      ])
    let module = makeModule(t, "_typing")
    for type in [
      TypeParameterTypes.typeVar, TypeParameterTypes.paramSpec, TypeParameterTypes.typeVarTuple,
      ParamSpecParts.arguments,
      ParamSpecParts.keywords, TypeAlias.type, generic,
    ] {
      moduleSet(t, module, type.nameText, type.object)
    }
    moduleSet(t, module, "NoDefault", noDefault)
    moduleAddFunctions(
      t, module,
      [NativeMethod("_idfunc", .positional(0, -1)) { _, _, a in a.optional(0)?.retained() ?? core.pointee.none }])
    moduleAddFunctions(t, module, syntax)
    return module
  }

  /// What the code of PEP 695's syntax calls.
  private static let syntax = [
    NativeMethod("_typevar", .oneArgument) { t, _, a in parameter(t, TypeParameterTypes.typeVar, a[0]) },
    NativeMethod("_paramspec", .oneArgument) { t, _, a in parameter(t, TypeParameterTypes.paramSpec, a[0]) },
    NativeMethod("_typevartuple", .oneArgument) { t, _, a in parameter(t, TypeParameterTypes.typeVarTuple, a[0]) },
    NativeMethod("_bound", .positional(2, 2)) { t, _, a in
      let o = parameter(t, TypeParameterTypes.typeVar, a[0])
      o?.typeParameter.pointee.boundMaker = a[1].retained()
      return o
    },
    NativeMethod("_constraints", .positional(2, 2)) { t, _, a in
      let o = parameter(t, TypeParameterTypes.typeVar, a[0])
      o?.typeParameter.pointee.constraintsMaker = a[1].retained()
      return o
    },
    NativeMethod("_default", .positional(2, 2)) { t, _, a in
      guard TypeParameterTypes.all.contains(a[0].type) else {
        return t.raise(.TypeError, "expected a type parameter, got \(typeName(a[0]))")
      }
      let old = a[0].typeParameter.pointee.fallbackMaker
      a[0].typeParameter.pointee.fallbackMaker = a[1].retained()
      old.release()
      return a[0].retained()
    },
    NativeMethod("_typealias", .positional(3, 3)) { t, _, a in
      guard a[0].isKind(.str) else {
        return t.raise(.TypeError, "the name of a type alias must be str, not \(typeName(a[0]))")
      }
      return TypeAlias.make(t, name: a[0], parameters: a[1], maker: a[2])
    },
    NativeMethod("_subscript_generic", .oneArgument) { t, _, a in
      // `Generic[T, *Ts]`: tuples of types are unpacked.
      guard a[0].isKind(.tuple) else { return t.raise(.TypeError, "expected a tuple, got \(typeName(a[0]))") }
      var arguments: [Object] = []
      for i in 0..<a[0].tupleCount {
        let item = a[0].tupleItems[i]
        if item.type == TypeParameterTypes.typeVarTuple {
          guard let unpacked = unpack(t, item) else { return nil }
          arguments.append(unpacked)
        } else {
          arguments.append(item.retained())
        }
      }
      let tuple = makeTuple(arguments)
      defer { tuple.release() }
      return helper(t, "_GenericAlias", [generic.object, tuple])
    },
  ]

  /// What `_typing` offers is there for anybody who calls it, so what the compiler's code never does is refused.
  private static func parameter(_ t: ThreadState, _ type: TypeObject, _ name: Object) -> Object? {
    guard name.isKind(.str) else {
      return t.raise(.TypeError, "the name of a type parameter must be str, not \(typeName(name))")
    }
    let o = TypeParameterTypes.make(t, type, name)
    o.typeParameter.pointee.infersVariance = true
    return o
  }

  // MARK: Calls into the library

  /// `typing.name(*arguments)`.
  static func helper(_ t: ThreadState, _ name: String, _ arguments: [Object]) -> Object? {
    guard let module = importModule(t, "typing") else { return nil }
    defer { module.release() }
    guard let function = getAttribute(t, module, name) else { return nil }
    defer { function.release() }
    return callWithObjects(t, function, arguments)
  }

  private static func forward(_ t: ThreadState, _ name: String, _ cls: Object, _ a: Arguments) -> Object? {
    guard let module = importModule(t, "typing") else { return nil }
    defer { module.release() }
    guard let function = getAttribute(t, module, name) else { return nil }
    defer { function.release() }
    let arguments = makeTuple([cls.retained()] + (0..<a.count).map { a[$0].retained() })
    defer { arguments.release() }
    guard let names = a.keywordNames, names.tupleCount > 0 else { return callWithTuple(t, function, arguments) }
    let keywords = makeDict()
    defer { keywords.release() }
    for i in 0..<names.tupleCount where !dictSet(t, keywords, names.tupleItems[i], a.base[a.count + i]) { return nil }
    return callWithTuple(t, function, arguments, keywords)
  }

  /// `typing._type_check`: None stands for its type.
  static func checkType(_ t: ThreadState, _ o: Object, _ message: String) -> Object? {
    if o.isKind(.type) { return o.retained() }
    let text = makeString(message)
    defer { text.release() }
    return helper(t, "_type_check", [o, text])
  }

  static func unpack(_ t: ThreadState, _ o: Object) -> Object? {
    guard let module = importModule(t, "typing") else { return nil }
    defer { module.release() }
    guard let form = getAttribute(t, module, "Unpack") else { return nil }
    defer { form.release() }
    return getItem(t, form, o)
  }

  /// A TypeVar with a default fills in for an argument that is not given.
  static func prepareSubstitution(_ t: ThreadState, _ o: Object, _ alias: Object, _ arguments: Object) -> Object? {
    guard let parameters = getAttribute(t, alias, "__parameters__") else { return nil }
    defer { parameters.release() }
    guard parameters.isKind(.tuple), arguments.isKind(.tuple) else { return arguments.retained() }
    let count = arguments.tupleCount
    guard let position = (0..<parameters.tupleCount).first(where: { parameters.tupleItems[$0] == o }) else {
      return arguments.retained()
    }
    if position < count { return arguments.retained() }
    if position == count, o.typeParameter.pointee.fallback != nil || o.typeParameter.pointee.fallbackMaker != nil {
      guard let value = getAttribute(t, o, "__default__") else { return nil }
      return makeTuple((0..<count).map { arguments.tupleItems[$0].retained() } + [value])
    }
    return t.raise(
      .TypeError,
      "Too few arguments for \(reprString(t, alias) ?? "?"); actual \(count), expected at least \(position + 1)")
  }
}
