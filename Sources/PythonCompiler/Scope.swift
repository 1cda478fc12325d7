// What is known about the names of one block of source: made by SymbolTable, read by CodeGenerator.

import PythonBytecode

/// How a block uses a name, and what was found out about it.
struct SymbolFlags: OptionSet {
  let rawValue: UInt16

  static let global = SymbolFlags(rawValue: 1)
  static let local = SymbolFlags(rawValue: 1 << 1)
  static let parameter = SymbolFlags(rawValue: 1 << 2)
  static let nonlocal = SymbolFlags(rawValue: 1 << 3)
  static let use = SymbolFlags(rawValue: 1 << 4)
  /// A free variable of a class block's methods that the class binds as well.
  static let freeInClass = SymbolFlags(rawValue: 1 << 6)
  static let `import` = SymbolFlags(rawValue: 1 << 7)
  static let annotation = SymbolFlags(rawValue: 1 << 8)
  /// The target of a comprehension's `for`.
  static let comprehensionTarget = SymbolFlags(rawValue: 1 << 9)
  static let typeParameter = SymbolFlags(rawValue: 1 << 10)
  /// A cell because of a comprehension that was inlined.
  static let comprehensionCell = SymbolFlags(rawValue: 1 << 11)

  static let bound: SymbolFlags = [.local, .parameter, .import, .typeParameter]
}

/// Where a name lives.
enum NameScope {
  case unknown
  case local
  case globalExplicit
  case globalImplicit
  case free
  case cell
}

struct Symbol {
  var flags: SymbolFlags
  var scope: NameScope = .unknown
}

/// The symbols of a block in the order in which they were first seen.
struct SymbolEntries {
  private(set) var names: [String] = []
  private var symbols: [String: Symbol] = [:]

  subscript(name: String) -> Symbol? {
    get { symbols[name] }
    set {
      if let newValue {
        if symbols.updateValue(newValue, forKey: name) == nil { names.append(name) }
      } else if symbols.removeValue(forKey: name) != nil {
        names.removeAll { $0 == name }
      }
    }
  }
}

enum BlockKind {
  case module
  case function
  case `class`
  case annotation
  case typeVariable
  case typeAlias
  case typeParameters

  /// Whether names that it binds are fast locals.
  var isFunctionLike: Bool { self != .module && self != .class }
}

enum ComprehensionKind {
  case list, set, dict, generator

  var description: String {
    switch self {
    case .list: "list comprehension"
    case .set: "set comprehension"
    case .dict: "dict comprehension"
    case .generator: "generator expression"
    }
  }
}

final class Scope {
  let kind: BlockKind
  let name: String
  let position: SourcePosition
  let isNested: Bool
  var symbols = SymbolEntries()
  /// Parameters in their order.
  var parameters: [String] = []
  var children: [Scope] = []
  /// Where each `global` and `nonlocal` name was declared, for messages.
  var directives: [(name: String, position: SourcePosition)] = []

  var comprehension: ComprehensionKind?
  var isInlined = false
  var isGenerator = false
  var isCoroutine = false
  var hasVarArgs = false
  var hasVarKeywords = false
  var hasFree = false
  var childHasFree = false
  /// A class whose methods use `__class__` or whose type parameters use its namespace.
  var needsClassClosure = false
  var needsClassDict = false
  /// A type-parameter scope directly in a class, which sees the class's names.
  var canSeeClassScope = false
  /// While its symbols are collected: inside a comprehension's target, and depth of its iterables.
  var isInComprehensionTarget = false
  var iterableDepth = 0

  init(kind: BlockKind, name: String, position: SourcePosition, isNested: Bool) {
    self.kind = kind
    self.name = name
    self.position = position
    self.isNested = isNested
  }

  func scope(of name: String) -> NameScope { symbols[name]?.scope ?? .unknown }

  /// Names of one kind in the order in which they get cells.
  func sortedNames(where include: (Symbol) -> Bool) -> [String] {
    symbols.names.filter { symbols[$0].map(include) ?? false }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}

/// Finds the scope of a node again: trees are values, so a block is named by its place and its kind.
struct ScopeKey: Hashable {
  enum Role: Hashable {
    case module, function, lambda, `class`, typeParameters, typeAlias, typeBound, typeDefault
    case listComprehension, setComprehension, dictComprehension, generatorExpression
  }
  let position: SourcePosition
  let role: Role
}
