// The table of the built-in types: name, kind, sizes and flags of each, and what frees and traverses an instance.
//
// Rows whose layout belongs to another file of the runtime (functions, frames, exceptions ...) only get their memory, name and kind here.
import CRuntimeSupport

extension CoreTypes {
  struct Row {
    let place: FieldPlace<CoreTypes, TypeObject>
    let name: String
    let kind: TypeKind
    let size: Int
    let itemSize: Int
    let flags: TypeFlags

    @inline(__always)
    init(
      _ path: WritableKeyPath<CoreTypes, TypeObject>, _ name: String, _ kind: TypeKind, size: Int = 16,
      itemSize: Int = 0,
      _ flags: TypeFlags = []
    ) {
      place = FieldPlace(path)
      self.name = name
      self.kind = kind
      self.size = size
      self.itemSize = itemSize
      self.flags = flags
    }
  }

  static let iteratorSize = MemoryLayout<IteratorLayout>.size
  static let dictIteratorSize = MemoryLayout<DictIteratorLayout>.size
  static let viewSize = MemoryLayout<DictViewLayout>.size

  static let rows: [Row] = [
    Row(\.object, "object", .object, .baseType),
    Row(\.type, "type", .type, size: MemoryLayout<TypeLayout>.size, [.container, .baseType]),
    Row(\.none, "NoneType", .none),
    Row(\.notImplemented, "NotImplementedType", .notImplemented),
    Row(\.ellipsis, "ellipsis", .ellipsis),
    Row(\.int, "int", .int, size: IntLayout.base, itemSize: 8, [.baseType, .matchSelf, .vectorcall]),
    Row(\.bool, "bool", .bool, size: IntLayout.base, itemSize: 8, [.matchSelf, .vectorcall]),
    Row(\.float, "float", .float, size: 24, [.baseType, .matchSelf, .vectorcall]),
    Row(\.complex, "complex", .complex, size: 32, .baseType),
    Row(\.str, "str", .str, size: StrLayout.base, itemSize: 1, [.baseType, .matchSelf, .vectorcall]),
    Row(\.bytes, "bytes", .bytes, size: BytesLayout.base, itemSize: 1, [.baseType, .matchSelf]),
    Row(\.bytearray, "bytearray", .bytearray, size: MemoryLayout<ByteArrayLayout>.size, [.baseType, .matchSelf]),
    Row(\.memoryview, "memoryview", .memoryview, size: MemoryLayout<MemoryViewLayout>.size, [.container, .sequence]),
    Row(
      \.tuple, "tuple", .tuple, size: TupleLayout.base, itemSize: 8,
      [.container, .baseType, .sequence, .matchSelf, .vectorcall]),
    Row(
      \.list, "list", .list, size: MemoryLayout<ListLayout>.size,
      [.container, .baseType, .sequence, .matchSelf, .vectorcall]),
    Row(
      \.dict, "dict", .dict, size: MemoryLayout<DictLayout>.size,
      [.container, .baseType, .mapping, .matchSelf, .vectorcall]),
    Row(\.set, "set", .set, size: MemoryLayout<SetLayout>.size, [.container, .baseType, .matchSelf, .vectorcall]),
    Row(
      \.frozenset, "frozenset", .frozenset, size: MemoryLayout<SetLayout>.size,
      [.container, .baseType, .matchSelf, .vectorcall]),
    Row(\.slice, "slice", .slice, size: MemoryLayout<SliceLayout>.size, [.container, .vectorcall]),
    Row(\.range, "range", .range, size: MemoryLayout<RangeLayout>.size, [.sequence, .vectorcall]),
    Row(\.function, "function", .function), Row(\.code, "code", .code), Row(\.cell, "cell", .cell),
    Row(\.frame, "frame", .frame), Row(\.generator, "generator", .generator), Row(\.coroutine, "coroutine", .coroutine),
    Row(\.coroutineWrapper, "coroutine_wrapper", .other), Row(\.asyncGenerator, "async_generator", .asyncGenerator),
    Row(\.traceback, "traceback", .traceback),
    Row(\.nativeFunction, "builtin_function_or_method", .nativeFunction),
    Row(\.methodDescriptor, "method_descriptor", .other),
    Row(\.classMethodDescriptor, "classmethod_descriptor", .other),
    Row(\.getSetDescriptor, "getset_descriptor", .other), Row(\.memberDescriptor, "member_descriptor", .other),
    Row(\.slotWrapper, "wrapper_descriptor", .other), Row(\.methodWrapper, "method-wrapper", .other),
    Row(\.method, "method", .method), Row(\.module, "module", .module, .baseType),
    Row(\.property, "property", .property, .baseType), Row(\.classMethod, "classmethod", .classMethod, .baseType),
    Row(\.staticMethod, "staticmethod", .staticMethod, .baseType),
    Row(\.superObject, "super", .superObject, [.baseType, .vectorcall]),
    Row(\.mappingProxy, "mappingproxy", .mappingProxy, size: viewSize, [.container, .mapping]),
    Row(\.weakref, "ReferenceType", .weakref, .baseType), Row(\.weakProxy, "ProxyType", .other),
    Row(\.dictKeys, "dict_keys", .dictView, size: viewSize, .container),
    Row(\.dictValues, "dict_values", .dictView, size: viewSize, .container),
    Row(\.dictItems, "dict_items", .dictView, size: viewSize, .container),
    Row(\.dictKeyIterator, "dict_keyiterator", .iterator, size: dictIteratorSize, .container),
    Row(\.dictValueIterator, "dict_valueiterator", .iterator, size: dictIteratorSize, .container),
    Row(\.dictItemIterator, "dict_itemiterator", .iterator, size: dictIteratorSize, .container),
    Row(\.listIterator, "list_iterator", .iterator, size: iteratorSize, .container),
    Row(\.tupleIterator, "tuple_iterator", .iterator, size: iteratorSize, .container),
    Row(\.strIterator, "str_iterator", .iterator, size: iteratorSize, .container),
    Row(\.strASCIIIterator, "str_ascii_iterator", .iterator, size: iteratorSize, .container),
    Row(\.rangeIterator, "range_iterator", .iterator, size: MemoryLayout<RangeIteratorLayout>.size),
    Row(\.setIterator, "set_iterator", .iterator, size: iteratorSize, .container),
    Row(\.sequenceIterator, "iterator", .iterator, size: iteratorSize, .container),
    Row(\.bytesIterator, "bytes_iterator", .iterator, size: iteratorSize, .container),
    Row(\.byteArrayIterator, "bytearray_iterator", .iterator, size: iteratorSize, .container),
    Row(\.memoryIterator, "memory_iterator", .iterator, size: iteratorSize, .container),
    Row(\.callIterator, "callable_iterator", .iterator, size: iteratorSize, .container),
    Row(\.baseException, "BaseException", .exception, .baseType),
  ]

  /// All built-in types of the table, `object` and `type` first.
  public static var all: [TypeObject] {
    withUnsafeMutablePointer(to: &core.pointee.types) { types in rows.map { types.field($0.place).pointee } }
  }

  /// Allocates all type objects and sets what needs no other object. Names come with `fillNames`, when there are strings.
  static func fill(_ types: UnsafeMutablePointer<CoreTypes>) {
    let stride = (MemoryLayout<TypeLayout>.size + CollectorLinks.size + 15) & ~15
    for row in rows {
      let memory = Heap.allocate(stride)
      memory.initializeMemory(as: UInt8.self, repeating: 0, count: stride)
      types.field(row.place).pointee = TypeObject(
        (memory + CollectorLinks.size).assumingMemoryBound(to: TypeLayout.self))
    }
    let (object, int) = (types.pointee.object.object, types.pointee.int.object)
    for row in rows {
      let p = types.field(row.place).pointee.pointer
      p.pointee.header = ObjectHeader(refcount: ObjectHeader.immortalRefcount, type: types.pointee.type)
      p.pointee.kind = row.kind
      p.pointee.flags = row.flags.union([.immutable, .exact])
      p.pointee.basicSize = row.size
      p.pointee.itemSize = row.itemSize
      p.pointee.base = row.name == "object" ? nil : row.name == "bool" ? int : object
      p.pointee.dealloc = ObjectAction { freeInstance($0) }
    }
    setLifetimes(types.pointee)
  }

  static func fillNames(_ types: UnsafeMutablePointer<CoreTypes>) {
    for row in rows {
      let p = types.field(row.place).pointee.pointer
      p.pointee.name = internString(row.name)
      p.pointee.qualifiedName = p.pointee.name
    }
  }

  private static func set(
    _ type: TypeObject, _ dealloc: ObjectAction, _ traverse: TraverseFunction? = nil, _ clear: ObjectAction? = nil
  ) {
    let p = type.pointer
    p.pointee.dealloc = dealloc
    // Slots, not functions: an optional or stored function value would be wrapped, and the wrapper captures.
    if let traverse { p.pointee.traverse = traverse }
    if let clear { p.pointee.clear = clear }
  }

  private static func setLifetimes(_ types: CoreTypes) {
    set(types.int, ObjectAction(IntObject.dealloc))
    set(types.bool, ObjectAction(IntObject.dealloc))
    set(types.float, ObjectAction(FloatObject.dealloc))
    set(types.complex, ObjectAction(FloatObject.deallocComplex))
    set(types.str, ObjectAction(StrObject.dealloc))
    set(types.bytes, ObjectAction(BytesObject.dealloc))
    set(types.bytearray, ObjectAction(BytesObject.deallocByteArray))
    set(types.memoryview, ObjectAction(MemoryViewObject.dealloc), TraverseFunction(MemoryViewObject.traverse))
    types.memoryview.pointer.pointee.weakrefOffset = MemoryLayout<MemoryViewLayout>.offset(of: \.weakrefs) ?? 0
    set(types.tuple, ObjectAction(TupleObject.dealloc), TraverseFunction(TupleObject.traverse))
    set(
      types.list, ObjectAction(ListObject.dealloc), TraverseFunction(ListObject.traverse),
      ObjectAction(ListObject.clear))
    set(
      types.dict, ObjectAction(DictObject.dealloc), TraverseFunction(DictObject.traverse),
      ObjectAction(DictObject.clear))
    set(types.set, ObjectAction(SetObject.dealloc), TraverseFunction(SetObject.traverse), ObjectAction(SetObject.clear))
    set(
      types.frozenset, ObjectAction(SetObject.dealloc), TraverseFunction(SetObject.traverse),
      ObjectAction(SetObject.clear))
    for type in [types.set, types.frozenset] {
      type.pointer.pointee.weakrefOffset = MemoryLayout<SetLayout>.offset(of: \.weakrefs) ?? 0
    }
    set(types.slice, ObjectAction(SliceObject.dealloc), TraverseFunction(SliceObject.traverse))
    set(types.range, ObjectAction(SliceObject.deallocRange))
    set(types.rangeIterator, ObjectAction(IteratorObject.deallocRange))
    set(types.mappingProxy, ObjectAction(IteratorObject.deallocView), TraverseFunction(IteratorObject.traverseView))
    for view in [types.dictKeys, types.dictValues, types.dictItems] {
      set(view, ObjectAction(IteratorObject.deallocView), TraverseFunction(IteratorObject.traverseView))
    }
    let iterators: [(TypeObject, UnaryFunction)] = [
      (types.dictKeyIterator, UnaryFunction(IteratorObject.keyNext)),
      (types.dictValueIterator, UnaryFunction(IteratorObject.valueNext)),
      (types.dictItemIterator, UnaryFunction(IteratorObject.itemNext)),
      (types.listIterator, UnaryFunction(IteratorObject.listNext)),
      (types.tupleIterator, UnaryFunction(IteratorObject.tupleNext)),
      (types.strIterator, UnaryFunction(IteratorObject.strNext)),
      (types.strASCIIIterator, UnaryFunction(IteratorObject.strNext)),
      (types.setIterator, UnaryFunction(IteratorObject.setNext)),
      (types.sequenceIterator, UnaryFunction(IteratorObject.sequenceNext)),
      (types.bytesIterator, UnaryFunction(IteratorObject.sequenceNext)),
      (types.byteArrayIterator, UnaryFunction(IteratorObject.sequenceNext)),
      (types.memoryIterator, UnaryFunction(IteratorObject.sequenceNext)),
      (types.callIterator, UnaryFunction(IteratorObject.callNext)),
    ]
    for (type, next) in iterators {
      set(type, ObjectAction(IteratorObject.dealloc), TraverseFunction(IteratorObject.traverse))
      type.pointer.pointee.next = next
      type.pointer.pointee.iter = UnaryFunction(IteratorObject.itself)
    }
    types.rangeIterator.pointer.pointee.next = UnaryFunction(IteratorObject.rangeNext)
    types.rangeIterator.pointer.pointee.iter = UnaryFunction(IteratorObject.itself)
  }
}
