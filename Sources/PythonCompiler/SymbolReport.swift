// What the symbol table found out, for programs that ask (`symtable`): one entry a block, in CPython's numbers.
import PythonBytecode
import PythonSyntax

public struct SymbolReport: Sendable {
  /// CPython's `_Py_block_ty`.
  public var type: Int
  public var name: String
  public var line: Int
  public var isNested: Bool
  /// Each name with how it is used (SymbolFlags) and, from bit 12 on, where it lives.
  public var symbols: [(name: String, flags: Int)]
  public var parameters: [String]
  public var children: [SymbolReport]

  public static func make(_ module: Module) throws(CompileError) -> SymbolReport {
    let future = try FutureFeatures.find(in: module.body)
    return SymbolReport(try SymbolTable.build(module.body, hasFutureAnnotations: future.annotations).top)
  }

  public static func make(_ interactive: Interactive) throws(CompileError) -> SymbolReport {
    SymbolReport(try SymbolTable.build(interactive.body, hasFutureAnnotations: false).top)
  }

  public static func make(_ root: ExpressionRoot) throws(CompileError) -> SymbolReport {
    SymbolReport(try SymbolTable.build(root.body).top)
  }

  init(_ scope: Scope) {
    type =
      switch scope.kind {
      case .function: 0
      case .class: 1
      case .module: 2
      case .annotation: 3
      case .typeAlias: 4
      case .typeParameters: 5
      case .typeVariable: 6
      }
    name = scope.name
    line = scope.kind == .module ? 0 : Int(scope.position.line)
    isNested = scope.isNested
    symbols = scope.symbols.names.map { name in
      let symbol = scope.symbols[name] ?? Symbol(flags: [])
      return (name, Int(symbol.flags.rawValue) | Self.number(symbol.scope) << 12)
    }
    parameters = scope.parameters
    children = scope.children.map { SymbolReport($0) }
  }

  private static func number(_ scope: NameScope) -> Int {
    switch scope {
    case .unknown: 0
    case .local: 1
    case .globalExplicit: 2
    case .globalImplicit: 3
    case .free: 4
    case .cell: 5
    }
  }
}
