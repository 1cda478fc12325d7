// What an object holds, field by field: for the events of births, and for the descriptions that the runtime makes of itself.
//
// Types of the table below have fields with names; of all others what `traverse` visits is held without a name. The frames of generators and
// frame objects are left out: what a frame holds comes and goes without events.
import CRuntimeSupport
import TraceModel

enum Referents {
  typealias Body = (StoreField, Object) -> Void

  /// Calls `body` with each object that `o` holds outside of frames, all fields of which must be set.
  static func forEach(_ o: Object, _ body: Body) {
    if o.type.flags.contains(.heapType), o.type.kind != .type {
      ofInstance(o, body)
    } else {
      ofBuiltIn(o, o.type, body)
    }
  }

  /// Tells the stores of an object of which only what its `traverse` visits is known: iterators and the like, which are born and die by the
  /// million, so without a closure or memory for it. False for all others.
  static func storeVisited(_ o: Object) -> Bool {
    guard !o.type.flags.contains(.heapType), !haveNames(o.type.kind) else { return false }
    _ = o.type.pointer.pointee.traverse?.call(
      o,
      Visitor(context: o.address) { child, holder in
        if let holder { Probes.store(Object(holder), .nameless, nil, child) }
        return false
      })
    return true
  }

  /// Whether `ofBuiltIn` knows the fields of a type by name.
  private static func haveNames(_ kind: TypeKind) -> Bool {
    switch kind {
    case .tuple, .list, .dict, .function, .code, .method, .cell, .generator, .coroutine, .asyncGenerator, .type, .frame:
      true
    default: false
    }
  }

  /// Whether stores of the type's fields have probes of their own from the birth on.
  static func haveProbes(_ o: Object) -> Bool {
    switch o.type.kind {
    case .tuple, .list, .dict, .set, .frozenset, .frame: true
    default: false
    }
  }

  /// What the built-in part of an object holds, whose built-in type is `type`.
  private static func ofBuiltIn(_ o: Object, _ type: TypeObject, _ body: Body) {
    switch type.kind {
    case .tuple: for i in 0..<o.tupleCount { body(.item(i), o.tupleItems[i]) }
    case .list: for i in 0..<o.listCount { body(.item(i), o.listItems[i]) }
    case .dict: ofDict(o, body)
    case .function: ofFunction(o.functionLayout, body)
    case .code: ofCode(o.codeLayout, body)
    case .method:
      body(.internalField("__func__"), o.methodLayout.pointee.function)
      body(.internalField("__self__"), o.methodLayout.pointee.receiver)
    case .cell: if let content = o.cellLayout.pointee.content { body(.cell, content) }
    case .generator, .coroutine, .asyncGenerator:
      let p = o.generatorLayout
      body(.internalField("__name__"), p.pointee.name)
      body(.internalField("__qualname__"), p.pointee.qualifiedName)
      if let value = p.pointee.origin { body(.internalField("cr_origin"), value) }
    case .type: ofType(TypeObject(unchecked: o).pointer, body)
    case .frame: break
    default: visited(o, type, body)
    }
    if type.kind == .dict, !type.isExactly(.dict) { visitedBeyond(o, type, body) }
  }

  /// The entries of a dict: values by their keys; keys that can die, without a name.
  private static func ofDict(_ o: Object, _ body: Body) {
    var position = 0
    while let entry = dictNext(o, &position) {
      body(.key(entry.key), entry.value)
      if !entry.key.isImmortal { body(.nameless, entry.key) }
    }
  }

  /// An instance of a class made by Python code: slots, attributes, its `__dict__`, then what its built-in base holds. The type is left out: the
  /// birth names it.
  private static func ofInstance(_ o: Object, _ body: Body) {
    let extra = o.type.heapExtra
    for i in 0..<extra.pointee.slots.count {
      let place = (o.address + extra.pointee.slots.offsets[i]).assumingMemoryBound(to: Object?.self)
      if let value = place.pointee { body(.nameless, value) }
    }
    if o.hasInlineValues, let keys = o.type.sharedKeys {
      for i in 0..<Int(o.inlineHead.pointee.count) {
        let index = Int(o.inlineOrder[i])
        if let value = o.inlineValues[index] { body(.attribute(keys.pointee.names[index]), value) }
      }
    }
    let solid = extra.pointee.solidBase
    // The `__dict__` of an exception belongs to its built-in part.
    if solid.pointer.pointee.dictOffset == 0, let dict = o.dictPlace?.pointee { body(.internalField("__dict__"), dict) }
    ofBuiltIn(o, solid, body)
  }

  /// What the `traverse` of a built-in type visits.
  private static func visited(_ o: Object, _ type: TypeObject, _ body: Body) {
    guard let traverse = type.pointer.pointee.traverse else { return }
    var found: [Object] = []
    withUnsafeMutablePointer(to: &found) { found in
      _ = traverse.call(
        o,
        Visitor(context: UnsafeMutableRawPointer(found)) { child, raw in
          raw?.assumingMemoryBound(to: [Object].self).pointee.append(child)
          return false
        })
    }
    for child in found { body(.nameless, child) }
  }

  /// A built-in subclass of dict: what it holds beside the entries.
  private static func visitedBeyond(_ o: Object, _ type: TypeObject, _ body: Body) {
    var entries: [Object: Int] = [:]
    var position = 0
    while let entry = dictNext(o, &position) {
      entries[entry.key, default: 0] += 1
      entries[entry.value, default: 0] += 1
    }
    visited(o, type) { field, child in
      if let count = entries[child], count > 0 { entries[child] = count - 1 } else { body(field, child) }
    }
  }

  private static func ofFunction(_ p: UnsafeMutablePointer<FunctionLayout>, _ body: Body) {
    body(.internalField("__code__"), p.pointee.code)
    body(.internalField("__globals__"), p.pointee.globals)
    body(.internalField("__builtins__"), p.pointee.builtins)
    body(.internalField("__name__"), p.pointee.name)
    body(.internalField("__qualname__"), p.pointee.qualifiedName)
    if let value = p.pointee.defaults { body(.internalField("__defaults__"), value) }
    if let value = p.pointee.keywordDefaults { body(.internalField("__kwdefaults__"), value) }
    if let value = p.pointee.closure { body(.internalField("__closure__"), value) }
    if let value = p.pointee.doc { body(.internalField("__doc__"), value) }
    if let value = p.pointee.dict { body(.internalField("__dict__"), value) }
    if let value = p.pointee.module { body(.internalField("__module__"), value) }
    if let value = p.pointee.annotations { body(.internalField("__annotations__"), value) }
    if let value = p.pointee.typeParameters { body(.internalField("__type_params__"), value) }
  }

  private static func ofType(_ p: UnsafeMutablePointer<TypeLayout>, _ body: Body) {
    if let value = p.pointee.dict { body(.internalField("__dict__"), value) }
    if let value = p.pointee.bases { body(.internalField("__bases__"), value) }
    if let value = p.pointee.mro { body(.internalField("__mro__"), value) }
    if let value = p.pointee.base { body(.internalField("__base__"), value) }
    if let value = p.pointee.subclasses { body(.internalField("__subclasses__"), value) }
  }

  private static func ofCode(_ p: UnsafeMutablePointer<CodeLayout>, _ body: Body) {
    body(.internalField("co_consts"), p.pointee.constantTuple)
    body(.internalField("co_names"), p.pointee.nameTuple)
    body(.internalField("co_varnames"), p.pointee.localTuple)
    body(.internalField("co_name"), p.pointee.name)
    body(.internalField("co_qualname"), p.pointee.qualifiedName)
    body(.internalField("co_filename"), p.pointee.fileName)
  }
}
