// memoryview in memory: one dimension of items over the bytes of another object.
import CRuntimeSupport

public struct MemoryViewLayout {
  public var header: ObjectHeader
  /// The bytes or bytearray; nil after `release`.
  public var source: Object?
  public var start: Int
  public var count: Int
  /// Bytes from one item to the next.
  public var stride: Int
  public var itemSize: Int
  /// The letter of the item's format.
  public var format: UInt8
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
    memoryViewRelease(o)
    freeInstance(o)
  }
  static func traverse(_ o: Object, _ visit: Visitor) -> Bool { visit(o.viewLayout.pointee.source) }
}

/// A view of `count` items in the bytes of `source`, which must be bytes or bytearray.
public func makeMemoryView(
  _ source: Object, start: Int, count: Int, stride: Int = 1, itemSize: Int = 1, format: UInt8 = 66, readOnly: Bool
) -> Object {
  let o = allocateContainer(core.pointee.types.memoryview, size: MemoryLayout<MemoryViewLayout>.size)
  if source.isKind(.bytearray) { source.byteArrayLayout.pointee.exports += 1 }
  o.viewLayout.pointee.source = source.retained()
  o.viewLayout.pointee.start = start
  o.viewLayout.pointee.count = count
  o.viewLayout.pointee.stride = stride
  o.viewLayout.pointee.itemSize = itemSize
  o.viewLayout.pointee.format = format
  o.viewLayout.pointee.readOnly = readOnly
  track(o)
  return o
}

/// Lets go of the source.
public func memoryViewRelease(_ o: Object) {
  guard let source = o.viewLayout.pointee.source else { return }
  o.viewLayout.pointee.source = nil
  if source.isKind(.bytearray) { source.byteArrayLayout.pointee.exports -= 1 }
  source.release()
}
