// Comprehensions and generator expressions. List, set and dict comprehensions run in the frame around them (PEP 709): names that
// they bind are saved on the stack before and put back after, also when an exception passes.

import PythonBytecode
import PythonSyntax

/// The parts of a comprehension, whatever its kind.
private struct ComprehensionParts {
  let kind: ComprehensionKind
  let role: ScopeKey.Role
  let name: String
  let element: Expression
  /// Of a dict comprehension, whose `element` is the key.
  let value: Expression?
  let generators: [Comprehension]
  let position: SourcePosition

  init?(_ expression: Expression) {
    switch expression.kind {
    case .listComp(let elt, let generators):
      self.init(.list, .listComprehension, "<listcomp>", elt, nil, generators, expression)
    case .setComp(let elt, let generators):
      self.init(.set, .setComprehension, "<setcomp>", elt, nil, generators, expression)
    case .dictComp(let key, let value, let generators):
      self.init(.dict, .dictComprehension, "<dictcomp>", key, value, generators, expression)
    case .generatorExp(let elt, let generators):
      self.init(.generator, .generatorExpression, "<genexpr>", elt, nil, generators, expression)
    default: return nil
    }
  }

  private init(
    _ kind: ComprehensionKind, _ role: ScopeKey.Role, _ name: String, _ element: Expression, _ value: Expression?,
    _ generators: [Comprehension], _ expression: Expression
  ) {
    position = SourcePosition(expression.span)
    self.kind = kind
    self.role = role
    self.name = name
    self.element = element
    self.value = value
    self.generators = generators
  }
}

/// What an inlined comprehension changes in the unit around it.
private struct InlinedState {
  var savedSymbols: [(name: String, symbol: Symbol?)] = []
  var pushedLocals: [String] = []
  var hiddenLocals: [String] = []
  var cleanup: Label?
}

extension CodeGenerator {
  func visitComprehension(_ expression: Expression) throws(CompileError) {
    guard let parts = ComprehensionParts(expression), let outermost = parts.generators.first else { return }
    guard let scope = table.scope(parts.role, at: expression.span) else {
      throw error("internal: comprehension has no symbols", expression.span)
    }
    let position = SourcePosition(expression.span)
    let isAsync = scope.isCoroutine && parts.kind != .generator
    if isAsync, unit.kind != .asyncFunction, unit.kind != .comprehension {
      throw error("asynchronous comprehension outside of an asynchronous function", expression.span)
    }
    if scope.isInlined {
      try visitOutermost(outermost)
      let state = try enterInlined(scope, at: position)
      emitStart(parts.kind, isInlined: true, at: position)
      try visitGenerators(parts, 0, depth: 0, iterableIsOnStack: true)
      return exitInlined(state, at: position)
    }
    try enter(
      .comprehension, scope, name: parts.name, firstLine: position.line, className: unit.className,
      at: expression.span)
    unit.argCount = 1
    emitStart(parts.kind, isInlined: false, at: position)
    try visitGenerators(parts, 0, depth: 0, iterableIsOnStack: false)
    if parts.kind == .generator {
      wrapInStopIterationHandler()
    } else {
      emit(.returnValue, at: position)
    }
    let code = try exit(addsNone: true)
    makeClosure(code, at: position)
    try visitOutermost(outermost)
    emit(.call, 0, at: position)
    if isAsync { emitAwait(kind: 0, at: position) }
  }

  private func visitOutermost(_ outermost: Comprehension) throws(CompileError) {
    try visitIterable(outermost.iter)
    emit(outermost.isAsync ? .getAiter : .getIter, at: SourcePosition(outermost.iter.span))
  }

  private func emitStart(_ kind: ComprehensionKind, isInlined: Bool, at position: SourcePosition) {
    switch kind {
    case .generator: return
    case .list: emit(.buildList, 0, at: position)
    case .set: emit(.buildSet, 0, at: position)
    case .dict: emit(.buildMap, 0, at: position)
    }
    if isInlined { emit(.swap, 2, at: position) }
  }

  /// A StopIteration that leaves a generator becomes a RuntimeError.
  func wrapInStopIterationHandler() {
    let handler = newLabel()
    unit.insertFirst(.setupCleanup, to: handler)
    loadConstant(.none, at: .none)
    emit(.returnValue, at: .none)
    place(handler)
    emit(.callIntrinsic1, Intrinsic1.stopIterationError.rawValue, at: .none)
    emit(.reraise, 1, at: .none)
  }
}

// Inlining.
extension CodeGenerator {
  private func enterInlined(_ scope: Scope, at position: SourcePosition) throws(CompileError) -> InlinedState {
    var state = InlinedState()
    let outer = unit.scope
    let isInClass = outer.kind == .class && unit.inlinedComprehensionDepth == 0
    unit.inlinedComprehensionDepth += 1
    for name in scope.symbols.names {
      guard let symbol = scope.symbols[name] else { continue }
      let outerSymbol = outer.symbols[name]
      let outerScope = outerSymbol?.scope ?? .unknown
      // Inside, the name means what the comprehension says.
      let differs =
        symbol.scope != outerScope && symbol.scope != .free && !(symbol.scope == .cell && outerScope == .free)
      if differs || isInClass {
        outer.symbols[name] = symbol
        state.savedSymbols.append((name, outerSymbol))
      }
      // N.B. In a class body every name of the comprehension is saved, used or bound, as in CPython.
      let isBound = symbol.flags.contains(.local) && !symbol.flags.contains(.nonlocal)
      guard isBound || isInClass else { continue }
      if !outer.kind.isFunctionLike, unit.fastHidden[name] != true {
        unit.fastHidden[name] = true
        state.hiddenLocals.append(name)
      }
      // A cell is saved as it is; the comprehension gets one of its own.
      emit(.loadFastAndClear, unit.localNames.index(of: name), at: position)
      if symbol.scope == .cell { emit(.makeCell, closureIndex(name, isFree: outerScope == .free), at: position) }
      state.pushedLocals.append(name)
    }
    if !state.pushedLocals.isEmpty {
      emit(.swap, state.pushedLocals.count + 1, at: position)
      let cleanup = newLabel()
      state.cleanup = cleanup
      emitJump(.setupFinally, to: cleanup, at: position)
    }
    return state
  }

  private func exitInlined(_ state: InlinedState, at position: SourcePosition) {
    unit.inlinedComprehensionDepth -= 1
    for saved in state.savedSymbols { unit.scope.symbols[saved.name] = saved.symbol }
    if let cleanup = state.cleanup {
      let end = newLabel()
      emit(.popBlock, at: .none)
      emitJump(.jumpNoInterrupt, to: end, at: .none)
      // The unfinished result lies below the exception.
      place(cleanup)
      emit(.swap, 2, at: .none)
      emit(.popTop, at: .none)
      restore(state.pushedLocals, at: position)
      emit(.reraise, 0, at: .none)
      place(end)
      restore(state.pushedLocals, at: position)
    }
    for name in state.hiddenLocals { unit.fastHidden[name] = false }
  }

  private func restore(_ names: [String], at position: SourcePosition) {
    emit(.swap, names.count + 1, at: position)
    for name in names.reversed() { emit(.storeFastMaybeNull, unit.localNames.index(of: name), at: position) }
  }
}

// The loops.
extension CodeGenerator {
  private func visitGenerators(
    _ parts: ComprehensionParts, _ index: Int, depth: Int, iterableIsOnStack: Bool
  ) throws(CompileError) {
    if parts.generators[index].isAsync {
      try visitAsyncGenerator(parts, index, depth: depth, iterableIsOnStack: iterableIsOnStack)
    } else {
      try visitSyncGenerator(parts, index, depth: depth, iterableIsOnStack: iterableIsOnStack)
    }
  }

  private func visitSyncGenerator(
    _ parts: ComprehensionParts, _ index: Int, depth: Int, iterableIsOnStack: Bool
  ) throws(CompileError) {
    let generator = parts.generators[index]
    let start = newLabel()
    let skip = newLabel()
    let anchor = newLabel()
    let position = SourcePosition(generator.iter.span)
    var isLoop = true
    if !iterableIsOnStack {
      if index == 0 {
        emit(.loadFast, 0, at: parts.position)
      } else if let single = Self.singleElement(generator.iter) {
        // `for y in [f(x)]` is an assignment.
        try visit(single)
        isLoop = false
      } else {
        try visitIterable(generator.iter)
        emit(.getIter, at: position)
      }
    }
    var depth = depth
    if isLoop {
      depth += 1
      place(start)
      emitJump(.forIter, to: anchor, at: position)
    }
    try visit(generator.target)
    for condition in generator.ifs {
      try jump(to: skip, if: condition, is: false, at: SourcePosition(condition.span))
    }
    let elementPosition = try visitInner(parts, index, depth: depth)
    place(skip)
    if isLoop {
      emitJump(.jump, to: start, at: elementPosition)
      place(anchor)
      emit(.endFor, at: .none)
      emit(.popTop, at: .none)
    }
  }

  private static func singleElement(_ iter: Expression) -> Expression? {
    switch iter.kind {
    case .list(let elts, _), .tuple(let elts, _):
      elts.count == 1 && !elts[0].isStarred ? elts[0] : nil
    default: nil
    }
  }

  private func visitAsyncGenerator(
    _ parts: ComprehensionParts, _ index: Int, depth: Int, iterableIsOnStack: Bool
  ) throws(CompileError) {
    let generator = parts.generators[index]
    let start = newLabel()
    let skip = newLabel()
    let except = newLabel()
    let position = SourcePosition(generator.iter.span)
    if !iterableIsOnStack {
      if index == 0 {
        emit(.loadFast, 0, at: parts.position)
      } else {
        try visitIterable(generator.iter)
        emit(.getAiter, at: position)
      }
    }
    place(start)
    push(.asyncComprehension, start: start)
    emitNextAsync(except: except, at: parts.position)
    try visit(generator.target)
    for condition in generator.ifs {
      try jump(to: skip, if: condition, is: false, at: SourcePosition(condition.span))
    }
    let elementPosition = try visitInner(parts, index, depth: depth + 1)
    place(skip)
    emitJump(.jump, to: start, at: elementPosition)
    popFrameBlock()
    place(except)
    emit(.endAsyncFor, at: parts.position)
  }

  /// The next loop, or the element in the last one. Returns where the element stands.
  private func visitInner(
    _ parts: ComprehensionParts, _ index: Int, depth: Int
  ) throws(CompileError) -> SourcePosition {
    if index + 1 < parts.generators.count {
      try visitGenerators(parts, index + 1, depth: depth, iterableIsOnStack: false)
      return SourcePosition(parts.element.span)
    }
    try visit(parts.element)
    var position = SourcePosition(parts.element.span)
    switch parts.kind {
    case .generator:
      emitYield(at: position)
      emit(.popTop, at: position)
    case .list: emit(.listAppend, depth + 1, at: position)
    case .set: emit(.setAdd, depth + 1, at: position)
    case .dict:
      if let value = parts.value {
        try visit(value)
        position = SourcePosition(
          line: position.line, endLine: Int32(value.span.endLine), column: position.column,
          endColumn: Int32(value.span.endColumn))
      }
      emit(.mapAdd, depth + 1, at: position)
    }
    return position
  }
}
