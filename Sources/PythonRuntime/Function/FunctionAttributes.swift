// What Python code can read and set on functions, methods and cells.

enum FunctionAttributes {
  static func add(_ t: ThreadState) {
    addFunction(t, core.pointee.types.function)
    addMethod(t, core.pointee.types.method)
    addGetSet(
      t, core.pointee.types.cell, "cell_contents",
      getter: UnaryFunction { t, o in
        guard let content = o.cellLayout.pointee.content else { return t.raise(.ValueError, "Cell is empty") }
        return content.retained()
      },
      setter: StoreFunction { _, o, _, value in
        setCell(o, steal: value?.retained())
        return true
      })
  }

  private static func addFunction(_ t: ThreadState, _ type: TypeObject) {
    func readOnly(_ name: String, _ getter: @escaping UnaryFunction.Function) {
      addGetSet(t, type, name, getter: UnaryFunction(getter), setter: nil)
    }
    readOnly("__globals__") { _, o in o.functionLayout.pointee.globals.retained() }
    readOnly("__builtins__") { _, o in o.functionLayout.pointee.builtins.retained() }
    readOnly("__closure__") { _, o in (o.functionLayout.pointee.closure ?? core.pointee.none).retained() }
    addGetSet(
      t, type, "__code__", getter: UnaryFunction { _, o in o.functionLayout.pointee.code.retained() },
      setter: StoreFunction { t, o, _, value in
        guard let value, value.isKind(.code) else {
          return deletionError(t, "__code__ must be set to a code object")
        }
        let p = o.functionLayout
        let (have, want) = (p.pointee.closure?.tupleCount ?? 0, value.codeLayout.pointee.freeCount)
        guard have == want else {
          t.raise(
            .ValueError,
            "\(stringValue(p.pointee.name))() requires a code object with \(have) free vars, not \(want)")
          return false
        }
        let old = p.pointee.code
        p.pointee.code = value.retained()
        storeProbe(o, .internalField("__code__"), old, value)
        Probes.functionCodeChanged(o)
        p.pointee.version = 0
        old.release()
        return true
      })
    addGetSet(
      t, type, "__name__", getter: UnaryFunction { _, o in o.functionLayout.pointee.name.retained() },
      setter: StoreFunction { t, o, _, value in
        guard let value, value.isKind(.str) else { return deletionError(t, "__name__ must be set to a string object") }
        let old = o.functionLayout.pointee.name
        o.functionLayout.pointee.name = value.retained()
        storeProbe(o, .internalField("__name__"), old, value)
        old.release()
        return true
      })
    addGetSet(
      t, type, "__qualname__", getter: UnaryFunction { _, o in o.functionLayout.pointee.qualifiedName.retained() },
      setter: StoreFunction { t, o, _, value in
        guard let value, value.isKind(.str) else {
          return deletionError(t, "__qualname__ must be set to a string object")
        }
        let old = o.functionLayout.pointee.qualifiedName
        o.functionLayout.pointee.qualifiedName = value.retained()
        storeProbe(o, .internalField("__qualname__"), old, value)
        old.release()
        return true
      })
    addGetSet(
      t, type, "__defaults__",
      getter: UnaryFunction { _, o in (o.functionLayout.pointee.defaults ?? core.pointee.none).retained() },
      setter: StoreFunction { t, o, _, value in
        let value = value == core.pointee.none ? nil : value
        if let value, !value.isKind(.tuple) { return deletionError(t, "__defaults__ must be set to a tuple object") }
        o.functionLayout.pointee.version = 0
        return replace(o, &o.functionLayout.pointee.defaults, "__defaults__", value)
      })
    addGetSet(
      t, type, "__kwdefaults__",
      getter: UnaryFunction { _, o in (o.functionLayout.pointee.keywordDefaults ?? core.pointee.none).retained() },
      setter: StoreFunction { t, o, _, value in
        let value = value == core.pointee.none ? nil : value
        if let value, !value.isKind(.dict) { return deletionError(t, "__kwdefaults__ must be set to a dict object") }
        o.functionLayout.pointee.version = 0
        return replace(o, &o.functionLayout.pointee.keywordDefaults, "__kwdefaults__", value)
      })
    addGetSet(
      t, type, "__annotations__", getter: UnaryFunction { t, o in annotations(t, o) },
      setter: StoreFunction { t, o, _, value in
        let value = value == core.pointee.none ? nil : value
        if let value, !value.isKind(.dict) { return deletionError(t, "__annotations__ must be set to a dict object") }
        return replace(o, &o.functionLayout.pointee.annotations, "__annotations__", value)
      })
    addGetSet(
      t, type, "__type_params__",
      getter: UnaryFunction { _, o in (o.functionLayout.pointee.typeParameters ?? core.pointee.emptyTuple).retained() },
      setter: StoreFunction { t, o, _, value in
        guard let value, value.isKind(.tuple) else { return deletionError(t, "__type_params__ must be set to a tuple") }
        return replace(o, &o.functionLayout.pointee.typeParameters, "__type_params__", value)
      })
    addGetSet(
      t, type, "__doc__",
      getter: UnaryFunction { _, o in (o.functionLayout.pointee.doc ?? core.pointee.none).retained() },
      setter: StoreFunction { _, o, _, value in replace(o, &o.functionLayout.pointee.doc, "__doc__", value) })
    addGetSet(
      t, type, "__module__",
      getter: UnaryFunction { _, o in (o.functionLayout.pointee.module ?? core.pointee.none).retained() },
      setter: StoreFunction { _, o, _, value in replace(o, &o.functionLayout.pointee.module, "__module__", value) })
    addGetSet(
      t, type, "__dict__",
      getter: UnaryFunction { _, o in
        if o.functionLayout.pointee.dict == nil {
          let dict = makeDict()
          o.functionLayout.pointee.dict = dict
          storeProbe(o, .internalField("__dict__"), nil, dict)
        }
        return o.functionLayout.pointee.dict?.retained()
      },
      setter: StoreFunction { t, o, _, value in
        guard let value, value.isKind(.dict) else {
          return deletionError(t, "__dict__ must be set to a dictionary, not a '\(value?.typeName ?? "NoneType")'")
        }
        return replace(o, &o.functionLayout.pointee.dict, "__dict__", value)
      })
  }

  private static func replace(_ o: Object, _ field: inout Object?, _ name: StaticString, _ value: Object?) -> Bool {
    let old = field
    field = value?.retained()
    storeProbe(o, .internalField(name), old, value)
    old.release()
    return true
  }

  /// The annotations as a dict; the compiler leaves a tuple of names and values.
  private static func annotations(_ t: ThreadState, _ o: Object) -> Object? {
    let p = o.functionLayout
    if let found = p.pointee.annotations, found.isKind(.tuple) {
      let dict = makeDict()
      for i in stride(from: 0, to: found.tupleCount - 1, by: 2) {
        guard dictSet(t, dict, found.tupleItems[i], found.tupleItems[i + 1]) else {
          dict.release()
          return nil
        }
      }
      p.pointee.annotations = dict
      storeProbe(o, .internalField("__annotations__"), found, dict)
      found.release()
    } else if p.pointee.annotations == nil {
      let dict = makeDict()
      p.pointee.annotations = dict
      storeProbe(o, .internalField("__annotations__"), nil, dict)
    }
    return p.pointee.annotations?.retained()
  }

  private static func addMethod(_ t: ThreadState, _ type: TypeObject) {
    addGetSet(
      t, type, "__func__", getter: UnaryFunction { _, o in o.methodLayout.pointee.function.retained() }, setter: nil)
    addGetSet(
      t, type, "__self__", getter: UnaryFunction { _, o in o.methodLayout.pointee.receiver.retained() }, setter: nil)
    addGetSet(
      t, type, "__doc__",
      getter: UnaryFunction { t, o in getAttribute(t, o.methodLayout.pointee.function, internString("__doc__")) },
      setter: nil)
    addMethods(
      t, type,
      [
        NativeMethod("__reduce__", .noArguments) { t, o, _ in
          guard let name = getAttribute(t, o.methodLayout.pointee.function, internString("__name__")) else {
            return nil
          }
          guard let builtins = t.interpreter.builtinsDict, let getattr = dictGet(t, builtins, internString("getattr"))
          else {
            name.release()
            return nil
          }
          return makeTuple([
            getattr.retained(), makeTuple([o.methodLayout.pointee.receiver.retained(), name]),
          ])
        }
      ])
  }
}
