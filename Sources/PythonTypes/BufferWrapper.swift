// What stands between a memoryview and an object whose memory is shown by a `__buffer__` in Python: with the last view it gives the object's own memoryview back.
import PythonRuntime

struct BufferWrapperLayout {
  var header: ObjectHeader
  /// The memoryview that `__buffer__` gave; nil once it has gone back.
  var view: Object?
  var owner: Object?
  var exports: Int
}

public enum BufferWrapper {
  private static func layout(_ o: Object) -> UnsafeMutablePointer<BufferWrapperLayout> { o.layout() }

  /// Made when the first such memoryview is.
  private static let type: TypeObject = {
    let type = makeBuiltinType(
      name: "_buffer_wrapper", layoutSize: MemoryLayout<BufferWrapperLayout>.size,
      flags: [.container, .disallowInstantiation]
    ) { p in
      p.pointee.dealloc = ObjectAction { o in
        untrack(o)
        giveBack(currentThread(), o)
        freeInstance(o)
      }
      p.pointee.traverse = TraverseFunction { o, visit in
        visit(layout(o).pointee.view) || visit(layout(o).pointee.owner)
      }
      p.pointee.buffer = BufferFunction { t, o, change in
        layout(o).pointee.exports += change
        if change < 0, layout(o).pointee.exports == 0 { giveBack(t, o) }
        return layout(o).pointee.view.flatMap { bufferView(t, $0) } ?? BufferView(nil, count: 0, readOnly: true)
      }
    }
    readyType(currentThread(), type)
    return type
  }()

  private static func giveBack(_ t: ThreadState, _ o: Object) {
    let p = layout(o)
    guard let view = p.pointee.view, let owner = p.pointee.owner else { return }
    p.pointee.view = nil
    p.pointee.owner = nil
    storedField(o, view, nil)
    storedField(o, owner, nil)
    PythonBuffer.giveBack(t, owner, view)
    owner.release()
  }

  /// A memoryview of what the object's `__buffer__` shows; nil: an exception is set.
  public static func view(_ t: ThreadState, of owner: Object, _ flags: Int) -> Object? {
    guard let shown = PythonBuffer.acquire(t, owner, flags) else { return nil }
    guard let view = MemoryViewMethods.copy(t, shown) else {
      PythonBuffer.giveBack(t, owner, shown)
      return nil
    }
    let o = allocateContainer(type, size: MemoryLayout<BufferWrapperLayout>.size)
    let p = layout(o)
    p.pointee.view = shown
    p.pointee.owner = owner.retained()
    p.pointee.exports = 1
    track(o)
    // The view looks at the wrapper instead of the object behind `shown`, which `shown` keeps.
    let source = view.viewLayout.pointee.source
    view.viewLayout.pointee.source = o
    storedField(view, source, o)
    if let source {
      _ = bufferView(t, source, change: -1)
      source.release()
    }
    return view
  }
}
