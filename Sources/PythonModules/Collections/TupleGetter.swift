// `_collections._tuplegetter`: the attribute of a named tuple.
import PythonRuntime

struct TupleGetterLayout {
  var header: ObjectHeader
  var doc: Object?
  var index: Int
}

enum TupleGetter {
  static let type: TypeObject = makeBuiltinType(
    name: "_tuplegetter", module: "collections", layoutSize: MemoryLayout<TupleGetterLayout>.size, flags: [.container]
  ) { p in
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      take(&o.layout(TupleGetterLayout.self).pointee.doc)
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in visit(o.layout(TupleGetterLayout.self).pointee.doc) }
    p.pointee.clear = ObjectAction { o in take(&o.layout(TupleGetterLayout.self).pointee.doc) }
    p.pointee.new = NativeFunction { t, cls, a in
      guard a.count == 2 else { return t.raise(.TypeError, "_tuplegetter expected 2 arguments, got \(a.count)") }
      guard let index = indexValue(t, a[0]) else { return nil }
      let o = allocateZeroed(TypeObject(unchecked: cls))
      o.layout(TupleGetterLayout.self).pointee.index = index
      o.layout(TupleGetterLayout.self).pointee.doc = a[1].retained()
      track(o)
      return o
    }
    p.pointee.initialize = InitFunction { _, _, _ in true }
    p.pointee.descriptorGet = TernaryFunction(get)
    p.pointee.descriptorSet = StoreFunction { t, _, _, value in
      t.raise(.AttributeError, value == nil ? "can't delete attribute" : "can't set attribute")
      return false
    }
    p.pointee.repr = UnaryFunction { t, o in
      let p: UnsafeMutablePointer<TupleGetterLayout> = o.layout()
      guard let doc = p.pointee.doc else { return makeString("_tuplegetter(\(p.pointee.index), <NULL>)") }
      guard let text = reprString(t, doc) else { return nil }
      return makeString("_tuplegetter(\(p.pointee.index), \(text))")
    }
  }

  private static func get(_ t: ThreadState, _ o: Object, _ instance: Object?, _ owner: Object?) -> Object? {
    let index = o.layout(TupleGetterLayout.self).pointee.index
    guard let instance, instance != core.pointee.none else { return o.retained() }
    guard instance.isKind(.tuple) else {
      return t.raise(
        .TypeError,
        "descriptor for index '\(index)' for tuple subclasses doesn't apply to '\(typeName(instance))' object")
    }
    guard index >= 0, index < instance.tupleCount else { return t.raise(.IndexError, "tuple index out of range") }
    return instance.tupleItems[index].retained()
  }

  static func install(_ t: ThreadState) {
    readyType(t, type)
    addMember(t, type, "__doc__", offset: 16, readOnly: false, absentIsNone: true)
    addMethods(
      t, type,
      [
        NativeMethod("__reduce__", .noArguments) { _, o, _ in
          let p: UnsafeMutablePointer<TupleGetterLayout> = o.layout()
          let arguments = makeTuple(
            stealing: makeInt(p.pointee.index), (p.pointee.doc ?? core.pointee.none).retained())
          return makeTuple(stealing: o.type.object.retained(), arguments)
        }
      ])
  }
}
