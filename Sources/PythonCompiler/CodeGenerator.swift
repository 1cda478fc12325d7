// Second pass over the tree: emits the intermediate instructions of one block after the other. What they become is up to FlowGraph.
// This file opens and closes blocks and has the small tools of the extensions, one for each kind of construct.

import PythonBytecode
import PythonSyntax

final class CodeGenerator {
  let fileName: String
  let table: SymbolTable
  let future: FutureFeatures
  var isInteractive = false
  /// What is correct but doubtful, in the order of the code.
  var warnings: [SyntaxWarning] = []
  var unit: Unit
  /// The units around the current one.
  var outerUnits: [Unit] = []

  init(fileName: String, table: SymbolTable, future: FutureFeatures) {
    self.fileName = fileName
    self.table = table
    self.future = future
    unit = Unit(
      kind: .module, scope: table.top, name: "<module>", qualname: "<module>", firstLine: 1, className: nil)
    unit.emit(.resume, ResumeKind.start, at: SourcePosition(line: 0, endLine: 1, column: 0, endColumn: 0))
  }

  /// More instructions than this number of stack items are not built at once.
  static let stackGuideline = 30
}

// Blocks.
extension CodeGenerator {
  func enter(_ kind: UnitKind, _ scope: Scope?, name: String, firstLine: Int32, className: String?, at span: SourceSpan)
    throws(CompileError)
  {
    guard let scope else { throw CompileError("internal: block '\(name)' has no symbols", SourcePosition(span)) }
    let qualname = qualifiedName(name, kind: kind)
    outerUnits.append(unit)
    unit = Unit(kind: kind, scope: scope, name: name, qualname: qualname, firstLine: firstLine, className: className)
    emit(.resume, ResumeKind.start, at: SourcePosition(line: firstLine))
  }

  /// Ends the current block. Without `addsNone` what is on the stack at its end is returned.
  func exit(addsNone: Bool) throws(CompileError) -> Code {
    let code = try finish(addsNone: addsNone)
    if let outer = outerUnits.popLast() { unit = outer }
    return code
  }

  func finish(addsNone: Bool) throws(CompileError) -> Code {
    if addsNone { loadConstant(.none, at: .none) }
    emit(.returnValue, at: .none)
    return Assembler(unit: unit, fileName: fileName, flags: flags(of: unit)).assemble()
  }

  private func qualifiedName(_ name: String, kind: UnitKind) -> String {
    var outer = outerUnits + [unit]
    if let last = outer.last, last.kind == .typeParameters { outer.removeLast() }
    guard outer.count > 1, let parent = outer.last else { return name }
    if kind == .function || kind == .asyncFunction || kind == .class {
      let mangled = NameMangling.mangle(name, inClass: parent.className)
      if parent.scope.scope(of: mangled) == .globalExplicit { return name }
    }
    return parent.kind.isFunction ? parent.qualname + ".<locals>." + name : parent.qualname + "." + name
  }

  private func flags(of unit: Unit) -> CodeFlags {
    let scope = unit.scope
    var flags: CodeFlags = []
    if scope.kind.isFunctionLike {
      flags.formUnion([.optimized, .newLocals])
      if scope.isNested { flags.insert(.nested) }
      switch (scope.isGenerator, scope.isCoroutine) {
      case (true, false): flags.insert(.generator)
      case (false, true): flags.insert(.coroutine)
      case (true, true): flags.insert(.asyncGenerator)
      case (false, false): break
      }
      if scope.hasVarArgs { flags.insert(.varArgs) }
      if scope.hasVarKeywords { flags.insert(.varKeywords) }
    }
    if future.annotations { flags.insert(.futureAnnotations) }
    if future.barryAsBDFL { flags.insert(.futureBarryAsBDFL) }
    if future.generatorStop { flags.insert(.futureGeneratorStop) }
    return flags
  }
}

// Emitting.
extension CodeGenerator {
  func emit(_ opcode: Opcode, _ operand: Int = 0, at position: SourcePosition) {
    unit.emit(opcode, operand, at: position)
  }

  func emitJump(_ opcode: Opcode, to label: Label, at position: SourcePosition) {
    unit.emitJump(opcode, to: label, at: position)
  }

  func emitName(_ opcode: Opcode, _ name: String, at position: SourcePosition) {
    emit(opcode, unit.names.index(of: mangle(name)), at: position)
  }

  func newLabel() -> Label { unit.newLabel() }

  func place(_ label: Label) { unit.place(label) }

  func loadConstant(_ constant: Constant, at position: SourcePosition) {
    emit(.loadConst, unit.constantIndex(constant), at: position)
  }

  func loadConstant(_ string: String, at position: SourcePosition) {
    loadConstant(.string(Array(string.utf8)), at: position)
  }

  func mangle(_ name: String) -> String { NameMangling.mangle(name, inClass: unit.className) }

  func error(_ message: String, _ span: SourceSpan) -> CompileError { CompileError(message, SourcePosition(span)) }

  func push(_ kind: FrameBlock.Kind, start: Label? = nil, exit: Label? = nil, at position: SourcePosition = .none) {
    unit.frameBlocks.append(FrameBlock(kind: kind, start: start, exit: exit, position: position))
  }

  func popFrameBlock() { unit.frameBlocks.removeLast() }

  /// The handler that ends a handler: restores the exception that was handled before and raises again.
  func emitPopExceptAndReraise() {
    emit(.copy, 3, at: .none)
    emit(.popExcept, at: .none)
    emit(.reraise, 1, at: .none)
  }

  /// Awaits or delegates to what lies below the None on the stack; leaves its result.
  func emitYieldFrom(isAwait: Bool, at position: SourcePosition) {
    let send = newLabel()
    let fail = newLabel()
    let exit = newLabel()
    place(send)
    emitJump(.send, to: exit, at: position)
    // When close() or throw() raises StopIteration in the inner one, that is its result.
    emitJump(.setupFinally, to: fail, at: position)
    emit(.yieldValue, 1, at: position)
    emit(.popBlock, at: .none)
    emit(.resume, isAwait ? ResumeKind.afterAwait : ResumeKind.afterYieldFrom, at: position)
    emitJump(.jumpNoInterrupt, to: send, at: position)
    place(fail)
    emit(.cleanupThrow, at: position)
    place(exit)
    emit(.endSend, at: position)
  }

  func emitAwait(kind: Int, at position: SourcePosition) {
    emit(.getAwaitable, kind, at: position)
    loadConstant(.none, at: position)
    emitYieldFrom(isAwait: true, at: position)
  }

  func emitYield(at position: SourcePosition) {
    if unit.scope.isGenerator, unit.scope.isCoroutine {
      emit(.callIntrinsic1, Intrinsic1.asyncGenWrap.rawValue, at: position)
    }
    emit(.yieldValue, 0, at: position)
    emit(.resume, ResumeKind.afterYield, at: position)
  }
}
