// Pointers to Swift functions without context, for type slots and native methods.
//
// A Swift function value is two words, code and context; calling one that was loaded from memory retains and releases the context. A slot
// needs no context, so it holds the code word alone and calls with a null context: 2.1 ns against 4.6 ns a call. The initializers refuse a
// closure that captures. Each signature has a wrapper of its own, because a generic one would make the compiler wrap the function.

/// The two words of a function value. The code word is never null, so that an absent slot is a zero word and `Optional` costs nothing.
@usableFromInline typealias FunctionWords = (code: UnsafeRawPointer, context: UnsafeRawPointer?)

@usableFromInline func contextFree(_ words: FunctionWords) -> UnsafeRawPointer {
  precondition(words.context == nil, "a slot's function may not capture")
  return words.code
}

/// `(object)` with no result: dealloc, free.
@frozen public struct ObjectAction: @unchecked Sendable {
  public typealias Function = (Object) -> Void
  @usableFromInline struct Box {
    @usableFromInline let function: Function
    @usableFromInline init(_ f: @escaping Function) { function = f }
  }
  @usableFromInline let code: UnsafeRawPointer
  public init(_ f: @escaping Function) { code = contextFree(unsafeBitCast(Box(f), to: FunctionWords.self)) }
  @inlinable @inline(__always) public func call(_ o: Object) {
    unsafeBitCast((code, nil) as FunctionWords, to: Box.self).function(o)
  }
}

/// `(thread, object) -> object`: repr, str, iter, iternext, unary number operations.
@frozen public struct UnaryFunction: Equatable, @unchecked Sendable {
  public typealias Function = (ThreadState, Object) -> Object?
  @usableFromInline struct Box {
    @usableFromInline let function: Function
    @usableFromInline init(_ f: @escaping Function) { function = f }
  }
  @usableFromInline let code: UnsafeRawPointer
  public init(_ f: @escaping Function) { code = contextFree(unsafeBitCast(Box(f), to: FunctionWords.self)) }
  @inlinable @inline(__always) public func call(_ t: ThreadState, _ o: Object) -> Object? {
    unsafeBitCast((code, nil) as FunctionWords, to: Box.self).function(t, o)
  }
}

/// `(thread, object, object) -> object`: binary number operations, getattro, subscript.
@frozen public struct BinaryFunction: Equatable, @unchecked Sendable {
  public typealias Function = (ThreadState, Object, Object) -> Object?
  @usableFromInline struct Box {
    @usableFromInline let function: Function
    @usableFromInline init(_ f: @escaping Function) { function = f }
  }
  @usableFromInline let code: UnsafeRawPointer
  public init(_ f: @escaping Function) { code = contextFree(unsafeBitCast(Box(f), to: FunctionWords.self)) }
  @inlinable @inline(__always) public func call(_ t: ThreadState, _ a: Object, _ b: Object) -> Object? {
    unsafeBitCast((code, nil) as FunctionWords, to: Box.self).function(t, a, b)
  }
}

/// `(thread, object, object, object or absent) -> object`: power, descrGet (object and owner may be absent: see `DescriptorGet`).
@frozen public struct TernaryFunction: Equatable, @unchecked Sendable {
  public typealias Function = (ThreadState, Object, Object?, Object?) -> Object?
  @usableFromInline struct Box {
    @usableFromInline let function: Function
    @usableFromInline init(_ f: @escaping Function) { function = f }
  }
  @usableFromInline let code: UnsafeRawPointer
  public init(_ f: @escaping Function) { code = contextFree(unsafeBitCast(Box(f), to: FunctionWords.self)) }
  @inlinable @inline(__always) public func call(_ t: ThreadState, _ a: Object, _ b: Object?, _ c: Object?) -> Object? {
    unsafeBitCast((code, nil) as FunctionWords, to: Box.self).function(t, a, b, c)
  }
}

/// `(thread, object, key, value or absent for deletion) -> success`: setattro, storing a subscript, descrSet.
@frozen public struct StoreFunction: Equatable, @unchecked Sendable {
  public typealias Function = (ThreadState, Object, Object, Object?) -> Bool
  @usableFromInline struct Box {
    @usableFromInline let function: Function
    @usableFromInline init(_ f: @escaping Function) { function = f }
  }
  @usableFromInline let code: UnsafeRawPointer
  public init(_ f: @escaping Function) { code = contextFree(unsafeBitCast(Box(f), to: FunctionWords.self)) }
  @inlinable @inline(__always) public func call(_ t: ThreadState, _ o: Object, _ key: Object, _ value: Object?) -> Bool
  {
    unsafeBitCast((code, nil) as FunctionWords, to: Box.self).function(t, o, key, value)
  }
}

/// `(thread, object) -> number`: hash and length; -1 means "an exception is set".
@frozen public struct MeasureFunction: Equatable, @unchecked Sendable {
  public typealias Function = (ThreadState, Object) -> Int
  @usableFromInline struct Box {
    @usableFromInline let function: Function
    @usableFromInline init(_ f: @escaping Function) { function = f }
  }
  @usableFromInline let code: UnsafeRawPointer
  public init(_ f: @escaping Function) { code = contextFree(unsafeBitCast(Box(f), to: FunctionWords.self)) }
  @inlinable @inline(__always) public func call(_ t: ThreadState, _ o: Object) -> Int {
    unsafeBitCast((code, nil) as FunctionWords, to: Box.self).function(t, o)
  }
}

/// `(thread, object) -> 1 true, 0 false, -1 an exception is set`: truth; with a second object: contains.
@frozen public struct ContainsFunction: @unchecked Sendable {
  public typealias Function = (ThreadState, Object, Object) -> Int
  @usableFromInline struct Box {
    @usableFromInline let function: Function
    @usableFromInline init(_ f: @escaping Function) { function = f }
  }
  @usableFromInline let code: UnsafeRawPointer
  public init(_ f: @escaping Function) { code = contextFree(unsafeBitCast(Box(f), to: FunctionWords.self)) }
  @inlinable @inline(__always) public func call(_ t: ThreadState, _ o: Object, _ item: Object) -> Int {
    unsafeBitCast((code, nil) as FunctionWords, to: Box.self).function(t, o, item)
  }
}

/// `(thread, object, index) -> object`: item of a sequence, repetition.
@frozen public struct IndexFunction: @unchecked Sendable {
  public typealias Function = (ThreadState, Object, Int) -> Object?
  @usableFromInline struct Box {
    @usableFromInline let function: Function
    @usableFromInline init(_ f: @escaping Function) { function = f }
  }
  @usableFromInline let code: UnsafeRawPointer
  public init(_ f: @escaping Function) { code = contextFree(unsafeBitCast(Box(f), to: FunctionWords.self)) }
  @inlinable @inline(__always) public func call(_ t: ThreadState, _ o: Object, _ index: Int) -> Object? {
    unsafeBitCast((code, nil) as FunctionWords, to: Box.self).function(t, o, index)
  }
}

/// `(thread, a, b, operator) -> object`: rich comparison.
@frozen public struct CompareFunction: Equatable, @unchecked Sendable {
  public typealias Function = (ThreadState, Object, Object, Comparison) -> Object?
  @usableFromInline struct Box {
    @usableFromInline let function: Function
    @usableFromInline init(_ f: @escaping Function) { function = f }
  }
  @usableFromInline let code: UnsafeRawPointer
  public init(_ f: @escaping Function) { code = contextFree(unsafeBitCast(Box(f), to: FunctionWords.self)) }
  @inlinable @inline(__always) public func call(_ t: ThreadState, _ a: Object, _ b: Object, _ op: Comparison) -> Object?
  {
    unsafeBitCast((code, nil) as FunctionWords, to: Box.self).function(t, a, b, op)
  }
}

/// A native function or method, `call` and `new` slots: `(thread, self, arguments) -> object`. For `new`, self is the type; for a module's
/// function, the module.
@frozen public struct NativeFunction: Equatable, @unchecked Sendable {
  public typealias Function = (ThreadState, Object, Arguments) -> Object?
  @usableFromInline struct Box {
    @usableFromInline let function: Function
    @usableFromInline init(_ f: @escaping Function) { function = f }
  }
  @usableFromInline let code: UnsafeRawPointer
  public init(_ f: @escaping Function) { code = contextFree(unsafeBitCast(Box(f), to: FunctionWords.self)) }
  @inlinable @inline(__always) public func call(_ t: ThreadState, _ o: Object, _ arguments: Arguments) -> Object? {
    unsafeBitCast((code, nil) as FunctionWords, to: Box.self).function(t, o, arguments)
  }
}

/// `init`: `(thread, self, arguments) -> success`.
@frozen public struct InitFunction: Equatable, @unchecked Sendable {
  public typealias Function = (ThreadState, Object, Arguments) -> Bool
  @usableFromInline struct Box {
    @usableFromInline let function: Function
    @usableFromInline init(_ f: @escaping Function) { function = f }
  }
  @usableFromInline let code: UnsafeRawPointer
  public init(_ f: @escaping Function) { code = contextFree(unsafeBitCast(Box(f), to: FunctionWords.self)) }
  @inlinable @inline(__always) public func call(_ t: ThreadState, _ o: Object, _ arguments: Arguments) -> Bool {
    unsafeBitCast((code, nil) as FunctionWords, to: Box.self).function(t, o, arguments)
  }
}

/// `(thread, exporter, change of its views) -> what it shows of its memory`: the buffer protocol.
@frozen public struct BufferFunction: @unchecked Sendable {
  public typealias Function = (ThreadState, Object, Int) -> BufferView?
  @usableFromInline struct Box {
    @usableFromInline let function: Function
    @usableFromInline init(_ f: @escaping Function) { function = f }
  }
  @usableFromInline let code: UnsafeRawPointer
  public init(_ f: @escaping Function) { code = contextFree(unsafeBitCast(Box(f), to: FunctionWords.self)) }
  @inlinable @inline(__always) public func call(_ t: ThreadState, _ o: Object, _ change: Int) -> BufferView? {
    unsafeBitCast((code, nil) as FunctionWords, to: Box.self).function(t, o, change)
  }
}

/// `traverse`: calls `visit(child, context)` for each reference that the object owns; stops and returns true when a visit returns true.
@frozen public struct TraverseFunction: @unchecked Sendable {
  public typealias Function = (Object, Visitor) -> Bool
  @usableFromInline struct Box {
    @usableFromInline let function: Function
    @usableFromInline init(_ f: @escaping Function) { function = f }
  }
  @usableFromInline let code: UnsafeRawPointer
  public init(_ f: @escaping Function) { code = contextFree(unsafeBitCast(Box(f), to: FunctionWords.self)) }
  @inlinable @inline(__always) public func call(_ o: Object, _ visitor: Visitor) -> Bool {
    unsafeBitCast((code, nil) as FunctionWords, to: Box.self).function(o, visitor)
  }
}

/// What a traversal calls with each child.
@frozen public struct Visitor {
  public typealias Function = (Object, UnsafeMutableRawPointer?) -> Bool
  @usableFromInline struct Box {
    @usableFromInline let function: Function
    @usableFromInline init(_ f: @escaping Function) { function = f }
  }
  @usableFromInline let code: UnsafeRawPointer
  @usableFromInline let context: UnsafeMutableRawPointer?
  public init(context: UnsafeMutableRawPointer? = nil, _ f: @escaping Function) {
    code = contextFree(unsafeBitCast(Box(f), to: FunctionWords.self))
    self.context = context
  }
  /// Returns true when the traversal shall stop.
  @inlinable @inline(__always) public func callAsFunction(_ child: Object) -> Bool {
    unsafeBitCast((code, nil) as FunctionWords, to: Box.self).function(child, context)
  }
  @inlinable @inline(__always) public func callAsFunction(_ child: Object?) -> Bool {
    guard let child else { return false }
    return self(child)
  }
}
