// The buffer protocol, and memoryview in memory: items of one format over the bytes of another object.
import CRuntimeSupport

/// What an object shows of its memory: `count` items side by side. Valid while the object is not resized, which it refuses while it has views.
public struct BufferView {
  public var base: UnsafeMutableRawPointer?
  public var count: Int
  public var itemSize: Int
  /// The letter of the item's format, as in the module `struct`.
  public var format: UInt8
  public var readOnly: Bool

  public init(_ base: UnsafeMutableRawPointer?, count: Int, itemSize: Int = 1, format: UInt8 = 66, readOnly: Bool) {
    self.base = base
    self.count = count
    self.itemSize = itemSize
    self.format = format
    self.readOnly = readOnly
  }

  public var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: UnsafeRawPointer(base), count: count * itemSize)
  }
}

/// What `o` shows of its memory; `change` is how many views it has more (1) or less (-1) from now on. nil without an exception: it is no buffer.
public func bufferView(_ t: ThreadState, _ o: Object, change: Int = 0) -> BufferView? {
  var type = o.type
  while true {
    // A view that `bytearray.__buffer__` made of an instance of a subclass counts with the native base, whatever the subclass says.
    if let function = type.pointer.pointee.buffer, change == 0 || function.code != PythonBuffer.dispatcher.code {
      return function.call(t, o, change)
    }
    guard let base = type.pointer.pointee.base else { return nil }
    type = TypeObject(unchecked: base)
  }
}

public struct MemoryViewLayout {
  public var header: ObjectHeader
  /// The exporter; nil after `release`.
  public var source: Object?
  /// The first item.
  public var base: UnsafeMutablePointer<UInt8>?
  /// The first dimension's items, and the bytes from one to the next. Without dimensions: 1, and the size of the one item.
  public var count: Int
  public var stride: Int
  public var itemSize: Int
  /// Shape, then strides, when there is not one dimension alone; owned.
  public var dimensions: UnsafeMutablePointer<Int>?
  public var weakrefs: UnsafeMutableRawPointer?
  /// -1: not asked for yet.
  public var hash: Int
  public var dimensionCount: UInt8
  /// The letter of the item's format, and whether `@` was written before it.
  public var format: UInt8
  public var isMarked: Bool
  public var readOnly: Bool
}

extension Object {
  @inlinable @inline(__always) public var viewLayout: UnsafeMutablePointer<MemoryViewLayout> {
    layout(MemoryViewLayout.self)
  }
}

enum MemoryViewObject {
  static func dealloc(_ o: Object) {
    untrack(o)
    clearWeakrefs(o)
    memoryViewRelease(o)
    o.viewLayout.pointee.dimensions?.deallocate()
    freeInstance(o)
  }
  static func traverse(_ o: Object, _ visit: Visitor) -> Bool { visit(o.viewLayout.pointee.source) }
}

/// A view of one dimension over memory of `source`, which exports a buffer.
public func makeMemoryView(
  _ t: ThreadState, _ source: Object, base: UnsafeMutablePointer<UInt8>?, count: Int, stride: Int = 1,
  itemSize: Int = 1, format: UInt8 = 66, readOnly: Bool
) -> Object {
  let o = allocateContainer(core.pointee.types.memoryview, size: MemoryLayout<MemoryViewLayout>.size)
  _ = bufferView(t, source, change: 1)
  let p = o.viewLayout
  p.pointee.source = source.retained()
  p.pointee.base = base
  p.pointee.count = count
  p.pointee.stride = stride
  p.pointee.itemSize = itemSize
  p.pointee.dimensions = nil
  p.pointee.weakrefs = nil
  p.pointee.hash = -1
  p.pointee.dimensionCount = 1
  p.pointee.format = format
  p.pointee.isMarked = false
  p.pointee.readOnly = readOnly
  track(o)
  return o
}

/// A view of all that `source` shows. nil without an exception: it is no buffer.
public func makeMemoryView(_ t: ThreadState, of source: Object) -> Object? {
  guard let view = bufferView(t, source) else { return nil }
  return makeMemoryView(
    t, source, base: view.base?.assumingMemoryBound(to: UInt8.self), count: view.count, stride: view.itemSize,
    itemSize: view.itemSize, format: view.format, readOnly: view.readOnly)
}

/// Lets go of the source.
public func memoryViewRelease(_ o: Object) {
  guard let source = o.viewLayout.pointee.source else { return }
  o.viewLayout.pointee.source = nil
  storedField(o, source, nil)
  _ = bufferView(currentThread(), source, change: -1)
  source.release()
}
