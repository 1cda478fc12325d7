// Calls: plain, of methods (which skip the bound method), of `super()` attributes, with keywords, with `*` and `**`.

import PythonBytecode
import PythonSyntax

extension CodeGenerator {
  func visitCall(_ expression: Expression) throws(CompileError) {
    guard case .call(let callee, let args, let keywords) = expression.kind else { return }
    try refuseRepeated(keywords)
    warnAboutCall(of: callee)
    let position = SourcePosition(expression.span)
    if try visitMethodCall(callee, args, keywords, at: position) { return }
    try visit(callee)
    emit(.pushNull, at: SourcePosition(callee.span))
    try visitArguments(pushed: 0, args, keywords, at: position)
  }

  private func refuseRepeated(_ keywords: [Keyword]) throws(CompileError) {
    var seen: Set<String> = []
    for keyword in keywords {
      guard let name = keyword.arg else { continue }
      if name == "__debug__" { throw error("cannot assign to __debug__", keyword.span) }
      if !seen.insert(name).inserted { throw error("keyword argument repeated: \(name)", keyword.span) }
    }
  }

  /// Returns false when the call is not of a method that can be called without making the bound method.
  private func visitMethodCall(
    _ callee: Expression, _ args: [Expression], _ keywords: [Keyword], at position: SourcePosition
  ) throws(CompileError) -> Bool {
    guard case .attribute(let object, let attr, .load) = callee.kind else { return false }
    if isImportedModule(object) { return false }
    let count = args.count + keywords.count + (keywords.isEmpty ? 0 : 1)
    if count >= Self.stackGuideline || args.contains(where: \.isStarred) || keywords.contains(where: { $0.arg == nil })
    {
      return false
    }
    let calleePosition = SourcePosition(callee.span)
    let attributePlace = attributePosition(calleePosition, callee)
    if let arguments = superArguments(object, attribute: attr) {
      try loadSuper(object, arguments)
      let twoArguments = arguments.isEmpty ? 0 : 2
      emit(.loadSuperAttr, unit.names.index(of: mangle(attr)) << 2 | twoArguments | 1, at: calleePosition)
      emit(.nop, at: attributePlace)
    } else {
      try visit(object)
      emit(.loadAttr, unit.names.index(of: mangle(attr)) << 1 | 1, at: attributePlace)
    }
    try visit(args)
    let callPosition = attributePosition(position, callee)
    if keywords.isEmpty {
      emit(.call, args.count, at: callPosition)
    } else {
      for keyword in keywords { try visit(keyword.value) }
      loadKeywordNames(keywords[...], at: attributePlace)
      emit(.callKw, args.count + keywords.count, at: callPosition)
    }
    return true
  }

  private func isImportedModule(_ expression: Expression) -> Bool {
    guard case .name(let id, _) = expression.kind else { return false }
    return table.top.symbols[id]?.flags.contains(.import) == true
  }

  private func loadKeywordNames(_ keywords: ArraySlice<Keyword>, at position: SourcePosition) {
    loadConstant(.tuple(keywords.map { .string(Array(($0.arg ?? "").utf8)) }), at: position)
  }

  /// The arguments of a call whose callee, and `pushed` arguments, lie on the stack; then the call.
  func visitArguments(
    pushed: Int, _ args: [Expression], _ keywords: [Keyword], at position: SourcePosition
  ) throws(CompileError) {
    let isBig = args.count + keywords.count * 2 > Self.stackGuideline
    if isBig || args.contains(where: \.isStarred) || keywords.contains(where: { $0.arg == nil }) {
      return try visitUnpackedArguments(pushed: pushed, args, keywords, at: position)
    }
    try visit(args)
    if keywords.isEmpty { return emit(.call, pushed + args.count, at: position) }
    for keyword in keywords { try visit(keyword.value) }
    loadKeywordNames(keywords[...], at: position)
    emit(.callKw, pushed + args.count + keywords.count, at: position)
  }

  private func visitUnpackedArguments(
    pushed: Int, _ args: [Expression], _ keywords: [Keyword], at position: SourcePosition
  ) throws(CompileError) {
    if pushed == 0, args.count == 1, case .starred(let value, _) = args[0].kind {
      try visit(value)
    } else {
      try visitSequence(args, pushed: pushed, .tuple, at: position)
    }
    guard !keywords.isEmpty else { return emit(.callFunctionEx, 0, at: position) }
    var hasDict = false
    var pending = 0
    func flush(upTo end: Int) throws(CompileError) {
      guard pending > 0 else { return }
      try visitKeywordPairs(keywords[(end - pending)..<end], at: position)
      if hasDict { emit(.dictMerge, 1, at: position) }
      hasDict = true
      pending = 0
    }
    for (index, keyword) in keywords.enumerated() {
      guard keyword.arg == nil else {
        pending += 1
        continue
      }
      try flush(upTo: index)
      if !hasDict {
        emit(.buildMap, 0, at: position)
        hasDict = true
      }
      try visit(keyword.value)
      emit(.dictMerge, 1, at: position)
    }
    try flush(upTo: keywords.count)
    emit(.callFunctionEx, 1, at: position)
  }

  private func visitKeywordPairs(_ keywords: ArraySlice<Keyword>, at position: SourcePosition) throws(CompileError) {
    let isBig = keywords.count * 2 > Self.stackGuideline
    if keywords.count > 1, !isBig {
      for keyword in keywords { try visit(keyword.value) }
      loadKeywordNames(keywords, at: position)
      return emit(.buildConstKeyMap, keywords.count, at: position)
    }
    if isBig { emit(.buildMap, 0, at: .none) }
    for keyword in keywords {
      loadConstant(keyword.arg ?? "", at: position)
      try visit(keyword.value)
      if isBig { emit(.mapAdd, 1, at: .none) }
    }
    if !isBig { emit(.buildMap, keywords.count, at: position) }
  }
}

// `super().name` without the super object.
extension CodeGenerator {
  /// The arguments of `expression` if it is a call of `super` that needs no object; empty for the form without arguments.
  func superArguments(_ expression: Expression, attribute: String) -> [Expression]? {
    // The super object has a class of its own.
    if attribute == "__class__" { return nil }
    guard case .call(let callee, let args, let keywords) = expression.kind, keywords.isEmpty,
      case .name("super", _) = callee.kind
    else { return nil }
    // Not when something else is called super here.
    guard unit.scope.scope(of: "super") == .globalImplicit, table.top.scope(of: "super") == .unknown else { return nil }
    if args.contains(where: \.isStarred) { return nil }
    if args.count == 2 { return args }
    guard args.isEmpty, unit.argCount > 0, unit.scope.scope(of: "__class__") == .free else { return nil }
    return []
  }

  func loadSuper(_ call: Expression, _ arguments: [Expression]) throws(CompileError) {
    guard case .call(let callee, _, _) = call.kind else { return }
    let position = SourcePosition(call.span)
    try name("super", .load, at: SourcePosition(callee.span))
    if !arguments.isEmpty { return try visit(arguments) }
    emit(.loadDeref, closureIndex("__class__", isFree: true), at: position)
    if let first = unit.localNames.keys.first { try name(first, .load, at: position) }
  }
}
