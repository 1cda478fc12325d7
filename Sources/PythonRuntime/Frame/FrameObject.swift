// Frame objects: what Python code sees of a frame. While the call runs the object points to the frame; when the call ends and somebody still
// holds the object, it takes the frame's content over into its own memory.
//
//     header | back | frame | trace | lineno | flags || FrameLayout | locals | stack

public struct FrameObjectLayout {
  public var header: ObjectHeader
  /// The caller's frame object; set when the frame is taken over.
  public var back: Object?
  public var frame: UnsafeMutablePointer<FrameLayout>
  public var trace: Object?
  /// Names that `f_locals` was given and that are no locals: a dict, or nil.
  public var extras: Object?
  public var line: Int
  public var wordCount: Int
  public var tracesLines: Bool
  public var tracesOpcodes: Bool
  /// The event that the trace or profile function is told of just now.
  var event: TraceFunctions.Event?
  var jump: JumpState
}

extension Object {
  @inlinable @inline(__always) var frameObjectLayout: UnsafeMutablePointer<FrameObjectLayout> { layout() }

  /// The frame that a frame object shows.
  public var shownFrame: Frame { Frame(layout(FrameObjectLayout.self).pointee.frame) }
}

let frameObjectHeaderSize = (MemoryLayout<FrameObjectLayout>.size + 15) & ~15

/// The frame's object, made on demand: borrowed.
public func frameObject(_ t: ThreadState, _ frame: Frame) -> Object {
  if let o = frame.pointer.pointee.frameObject { return o }
  let c = frame.pointer.pointee.code.codeLayout
  let words = Frame.words(c)
  let raised = t.takeRaised()
  let o = allocateContainer(core.pointee.types.frame, size: frameObjectHeaderSize + words * 8)
  let p = o.frameObjectLayout
  p.pointee.back = nil
  p.pointee.frame = frame.pointer
  p.pointee.trace = nil
  p.pointee.extras = nil
  p.pointee.line = 0
  p.pointee.wordCount = words
  p.pointee.tracesLines = true
  p.pointee.tracesOpcodes = false
  p.pointee.event = nil
  p.pointee.jump = .none
  frame.pointer.pointee.frameObject = o
  t.setRaised(steal: raised)
  return o
}

/// The frame ends: drops its claim on its object. True when the object lives on and has taken the content over.
@inline(never) func detachFrameObject(_ t: ThreadState, _ frame: Frame) -> Bool {
  guard let o = frame.pointer.pointee.frameObject else { return false }
  frame.pointer.pointee.frameObject = nil
  if o.refcount > 1 {
    takeOver(t, o, frame)
    o.release()
    return true
  }
  o.release()
  return false
}

private func takeOver(_ t: ThreadState, _ o: Object, _ frame: Frame) {
  let p = o.frameObjectLayout
  let target = (o.address + frameObjectHeaderSize).assumingMemoryBound(to: FrameLayout.self)
  target.initialize(to: frame.pointer.pointee)
  let stackCount = frame.pointer.pointee.stackTop - frame.fastLocals
  let copy = Frame(target)
  for i in 0..<max(0, stackCount) { (copy.fastLocals + i).initialize(to: frame.fastLocals[i]) }
  target.pointee.stackTop = copy.fastLocals + stackCount
  target.pointee.owner = .frameObject
  target.pointee.code.retain()
  target.pointee.frameObject = nil
  p.pointee.frame = target
  if let caller = frame.previous?.firstComplete { p.pointee.back = frameObject(t, caller).retained() }
  target.pointee.previous = nil
  track(o)
  Probes.frameKept(o, copy)
}

enum FrameObjectSlots {
  static func configure() {
    let p = core.pointee.types.frame.pointer
    p.pointee.basicSize = frameObjectHeaderSize
    p.pointee.itemSize = 8
    p.pointee.flags.insert(.container)
    p.pointee.dealloc = ObjectAction(dealloc)
    p.pointee.traverse = TraverseFunction(traverse)
    p.pointee.clear = ObjectAction(clear)
    p.pointee.repr = UnaryFunction { _, o in
      let frame = o.shownFrame
      let c = frame.code.codeLayout
      return makeString(
        "<frame at \(addressText(o)), file '\(stringValue(c.pointee.fileName))', line \(frame.line), code "
          + "\(stringValue(c.pointee.name))>")
    }
    FunctionTypes.useGenericAttributes(p)
  }

  private static func dealloc(_ o: Object) {
    if o.isTracked { untrack(o) }
    let p = o.frameObjectLayout
    if p.pointee.frame.pointee.owner == .frameObject {
      let frame = Frame(p.pointee.frame)
      clearFrameLocals(AnyLevel.self, frame)
      p.pointee.frame.pointee.function.release()
      p.pointee.frame.pointee.code.release()
    }
    take(&p.pointee.back)
    take(&p.pointee.trace)
    take(&p.pointee.extras)
    freeContainer(o, size: frameObjectHeaderSize + p.pointee.wordCount * 8)
  }

  private static func traverse(_ o: Object, _ visit: Visitor) -> Bool {
    let p = o.frameObjectLayout
    if visit(p.pointee.back) || visit(p.pointee.trace) || visit(p.pointee.extras) { return true }
    guard p.pointee.frame.pointee.owner == .frameObject else { return false }
    return visit(p.pointee.frame.pointee.function) || traverseFrame(Frame(p.pointee.frame), visit)
  }

  private static func clear(_ o: Object) {
    let p = o.frameObjectLayout
    take(&p.pointee.trace)
    guard p.pointee.frame.pointee.owner == .frameObject else { return }
    Probes.frameEmptied(o)
    clearFrameLocals(AnyLevel.self, Frame(p.pointee.frame))
  }

  static func addAttributes(_ t: ThreadState) {
    let type = core.pointee.types.frame
    func add(_ name: String, _ getter: @escaping UnaryFunction.Function, _ setter: StoreFunction? = nil) {
      addGetSet(t, type, name, getter: UnaryFunction(getter), setter: setter)
    }
    add("f_code") { _, o in o.shownFrame.code.retained() }
    add("f_globals") { _, o in o.shownFrame.pointer.pointee.globals.retained() }
    add("f_builtins") { _, o in o.shownFrame.pointer.pointee.builtins.retained() }
    func lineNumber(_ t: ThreadState, _ o: Object) -> Object? {
      let frame = o.shownFrame
      if frame.line > 0 { return makeInt(frame.line) }
      // A module begins at line 0; other instructions without a line have none.
      let place = frame.code.compiledCode.position(at: UInt32(max(frame.instructionIndex, 0)))
      return place.line == 0 ? makeInt(0) : core.pointee.none.retained()
    }
    add("f_lineno", lineNumber, StoreFunction { t, o, _, value in FrameJump.setLine(t, o, value) })
    add("f_lasti") { _, o in makeInt(o.shownFrame.instructionIndex * 2) }
    add("f_locals") { _, o in
      let p = o.shownFrame.pointer
      if let locals = p.pointee.locals, p.pointee.code.codeLayout.pointee.flags & 1 == 0 { return locals.retained() }
      return FrameLocalsProxy.make(o)
    }
    FrameLocalsProxy.install(t)
    add("f_back") { t, o in
      if let back = o.frameObjectLayout.pointee.back { return back.retained() }
      guard o.shownFrame.pointer.pointee.owner != .frameObject, let caller = o.shownFrame.previous?.firstComplete else {
        return core.pointee.none.retained()
      }
      return frameObject(t, caller).retained()
    }
    add(
      "f_trace", { _, o in (o.frameObjectLayout.pointee.trace ?? core.pointee.none).retained() },
      StoreFunction { _, o, _, value in
        FrameTrace.set(o, value == core.pointee.none ? nil : value)
        return true
      })
    add(
      "f_trace_opcodes", { _, o in makeBool(o.frameObjectLayout.pointee.tracesOpcodes) },
      StoreFunction { t, o, _, value in
        guard let value, value.isKind(.bool) else {
          return t.fail(.TypeError, "attribute value type must be bool")
        }
        o.frameObjectLayout.pointee.tracesOpcodes = value == core.pointee.true
        return true
      })
    add(
      "f_trace_lines", { _, o in makeBool(o.frameObjectLayout.pointee.tracesLines) },
      StoreFunction { t, o, _, value in
        guard let value, value.isKind(.bool) else {
          return t.fail(.TypeError, "attribute value type must be bool")
        }
        o.frameObjectLayout.pointee.tracesLines = value == core.pointee.true
        return true
      })
    addMethods(
      t, type,
      [
        NativeMethod("clear", .noArguments) { t, o, _ in
          let frame = o.shownFrame
          switch frame.pointer.pointee.owner {
          case .thread: return t.raise(.RuntimeError, "cannot clear an executing frame")
          case .generator:
            let g = frame.generator
            switch g.generatorLayout.pointee.state {
            case .running: return t.raise(.RuntimeError, "cannot clear an executing frame")
            case .suspended, .suspendedYieldFrom:
              if !isFinished(g) { return t.raise(.RuntimeError, "cannot clear a suspended frame") }
            default: break
            }
            closeGeneratorQuietly(t, g)
            return core.pointee.none.retained()
          case .frameObject:
            clear(o)
            return core.pointee.none.retained()
          }
        }
      ])
  }

  private static func isFinished(_ generator: Object) -> Bool { generator.generatorLayout.pointee.state == .finished }
}

/// Visits the locals and the stack of a frame that does not run.
func traverseFrame(_ frame: Frame, _ visit: Visitor) -> Bool {
  if visit(frame.pointer.pointee.locals) { return true }
  var place = frame.fastLocals
  while place < frame.pointer.pointee.stackTop {
    if visit(place.pointee) { return true }
    place += 1
  }
  return false
}

/// The namespace of module and class code, else a snapshot of the fast locals. A new reference.
func frameLocals(_ t: ThreadState, _ frame: Frame) -> Object? {
  let p = frame.pointer
  if let locals = p.pointee.locals, p.pointee.code.codeLayout.pointee.flags & 1 == 0 { return locals.retained() }
  let dict = makeDict()
  guard fillLocals(t, frame, dict) else {
    dict.release()
    return nil
  }
  return dict
}

/// Copies the values of fast locals, cells and free variables into a dict.
func fillLocals(_ t: ThreadState, _ frame: Frame, _ dict: Object) -> Bool {
  let code = frame.code.compiledCode
  let names = frame.code.codeLayout.pointee.localTuple
  let ran = frame.instructionIndex > 0 || !frame.pointer.pointee.isIncomplete
  for i in 0..<code.localKinds.count {
    let kind = code.localKinds[i]
    if kind.contains(.hidden) { continue }
    var value = frame.fastLocals[i]
    if kind.contains(.free) || kind.contains(.cell), ran, let cell = value, cell.isKind(.cell) {
      value = cell.cellLayout.pointee.content
    }
    if kind.contains(.free), value == nil, !ran,
      let closure = frame.pointer.pointee.function.functionLayout.pointee.closure
    {
      let index = i - (code.localKinds.count - closure.tupleCount)
      if index >= 0, index < closure.tupleCount { value = closure.tupleItems[index].cellLayout.pointee.content }
    }
    guard let value else { continue }
    guard dictSet(t, dict, names.tupleItems[i], value) else { return false }
  }
  return true
}

/// `locals()` of the running frame. A new reference.
public func frameLocals(_ t: ThreadState) -> Object? {
  guard let frame = t.frame?.firstComplete else { return t.raise(.SystemError, "frame does not exist") }
  return frameLocals(t, frame)
}

/// The globals of the running frame, borrowed.
public func frameGlobals(_ t: ThreadState) -> Object? { t.frame?.firstComplete?.pointer.pointee.globals }
