// Generators, coroutines and asynchronous generators: one layout, the frame inside. Methods: Generator+Methods; resuming: Generator+Resume.
//
//     header | name qualname weakrefs | handled exception | origin | state | FrameLayout | locals | stack

/// Where a generator stands.
public enum GeneratorState: UInt8 {
  case created, suspended, suspendedYieldFrom, running, finished
}

public struct GeneratorLayout {
  public var header: ObjectHeader
  public var name: Object
  public var qualifiedName: Object
  public var weakrefs: Object?
  /// The exception that the generator's code is handling; linked into the thread's stack while it runs.
  public var handled: HandledException
  /// Coroutine: origin, None or a tuple. Asynchronous generator: its finalizer.
  public var origin: Object?
  /// The code, once the frame is gone: `gi_code`.
  public var finishedCode: Object?
  public var wordCount: Int
  public var state: GeneratorState
  /// Asynchronous generators: the first iteration asked for the hooks; closed; an asend or athrow runs.
  public var hooksDone: Bool
  public var isClosed: Bool
  public var isRunningAsync: Bool

  /// Bytes from the object to its frame.
  static let frameOffset = (MemoryLayout<GeneratorLayout>.size + 15) & ~15
}

extension Object {
  @inlinable @inline(__always) public var generatorLayout: UnsafeMutablePointer<GeneratorLayout> { layout() }
  /// The frame inside; valid until the generator is finished.
  @inline(__always) public var generatorFrame: Frame {
    Frame((address + GeneratorLayout.frameOffset).assumingMemoryBound(to: FrameLayout.self))
  }
  /// Whether it is a generator, coroutine or asynchronous generator.
  var isGeneratorLike: Bool { isKind(.generator) || isKind(.coroutine) || isKind(.asyncGenerator) }

  @inline(__always) var handledPlace: UnsafeMutablePointer<HandledException> {
    (address + (MemoryLayout<GeneratorLayout>.offset(of: \.handled) ?? 0)).assumingMemoryBound(
      to: HandledException.self)
  }
}

/// Makes the generator object of the frame, which moves into it: RETURN_GENERATOR. The frame must be the newest on the thread's stack.
@inline(never) func makeGenerator(_ t: ThreadState, _ frame: Frame) -> Object {
  let c = frame.pointer.pointee.code.codeLayout
  let types = core.pointee.types
  let flags = c.pointee.flags
  let type = flags & 0x80 != 0 ? types.coroutine : flags & 0x200 != 0 ? types.asyncGenerator : types.generator
  let words = Frame.words(c)
  let o = allocateContainer(type, size: GeneratorLayout.frameOffset + words * 8)
  let g = o.generatorLayout
  let f = frame.pointer.pointee.function.functionLayout
  let header = g.pointee.header
  g.initialize(
    to: GeneratorLayout(
      header: header, name: f.pointee.name.retained(), qualifiedName: f.pointee.qualifiedName.retained(), weakrefs: nil,
      handled: HandledException(exception: nil, previous: nil), origin: nil, finishedCode: nil, wordCount: words,
      state: .created,
      hooksDone: false, isClosed: false, isRunningAsync: false))
  let target = o.generatorFrame
  target.pointer.initialize(to: frame.pointer.pointee)
  let count = frame.pointer.pointee.stackTop - frame.fastLocals
  for i in 0..<count { (target.fastLocals + i).initialize(to: frame.fastLocals[i]) }
  target.pointer.pointee.stackTop = target.fastLocals + count
  target.pointer.pointee.owner = .generator
  target.pointer.pointee.isEntry = false
  target.pointer.pointee.isIncomplete = false
  target.pointer.pointee.previous = nil
  if let object = target.pointer.pointee.frameObject { object.frameObjectLayout.pointee.frame = target.pointer }
  track(o)
  return o
}

/// Ends the generator's frame: the thread's stack of handled exceptions is restored and everything the frame owns released.
@inline(never) func finishGeneratorFrame(_ t: ThreadState, _ frame: Frame) {
  let o = frame.generator
  let g = o.generatorLayout
  g.pointee.state = .finished
  if t.pointer.pointee.handling == o.handledPlace, let previous = g.pointee.handled.previous {
    t.pointer.pointee.handling = previous
  }
  g.pointee.handled.previous = nil
  // A frame object that outlives the frame keeps who resumed it as its `f_back`.
  clearFrameContent(t, o)
  take(&g.pointee.handled.exception)
}

/// Releases the frame's content and code of a generator whose state is already `finished`.
func clearGeneratorFrame(_ t: ThreadState, _ o: Object) {
  o.generatorFrame.pointer.pointee.previous = nil
  clearFrameContent(t, o)
}

private func clearFrameContent(_ t: ThreadState, _ o: Object) {
  let frame = o.generatorFrame
  clearFrame(AnyLevel.self, t, frame)
  frame.pointer.pointee.previous = nil
  o.generatorLayout.pointee.finishedCode = frame.pointer.pointee.code
}

enum GeneratorSlots {
  static func dealloc(_ o: Object) {
    let g = o.generatorLayout
    if g.pointee.weakrefs != nil { clearWeakrefs(o) }
    // 1. A suspended generator is closed first, which may resurrect it.
    if g.pointee.state != .finished || o.isKind(.asyncGenerator) {
      if callFinalizerFromDealloc(o) { return }
    }
    if o.isTracked { untrack(o) }
    // 2. What is left of the frame.
    if g.pointee.state != .finished {
      g.pointee.state = .finished
      clearGeneratorFrame(currentThread(), o)
    }
    take(&g.pointee.origin)
    take(&g.pointee.finishedCode)
    take(&g.pointee.handled.exception)
    g.pointee.name.release()
    g.pointee.qualifiedName.release()
    freeContainer(o, size: GeneratorLayout.frameOffset + g.pointee.wordCount * 8)
  }

  static func traverse(_ o: Object, _ visit: Visitor) -> Bool {
    let g = o.generatorLayout
    if visit(g.pointee.name) || visit(g.pointee.qualifiedName) || visit(g.pointee.origin) { return true }
    if g.pointee.state != .finished {
      let frame = o.generatorFrame
      if visit(frame.pointer.pointee.frameObject) || visit(frame.pointer.pointee.function) { return true }
      if g.pointee.state != .running, traverseFrame(frame, visit) { return true }
    }
    return visit(g.pointee.handled.exception)
  }

  /// The finalizer: closes a suspended generator; warns about a coroutine that never ran.
  static func finalize(_ o: Object) {
    let t = currentThread()
    let g = o.generatorLayout
    if g.pointee.state == .finished { return }
    let raised = t.takeRaised()
    defer { t.setRaised(steal: raised) }
    if o.isKind(.asyncGenerator), let finalizer = g.pointee.origin, !g.pointee.isClosed {
      if let result = call1(t, finalizer, o) { result.release() } else { writeUnraisable(t, o) }
      return
    }
    if o.isKind(.coroutine), g.pointee.state == .created {
      warnUnawaited(t, o)
      return
    }
    if g.pointee.state == .created { return }
    if let result = closeGenerator(t, o) {
      result.release()
    } else if t.hasRaised {
      writeUnraisable(t, o)
    }
  }

  /// `coroutine 'f' was never awaited`, as a RuntimeWarning through the warnings module.
  private static func warnUnawaited(_ t: ThreadState, _ o: Object) {
    let name = stringValue(o.generatorLayout.pointee.qualifiedName)
    if !warn(t, .RuntimeWarning, "coroutine '\(name)' was never awaited", level: 1) { writeUnraisable(t, o) }
  }

  static func repr(_ t: ThreadState, _ o: Object) -> Object? {
    let kind = o.isKind(.coroutine) ? "coroutine" : o.isKind(.asyncGenerator) ? "async_generator" : "generator"
    return makeString("<\(kind) object \(stringValue(o.generatorLayout.pointee.qualifiedName)) at \(addressText(o))>")
  }
}
