// `match`: each pattern leaves the values that it captures on the stack, below what is still to be matched; they are stored when the
// whole pattern has matched. A failing test jumps to a place that pops exactly what lies on the stack by then.

import PythonBytecode
import PythonSyntax

/// The state of one case.
private struct PatternContext {
  /// Names captured so far, whose values lie on the stack in this order.
  var captures: [String] = []
  /// Whether a pattern that matches everything may stand here.
  var allowsIrrefutable: Bool
  /// `failures[n]` pops n items and runs into `failures[n - 1]`.
  var failures: [Label] = []
  /// Items above the captures that are needed later.
  var itemsOnTop = 0
}

extension Pattern {
  fileprivate var isWildcard: Bool {
    if case .matchAs(_, nil) = kind { return true }
    return false
  }
  fileprivate var isStar: Bool {
    if case .matchStar = kind { return true }
    return false
  }
}

extension CodeGenerator {
  func visitMatch(_ subject: Expression, _ cases: [MatchCase]) throws(CompileError) {
    try visit(subject)
    let end = newLabel()
    guard let last = cases.last else { return }
    let hasDefault = last.pattern.isWildcard && cases.count > 1
    let count = cases.count - (hasDefault ? 1 : 0)
    for (index, matchCase) in cases.prefix(count).enumerated() {
      let position = SourcePosition(matchCase.pattern.span)
      let isLast = index == count - 1
      // The last case may consume the subject.
      if !isLast { emit(.copy, 1, at: position) }
      var context = PatternContext(allowsIrrefutable: matchCase.guard != nil || index == cases.count - 1)
      try visit(matchCase.pattern, &context)
      for capture in context.captures { try name(capture, .store, at: position) }
      if let condition = matchCase.guard {
        growFailures(&context, to: 0)
        try jump(to: context.failures[0], if: condition, is: false, at: position)
      }
      if !isLast { emit(.popTop, at: position) }
      try visit(matchCase.body)
      emitJump(.jump, to: end, at: .none)
      placeFailures(&context, at: position)
    }
    if hasDefault {
      emit(.nop, at: SourcePosition(last.pattern.span))
      if let condition = last.guard {
        try jump(to: end, if: condition, is: false, at: SourcePosition(last.pattern.span))
      }
      try visit(last.body)
    }
    place(end)
  }

  private func visit(_ pattern: Pattern, _ context: inout PatternContext) throws(CompileError) {
    let position = SourcePosition(pattern.span)
    switch pattern.kind {
    case .matchValue(let value):
      if case .attribute = value.kind {
      } else if case .joinedStr = value.kind {
        throw error("patterns may only match literals and attribute lookups", value.span)
      } else if Folding.constant(value) == nil {
        throw error("patterns may only match literals and attribute lookups", value.span)
      }
      try visit(value)
      emit(.compareOp, ComparisonOperation.equal.operand(toBool: false), at: position)
      emit(.toBool, at: position)
      failUnlessTrue(&context, at: position)
    case .matchSingleton(let value):
      loadConstant(Folding.literal(value), at: position)
      emit(.isOp, 0, at: position)
      failUnlessTrue(&context, at: position)
    case .matchSequence(let patterns): try visitSequencePattern(patterns, &context, at: pattern.span)
    case .matchMapping(let keys, let patterns, let rest):
      try visitMappingPattern(keys, patterns, rest, &context, at: pattern.span)
    case .matchClass(let cls, let patterns, let names, let keywordPatterns):
      try visitClassPattern(cls, patterns, names, keywordPatterns, &context, at: pattern.span)
    case .matchStar(let name): try capture(name, &context, at: position)
    case .matchAs(let inner, let name): try visitAsPattern(inner, name, &context, at: pattern.span)
    case .matchOr(let patterns): try visitOrPattern(patterns, &context, at: pattern.span)
    }
  }

  private func visitInner(_ pattern: Pattern, _ context: inout PatternContext) throws(CompileError) {
    let outer = context.allowsIrrefutable
    context.allowsIrrefutable = true
    try visit(pattern, &context)
    context.allowsIrrefutable = outer
  }
}

// Failures and captures.
extension CodeGenerator {
  private func growFailures(_ context: inout PatternContext, to count: Int) {
    while context.failures.count <= count { context.failures.append(newLabel()) }
  }

  private func jumpToFailure(_ opcode: Opcode, _ context: inout PatternContext, at position: SourcePosition) {
    let pops = context.itemsOnTop + context.captures.count
    growFailures(&context, to: pops)
    emitJump(opcode, to: context.failures[pops], at: position)
  }

  private func failUnlessTrue(_ context: inout PatternContext, at position: SourcePosition) {
    jumpToFailure(.popJumpIfFalse, &context, at: position)
  }

  private func placeFailures(_ context: inout PatternContext, at position: SourcePosition) {
    for (index, label) in context.failures.enumerated().reversed() {
      place(label)
      if index > 0 { emit(.popTop, at: position) }
    }
    context.failures = []
  }

  /// Moves the top below `count - 1` other items.
  private func rotate(_ count: Int, at position: SourcePosition) {
    for depth in stride(from: count, to: 1, by: -1) { emit(.swap, depth, at: position) }
  }

  private func capture(
    _ name: String?, _ context: inout PatternContext, at position: SourcePosition
  ) throws(CompileError) {
    guard let name else { return emit(.popTop, at: position) }
    if name == "__debug__" { throw CompileError("cannot assign to __debug__", position) }
    try refuseDuplicate(name, context, at: position)
    rotate(context.itemsOnTop + context.captures.count + 1, at: position)
    context.captures.append(name)
  }

  private func refuseDuplicate(
    _ name: String, _ context: PatternContext, at position: SourcePosition
  ) throws(CompileError) {
    if context.captures.contains(name) {
      throw CompileError("multiple assignments to name '\(name)' in pattern", position)
    }
  }

  private func emitLengthTest(
    _ comparison: ComparisonOperation, _ length: Int, _ context: inout PatternContext, at position: SourcePosition
  ) {
    emit(.getLen, at: position)
    loadConstant(.int(length), at: position)
    emit(.compareOp, comparison.operand(toBool: false), at: position)
    failUnlessTrue(&context, at: position)
  }

  private func failIfNone(_ context: inout PatternContext, at position: SourcePosition) {
    loadConstant(.none, at: position)
    emit(.isOp, 1, at: position)
    failUnlessTrue(&context, at: position)
  }
}

// Sequences.
extension CodeGenerator {
  private func visitSequencePattern(
    _ patterns: [Pattern], _ context: inout PatternContext, at span: SourceSpan
  ) throws(CompileError) {
    let position = SourcePosition(span)
    let star = patterns.firstIndex(where: \.isStar)
    if let star, patterns[(star + 1)...].contains(where: \.isStar) {
      throw error("multiple starred names in sequence pattern", span)
    }
    var isStarNameless = false
    if let star, case .matchStar(nil) = patterns[star].kind { isStarNameless = true }
    let isOnlyWildcards = patterns.enumerated().allSatisfy { $0 == star ? isStarNameless : $1.isWildcard }
    context.itemsOnTop += 1
    emit(.matchSequence, at: position)
    failUnlessTrue(&context, at: position)
    if star == nil {
      emitLengthTest(.equal, patterns.count, &context, at: position)
    } else if patterns.count > 1 {
      emitLengthTest(.greaterOrEqual, patterns.count - 1, &context, at: position)
    }
    context.itemsOnTop -= 1
    if isOnlyWildcards {
      emit(.popTop, at: position)
    } else if let star, isStarNameless {
      try visitItems(patterns, star: star, &context, at: position)
    } else {
      try visitUnpacked(patterns, star: star, &context, at: position)
    }
  }

  private func visitUnpacked(
    _ patterns: [Pattern], star: Int?, _ context: inout PatternContext, at position: SourcePosition
  ) throws(CompileError) {
    if let star {
      let after = patterns.count - star - 1
      if star >= 256 || after >= 1 << 15 {
        throw CompileError("too many expressions in star-unpacking sequence pattern", position)
      }
      emit(.unpackEx, star + after << 8, at: position)
    } else {
      emit(.unpackSequence, patterns.count, at: position)
    }
    context.itemsOnTop += patterns.count
    for pattern in patterns {
      context.itemsOnTop -= 1
      try visitInner(pattern, &context)
    }
  }

  /// With a nameless star only the items that matter are fetched, those behind it from the end.
  private func visitItems(
    _ patterns: [Pattern], star: Int, _ context: inout PatternContext, at position: SourcePosition
  ) throws(CompileError) {
    context.itemsOnTop += 1
    for (index, pattern) in patterns.enumerated() where index != star && !pattern.isWildcard {
      emit(.copy, 1, at: position)
      if index < star {
        loadConstant(.int(index), at: position)
      } else {
        emit(.getLen, at: position)
        loadConstant(.int(patterns.count - index), at: position)
        emit(.binaryOp, BinaryOperation.subtract.rawValue, at: position)
      }
      emit(.binarySubscr, at: position)
      try visitInner(pattern, &context)
    }
    context.itemsOnTop -= 1
    emit(.popTop, at: position)
  }
}

// Mappings, classes, `as` and `|`.
extension CodeGenerator {
  private func visitMappingPattern(
    _ keys: [Expression], _ patterns: [Pattern], _ rest: String?, _ context: inout PatternContext, at span: SourceSpan
  ) throws(CompileError) {
    let position = SourcePosition(span)
    context.itemsOnTop += 1
    emit(.matchMapping, at: position)
    failUnlessTrue(&context, at: position)
    if keys.isEmpty, rest == nil {
      context.itemsOnTop -= 1
      return emit(.popTop, at: position)
    }
    if !keys.isEmpty { emitLengthTest(.greaterOrEqual, keys.count, &context, at: position) }
    var seen: [Constant] = []
    for key in keys {
      if let constant = Folding.constant(key) {
        if seen.contains(where: { ConstantArithmetic.areEqual($0, constant) }) {
          throw error("mapping pattern checks duplicate key (\(constant.representation))", span)
        }
        seen.append(constant)
      } else if case .attribute = key.kind {
      } else {
        throw error("mapping pattern keys may only match literals and attribute lookups", span)
      }
      try visit(key)
    }
    emit(.buildTuple, keys.count, at: position)
    emit(.matchKeys, at: position)
    context.itemsOnTop += 2
    emit(.copy, 1, at: position)
    failIfNone(&context, at: position)
    emit(.unpackSequence, keys.count, at: position)
    context.itemsOnTop += keys.count - 1
    for pattern in patterns {
      context.itemsOnTop -= 1
      try visitInner(pattern, &context)
    }
    context.itemsOnTop -= 2
    guard let rest else {
      emit(.popTop, at: position)
      return emit(.popTop, at: position)
    }
    // A copy of the mapping without the keys.
    emit(.buildMap, 0, at: position)
    emit(.swap, 3, at: position)
    emit(.dictUpdate, 2, at: position)
    emit(.unpackSequence, keys.count, at: position)
    for left in stride(from: keys.count, to: 0, by: -1) {
      emit(.copy, 1 + left, at: position)
      emit(.swap, 2, at: position)
      emit(.deleteSubscr, at: position)
    }
    try capture(rest, &context, at: position)
  }

  private func visitClassPattern(
    _ cls: Expression, _ patterns: [Pattern], _ names: [String], _ keywordPatterns: [Pattern],
    _ context: inout PatternContext, at span: SourceSpan
  ) throws(CompileError) {
    let position = SourcePosition(span)
    var seen: Set<String> = []
    for (name, pattern) in zip(names, keywordPatterns) where !seen.insert(name).inserted {
      throw error("attribute name repeated in class pattern: \(name)", pattern.span)
    }
    try visit(cls)
    loadConstant(.tuple(names.map { .string(Array($0.utf8)) }), at: position)
    emit(.matchClass, patterns.count, at: position)
    emit(.copy, 1, at: position)
    context.itemsOnTop += 1
    failIfNone(&context, at: position)
    let all = patterns + keywordPatterns
    emit(.unpackSequence, all.count, at: position)
    context.itemsOnTop += all.count - 1
    for pattern in all {
      context.itemsOnTop -= 1
      if pattern.isWildcard { emit(.popTop, at: position) } else { try visitInner(pattern, &context) }
    }
  }

  private func visitAsPattern(
    _ inner: Pattern?, _ name: String?, _ context: inout PatternContext, at span: SourceSpan
  ) throws(CompileError) {
    let position = SourcePosition(span)
    guard let inner else {
      if !context.allowsIrrefutable {
        let what = name.map { "name capture '\($0)'" } ?? "wildcard"
        throw error("\(what) makes remaining patterns unreachable", span)
      }
      return try capture(name, &context, at: position)
    }
    context.itemsOnTop += 1
    emit(.copy, 1, at: position)
    try visit(inner, &context)
    context.itemsOnTop -= 1
    try capture(name, &context, at: position)
  }

  private func visitOrPattern(
    _ patterns: [Pattern], _ context: inout PatternContext, at span: SourceSpan
  ) throws(CompileError) {
    let position = SourcePosition(span)
    let end = newLabel()
    // The names of the first alternative, in the order that all others must bring theirs into.
    var control: [String] = []
    for (index, alternative) in patterns.enumerated() {
      let place = SourcePosition(alternative.span)
      var inner = PatternContext(allowsIrrefutable: index == patterns.count - 1 && context.allowsIrrefutable)
      emit(.copy, 1, at: place)
      try visit(alternative, &inner)
      if index == 0 {
        control = inner.captures
      } else {
        guard Set(control) == Set(inner.captures) else {
          throw error("alternative patterns bind different names", span)
        }
        reorder(&inner.captures, like: control, at: place)
      }
      emitJump(.jump, to: end, at: place)
      placeFailures(&inner, at: place)
    }
    emit(.popTop, at: position)
    jumpToFailure(.jump, &context, at: position)
    self.place(end)
    // The captures go below the subject's copy and what else lies on the stack.
    let depth = control.count + 1 + context.itemsOnTop + context.captures.count
    for name in control {
      rotate(depth, at: position)
      try refuseDuplicate(name, context, at: position)
      context.captures.append(name)
    }
    emit(.popTop, at: position)
  }

  private func reorder(_ captures: inout [String], like control: [String], at position: SourcePosition) {
    for target in control.indices.reversed() {
      guard let current = captures.firstIndex(of: control[target]), current != target else { continue }
      let count = current + 1
      let moved = captures[..<count]
      captures.removeFirst(count)
      captures.insert(contentsOf: moved, at: target - current)
      for _ in 0..<count { rotate(target + 1, at: position) }
    }
  }
}
