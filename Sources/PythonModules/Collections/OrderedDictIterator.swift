// Iterators and views of OrderedDict: `odict_iterator`, which tells a change of the order from none, and `odict_keys`, `odict_values`, `odict_items`.
import PythonRuntime

struct OrderedDictIteratorLayout {
  var header: ObjectHeader
  /// nil at the end.
  var dict: Object?
  /// The next place to look at; reversed: the place behind it.
  var place: Int
  /// The version of the dict's keys when the walk began; 0: none could be had.
  var version: UInt32
  var what: OrderedDictIterator.What
  var isReversed: Bool
}

enum OrderedDictIterator {
  enum What: UInt8 { case keys, values, items }

  static let type: TypeObject = makeBuiltinType(
    name: "odict_iterator", layoutSize: MemoryLayout<OrderedDictIteratorLayout>.size,
    flags: [.container, .disallowInstantiation]
  ) { p in
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      take(&layout(o).pointee.dict)
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in visit(layout(o).pointee.dict) }
    p.pointee.clear = ObjectAction { o in take(&layout(o).pointee.dict) }
    p.pointee.iter = UnaryFunction { _, o in o.retained() }
    p.pointee.next = UnaryFunction(next)
  }

  static let keysType = viewType("odict_keys", core.pointee.types.dictKeys, .keys)
  static let valuesType = viewType("odict_values", core.pointee.types.dictValues, .values)
  static let itemsType = viewType("odict_items", core.pointee.types.dictItems, .items)

  private static func viewType(_ name: String, _ base: TypeObject, _ what: What) -> TypeObject {
    makeBuiltinType(
      name: name, kind: .dictView, base: base, layoutSize: base.pointer.pointee.basicSize,
      flags: [.container, .disallowInstantiation]
    ) { p in
      let b = base.pointer
      p.pointee.dealloc = b.pointee.dealloc
      p.pointee.traverse = b.pointee.traverse
      switch what {
      case .keys: p.pointee.iter = UnaryFunction { t, o in make(t, o.layout(DictViewLayout.self).pointee.dict, .keys) }
      case .values:
        p.pointee.iter = UnaryFunction { t, o in make(t, o.layout(DictViewLayout.self).pointee.dict, .values) }
      case .items:
        p.pointee.iter = UnaryFunction { t, o in make(t, o.layout(DictViewLayout.self).pointee.dict, .items) }
      }
    }
  }

  static func install(_ t: ThreadState) {
    readyType(t, type)
    addMethods(
      t, type,
      [
        NativeMethod("__reduce__", .noArguments) { t, o, _ in
          // What is left, as a list.
          let copy = allocateContainer(type, size: MemoryLayout<OrderedDictIteratorLayout>.size)
          let (from, to) = (layout(o), layout(copy))
          let header = to.pointee.header
          to.initialize(to: from.pointee)
          to.pointee.header = header
          to.pointee.dict?.retain()
          track(copy)
          defer { copy.release() }
          guard let list = makeList(t, from: copy) else { return nil }
          guard let builtins = importModule(t, "builtins") else { return nil }
          defer { builtins.release() }
          guard let function = getAttribute(t, builtins, "iter") else { return nil }
          return makeTuple([function, makeTuple([list])])
        }
      ])
    for (view, what) in [(keysType, What.keys), (valuesType, .values), (itemsType, .items)] {
      readyType(t, view)
      let reversed: NativeFunction
      switch what {
      case .keys:
        reversed = NativeFunction { t, o, _ in
          make(t, o.layout(DictViewLayout.self).pointee.dict, .keys, isReversed: true)
        }
      case .values:
        reversed = NativeFunction { t, o, _ in
          make(t, o.layout(DictViewLayout.self).pointee.dict, .values, isReversed: true)
        }
      case .items:
        reversed = NativeFunction { t, o, _ in
          make(t, o.layout(DictViewLayout.self).pointee.dict, .items, isReversed: true)
        }
      }
      addMethods(t, view, [NativeMethod("__reversed__", .noArguments, reversed)])
    }
  }

  private static func layout(_ o: Object) -> UnsafeMutablePointer<OrderedDictIteratorLayout> { o.layout() }

  static func make(_ t: ThreadState, _ dict: Object, _ what: What, isReversed: Bool = false) -> Object? {
    let o = allocateContainer(type, size: MemoryLayout<OrderedDictIteratorLayout>.size)
    let p = layout(o)
    p.pointee.dict = dict.dictCount == 0 ? nil : dict.retained()
    p.pointee.place = isReversed ? dictEntryCount(dict) : 0
    p.pointee.version = dictKeysVersion(dict)
    p.pointee.what = what
    p.pointee.isReversed = isReversed
    track(o)
    return o
  }

  private static func next(_ t: ThreadState, _ o: Object) -> Object? {
    let p = layout(o)
    guard let dict = p.pointee.dict else { return nil }
    if p.pointee.version != 0, p.pointee.version != dict.dictKeys.pointee.version {
      return t.raise(.RuntimeError, "OrderedDict mutated during iteration")
    }
    let entry: (key: Object, value: Object)?
    if p.pointee.isReversed {
      entry = dictPrevious(dict, &p.pointee.place)
    } else {
      entry = dictNext(dict, &p.pointee.place).map { ($0.key, $0.value) }
    }
    guard let entry else {
      p.pointee.dict = nil
      dict.release()
      return nil
    }
    switch p.pointee.what {
    case .keys: return entry.key.retained()
    case .values: return entry.value.retained()
    case .items: return makeTuple(stealing: entry.key.retained(), entry.value.retained())
    }
  }
}
