// A frame: what runs a code object. Frames lie on the thread's frame stack (Frame+Stack), inside generator objects, or, after their call,
// inside frame objects.
//
//     FrameLayout | fast locals, cells, free variables | value stack

/// Who owns the memory of a frame.
public enum FrameOwner: UInt8 { case thread, generator, frameObject }

public struct FrameLayout {
  /// Owned.
  public var code: Object
  /// The frame that called, or resumed, this one.
  public var previous: UnsafeMutablePointer<FrameLayout>?
  /// Owned.
  public var function: Object
  /// Both borrowed from the function.
  public var globals: Object
  public var builtins: Object
  /// The namespace of module and class code, owned; nil in functions.
  public var locals: Object?
  /// The frame object, when somebody asked for one; owned.
  public var frameObject: Object?
  /// The frame runs `__init__` for a call of a class: the instance that the call gives, owned.
  public var instance: Object?
  /// The instruction that runs; set before anything that can allocate, call or raise.
  public var instruction: UnsafeMutablePointer<UInt32>
  /// Next free place of the value stack; valid while the frame does not run.
  public var stackTop: UnsafeMutablePointer<Object?>
  /// Words from `instruction` to where the frame goes on after the call it makes.
  public var returnOffset: Int32
  public var owner: FrameOwner
  /// Returning from this frame leaves the run of the loop.
  public var isEntry: Bool
  /// The function has not reached its RESUME: tracebacks do not show it.
  public var isIncomplete: Bool
  /// The frame's node in the call tree of events, once an event has asked for it.
  var node: UnsafeMutablePointer<CallNode>?
}

/// A handle to a frame.
@frozen public struct Frame: Equatable, @unchecked Sendable {
  public let pointer: UnsafeMutablePointer<FrameLayout>
  @inlinable @inline(__always) public init(_ pointer: UnsafeMutablePointer<FrameLayout>) { self.pointer = pointer }

  static let headerWords = (MemoryLayout<FrameLayout>.size + 7) / 8

  /// Words of a frame that runs the code; one to spare, because some instructions write a NULL above the top before they know that they need it.
  @inline(__always) static func words(_ code: UnsafeMutablePointer<CodeLayout>) -> Int {
    headerWords &+ code.pointee.localCount &+ code.pointee.stackSize &+ 1
  }

  /// The fast locals.
  @inline(__always) var fastLocals: UnsafeMutablePointer<Object?> {
    (UnsafeMutableRawPointer(pointer) + Frame.headerWords * 8).assumingMemoryBound(to: Object?.self)
  }
  /// The bottom of the value stack.
  @inline(__always) var stackBase: UnsafeMutablePointer<Object?> {
    fastLocals + pointer.pointee.code.codeLayout.pointee.localCount
  }
  public var code: Object { pointer.pointee.code }
  public var previous: Frame? { pointer.pointee.previous.map { Frame($0) } }

  /// Index of the running instruction in its code.
  @inline(__always) public var instructionIndex: Int {
    // The difference in words; a division would round towards zero, which costs a test.
    (Int(bitPattern: pointer.pointee.instruction)
      &- Int(bitPattern: pointer.pointee.code.codeLayout.pointee.instructions)) >> 2
  }

  /// The line that runs.
  public var line: Int { inlinedLine }
  @inline(__always) var inlinedLine: Int { pointer.pointee.code.codeLine(at: max(0, instructionIndex)) }

  /// The generator object that contains this frame; only for frames owned by one.
  @inline(__always) var generator: Object {
    Object(UnsafeMutableRawPointer(pointer) - GeneratorLayout.frameOffset)
  }

  /// The nearest caller that has begun to run, this one included.
  public var firstComplete: Frame? {
    var frame: Frame? = self
    while let here = frame, here.pointer.pointee.isIncomplete { frame = here.previous }
    return frame
  }
}

/// The current line of a frame.
public func currentLine(_ frame: Frame) -> Int { frame.line }

extension ThreadState {
  /// The innermost frame.
  @inline(__always) public var frame: Frame? {
    pointer.pointee.frame.map { Frame($0.assumingMemoryBound(to: FrameLayout.self)) }
  }
  @inline(__always) func setFrame(_ frame: UnsafeMutablePointer<FrameLayout>?) {
    pointer.pointee.frame = frame.map { UnsafeMutableRawPointer($0) }
  }
}

// MARK: - Ending

/// Releases what a frame owns except its code: the frame object's claim first, then locals in slot order, the stack, namespace, function.
/// CPython's order.
@inline(__always) func clearFrame<P: LoopPolicy>(_ policy: P.Type, _ t: ThreadState, _ frame: Frame) {
  let p = frame.pointer
  if p.pointee.frameObject != nil, detachFrameObject(t, frame) { return }
  clearFrameLocals(policy, frame)
  drop(policy, p.pointee.function)
}

@inline(__always) func clearFrameLocals<P: LoopPolicy>(_ policy: P.Type, _ frame: Frame) {
  let p = frame.pointer
  var place = frame.fastLocals
  let end = p.pointee.stackTop
  // A finalizer that looks at this frame must not see what is already gone.
  p.pointee.stackTop = place
  while place < end {
    if let o = place.pointee {
      place.pointee = nil
      drop(policy, o)
    }
    place += 1
  }
  if let locals = p.pointee.locals {
    p.pointee.locals = nil
    drop(policy, locals)
  }
}
