// The attributes and methods of `type` objects: `__name__`, `__bases__`, `mro()` ...

extension TypeType {
  private static func immutableError(_ t: ThreadState, _ type: TypeObject, _ name: String) -> Bool {
    t.raise(.TypeError, "cannot set '\(name)' attribute of immutable type '\(qualifiedTypeName(t, type))'")
    return false
  }

  private static func setText(
    _ t: ThreadState, _ o: Object, _ value: Object?, _ name: String, _ place: FieldPlace<TypeLayout, Object?>
  ) -> Bool {
    let type = TypeObject(unchecked: o)
    guard !type.flags.contains(.immutable) else { return immutableError(t, type, name) }
    guard let value, value.isKind(.str) else {
      t.raise(
        .TypeError,
        value == nil
          ? "cannot delete '\(name)' attribute of type '\(type.nameText)'"
          : "can only assign string to \(type.nameText).\(name), not '\(value.map(typeName) ?? "")'")
      return false
    }
    let field = type.pointer.field(place)
    let old = field.pointee
    field.pointee = value.retained()
    old.release()
    return true
  }

  /// A value of the type's own dict, or `absent`.
  private static func own(_ t: ThreadState, _ o: Object, _ name: Object) -> Object? {
    TypeObject(unchecked: o).pointer.pointee.dict.flatMap { dictGet(t, $0, name) }
  }

  private static func store(_ t: ThreadState, _ o: Object, _ name: Object, _ value: Object?) -> Bool {
    let type = TypeObject(unchecked: o)
    guard !type.flags.contains(.immutable) else { return immutableError(t, type, stringValue(name)) }
    let dict = ensureDict(type)
    defer { typeModified(type) }
    if let value { return dictSet(t, dict, name, value) }
    guard dictGet(t, dict, name) != nil else {
      t.raiseAttributeError(stringValue(name), object: o, name: name)
      return false
    }
    return dictDelete(t, dict, name)
  }

  static func install(_ t: ThreadState) {
    let type = core.pointee.types.type
    addGetSet(
      t, type, "__name__", getter: UnaryFunction { _, o in TypeObject(unchecked: o).pointer.pointee.name?.retained() },
      setter: StoreFunction { t, o, _, v in setText(t, o, v, "__name__", .init(\.name)) })
    addGetSet(
      t, type, "__qualname__",
      getter: UnaryFunction { _, o in TypeObject(unchecked: o).pointer.pointee.qualifiedName?.retained() },
      setter: StoreFunction { t, o, _, v in setText(t, o, v, "__qualname__", .init(\.qualifiedName)) })
    addGetSet(
      t, type, "__module__",
      getter: UnaryFunction { t, o in own(t, o, Name.dunderModule)?.retained() ?? makeString("builtins") },
      setter: StoreFunction { t, o, _, v in store(t, o, Name.dunderModule, v) })
    addGetSet(
      t, type, "__bases__",
      getter: UnaryFunction { _, o in
        TypeObject(unchecked: o).pointer.pointee.bases?.retained() ?? core.pointee.emptyTuple
      },
      setter: StoreFunction { t, o, _, v in TypeBases.set(t, o, v) })
    addGetSet(
      t, type, "__base__",
      getter: UnaryFunction { _, o in TypeObject(unchecked: o).pointer.pointee.base?.retained() ?? core.pointee.none })
    addGetSet(
      t, type, "__mro__",
      getter: UnaryFunction { _, o in TypeObject(unchecked: o).pointer.pointee.mro?.retained() ?? core.pointee.none })
    addGetSet(
      t, type, "__dict__",
      getter: UnaryFunction { t, o in
        makeDictView(core.pointee.types.mappingProxy, ensureDict(TypeObject(unchecked: o)))
      })
    addGetSet(
      t, type, "__doc__",
      getter: UnaryFunction { t, o in
        guard let doc = own(t, o, Name.dunderDoc) else { return core.pointee.none }
        guard let get = doc.type.pointer.pointee.descriptorGet else { return doc.retained() }
        return get.call(t, doc, nil, o)
      },
      setter: StoreFunction { t, o, _, v in
        if v == nil {
          return t.fail(
            .TypeError, "cannot delete '__doc__' attribute of immutable type '\(TypeObject(unchecked: o).nameText)'")
        }
        return store(t, o, Name.dunderDoc, v)
      })
    addGetSet(
      t, type, "__text_signature__", getter: UnaryFunction { _, o in TextSignature.type(TypeObject(unchecked: o)) })
    addGetSet(
      t, type, "__annotations__",
      getter: UnaryFunction { t, o in
        if let found = own(t, o, Name.dunderAnnotations) { return found.retained() }
        guard !TypeObject(unchecked: o).flags.contains(.immutable) else {
          t.raise(
            .AttributeError, "type object '\(TypeObject(unchecked: o).nameText)' has no attribute '__annotations__'")
          return nil
        }
        let fresh = makeDict()
        guard store(t, o, Name.dunderAnnotations, fresh) else {
          fresh.release()
          return nil
        }
        return fresh
      }, setter: StoreFunction { t, o, _, v in store(t, o, Name.dunderAnnotations, v) })
    addGetSet(
      t, type, "__type_params__",
      getter: UnaryFunction { t, o in own(t, o, Name.dunderTypeParams)?.retained() ?? core.pointee.emptyTuple },
      setter: StoreFunction { t, o, _, v in store(t, o, Name.dunderTypeParams, v) })
    addGetSet(
      t, type, "__abstractmethods__",
      getter: UnaryFunction { t, o in
        if o != core.pointee.types.type.object, let found = own(t, o, Name.dunderAbstractMethods) {
          return found.retained()
        }
        t.raiseAttributeError(
          "type object '\(TypeObject(unchecked: o).nameText)' has no attribute '__abstractmethods__'", object: o,
          name: Name.dunderAbstractMethods)
        return nil
      },
      setter: StoreFunction { t, o, _, v in
        var abstract = 0
        if let v {
          abstract = isTrue(t, v)
          if abstract < 0 { return false }
        }
        guard store(t, o, Name.dunderAbstractMethods, v) else { return false }
        if abstract == 1 {
          TypeObject(unchecked: o).pointer.pointee.flags.insert(.abstract)
        } else {
          TypeObject(unchecked: o).pointer.pointee.flags.remove(.abstract)
        }
        return true
      })
    addGetSet(
      t, type, "__basicsize__",
      getter: UnaryFunction { _, o in makeInt(TypeObject(unchecked: o).pointer.pointee.basicSize) })
    addGetSet(
      t, type, "__itemsize__",
      getter: UnaryFunction { _, o in makeInt(TypeObject(unchecked: o).pointer.pointee.itemSize) })
    addGetSet(t, type, "__flags__", getter: UnaryFunction { _, o in makeInt(reportedFlags(TypeObject(unchecked: o))) })
    addGetSet(
      t, type, "__dictoffset__",
      getter: UnaryFunction { _, o in makeInt(TypeObject(unchecked: o).pointer.pointee.dictOffset == 0 ? 0 : -1) })
    addGetSet(
      t, type, "__weakrefoffset__",
      getter: UnaryFunction { _, o in makeInt(TypeObject(unchecked: o).pointer.pointee.weakrefOffset) })
    addMethods(
      t, type,
      [
        NativeMethod("mro", .noArguments) { t, o, _ in
          guard let tuple = MRO.compute(t, TypeObject(unchecked: o)) else { return nil }
          defer { tuple.release() }
          return makeList((0..<tuple.tupleCount).map { tuple.tupleItems[$0].retained() })
        },
        NativeMethod("__subclasses__", .noArguments) { t, o, _ in
          let list = makeList()
          forEachSubclass(TypeObject(unchecked: o)) { listAppend(t, list, $0.object) }
          return list
        },
        NativeMethod("__prepare__", .keywords, binding: .classMethod) { _, _, _ in makeDict() },
        NativeMethod("__instancecheck__", .oneArgument) { t, o, a in
          let result = plainIsInstance(t, a[0], o)
          return result < 0 ? nil : makeBool(result != 0)
        },
        NativeMethod("__subclasscheck__", .oneArgument) { t, o, a in
          let result = plainIsSubclass(t, a[0], o)
          return result < 0 ? nil : makeBool(result != 0)
        },
        NativeMethod("__dir__", .noArguments) { t, o, _ in
          let all = makeDict()
          defer { all.release() }
          guard mergeClassDict(t, all, TypeObject(unchecked: o)) else { return nil }
          return dictKeyList(t, all)
        },
        NativeMethod("__sizeof__", .noArguments) { _, o, _ in
          let type = TypeObject(unchecked: o)
          // With the names that its instances share.
          let keys = type.pointer.pointee.dictOffset == -32 ? 768 : 0
          return ReportedSizes.answer(
            o, type.flags.contains(.heapType) ? 944 + keys : 416, isMetaclass: true)
        },
      ])
  }

  /// CPython's flag bits that library code looks at.
  private static func reportedFlags(_ type: TypeObject) -> Int {
    var flags = 0
    if type.flags.contains(.heapType) { flags |= 1 << 9 }
    if type.flags.contains(.baseType) { flags |= 1 << 10 }
    if type.flags.contains(.container) { flags |= 1 << 14 }
    if type.flags.contains(.abstract) { flags |= 1 << 20 }
    if type.flags.contains(.immutable) { flags |= 1 << 8 }
    if type.flags.contains(.sequence) { flags |= 1 << 5 }
    if type.flags.contains(.mapping) { flags |= 1 << 6 }
    return flags
  }
}
