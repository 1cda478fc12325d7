// The methods of the built-in types: fills the slots of the type objects that the runtime laid out, and their dicts.
import PythonRuntime

public enum PythonTypes {
  /// Slots only: before the types are made ready.
  public static func configure() {
    IntMethods.configure()
    IntMethods.configureBool()
    FloatMethods.configure()
    ComplexMethods.configure()
    StrMethods.configure()
    BytesMethods.configure()
    ByteArrayMethods.configure()
    MemoryViewMethods.configure()
    TupleMethods.configure()
    ListMethods.configure()
    DictMethods.configure()
    DictViewMethods.configure()
    SetMethods.configure()
    SliceMethods.configure()
    RangeMethods.configure()
    SingletonMethods.configure()
    MappingProxyMethods.configure()
  }

  /// The types that this module completes.
  static var own: [TypeObject] {
    let types = core.pointee.types
    return [
      types.none, types.notImplemented, types.ellipsis, types.int, types.bool, types.float, types.complex, types.str,
      types.bytes, types.bytearray, types.memoryview, types.tuple, types.list, types.dict, types.set, types.frozenset,
      types.slice, types.range, types.mappingProxy, types.dictKeys, types.dictValues, types.dictItems,
      types.dictKeyIterator, types.dictValueIterator, types.dictItemIterator, types.listIterator, types.tupleIterator,
      types.strIterator, types.rangeIterator, types.setIterator, types.sequenceIterator, types.callIterator,
      types.strASCIIIterator, types.bytesIterator, types.byteArrayIterator, types.memoryIterator,
    ]
  }

  /// Readies what is left and adds the methods; `configure` comes first, and `object` and `type` must be ready.
  public static func install(_ t: ThreadState) {
    LazyIterators.create()
    for type in own { readyType(t, type) }
    IntMethods.install(t)
    FloatMethods.install(t)
    ComplexMethods.install(t)
    StrMethods.install(t)
    BytesMethods.install(t)
    MemoryViewMethods.install(t)
    TupleMethods.install(t)
    ListMethods.install(t)
    DictMethods.install(t)
    DictViewMethods.install(t)
    SetMethods.install(t)
    SliceMethods.install(t)
    RangeMethods.install(t)
    SingletonMethods.install(t)
    MappingProxyMethods.install(t)
    IteratorMethods.install(t)
    LazyIterators.install(t)
  }
}

/// Pointer to a core type's slots.
func slots(_ type: TypeObject) -> UnsafeMutablePointer<TypeLayout> { type.pointer }

/// The answer "ask the other operand".
var notImplemented: Object { core.pointee.notImplemented }

/// `None` as a result.
var none: Object { core.pointee.none }

/// Refuses keyword arguments: true when there are none.
func refuseKeywords(_ t: ThreadState, _ a: Arguments, _ name: String) -> Bool {
  if (a.keywordNames?.tupleCount ?? 0) == 0 { return true }
  return t.fail(.TypeError, "\(name)() takes no keyword arguments")
}

/// Whether a class has the initializer of the built-in type that it descends from: then it takes no more arguments than that.
func keepsInitializer(_ cls: Object, _ base: TypeObject) -> Bool {
  let type = TypeObject(unchecked: cls)
  return type == base || type.pointer.pointee.initialize == base.pointer.pointee.initialize
}

extension NativeMethod {
  /// A row whose function has a name of its own.
  init(_ name: String, _ kind: NativeKind, function: NativeFunction, binding: NativeBinding = .instance) {
    self.init(name: name, kind: kind, function: function, binding: binding)
  }
}
