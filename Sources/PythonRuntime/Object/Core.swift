// The well-known objects that hot code of every module compares with: singletons, the cached integers, the built-in types.
import CRuntimeSupport

/// One per process, reached by `core`; filled once by `Interpreter.start`.
public struct Core {
  public var none, notImplemented, ellipsis, `true`, `false`: Object
  public var emptyTuple, emptyString, emptyBytes: Object
  /// The integers -5 ... 256: `smallInts[value + 5]`.
  public var smallInts: UnsafeMutablePointer<Object>
  /// The one-character strings U+0000 ... U+00FF.
  public var characters: UnsafeMutablePointer<Object>
  /// The one-byte bytes objects.
  public var singleBytes: UnsafeMutablePointer<Object>
  public var types: CoreTypes
}

/// The built-in types.
public struct CoreTypes {
  public var object, type, none, notImplemented, ellipsis: TypeObject
  public var int, bool, float, complex, str, bytes, bytearray, memoryview: TypeObject
  public var tuple, list, dict, set, frozenset, slice, range: TypeObject
  public var function, code, cell, frame, generator, coroutine, coroutineWrapper, asyncGenerator, traceback: TypeObject
  public var nativeFunction, methodDescriptor, classMethodDescriptor, getSetDescriptor, memberDescriptor: TypeObject
  public var slotWrapper, methodWrapper: TypeObject
  public var method, module, property, classMethod, staticMethod, superObject, mappingProxy: TypeObject
  public var weakref, weakProxy: TypeObject
  public var dictKeys, dictValues, dictItems, dictKeyIterator, dictValueIterator, dictItemIterator: TypeObject
  public var listIterator, tupleIterator, strIterator, rangeIterator, setIterator, sequenceIterator,
    callIterator: TypeObject
  public var strASCIIIterator, bytesIterator, byteArrayIterator, memoryIterator: TypeObject
  public var baseException: TypeObject
}

/// The process's well-known objects.
@inlinable @inline(__always) public var core: UnsafeMutablePointer<Core> {
  exuvia_core().unsafelyUnwrapped.assumingMemoryBound(to: Core.self)
}
