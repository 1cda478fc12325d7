// Lists, tuples, sets and dicts: built at once when they are short, step by step when long or with `*` and `**` inside; and the
// unpacking of the same forms as targets.

import PythonBytecode
import PythonSyntax

enum SequenceKind {
  case list, tuple, set
}

extension CodeGenerator {
  func visitElements(
    _ elements: [Expression], _ ctx: ExpressionContext, isTuple: Bool, at position: SourcePosition
  ) throws(CompileError) {
    switch ctx {
    case .load: try visitSequence(elements, pushed: 0, isTuple ? .tuple : .list, at: position)
    case .store: try unpack(elements, at: position)
    case .del: try visit(elements)
    }
  }

  /// `pushed` items already lie on the stack and belong to the sequence.
  func visitSequence(
    _ elements: [Expression], pushed: Int, _ kind: SequenceKind, at position: SourcePosition
  ) throws(CompileError) {
    let build: Opcode = kind == .set ? .buildSet : .buildList
    let append: Opcode = kind == .set ? .setAdd : .listAppend
    let extend: Opcode = kind == .set ? .setUpdate : .listExtend
    if elements.count > 2, let constants = Folding.constants(elements) {
      if kind == .tuple, pushed == 0 { return loadConstant(.tuple(constants), at: position) }
      emit(build, pushed, at: position)
      loadConstant(kind == .set ? Folding.frozenset(constants) : .tuple(constants), at: position)
      emit(extend, 1, at: position)
      if kind == .tuple { emit(.callIntrinsic1, Intrinsic1.listToTuple.rawValue, at: position) }
      return
    }
    let isBig = elements.count + pushed > Self.stackGuideline
    if !isBig, !elements.contains(where: \.isStarred) {
      try visit(elements)
      return emit(kind == .tuple ? .buildTuple : build, elements.count + pushed, at: position)
    }
    var isBuilt = isBig
    if isBig { emit(build, pushed, at: position) }
    for (index, element) in elements.enumerated() {
      if case .starred(let value, _) = element.kind {
        if !isBuilt {
          emit(build, index + pushed, at: position)
          isBuilt = true
        }
        try visit(value)
        emit(extend, 1, at: position)
      } else {
        try visit(element)
        if isBuilt { emit(append, 1, at: position) }
      }
    }
    if kind == .tuple { emit(.callIntrinsic1, Intrinsic1.listToTuple.rawValue, at: position) }
  }

  private func unpack(_ elements: [Expression], at position: SourcePosition) throws(CompileError) {
    try emitUnpack(elements, isStar: { $0.isStarred }, at: position)
    for element in elements {
      if case .starred(let value, _) = element.kind { try visit(value) } else { try visit(element) }
    }
  }

  private func emitUnpack(
    _ elements: [Expression], isStar: (Expression) -> Bool, at position: SourcePosition
  ) throws(CompileError) {
    guard let star = elements.firstIndex(where: isStar) else {
      return emit(.unpackSequence, elements.count, at: position)
    }
    let after = elements.count - star - 1
    if star >= 256 || after >= 1 << 15 {
      throw CompileError("too many expressions in star-unpacking assignment", position)
    }
    if elements[(star + 1)...].contains(where: isStar) {
      throw CompileError("multiple starred expressions in assignment", position)
    }
    emit(.unpackEx, star + after << 8, at: position)
  }

  func visitDict(
    _ keys: [Expression?], _ values: [Expression], at position: SourcePosition
  ) throws(CompileError) {
    var hasDict = false
    var pending = 0
    func flush(upTo end: Int) throws(CompileError) {
      guard pending > 0 else { return }
      try visitPairs(keys[(end - pending)..<end], values[(end - pending)..<end], at: position)
      if hasDict { emit(.dictUpdate, 1, at: position) }
      hasDict = true
      pending = 0
    }
    for (index, key) in keys.enumerated() {
      if key == nil {
        try flush(upTo: index)
        if !hasDict {
          emit(.buildMap, 0, at: position)
          hasDict = true
        }
        try visit(values[index])
        emit(.dictUpdate, 1, at: position)
      } else if pending * 2 > Self.stackGuideline {
        pending += 1
        try flush(upTo: index + 1)
      } else {
        pending += 1
      }
    }
    try flush(upTo: keys.count)
    if !hasDict { emit(.buildMap, 0, at: position) }
  }

  private func visitPairs(
    _ keys: ArraySlice<Expression?>, _ values: ArraySlice<Expression>, at position: SourcePosition
  ) throws(CompileError) {
    let isBig = keys.count * 2 > Self.stackGuideline
    if keys.count > 1, !isBig, let constants = Folding.constants(keys.compactMap { $0 }) {
      for value in values { try visit(value) }
      loadConstant(.tuple(constants), at: position)
      return emit(.buildConstKeyMap, keys.count, at: position)
    }
    if isBig { emit(.buildMap, 0, at: position) }
    for (key, value) in zip(keys, values) {
      if let key { try visit(key) }
      try visit(value)
      if isBig { emit(.mapAdd, 1, at: position) }
    }
    if !isBig { emit(.buildMap, keys.count, at: position) }
  }
}
