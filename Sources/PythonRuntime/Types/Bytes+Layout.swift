// bytes and bytearray in memory.
import CRuntimeSupport
import Glibc

public struct BytesLayout {
  public var header: ObjectHeader
  public var count: Int
  /// -1: not computed yet.
  public var hash: Int
  /// Bytes before the data.
  public static let base = 32
}

/// The data lie in a block of their own; `start` is the first byte in use, so that removing from the front is cheap.
public struct ByteArrayLayout {
  public var header: ObjectHeader
  public var count: Int
  public var data: UnsafeMutablePointer<UInt8>?
  public var capacity: Int
  /// Live memoryviews; a resize is refused while there are any.
  public var exports: Int
}

/// A view of the bytes of an object; valid until the object changes.
public typealias ByteView = UnsafeBufferPointer<UInt8>

extension Object {
  @inlinable @inline(__always) public var bytesCount: Int { layout(BytesLayout.self).pointee.count }
  @inlinable @inline(__always) public var bytesData: UnsafeMutablePointer<UInt8> {
    (address + 32).assumingMemoryBound(to: UInt8.self)
  }
  @inlinable @inline(__always) public var byteArrayLayout: UnsafeMutablePointer<ByteArrayLayout> {
    layout(ByteArrayLayout.self)
  }
  /// The bytes of a bytes or bytearray.
  public var byteView: ByteView {
    if isKind(.bytes) { return ByteView(start: bytesData, count: bytesCount) }
    return ByteView(start: byteArrayLayout.pointee.data, count: byteArrayLayout.pointee.count)
  }
}

/// A bytes object whose data the caller fills.
public func allocateBytes(count: Int, type: TypeObject? = nil) -> Object {
  let object =
    type.map { allocateZeroed($0, items: count + 1) } ?? allocateObject(core.pointee.types.bytes, size: 33 + count)
  object.layout(BytesLayout.self).pointee.count = count
  object.layout(BytesLayout.self).pointee.hash = -1
  object.bytesData[count] = 0
  return object
}

public func makeBytes(_ base: UnsafePointer<UInt8>?, _ count: Int) -> Object {
  guard let base, count > 0 else { return core.pointee.emptyBytes }
  if count == 1 { return core.pointee.singleBytes[Int(base[0])] }
  let object = allocateBytes(count: count)
  memcpy(object.bytesData, base, count)
  return object
}

public func makeBytes(_ bytes: [UInt8]) -> Object {
  bytes.withUnsafeBufferPointer { makeBytes($0.baseAddress, $0.count) }
}

public func makeByteArray(_ bytes: UnsafeBufferPointer<UInt8>) -> Object {
  let object = allocateZeroed(core.pointee.types.bytearray)
  byteArrayReplace(object, 0, 0, bytes)
  return object
}
public func makeByteArray(_ bytes: [UInt8]) -> Object { bytes.withUnsafeBufferPointer { makeByteArray($0) } }

/// Replaces `low..<high` by other bytes; `bytes` must not point into the array itself.
public func byteArrayReplace(_ o: Object, _ low: Int, _ high: Int, _ bytes: UnsafeBufferPointer<UInt8>) {
  let p = o.byteArrayLayout
  let old = p.pointee.count
  let count = old - (high - low) + bytes.count
  if count > p.pointee.capacity {
    let capacity = max(count + count >> 3 + (count < 9 ? 3 : 6), 16)
    let fresh = Heap.allocate(capacity).assumingMemoryBound(to: UInt8.self)
    if let data = p.pointee.data {
      memcpy(fresh, data, old)
      Heap.free(data, size: p.pointee.capacity)
    }
    p.pointee.data = fresh
    p.pointee.capacity = capacity
    Probes.resized(o)
  }
  p.pointee.count = count
  guard let data = p.pointee.data else { return }
  memmove(data + low + bytes.count, data + high, old - high)
  if let base = bytes.baseAddress { memcpy(data + low, base, bytes.count) }
}

enum BytesObject {
  static func dealloc(_ o: Object) { freeInstance(o, items: o.bytesCount &+ 1) }
  static func deallocByteArray(_ o: Object) {
    if let data = o.byteArrayLayout.pointee.data { Heap.free(data, size: o.byteArrayLayout.pointee.capacity) }
    freeInstance(o)
  }
  static func hash(_: ThreadState, _ o: Object) -> Int {
    let p = o.layout(BytesLayout.self)
    if p.pointee.hash == -1 { p.pointee.hash = HashSecret.hash(o.bytesData, o.bytesCount) }
    return p.pointee.hash
  }
}

/// The cached hash of a bytes object.
public func bytesHash(_ o: Object) -> Int { BytesObject.hash(currentThread(), o) }
