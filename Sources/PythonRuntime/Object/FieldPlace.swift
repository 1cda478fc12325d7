// Fields of a layout that a table or a caller names.

/// Where a stored field lies in a layout: its offset, in bytes.
///
/// Made from a key path that is written out at the place of use, which the compiler turns into a number. A key path that is kept as an object is taken apart at
/// every access, and making one wakes Swift's demangler: a page of the program in memory for each step of it, at every start.
public struct FieldPlace<Layout, Value>: Equatable, Sendable {
  public let offset: Int

  @inline(__always)
  public init(_ path: WritableKeyPath<Layout, Value>) {
    guard let offset = MemoryLayout<Layout>.offset(of: path) else {
      preconditionFailure("a computed property has no place in memory")
    }
    self.offset = offset
  }
}

extension UnsafeMutablePointer {
  /// The field of the layout that this points to.
  @inline(__always)
  public func field<Value>(_ place: FieldPlace<Pointee, Value>) -> UnsafeMutablePointer<Value> {
    (UnsafeMutableRawPointer(self) + place.offset).assumingMemoryBound(to: Value.self)
  }
}
