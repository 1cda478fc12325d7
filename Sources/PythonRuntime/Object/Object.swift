// The handle to a Python object, its header, and reference counting.
//
//     offset  -16   collector links, container types only (two words, see CollectorLinks)
//               0   refcount     Int; negative: immortal, never changed
//               8   type         TypeObject
//              16   the type's own fields
//
// Ownership is CPython's: a function's result is a new reference that the caller must drop; a parameter is borrowed, unless its name or
// comment says "steals". A result named `borrowed...` or a stored property is borrowed.
import CRuntimeSupport

/// What stands first in every object.
public struct ObjectHeader {
  public var refcount: Int
  public var type: TypeObject

  /// The count of an object that is never freed; `sys.getrefcount` reports 2**32 - 1.
  @inlinable public static var immortalRefcount: Int { Int.min / 2 }
}

/// A reference to a Python object, not counted by itself. `Object?` is one word: nil means "an exception is set", or "absent" where said.
@frozen public struct Object: Equatable, Hashable, @unchecked Sendable {
  public let address: UnsafeMutableRawPointer

  @inlinable @inline(__always) public init(_ address: UnsafeMutableRawPointer) { self.address = address }

  @inlinable @inline(__always) public var header: UnsafeMutablePointer<ObjectHeader> {
    address.assumingMemoryBound(to: ObjectHeader.self)
  }
  @inlinable @inline(__always) public var type: TypeObject {
    get { header.pointee.type }
    nonmutating set { header.pointee.type = newValue }
  }
  @inlinable @inline(__always) public var refcount: Int {
    get { header.pointee.refcount }
    nonmutating set { header.pointee.refcount = newValue }
  }
  @inlinable @inline(__always) public var isImmortal: Bool { header.pointee.refcount < 0 }

  /// The object's name in events: its distance in the arena in 16-byte steps.
  @inlinable @inline(__always) public var slot: UInt32 {
    UInt32(truncatingIfNeeded: (UInt(bitPattern: address) &- UInt(exuvia_arena())) >> 4)
  }

  /// Views the object's memory as its type's layout struct. The caller knows the type.
  @inlinable @inline(__always) public func layout<Layout>(_: Layout.Type = Layout.self) -> UnsafeMutablePointer<Layout>
  {
    address.assumingMemoryBound(to: Layout.self)
  }
}

// MARK: - Reference counting

extension Object {
  /// Adds a reference.
  @inlinable @inline(__always) public func retain() {
    let count = header.pointee.refcount
    if count >= 0 {
      header.pointee.refcount = count &+ 1
      if exuvia_level() >= probeLevelRefs { probeIncref(self) }
    }
  }

  /// Adds a reference and returns the object: for results.
  @inlinable @inline(__always) public func retained() -> Object {
    retain()
    return self
  }

  /// Drops a reference; at zero the object is deallocated at once.
  @inlinable @inline(__always) public func release() {
    let count = header.pointee.refcount
    if count >= 0 {
      header.pointee.refcount = count &- 1
      if exuvia_level() >= probeLevelRefs { probeDecref(self) }
      if count == 1 { deallocate(self) }
    }
  }

  @inlinable public func makeImmortal() { header.pointee.refcount = ObjectHeader.immortalRefcount }
}

extension Optional where Wrapped == Object {
  @inlinable @inline(__always) public func retain() { if let object = self { object.retain() } }
  @inlinable @inline(__always) public func release() { if let object = self { object.release() } }
}
