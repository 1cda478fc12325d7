// `collections.defaultdict`: a dict that makes missing values.
import PythonRuntime

enum DefaultDict {
  /// The factory lies behind the dict's own fields.
  private static let factoryOffset = (core.pointee.types.dict.pointer.pointee.basicSize + 7) & ~7

  static let type: TypeObject = makeBuiltinType(
    name: "defaultdict", module: "collections", kind: .dict, base: core.pointee.types.dict,
    layoutSize: factoryOffset + 8,
    flags: [.container, .baseType, .mapping], configure: configure)

  private static func factory(_ o: Object) -> UnsafeMutablePointer<Object?> {
    (o.address + factoryOffset).assumingMemoryBound(to: Object?.self)
  }

  private static func configure(_ p: UnsafeMutablePointer<TypeLayout>) {
    let base = core.pointee.types.dict.pointer
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      take(&factory(o).pointee)
      core.pointee.types.dict.pointer.pointee.dealloc.call(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in
      visit(factory(o).pointee) || (core.pointee.types.dict.pointer.pointee.traverse?.call(o, visit) ?? false)
    }
    p.pointee.clear = ObjectAction { o in
      take(&factory(o).pointee)
      core.pointee.types.dict.pointer.pointee.clear?.call(o)
    }
    p.pointee.new = base.pointee.new
    p.pointee.initialize = InitFunction { t, o, a in
      let first = a.optional(0)
      if let first, first != core.pointee.none, !isCallable(first) {
        t.raise(.TypeError, "first argument must be callable or None")
        return false
      }
      let place = factory(o)
      let old = place.pointee
      place.pointee = first == core.pointee.none ? nil : first?.retained()
      storeProbe(o, .internalField("default_factory"), old, place.pointee)
      old.release()
      let skip = min(a.count, 1)
      let rest = Arguments(base: a.base + skip, count: a.count - skip, keywordNames: a.keywordNames)
      return core.pointee.types.dict.pointer.pointee.initialize?.call(t, o, rest) ?? true
    }
    p.pointee.repr = UnaryFunction { t, o in
      guard let slot = core.pointee.types.dict.pointer.pointee.repr, let inner = slot.call(t, o) else { return nil }
      defer { inner.release() }
      var text = "None"
      if let made = factory(o).pointee {
        guard let shown = reprString(t, made) else { return nil }
        text = shown
      }
      return makeString("\(o.type.nameText)(\(text), \(stringValue(inner)))")
    }
  }

  static func install(_ t: ThreadState) {
    readyType(t, type)
    addMember(t, type, "default_factory", offset: factoryOffset, readOnly: false, absentIsNone: true)
    addMethods(
      t, type,
      [
        NativeMethod("__missing__", .oneArgument) { t, o, a in
          guard let made = factory(o).pointee, made != core.pointee.none else { return t.raiseKeyError(a[0]) }
          guard let value = call0(t, made) else { return nil }
          guard setItem(t, o, a[0], value) else {
            value.release()
            return nil
          }
          return value
        },
        NativeMethod("__reduce__", .noArguments) { t, o, _ in
          guard let view = callMethod(t, o, "items") else { return nil }
          defer { view.release() }
          guard let items = iterate(t, view) else { return nil }
          let none = core.pointee.none
          let arguments = factory(o).pointee.map { makeTuple([$0.retained()]) } ?? core.pointee.emptyTuple
          return makeTuple([o.type.object.retained(), arguments, none, none, items])
        },
        NativeMethod("copy", .noArguments) { t, o, _ in
          call2(t, o.type.object, factory(o).pointee ?? core.pointee.none, o)
        },
        NativeMethod("__copy__", .noArguments) { t, o, _ in
          call2(t, o.type.object, factory(o).pointee ?? core.pointee.none, o)
        },
      ])
  }
}
