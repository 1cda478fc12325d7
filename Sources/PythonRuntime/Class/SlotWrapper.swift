// `slot_wrapper` (`int.__add__`) and `method-wrapper` (`(1).__add__`): native slots as callable objects.

public struct SlotWrapperLayout {
  var header: ObjectHeader
  /// The type that defines the slot, owned.
  var owner: Object
  /// Row in SlotTable.rows.
  var row: Int
}

public struct MethodWrapperLayout {
  var header: ObjectHeader
  var wrapper: Object
  var instance: Object
}

enum SlotWrapper {
  static func make(_ owner: TypeObject, row: Int) -> Object {
    let o = allocateContainer(core.pointee.types.slotWrapper, size: MemoryLayout<SlotWrapperLayout>.size)
    let p: UnsafeMutablePointer<SlotWrapperLayout> = o.layout()
    p.pointee.owner = owner.object.retained()
    p.pointee.row = row
    track(o)
    return o
  }

  static func bind(_ wrapper: Object, _ instance: Object) -> Object {
    let o = allocateContainer(core.pointee.types.methodWrapper, size: MemoryLayout<MethodWrapperLayout>.size)
    let p: UnsafeMutablePointer<MethodWrapperLayout> = o.layout()
    p.pointee.wrapper = wrapper.retained()
    p.pointee.instance = instance.retained()
    track(o)
    return o
  }

  static func configure() {
    let wrapper = core.pointee.types.slotWrapper.pointer
    wrapper.pointee.basicSize = MemoryLayout<SlotWrapperLayout>.size
    wrapper.pointee.flags.formUnion([.container, .methodDescriptor])
    wrapper.pointee.dealloc = ObjectAction { o in
      if o.isTracked { untrack(o) }
      o.layout(SlotWrapperLayout.self).pointee.owner.release()
      freeContainer(o, size: MemoryLayout<SlotWrapperLayout>.size)
    }
    wrapper.pointee.traverse = TraverseFunction { o, visit in visit(o.layout(SlotWrapperLayout.self).pointee.owner) }
    wrapper.pointee.repr = UnaryFunction { _, o in
      let p: UnsafeMutablePointer<SlotWrapperLayout> = o.layout()
      let name = SlotTable.rows[p.pointee.row].name
      return makeString("<slot wrapper '\(name)' of '\(TypeObject(unchecked: p.pointee.owner).nameText)' objects>")
    }
    wrapper.pointee.descriptorGet = TernaryFunction { t, d, o, _ in
      guard let o, o != core.pointee.none || ownerAccepts(d, o) else { return d.retained() }
      return bind(d, o)
    }
    wrapper.pointee.call = NativeFunction { t, d, arguments in
      let p: UnsafeMutablePointer<SlotWrapperLayout> = d.layout()
      let name = SlotTable.rows[p.pointee.row].name
      guard arguments.count >= 1 else {
        t.raise(
          .TypeError,
          "descriptor '\(name)' of '\(TypeObject(unchecked: p.pointee.owner).nameText)' object needs an argument")
        return nil
      }
      let o = arguments[0]
      guard isSubtype(o.type, TypeObject(unchecked: p.pointee.owner)) else {
        t.raise(
          .TypeError,
          "descriptor '\(name)' requires a '\(TypeObject(unchecked: p.pointee.owner).nameText)' object but received a '\(typeName(o))'"
        )
        return nil
      }
      return invoke(
        t, TypeObject(unchecked: p.pointee.owner), p.pointee.row, o,
        Arguments(base: arguments.base + 1, count: arguments.count - 1, keywordNames: arguments.keywordNames))
    }

    let bound = core.pointee.types.methodWrapper.pointer
    bound.pointee.basicSize = MemoryLayout<MethodWrapperLayout>.size
    bound.pointee.flags.insert(.container)
    bound.pointee.dealloc = ObjectAction { o in
      if o.isTracked { untrack(o) }
      o.layout(MethodWrapperLayout.self).pointee.wrapper.release()
      o.layout(MethodWrapperLayout.self).pointee.instance.release()
      freeContainer(o, size: MemoryLayout<MethodWrapperLayout>.size)
    }
    bound.pointee.traverse = TraverseFunction { o, visit in
      let p: UnsafeMutablePointer<MethodWrapperLayout> = o.layout()
      return visit(p.pointee.wrapper) || visit(p.pointee.instance)
    }
    bound.pointee.repr = UnaryFunction { _, o in
      let p: UnsafeMutablePointer<MethodWrapperLayout> = o.layout()
      let name = SlotTable.rows[p.pointee.wrapper.layout(SlotWrapperLayout.self).pointee.row].name
      return makeString(
        "<method-wrapper '\(name)' of \(typeName(p.pointee.instance)) object at \(addressText(p.pointee.instance))>")
    }
    bound.pointee.call = NativeFunction { t, d, arguments in
      let p: UnsafeMutablePointer<MethodWrapperLayout> = d.layout()
      let wrapper: UnsafeMutablePointer<SlotWrapperLayout> = p.pointee.wrapper.layout()
      return invoke(t, TypeObject(unchecked: wrapper.pointee.owner), wrapper.pointee.row, p.pointee.instance, arguments)
    }
    bound.pointee.hash = MeasureFunction { t, o in
      let p: UnsafeMutablePointer<MethodWrapperLayout> = o.layout()
      let hash = ObjectType.identityHash(p.pointee.instance) ^ ObjectType.identityHash(p.pointee.wrapper)
      return hash == -1 ? -2 : hash
    }
    bound.pointee.compare = CompareFunction { t, a, b, op in
      guard op == .equal || op == .notEqual, b.type == core.pointee.types.methodWrapper else {
        return core.pointee.notImplemented
      }
      let x: UnsafeMutablePointer<MethodWrapperLayout> = a.layout()
      let y: UnsafeMutablePointer<MethodWrapperLayout> = b.layout()
      let same = x.pointee.wrapper == y.pointee.wrapper && x.pointee.instance == y.pointee.instance
      return makeBool(same == (op == .equal))
    }
  }

  static func install(_ t: ThreadState) {
    let wrapper = core.pointee.types.slotWrapper
    addMember(t, wrapper, "__objclass__", offset: 16, readOnly: true)
    addGetSet(t, wrapper, "__name__", getter: UnaryFunction { _, o in name(o).retained() })
    addGetSet(t, wrapper, "__qualname__", getter: UnaryFunction { _, o in qualifiedName(o) })
    addGetSet(t, wrapper, "__text_signature__", getter: UnaryFunction { _, o in TextSignature.wrapper(o) })
    addGetSet(t, wrapper, "__doc__", getter: UnaryFunction { _, _ in core.pointee.none })
    let bound = core.pointee.types.methodWrapper
    addMember(t, bound, "__self__", offset: 24, readOnly: true)
    addGetSet(
      t, bound, "__name__",
      getter: UnaryFunction { _, o in name(o.layout(MethodWrapperLayout.self).pointee.wrapper).retained() })
    addGetSet(
      t, bound, "__qualname__",
      getter: UnaryFunction { _, o in qualifiedName(o.layout(MethodWrapperLayout.self).pointee.wrapper) })
    addGetSet(
      t, bound, "__objclass__",
      getter: UnaryFunction { _, o in
        o.layout(MethodWrapperLayout.self).pointee.wrapper.layout(SlotWrapperLayout.self).pointee.owner.retained()
      })
    addGetSet(
      t, bound, "__text_signature__",
      getter: UnaryFunction { _, o in TextSignature.wrapper(o.layout(MethodWrapperLayout.self).pointee.wrapper) })
    addGetSet(t, bound, "__doc__", getter: UnaryFunction { _, _ in core.pointee.none })
    for type in [wrapper, bound] {
      addMethods(
        t, type,
        [
          NativeMethod("__reduce__", .noArguments) { t, o, _ in
            let isBound = o.type == core.pointee.types.methodWrapper
            let holder =
              isBound
              ? o.layout(MethodWrapperLayout.self).pointee.instance : o.layout(SlotWrapperLayout.self).pointee.owner
            return reduceToAttribute(t, holder, name(isBound ? o.layout(MethodWrapperLayout.self).pointee.wrapper : o))
          }
        ])
    }
  }

  private static func name(_ wrapper: Object) -> Object {
    SlotTable.rows[wrapper.layout(SlotWrapperLayout.self).pointee.row].nameObject
  }

  private static func qualifiedName(_ wrapper: Object) -> Object {
    let p: UnsafeMutablePointer<SlotWrapperLayout> = wrapper.layout()
    return makeString("\(TypeObject(unchecked: p.pointee.owner).nameText).\(SlotTable.rows[p.pointee.row].name)")
  }

  private static func ownerAccepts(_ d: Object, _ o: Object) -> Bool {
    isSubtype(o.type, TypeObject(unchecked: d.layout(SlotWrapperLayout.self).pointee.owner))
  }

  /// Calls the slot of `type` for `o`.
  static func invoke(_ t: ThreadState, _ type: TypeObject, _ rowIndex: Int, _ o: Object, _ a: Arguments) -> Object? {
    let row = SlotTable.rows[rowIndex]
    let p = type.pointer
    let keywordsAllowed = row.kind == .call || row.kind == .initialize
    if !keywordsAllowed, let names = a.keywordNames, names.tupleCount > 0 {
      t.raise(.TypeError, "wrapper \(row.name)() takes no keyword arguments")
      return nil
    }
    func expect(_ low: Int, _ high: Int? = nil) -> Bool {
      let high = high ?? low
      if a.count >= low && a.count <= high { return true }
      if low == high {
        t.raise(.TypeError, "expected \(low) argument\(low == 1 ? "" : "s"), got \(a.count)")
      } else {
        t.raise(
          .TypeError,
          "expected at \(a.count < low ? "least \(low)" : "most \(high)") argument\((a.count < low ? low : high) == 1 ? "" : "s"), got \(a.count)"
        )
      }
      return false
    }
    func done(_ ok: Bool) -> Object? { ok ? core.pointee.none : nil }
    // Native types read the name's characters.
    func isName(_ name: Object) -> Bool {
      name.isKind(.str) || t.fail(.TypeError, "attribute name must be string, not '\(typeName(name))'")
    }
    switch row.kind {
    case .unary, .next:
      guard expect(0) else { return nil }
      let result = SlotAccess.unary(p, row.name)?.call(t, o)
      if result == nil, !t.hasRaised { t.raise(.StopIteration) }
      return result
    case .binary, .concatenate, .inPlaceConcatenate, .getItem, .getAttribute:
      guard expect(1), row.kind != .getAttribute || isName(a[0]) else { return nil }
      return SlotAccess.binary(p, row)?.call(t, o, a[0])
    case .binaryReflected:
      guard expect(1) else { return nil }
      return SlotAccess.binary(p, row)?.call(t, a[0], o)
    case .power:
      guard expect(1, 2) else { return nil }
      return p.pointee.number.power?.call(t, o, a[0], a.optional(1))
    case .powerReflected:
      guard expect(1, 2) else { return nil }
      return p.pointee.number.power?.call(t, a[0], o, a.optional(1))
    case .inPlacePower:
      guard expect(1, 2) else { return nil }
      return p.pointee.number.inPlacePower?.call(t, o, a[0], nil)
    case .length:
      guard expect(0), let n = p.pointee.length?.call(t, o), n >= 0 else { return nil }
      return makeInt(n)
    case .hash:
      guard expect(0), let n = p.pointee.hash?.call(t, o), n != -1 else { return nil }
      return makeInt(n)
    case .bool:
      guard expect(0), let n = p.pointee.number.bool?.call(t, o), n >= 0 else { return nil }
      return makeBool(n != 0)
    case .contains:
      guard expect(1), let n = p.pointee.contains?.call(t, o, a[0]), n >= 0 else { return nil }
      return makeBool(n != 0)
    case .setItem:
      guard expect(2) else { return nil }
      return done(p.pointee.setItem?.call(t, o, a[0], a[1]) ?? false)
    case .deleteItem:
      guard expect(1) else { return nil }
      return done(p.pointee.setItem?.call(t, o, a[0], nil) ?? false)
    case .itemIndex, .repeated, .inPlaceRepeated:
      guard expect(1), let number = index(t, a[0]) else { return nil }
      defer { number.release() }
      guard var i = intValue(t, number) else { return nil }
      if row.kind == .itemIndex, i < 0, let length = p.pointee.length?.call(t, o) { i += length }
      switch row.kind {
      case .itemIndex: return p.pointee.item?.call(t, o, i)
      case .inPlaceRepeated: return p.pointee.inPlaceRepeated?.call(t, o, i)
      default: return p.pointee.repeated?.call(t, o, i)
      }
    case .compareLess: return compare(t, p, o, a, .less, expect)
    case .compareLessEqual: return compare(t, p, o, a, .lessEqual, expect)
    case .compareEqual: return compare(t, p, o, a, .equal, expect)
    case .compareNotEqual: return compare(t, p, o, a, .notEqual, expect)
    case .compareGreater: return compare(t, p, o, a, .greater, expect)
    case .compareGreaterEqual: return compare(t, p, o, a, .greaterEqual, expect)
    case .setAttribute:
      guard expect(2), isName(a[0]), checkSetter(t, type, o, row.name) else { return nil }
      return done(p.pointee.setAttribute?.call(t, o, a[0], a[1]) ?? false)
    case .deleteAttribute:
      guard expect(1), isName(a[0]), checkSetter(t, type, o, row.name) else { return nil }
      return done(p.pointee.setAttribute?.call(t, o, a[0], nil) ?? false)
    case .descriptorGet:
      guard expect(1, 2) else { return nil }
      let none = core.pointee.none
      let instance = a[0] == none ? nil : a[0]
      let owner = a.optional(1) == none ? nil : a.optional(1)
      guard instance != nil || owner != nil else {
        t.raise(.TypeError, "__get__(None, None) is invalid")
        return nil
      }
      return p.pointee.descriptorGet?.call(t, o, instance, owner)
    case .descriptorSet:
      guard expect(2) else { return nil }
      return done(p.pointee.descriptorSet?.call(t, o, a[0], a[1]) ?? false)
    case .descriptorDelete:
      guard expect(1) else { return nil }
      return done(p.pointee.descriptorSet?.call(t, o, a[0], nil) ?? false)
    case .call: return p.pointee.call?.call(t, o, a)
    case .initialize: return done(p.pointee.initialize?.call(t, o, a) ?? false)
    case .buffer:
      guard expect(1), let flags = PythonBuffer.flags(t, a[0]) else { return nil }
      return PythonBuffer.view(t, type, o, flags)
    case .finalize:
      guard expect(0) else { return nil }
      p.pointee.finalize?.call(o)
      return core.pointee.none
    }
  }

  /// `object.__setattr__(str, ...)` would go round what `type` forbids.
  private static func checkSetter(_ t: ThreadState, _ owner: TypeObject, _ o: Object, _ name: String) -> Bool {
    if !o.isKind(.type) || owner == core.pointee.types.type { return true }
    return t.fail(.TypeError, "can't apply this \(name) to \(typeName(o)) object")
  }

  private static func compare(
    _ t: ThreadState, _ p: UnsafeMutablePointer<TypeLayout>, _ o: Object, _ a: Arguments, _ op: Comparison,
    _ expect: (Int, Int?) -> Bool
  ) -> Object? {
    guard expect(1, nil) else { return nil }
    return p.pointee.compare?.call(t, o, a[0], op)
  }
}

/// The slot that a row names, by name: wrappers are cold.
enum SlotAccess {
  static func unary(_ p: UnsafeMutablePointer<TypeLayout>, _ name: String) -> UnaryFunction? {
    switch name {
    case "__repr__": p.pointee.repr
    case "__str__": p.pointee.str
    case "__iter__": p.pointee.iter
    case "__next__": p.pointee.next
    case "__neg__": p.pointee.number.negative
    case "__pos__": p.pointee.number.positive
    case "__abs__": p.pointee.number.absolute
    case "__invert__": p.pointee.number.invert
    case "__int__": p.pointee.number.int
    case "__float__": p.pointee.number.float
    case "__index__": p.pointee.number.index
    case "__await__": p.pointee.await
    case "__aiter__": p.pointee.asyncIter
    case "__anext__": p.pointee.asyncNext
    default: nil
    }
  }

  static func binary(_ p: UnsafeMutablePointer<TypeLayout>, _ row: SlotRow) -> BinaryFunction? {
    switch row.kind {
    case .getItem: return p.pointee.getItem
    case .getAttribute: return p.pointee.getAttribute
    case .concatenate: return p.pointee.concatenate
    case .inPlaceConcatenate: return p.pointee.inPlaceConcatenate
    default: break
    }
    let n = p.pointee.number
    switch row.name {
    case "__add__", "__radd__": return n.add
    case "__sub__", "__rsub__": return n.subtract
    case "__mul__", "__rmul__": return n.multiply
    case "__mod__", "__rmod__": return n.remainder
    case "__divmod__", "__rdivmod__": return n.divmod
    case "__truediv__", "__rtruediv__": return n.trueDivide
    case "__floordiv__", "__rfloordiv__": return n.floorDivide
    case "__matmul__", "__rmatmul__": return n.matrixMultiply
    case "__lshift__", "__rlshift__": return n.leftShift
    case "__rshift__", "__rrshift__": return n.rightShift
    case "__and__", "__rand__": return n.and
    case "__xor__", "__rxor__": return n.xor
    case "__or__", "__ror__": return n.or
    case "__iadd__": return n.inPlaceAdd
    case "__isub__": return n.inPlaceSubtract
    case "__imul__": return n.inPlaceMultiply
    case "__imod__": return n.inPlaceRemainder
    case "__itruediv__": return n.inPlaceTrueDivide
    case "__ifloordiv__": return n.inPlaceFloorDivide
    case "__imatmul__": return n.inPlaceMatrixMultiply
    case "__ilshift__": return n.inPlaceLeftShift
    case "__irshift__": return n.inPlaceRightShift
    case "__iand__": return n.inPlaceAnd
    case "__ixor__": return n.inPlaceXor
    case "__ior__": return n.inPlaceOr
    default: return nil
    }
  }
}
