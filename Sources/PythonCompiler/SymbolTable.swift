// First pass over the tree: collects how every block uses its names, then lets SymbolTable+Analysis decide where each lives.
// This file has the blocks and the definitions; statements, expressions and parameters are in extensions.

import PythonBytecode
import PythonSyntax

final class SymbolTable {
  let top: Scope
  private(set) var scopes: [ScopeKey: Scope] = [:]
  var stack: [Scope]
  /// Name of the class around, for private names.
  var className: String?
  let hasFutureAnnotations: Bool

  private init(hasFutureAnnotations: Bool) {
    top = Scope(kind: .module, name: "top", position: SourcePosition(line: 0), isNested: false)
    stack = [top]
    self.hasFutureAnnotations = hasFutureAnnotations
  }

  var current: Scope { stack[stack.count - 1] }

  static func build(_ body: [Statement], hasFutureAnnotations: Bool) throws(CompileError) -> SymbolTable {
    let table = SymbolTable(hasFutureAnnotations: hasFutureAnnotations)
    try table.visit(body)
    try table.analyze()
    return table
  }

  static func build(_ body: Expression) throws(CompileError) -> SymbolTable {
    let table = SymbolTable(hasFutureAnnotations: false)
    try table.visit(body)
    try table.analyze()
    return table
  }

  func scope(_ role: ScopeKey.Role, at span: SourceSpan) -> Scope? {
    scopes[ScopeKey(position: SourcePosition(span), role: role)]
  }
}

// Blocks and definitions.
extension SymbolTable {
  /// Opens a block; `exit` closes it.
  @discardableResult
  func enter(_ kind: BlockKind, name: String, role: ScopeKey.Role?, at span: SourceSpan) -> Scope {
    let outer = current
    let isNested = outer.isNested || outer.kind.isFunctionLike
    let scope = Scope(kind: kind, name: name, position: SourcePosition(span), isNested: isNested)
    // What is inside of a comprehension's iterable stays inside of it in functions and comprehensions there.
    scope.iterableDepth = outer.iterableDepth
    if let role {
      scopes[ScopeKey(position: scope.position, role: role)] = scope
      outer.children.append(scope)
    }
    stack.append(scope)
    return scope
  }

  func exit() { stack.removeLast() }

  func define(_ name: String, _ flags: SymbolFlags, at span: SourceSpan) throws(CompileError) {
    try define(name, flags, in: current, at: span)
  }

  func define(_ name: String, _ flags: SymbolFlags, in scope: Scope, at span: SourceSpan) throws(CompileError) {
    // An import is refused by CodeGenerator, which knows the statement.
    if !flags.isDisjoint(with: [.local, .parameter, .typeParameter]), name == "__debug__" {
      throw CompileError("cannot assign to __debug__", SourcePosition(span))
    }
    let mangled = NameMangling.mangle(name, inClass: className)
    var flags = flags
    if let existing = scope.symbols[mangled] {
      if flags.contains(.parameter), existing.flags.contains(.parameter) {
        throw CompileError("duplicate argument '\(name)' in function definition", SourcePosition(span))
      }
      if flags.contains(.typeParameter), existing.flags.contains(.typeParameter) {
        throw CompileError("duplicate type parameter '\(name)'", SourcePosition(span))
      }
      flags.formUnion(existing.flags)
    }
    if scope.isInComprehensionTarget {
      // Only an assignment expression in a nested comprehension's target makes a name global or nonlocal here.
      if !flags.isDisjoint(with: [.global, .nonlocal]) {
        throw CompileError(
          "comprehension inner loop cannot rebind assignment expression target '\(name)'", SourcePosition(span))
      }
      flags.insert(.comprehensionTarget)
    }
    scope.symbols[mangled] = Symbol(flags: flags)
    if flags.contains(.parameter), !scope.parameters.contains(mangled) {
      scope.parameters.append(mangled)
    } else if flags.contains(.global) {
      var global = top.symbols[mangled] ?? Symbol(flags: [])
      global.flags.insert(.global)
      top.symbols[mangled] = global
    }
  }

  func flags(of name: String) -> SymbolFlags {
    current.symbols[NameMangling.mangle(name, inClass: className)]?.flags ?? []
  }

  /// `yield`, `await` and assignment expressions have no place in annotations and type parameters.
  func refuseInAnnotation(_ what: String, at span: SourceSpan) throws(CompileError) {
    let place: String
    switch current.kind {
    case .annotation: place = "an annotation"
    case .typeVariable: place = current.name
    case .typeAlias: place = "a type alias"
    case .typeParameters: place = "the definition of a generic"
    default: return
    }
    throw CompileError("\(what) cannot be used within \(place)", SourcePosition(span))
  }
}
