// The state of one Python thread: its exception, its top frame, its place in the recursion, and the word that the loop checks.
//
// A handle over raw memory, passed as the first argument of everything that can fail. Made and freed by Threads.

/// Reasons to leave the fast path at the next check (`breaker`). One word serves all. CPython's eval breaker.
public enum Breaker {
  public static let dropRequest: UInt = 1
  public static let collect: UInt = 2
  public static let signal: UInt = 4
  public static let asyncException: UInt = 8
  /// Stays set while the runtime describes itself at checks (SelfDump).
  public static let selfDump: UInt = 16
  /// Stays set while a trace or profile function wants events (TraceFunctions).
  public static let tracing: UInt = 32
}

/// The memory of a thread state.
public struct ThreadStateLayout {
  /// The frame that runs, innermost; nil outside of Python code.
  public var frame: UnsafeMutableRawPointer?
  /// Bits of `Breaker`; written by other threads as well, so read and written only through the atomic accesses of ThreadState+Breaker. Not the first
  /// word: a change of any field counts as one of the layout's first word for ThreadSanitizer.
  public var breaker: UInt
  /// The exception being raised: an exception instance, owned; nil: none.
  public var raised: Object?
  /// The innermost entry of the stack of exceptions being handled (`sys.exc_info`): generators push entries of their own.
  public var handling: UnsafeMutablePointer<HandledException>
  /// The bottom entry.
  public var bottomHandled: HandledException
  public var recursionDepth: Int
  /// C-stack depth guard: native recursion (repr, compare, dealloc) is limited by address.
  public var nativeStackLimit: UInt
  /// Chunked memory of frames: next free word and end. See Frame+Stack.
  public var stackTop: UnsafeMutablePointer<Object?>?
  public var stackEnd: UnsafeMutablePointer<Object?>?
  public var stackChunk: UnsafeMutableRawPointer?
  /// Deallocations delayed by the trashcan, and how deep deallocation is nested.
  public var delayedDeallocations: Object?
  public var deallocationDepth: Int
  /// This thread's id in events (1, 2, ...) and its `threading.get_ident()`.
  public var traceID: UInt32
  public var ident: UInt
  public var kernelThread: Int32
  /// `threading.local` storage and the like: a dict, owned, made on demand.
  public var dict: Object?
  /// The interpreter, unowned.
  public var interpreter: Unmanaged<Interpreter>
  public var next: UnsafeMutablePointer<ThreadStateLayout>?
  /// What native code keeps alive for the length of a call. See Pins.
  public var pins: UnsafeMutablePointer<Object>?
  public var pinCount: Int
  public var pinRoom: Int
  /// What `sys.settrace` and `sys.setprofile` set; owned.
  var traceFunction: Object?
  var profileFunction: Object?
  /// How many of them run, nested.
  var hookDepth: Int
  /// The form of the loop that runs leaves the thread's frame to another.
  var changesLoop: Bool
}

/// One entry of the stack of handled exceptions.
public struct HandledException {
  public var exception: Object?
  public var previous: UnsafeMutablePointer<HandledException>?
}

/// A handle to a thread state.
@frozen public struct ThreadState: Equatable, @unchecked Sendable {
  public let pointer: UnsafeMutablePointer<ThreadStateLayout>
  @inlinable @inline(__always) public init(_ pointer: UnsafeMutablePointer<ThreadStateLayout>) {
    self.pointer = pointer
  }

  @inlinable @inline(__always) public var raised: Object? {
    get { pointer.pointee.raised }
    nonmutating set { pointer.pointee.raised = newValue }
  }
  @inlinable public var interpreter: Interpreter { pointer.pointee.interpreter.takeUnretainedValue() }
  @inlinable @inline(__always) public var hasRaised: Bool { pointer.pointee.raised != nil }
}
