// The arguments of a call, as the caller's value stack holds them: borrowed, no tuple and no dict is made (PEP 590).

/// Positional arguments, then the values of keyword arguments; `keywordNames` is a tuple of str.
@frozen public struct Arguments {
  public let base: UnsafeMutablePointer<Object>
  /// Number of positional arguments.
  public let count: Int
  /// Names of the keyword arguments, whose values stand after the positional ones; nil when there are none.
  public let keywordNames: Object?

  @inlinable @inline(__always)
  public init(base: UnsafeMutablePointer<Object>, count: Int, keywordNames: Object? = nil) {
    self.base = base
    self.count = count
    self.keywordNames = keywordNames
  }
  /// The borrowed positional argument at `index`, which must be below `count`.
  @inlinable @inline(__always) public subscript(index: Int) -> Object { base[index] }

  /// The borrowed positional argument at `index`, or nil when it was not given.
  @inlinable public func optional(_ index: Int) -> Object? { index < count ? base[index] : nil }
}

/// The operators of rich comparison, with CPython's numbers.
@frozen public enum Comparison: UInt8, Sendable {
  case less = 0
  case lessEqual, equal, notEqual, greater, greaterEqual
  public var swapped: Comparison {
    switch self {
    case .less: .greater
    case .lessEqual: .greaterEqual
    case .equal: .equal
    case .notEqual: .notEqual
    case .greater: .less
    case .greaterEqual: .lessEqual
    }
  }
  public var text: String {
    switch self {
    case .less: "<"
    case .lessEqual: "<="
    case .equal: "=="
    case .notEqual: "!="
    case .greater: ">"
    case .greaterEqual: ">="
    }
  }
}
