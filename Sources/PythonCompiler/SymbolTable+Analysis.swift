// Second half of the symbol table: decides for every name of every block whether it is local, global, free or a cell.
//
// One walk from the top block down and back up:
//  1. downwards, `bound` are the names that enclosing functions bind and `global` those declared global there;
//  2. each name of the block is decided by its own flags first, then by these two sets;
//  3. upwards, every block hands over the names its children left free; those it binds become cells.
// A list, set or dict comprehension is merged into its parent on the way up (PEP 709).

import PythonBytecode

extension SymbolTable {
  func analyze() throws(CompileError) {
    var analysis = ScopeAnalysis()
    _ = try analysis.analyze(top, bound: nil, global: [], typeParameters: [], classScope: nil)
  }
}

private struct ScopeAnalysis {
  /// Returns the names that the block and its children leave free.
  mutating func analyze(
    _ scope: Scope, bound outerBound: Set<String>?, global outerGlobal: Set<String>,
    typeParameters outerTypeParameters: Set<String>, classScope: Scope?
  ) throws(CompileError) -> Set<String> {
    var bound = outerBound
    var global = outerGlobal
    var typeParameters = outerTypeParameters
    var local: Set<String> = []
    var free: Set<String> = []
    var scopes: [String: NameScope] = [:]

    // A class's names are not visible to its methods: the children get the sets as they were outside.
    let classBound = outerBound ?? []
    let classGlobal = outerGlobal

    for name in scope.symbols.names {
      guard let flags = scope.symbols[name]?.flags else { continue }
      scopes[name] = try decide(
        name, flags, scope, bound: &bound, local: &local, free: &free, global: &global,
        typeParameters: &typeParameters, classScope: classScope)
    }

    var childBound: Set<String>
    var childGlobal: Set<String>
    if scope.kind == .class {
      childBound = classBound
      childGlobal = classGlobal
      childBound.insert("__class__")
      childBound.insert("__classdict__")
    } else {
      childBound = bound ?? []
      if scope.kind.isFunctionLike { childBound.formUnion(local) }
      childGlobal = global
    }

    var childrenFree: Set<String> = []
    var inlinedCells: Set<String> = []
    for child in scope.children {
      let seenClass = child.canSeeClassScope ? (scope.kind == .class ? scope : classScope) : nil
      let isInlined = child.comprehension != nil && child.comprehension != .generator && !scope.canSeeClassScope
      var childFree = try analyze(
        child, bound: childBound, global: childGlobal, typeParameters: typeParameters, classScope: seenClass)
      if isInlined {
        inline(child, into: scope, scopes: &scopes, free: &childFree, cells: &inlinedCells)
        child.isInlined = true
      }
      childrenFree.formUnion(childFree)
      if child.hasFree || child.childHasFree { scope.childHasFree = true }
    }
    scope.children = scope.children.flatMap { $0.isInlined ? $0.children : [$0] }

    if scope.kind.isFunctionLike {
      makeCells(&scopes, free: &childrenFree, inlinedCells: inlinedCells)
    } else if scope.kind == .class {
      if childrenFree.remove("__class__") != nil { scope.needsClassClosure = true }
      if childrenFree.remove("__classdict__") != nil { scope.needsClassDict = true }
    }
    record(scope, scopes, bound: bound, free: childrenFree, inlinedCells: inlinedCells)
    return free.union(childrenFree)
  }

  private func decide(
    _ name: String, _ flags: SymbolFlags, _ scope: Scope, bound: inout Set<String>?, local: inout Set<String>,
    free: inout Set<String>, global: inout Set<String>, typeParameters: inout Set<String>, classScope: Scope?
  ) throws(CompileError) -> NameScope {
    if flags.contains(.global) {
      if flags.contains(.nonlocal) { throw directiveError("name '\(name)' is nonlocal and global", name, scope) }
      global.insert(name)
      bound?.remove(name)
      return .globalExplicit
    }
    if flags.contains(.nonlocal) {
      guard let names = bound else {
        throw directiveError("nonlocal declaration not allowed at module level", name, scope)
      }
      guard names.contains(name) else { throw directiveError("no binding for nonlocal '\(name)' found", name, scope) }
      if typeParameters.contains(name) {
        throw directiveError("nonlocal binding not allowed for type parameter '\(name)'", name, scope)
      }
      scope.hasFree = true
      free.insert(name)
      return .free
    }
    if !flags.isDisjoint(with: .bound) {
      local.insert(name)
      global.remove(name)
      if flags.contains(.typeParameter) { typeParameters.insert(name) } else { typeParameters.remove(name) }
      return .local
    }
    if let classFlags = classScope?.symbols[name]?.flags {
      if classFlags.contains(.global) { return .globalExplicit }
      if !classFlags.isDisjoint(with: .bound), !classFlags.contains(.nonlocal) { return .globalImplicit }
    }
    if bound?.contains(name) == true {
      scope.hasFree = true
      free.insert(name)
      return .free
    }
    if !global.contains(name), scope.isNested { scope.hasFree = true }
    return .globalImplicit
  }

  private func directiveError(_ message: String, _ name: String, _ scope: Scope) -> CompileError {
    CompileError(message, scope.directives.first { $0.name == name }?.position ?? scope.position)
  }

  private func inline(
    _ comprehension: Scope, into scope: Scope, scopes: inout [String: NameScope], free: inout Set<String>,
    cells: inout Set<String>
  ) {
    var dropsClassName = false
    for name in comprehension.symbols.names {
      guard let symbol = comprehension.symbols[name], !symbol.flags.contains(.parameter) else { continue }
      var nameScope = symbol.scope
      if nameScope == .cell || symbol.flags.contains(.comprehensionCell) { cells.insert(name) }
      // The cell `__class__` is the methods' alone: a comprehension in the class's body sees a global, even where the body binds the name.
      if nameScope == .free, scope.kind == .class, name == "__class__" {
        nameScope = .globalImplicit
        free.remove(name)
        dropsClassName = true
      }
      if let existing = scope.symbols[name] {
        // Free in the comprehension, bound outside: now simply a local, unless a nested function needs the cell.
        let isBound = !existing.flags.isDisjoint(with: .bound)
        if isBound, scope.kind != .class, !isFreeInAnyChild(comprehension, name) { free.remove(name) }
      } else {
        scope.symbols[name] = Symbol(flags: symbol.flags)
        scopes[name] = nameScope
      }
    }
    comprehension.hasFree = !free.isEmpty
    if dropsClassName { comprehension.symbols["__class__"] = nil }
  }

  private func isFreeInAnyChild(_ scope: Scope, _ name: String) -> Bool {
    scope.children.contains { $0.scope(of: name) == .free }
  }

  private func makeCells(_ scopes: inout [String: NameScope], free: inout Set<String>, inlinedCells: Set<String>) {
    for name in free.union(inlinedCells) where scopes[name] == .local {
      scopes[name] = .cell
      free.remove(name)
    }
  }

  private func record(
    _ scope: Scope, _ scopes: [String: NameScope], bound: Set<String>?, free: Set<String>, inlinedCells: Set<String>
  ) {
    for name in scope.symbols.names {
      guard var symbol = scope.symbols[name] else { continue }
      if inlinedCells.contains(name) { symbol.flags.insert(.comprehensionCell) }
      symbol.scope = scopes[name] ?? .unknown
      scope.symbols[name] = symbol
    }
    for name in free.sorted() {
      if var symbol = scope.symbols[name] {
        if scope.kind == .class {
          symbol.flags.insert(.freeInClass)
          scope.symbols[name] = symbol
        }
      } else if bound?.contains(name) ?? true {
        scope.symbols[name] = Symbol(flags: [], scope: .free)
      }
    }
  }
}
