// Traceback objects: one link for each frame that an exception passed.

public struct TracebackLayout {
  public var header: ObjectHeader
  public var next: Object?
  public var frame: Object
  /// Word index of the instruction.
  public var instruction: Int
  /// -1: computed from the instruction.
  public var line: Int
}

extension Object {
  @inlinable @inline(__always) var tracebackLayout: UnsafeMutablePointer<TracebackLayout> { layout() }

  /// The line of a traceback link.
  var tracebackLine: Int {
    let p = tracebackLayout
    if p.pointee.line >= 0 { return p.pointee.line }
    return Int(p.pointee.frame.shownFrame.code.compiledCode.line(at: UInt32(max(0, p.pointee.instruction))))
  }
}

/// Puts a link for `frame` before the traceback of the raised exception.
@inline(never) func addTraceback(_ t: ThreadState, _ frame: Frame) {
  guard let exception = t.takeRaised() else { return }
  addTraceback(t, frame, to: exception)
  t.setRaised(steal: exception)
}

private func addTraceback(_ t: ThreadState, _ frame: Frame, to exception: Object) {
  let link = makeTraceback(
    next: exception.exception.pointee.traceback?.retained(), frame: frameObject(t, frame).retained(),
    instruction: frame.instructionIndex, line: -1)
  setExceptionTraceback(exception, steal: link)
}

/// Puts a link for the running frame before the traceback of an exception that is not raised.
func addCurrentTraceback(_ t: ThreadState, to exception: Object) {
  if let frame = t.frame { addTraceback(t, frame, to: exception) }
}

/// Takes over `next` and `frame`.
func makeTraceback(next: Object?, frame: Object, instruction: Int, line: Int) -> Object {
  let o = allocateContainer(core.pointee.types.traceback, size: MemoryLayout<TracebackLayout>.size)
  let p = o.tracebackLayout
  p.pointee.next = next
  p.pointee.frame = frame
  p.pointee.instruction = instruction
  p.pointee.line = line
  track(o)
  return o
}

enum TracebackSlots {
  static func configure() {
    let p = core.pointee.types.traceback.pointer
    p.pointee.basicSize = MemoryLayout<TracebackLayout>.size
    p.pointee.flags.insert(.container)
    p.pointee.dealloc = ObjectAction { o in
      if o.isTracked { untrack(o) }
      let p = o.tracebackLayout
      take(&p.pointee.next)
      p.pointee.frame.release()
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in
      visit(o.tracebackLayout.pointee.next) || visit(o.tracebackLayout.pointee.frame)
    }
    // The frame must stay: only the chain is cut.
    p.pointee.clear = ObjectAction { o in take(&o.tracebackLayout.pointee.next) }
    p.pointee.new = NativeFunction { t, _, arguments in
      guard
        let parsed = parseArguments(
          t, arguments, function: "traceback", names: ["tb_next", "tb_frame", "tb_lasti", "tb_lineno"], required: 4),
        let next = parsed[0], let frame = parsed[1], let lasti = parsed[2], let line = parsed[3]
      else { return nil }
      guard next == core.pointee.none || next.isKind(.traceback) else {
        return t.raise(.TypeError, "expected traceback object or None, got '\(next.typeName)'")
      }
      guard frame.isKind(.frame) else {
        return t.raise(.TypeError, "traceback() argument 'tb_frame' must be frame, not \(argumentTypeName(frame))")
      }
      guard let index = intValue(t, lasti), let number = intValue(t, line) else { return nil }
      return makeTraceback(
        next: next == core.pointee.none ? nil : next.retained(), frame: frame.retained(), instruction: index / 2,
        line: number)
    }
    FunctionTypes.useGenericAttributes(p)
  }

  static func addAttributes(_ t: ThreadState) {
    let type = core.pointee.types.traceback
    addGetSet(
      t, type, "tb_next",
      getter: UnaryFunction { _, o in (o.tracebackLayout.pointee.next ?? core.pointee.none).retained() },
      setter: StoreFunction { t, o, _, value in
        guard let value else { return deletionError(t, "can't delete tb_next attribute") }
        guard value == core.pointee.none || value.isKind(.traceback) else {
          return deletionError(t, "expected traceback object, got '\(value.typeName)'")
        }
        var link: Object? = value == core.pointee.none ? nil : value
        while let here = link {
          if here == o {
            t.raise(.ValueError, "traceback loop detected")
            return false
          }
          link = here.tracebackLayout.pointee.next
        }
        let old = o.tracebackLayout.pointee.next
        o.tracebackLayout.pointee.next = value == core.pointee.none ? nil : value.retained()
        storedField(o, old, o.tracebackLayout.pointee.next)
        old.release()
        return true
      })
    addGetSet(
      t, type, "tb_frame", getter: UnaryFunction { _, o in o.tracebackLayout.pointee.frame.retained() }, setter: nil)
    addGetSet(
      t, type, "tb_lasti", getter: UnaryFunction { _, o in makeInt(o.tracebackLayout.pointee.instruction * 2) },
      setter: nil)
    addGetSet(t, type, "tb_lineno", getter: UnaryFunction { _, o in makeInt(o.tracebackLine) }, setter: nil)
  }
}
