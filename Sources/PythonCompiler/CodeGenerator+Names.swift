// Reading, writing and deleting names: which of the five families of instructions a name takes.

import PythonBytecode
import PythonSyntax

extension CodeGenerator {
  func name(_ name: String, _ context: ExpressionContext, at position: SourcePosition) throws(CompileError) {
    if context != .load, name == "__debug__" {
      throw CompileError(context == .del ? "cannot delete __debug__" : "cannot assign to __debug__", position)
    }
    let mangled = mangle(name)
    let scope = unit.scope
    let nameScope = scope.scope(of: mangled)
    switch nameScope {
    case .free, .cell:
      try derefName(mangled, isFree: nameScope == .free, context, at: position)
    case .local where scope.kind.isFunctionLike || unit.fastHidden[mangled] == true:
      let opcode: Opcode = context == .load ? .loadFast : context == .store ? .storeFast : .deleteFast
      emit(opcode, unit.localNames.index(of: mangled), at: position)
    case .globalExplicit:
      try globalName(mangled, isImplicit: false, context, at: position)
    case .globalImplicit where scope.kind.isFunctionLike:
      try globalName(mangled, isImplicit: true, context, at: position)
    default:
      switch context {
      case .load where scope.kind == .class && unit.inlinedComprehensionDepth > 0:
        // The comprehension is a function by its meaning and does not see the class's names.
        emit(.loadGlobal, unit.names.index(of: mangled) << 1, at: position)
      case .load: emit(.loadName, unit.names.index(of: mangled), at: position)
      case .store: emit(.storeName, unit.names.index(of: mangled), at: position)
      case .del: emit(.deleteName, unit.names.index(of: mangled), at: position)
      }
    }
  }

  private func globalName(
    _ mangled: String, isImplicit: Bool, _ context: ExpressionContext, at position: SourcePosition
  ) throws(CompileError) {
    switch context {
    case .load where unit.scope.canSeeClassScope && isImplicit:
      try name("__classdict__", .load, at: position)
      emit(.loadFromDictOrGlobals, unit.names.index(of: mangled), at: position)
    case .load: emit(.loadGlobal, unit.names.index(of: mangled) << 1, at: position)
    case .store: emit(.storeGlobal, unit.names.index(of: mangled), at: position)
    case .del: emit(.deleteGlobal, unit.names.index(of: mangled), at: position)
    }
  }

  private func derefName(
    _ mangled: String, isFree: Bool, _ context: ExpressionContext, at position: SourcePosition
  ) throws(CompileError) {
    let index = closureIndex(mangled, isFree: isFree)
    switch context {
    case .load where unit.scope.kind == .class && unit.inlinedComprehensionDepth == 0:
      emit(.loadLocals, at: position)
      emit(.loadFromDictOrDeref, index, at: position)
    case .load where unit.scope.canSeeClassScope && mangled != "__classdict__":
      try name("__classdict__", .load, at: position)
      emit(.loadFromDictOrDeref, index, at: position)
    case .load: emit(.loadDeref, index, at: position)
    case .store: emit(.storeDeref, index, at: position)
    case .del: emit(.deleteDeref, index, at: position)
    }
  }

  /// Cells count from 0, free variables behind them; the assembler turns this into an index of the fast locals.
  func closureIndex(_ name: String, isFree: Bool) -> Int {
    if isFree, let index = unit.freeNames.existingIndex(of: name) { return unit.cellNames.keys.count + index }
    if let index = unit.cellNames.existingIndex(of: name) { return index }
    return unit.cellNames.keys.count + (unit.freeNames.existingIndex(of: name) ?? 0)
  }

  /// Where the current block finds the cell that an inner block needs.
  func isFreeHere(_ name: String) -> Bool {
    if unit.scope.kind == .class, name == "__class__" || name == "__classdict__" { return false }
    return unit.scope.scope(of: name) != .cell
  }

  /// Makes a function of a code object; `attributes` lie on the stack in the order of their flags.
  func makeClosure(_ code: Code, attributes: [FunctionAttribute] = [], at position: SourcePosition) {
    let free = code.freeNames
    for name in free { emit(.loadClosure, closureIndex(name, isFree: isFreeHere(name)), at: position) }
    if !free.isEmpty { emit(.buildTuple, free.count, at: position) }
    loadConstant(.code(code), at: position)
    emit(.makeFunction, at: position)
    let all = free.isEmpty ? attributes : attributes + [.closure]
    for attribute in all.reversed() { emit(.setFunctionAttribute, attribute.rawValue, at: position) }
  }
}
