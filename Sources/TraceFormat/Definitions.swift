// Names and sites by id, collected from the definitions chunks. Ids are per stream; id 0 is "unknown" in each class.

import TraceModel

/// What ids stand for. Tables grow to the largest id defined; an id that was never defined has the default content.
public struct Definitions: Sendable {
  public struct TypeEntry: Sendable, Equatable {
    public var isDefined = false
    public var object: UInt32 = 0
    public var name: UInt32 = 0
    public var module: UInt32 = 0
    public var metaclass: UInt32 = 0
    public var origin: UInt8 = 0
    public var basicSize: UInt32 = 0
    public var bases: [UInt32] = []
    public var mro: [UInt32] = []
    public var abstractNames: [UInt32] = []
  }
  public struct CodeEntry: Sendable, Equatable {
    public var isDefined = false
    public var name: UInt32 = 0
    public var qualifiedName: UInt32 = 0
    public var file: UInt32 = 0
    public var firstLine: UInt32 = 0
    public var origin: UInt8 = 0
    /// Names of arguments and of variables of enclosing functions, in order; empty below level links.
    public var positional: [UInt32] = []
    public var keywordOnly: [UInt32] = []
    public var free: [UInt32] = []
  }
  public struct NodeEntry: Sendable, Equatable {
    public var isDefined = false
    public var parent: UInt32 = 0
    public var code: UInt32 = 0
    /// Line in the parent from which the call was made.
    public var callLine: UInt32 = 0
  }
  public struct SiteEntry: Sendable, Equatable {
    public var isDefined = false
    public var node: UInt32 = 0
    public var line: UInt32 = 0
  }

  public internal(set) var strings: [String?] = []
  public internal(set) var types: [TypeEntry] = []
  public internal(set) var codes: [CodeEntry] = []
  public internal(set) var nodes: [NodeEntry] = []
  public internal(set) var sites: [SiteEntry] = []

  /// Records added so far, against which ids are judged.
  var recordCount = 0
  /// Entries of all lists.
  var listEntryCount = 0

  public init() {}

  public func string(_ id: UInt32) -> String? { Int(id) < strings.count ? strings[Int(id)] : nil }
  public func type(_ id: UInt32) -> TypeEntry? {
    Int(id) < types.count && types[Int(id)].isDefined ? types[Int(id)] : nil
  }
  public func code(_ id: UInt32) -> CodeEntry? {
    Int(id) < codes.count && codes[Int(id)].isDefined ? codes[Int(id)] : nil
  }
  public func node(_ id: UInt32) -> NodeEntry? {
    Int(id) < nodes.count && nodes[Int(id)].isDefined ? nodes[Int(id)] : nil
  }
  public func site(_ id: UInt32) -> SiteEntry? {
    Int(id) < sites.count && sites[Int(id)].isDefined ? sites[Int(id)] : nil
  }
}
