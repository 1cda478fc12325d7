// The layout of a type object: its slots, sizes, flags and what attribute lookup needs.
//
// Slots are CPython's, flattened into one struct; a nil slot is absent. `inheritSlots` (TypeObject+Inherit) fills a subtype's slots.

/// Which built-in layout a type's instances have. A subclass has its base's kind; only the built-in type itself is `isExact`.
@frozen public enum TypeKind: UInt8, Sendable {
  case object, type, none, notImplemented, ellipsis
  case int, bool, float, complex, str, bytes, bytearray, memoryview
  case tuple, list, dict, set, frozenset, slice, range
  case function, code, cell, frame, generator, coroutine, asyncGenerator, traceback
  case nativeFunction, method, module, exception, weakref, property, classMethod, staticMethod, superObject
  case mappingProxy, dictView, iterator, other
}

/// Flags of a type.
@frozen public struct TypeFlags: OptionSet, Sendable {
  public let rawValue: UInt32
  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }
  /// Instances have collector links.
  public static let container = TypeFlags(rawValue: 1 << 0)
  /// May be subclassed.
  public static let baseType = TypeFlags(rawValue: 1 << 1)
  /// Made by a class statement or `type(...)`.
  public static let heapType = TypeFlags(rawValue: 1 << 2)
  /// Has abstract methods: not instantiable.
  public static let abstract = TypeFlags(rawValue: 1 << 3)
  /// Attributes of the type may not be set.
  public static let immutable = TypeFlags(rawValue: 1 << 4)
  /// Slots are complete.
  public static let ready = TypeFlags(rawValue: 1 << 5)
  /// The built-in type itself, not a subclass: `kind` alone says everything.
  public static let exact = TypeFlags(rawValue: 1 << 6)
  /// Instances keep attributes in inline values with keys shared through the type.
  public static let inlineValues = TypeFlags(rawValue: 1 << 7)
  /// Functions of this type bind as methods: a call of an attribute need not make a bound method.
  public static let methodDescriptor = TypeFlags(rawValue: 1 << 8)
  public static let sequence = TypeFlags(rawValue: 1 << 9)
  public static let mapping = TypeFlags(rawValue: 1 << 10)
  /// `match` compares the subject itself with the one positional pattern.
  public static let matchSelf = TypeFlags(rawValue: 1 << 11)
  /// Has a Python `__del__`.
  public static let hasFinalizer = TypeFlags(rawValue: 1 << 12)
  public static let disallowInstantiation = TypeFlags(rawValue: 1 << 13)
  /// Two words before the collector links: the materialised `__dict__` (offset -32) and the weak reference list (offset -24).
  public static let preHeader = TypeFlags(rawValue: 1 << 14)
  /// The instance's dict is not the program's: it holds the values of `__slots__`, for which an instance of varying size has no fixed place.
  public static let slotDict = TypeFlags(rawValue: 1 << 15)
  /// A call makes no tuple of its arguments: CPython's type has tp_vectorcall, or keeps the tuple in what it makes. Not inherited.
  public static let vectorcall = TypeFlags(rawValue: 1 << 16)
  /// Deallocation nests without CPython's trashcan: only the end of the stack makes instances wait.
  public static let nestsDeeply = TypeFlags(rawValue: 1 << 17)
}

/// The memory of a type object. All object fields are owned references unless said.
public struct TypeLayout {
  public var header: ObjectHeader
  // What lookup and allocation read first.
  public var kind: TypeKind
  public var flags: TypeFlags
  /// Changes whenever an attribute of the type or of a base changes; 0: not assigned. Inline caches compare it.
  public var version: UInt32
  /// The type's id in events; 0 until its definition has been written.
  public var traceID: UInt32
  public var basicSize: Int
  public var itemSize: Int
  /// Offsets of the weak reference list and of `__dict__` in an instance; 0: none. `dictOffset` is of a materialised dict.
  public var weakrefOffset: Int
  public var dictOffset: Int

  public var name: Object?
  public var qualifiedName: Object?
  public var base: Object?
  public var bases: Object?
  public var mro: Object?
  public var dict: Object?
  /// dict of id -> weakref, or nil.
  public var subclasses: Object?
  /// Heap type's docs: `__slots__` names (tuple) or nil.
  public var slotNames: Object?
  /// Keys shared by the instances' inline values; owned by Instance+Values.
  public var sharedKeys: UnsafeMutableRawPointer?
  /// Native data of the type (for built-in types' own use).
  public var extra: UnsafeMutableRawPointer?
  /// The type object's own weak references.
  public var weakrefList: UnsafeMutableRawPointer?

  public var dealloc: ObjectAction
  /// Frees the memory only. nil: `Heap.free`.
  public var free: ObjectAction?
  public var traverse: TraverseFunction?
  /// Drops the references that may form cycles.
  public var clear: ObjectAction?
  /// Calls `__del__` or the native finalizer; may resurrect.
  public var finalize: ObjectAction?

  public var repr: UnaryFunction?
  public var str: UnaryFunction?
  public var hash: MeasureFunction?
  public var call: NativeFunction?
  public var new: NativeFunction?
  public var initialize: InitFunction?
  public var getAttribute: BinaryFunction?
  public var setAttribute: StoreFunction?
  public var compare: CompareFunction?
  public var iter: UnaryFunction?
  public var next: UnaryFunction?
  public var descriptorGet: TernaryFunction?
  public var descriptorSet: StoreFunction?

  public var number: NumberSlots
  public var length: MeasureFunction?
  public var getItem: BinaryFunction?
  public var setItem: StoreFunction?
  /// `sq_item`, with the index already normalised only by the caller when negative and a length exists.
  public var item: IndexFunction?
  public var contains: ContainsFunction?
  public var concatenate: BinaryFunction?
  public var inPlaceConcatenate: BinaryFunction?
  public var repeated: IndexFunction?
  public var inPlaceRepeated: IndexFunction?

  /// What instances show of their memory; not inherited, but looked for along the bases.
  public var buffer: BufferFunction?

  public var await: UnaryFunction?
  public var asyncIter: UnaryFunction?
  public var asyncNext: UnaryFunction?
}

/// The number protocol.
public struct NumberSlots {
  public var add, subtract, multiply, remainder, divmod, trueDivide, floorDivide, matrixMultiply: BinaryFunction?
  public var leftShift, rightShift, and, xor, or: BinaryFunction?
  public var power: TernaryFunction?
  public var inPlaceAdd, inPlaceSubtract, inPlaceMultiply, inPlaceRemainder, inPlaceTrueDivide: BinaryFunction?
  public var inPlaceFloorDivide, inPlaceMatrixMultiply, inPlaceLeftShift, inPlaceRightShift: BinaryFunction?
  public var inPlaceAnd, inPlaceXor, inPlaceOr: BinaryFunction?
  public var inPlacePower: TernaryFunction?
  public var negative, positive, absolute, invert, int, float, index: UnaryFunction?
  /// 1 true, 0 false, -1 an exception is set.
  public var bool: MeasureFunction?
  public init() {}
}

/// A handle to a type object.
@frozen public struct TypeObject: Equatable, Hashable, @unchecked Sendable {
  public let pointer: UnsafeMutablePointer<TypeLayout>
  @inlinable @inline(__always) public init(_ pointer: UnsafeMutablePointer<TypeLayout>) { self.pointer = pointer }
  /// The caller knows that `object` is a type.
  @inlinable @inline(__always) public init(unchecked object: Object) { pointer = object.layout() }
  @inlinable @inline(__always) public var object: Object { Object(UnsafeMutableRawPointer(pointer)) }

  @inlinable @inline(__always) public var kind: TypeKind { pointer.pointee.kind }
  @inlinable @inline(__always) public var flags: TypeFlags { pointer.pointee.flags }
  @inlinable @inline(__always) public var isContainer: Bool { pointer.pointee.flags.contains(.container) }
  /// Whether this is the built-in type of `kind` itself.
  @inlinable @inline(__always) public func isExactly(_ kind: TypeKind) -> Bool {
    pointer.pointee.kind == kind && pointer.pointee.flags.contains(.exact)
  }
}

extension Object {
  /// Whether the object is an instance of the built-in type of `kind` or of a subclass.
  @inlinable @inline(__always) public func isKind(_ kind: TypeKind) -> Bool { type.kind == kind }
  /// Whether the object's type is exactly the built-in one.
  @inlinable @inline(__always) public func isExactly(_ kind: TypeKind) -> Bool { type.isExactly(kind) }
}
