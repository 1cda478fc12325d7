// `try` in its three forms, and `with`. Each protected range is bracketed by SETUP and POP_BLOCK; the handlers' own ranges restore
// the exception state when a handler raises.

import PythonBytecode
import PythonSyntax

extension CodeGenerator {
  func visitFinally(
    _ finalbody: [Statement], at position: SourcePosition, protected: () throws(CompileError) -> Void
  ) throws(CompileError) {
    let body = newLabel()
    let end = newLabel()
    let exit = newLabel()
    let cleanup = newLabel()
    emitJump(.setupFinally, to: end, at: position)
    place(body)
    push(.finallyTry(body: finalbody), start: body, exit: end)
    try protected()
    emit(.popBlock, at: .none)
    popFrameBlock()
    try visit(finalbody)
    emitJump(.jumpNoInterrupt, to: exit, at: .none)
    // The same statements once more, for an exception.
    place(end)
    push(.finallyEnd, start: end)
    emitJump(.setupCleanup, to: cleanup, at: .none)
    emit(.pushExcInfo, at: .none)
    try visit(finalbody)
    popFrameBlock()
    emit(.reraise, 0, at: .none)
    place(cleanup)
    emitPopExceptAndReraise()
    place(exit)
  }

  func visitTryExcept(
    _ body: [Statement], _ handlers: [ExceptHandler], _ orelse: [Statement], at position: SourcePosition
  ) throws(CompileError) {
    let bodyLabel = newLabel()
    let except = newLabel()
    let end = newLabel()
    let cleanup = newLabel()
    emitJump(.setupFinally, to: except, at: position)
    place(bodyLabel)
    push(.tryExcept, start: bodyLabel)
    try visit(body)
    popFrameBlock()
    emit(.popBlock, at: .none)
    try visit(orelse)
    emitJump(.jumpNoInterrupt, to: end, at: .none)

    place(except)
    emitJump(.setupCleanup, to: cleanup, at: .none)
    emit(.pushExcInfo, at: .none)
    push(.exceptionHandler)
    for (index, handler) in handlers.enumerated() {
      let handlerPosition = SourcePosition(handler.span)
      if handler.type == nil, index < handlers.count - 1 {
        throw error("default 'except:' must be last", handler.span)
      }
      let next = newLabel()
      if let type = handler.type {
        try visit(type)
        emit(.checkExcMatch, at: handlerPosition)
        emitJump(.popJumpIfFalse, to: next, at: handlerPosition)
      }
      if let handlerName = handler.name {
        try visitNamedHandler(handler, handlerName, end: end)
      } else {
        emit(.popTop, at: handlerPosition)
        let start = newLabel()
        place(start)
        push(.handlerCleanup(name: nil), start: start)
        try visit(handler.body)
        popFrameBlock()
        emit(.popBlock, at: .none)
        emit(.popExcept, at: .none)
        emitJump(.jumpNoInterrupt, to: end, at: .none)
      }
      place(next)
    }
    popFrameBlock()
    emit(.reraise, 0, at: .none)
    place(cleanup)
    emitPopExceptAndReraise()
    place(end)
  }

  private func visitNamedHandler(
    _ handler: ExceptHandler, _ handlerName: String, end: Label
  ) throws(CompileError) {
    let position = SourcePosition(handler.span)
    let cleanupEnd = newLabel()
    let start = newLabel()
    try name(handlerName, .store, at: position)
    emitJump(.setupCleanup, to: cleanupEnd, at: position)
    place(start)
    push(.handlerCleanup(name: handlerName), start: start)
    try visit(handler.body)
    popFrameBlock()
    emit(.popBlock, at: .none)
    emit(.popBlock, at: .none)
    emit(.popExcept, at: .none)
    try clearHandlerName(handlerName, at: .none)
    emitJump(.jumpNoInterrupt, to: end, at: .none)
    place(cleanupEnd)
    try clearHandlerName(handlerName, at: .none)
    emit(.reraise, 1, at: .none)
  }

  /// On the stack during the handlers: the group, the list of what handlers raised, the part not handled yet.
  func visitTryStar(
    _ body: [Statement], _ handlers: [ExceptHandler], _ orelse: [Statement], at position: SourcePosition
  ) throws(CompileError) {
    let bodyLabel = newLabel()
    let orelseLabel = newLabel()
    let end = newLabel()
    let cleanup = newLabel()
    let reraiseStar = newLabel()
    var except = newLabel()
    emitJump(.setupFinally, to: except, at: position)
    place(bodyLabel)
    push(.tryExcept, start: bodyLabel)
    try visit(body)
    popFrameBlock()
    emit(.popBlock, at: .none)
    emitJump(.jumpNoInterrupt, to: orelseLabel, at: .none)
    place(except)
    emitJump(.setupCleanup, to: cleanup, at: .none)
    emit(.pushExcInfo, at: .none)
    push(.exceptionGroupHandler)
    for (index, handler) in handlers.enumerated() {
      let handlerPosition = SourcePosition(handler.span)
      let next = newLabel()
      except = newLabel()
      let noMatch = newLabel()
      let cleanupEnd = newLabel()
      let start = newLabel()
      if index == 0 {
        emit(.buildList, 0, at: handlerPosition)
        emit(.copy, 2, at: handlerPosition)
      }
      if let type = handler.type {
        try visit(type)
        emit(.checkEgMatch, at: handlerPosition)
        emit(.copy, 1, at: handlerPosition)
        emitJump(.popJumpIfNone, to: noMatch, at: handlerPosition)
      }
      if let handlerName = handler.name {
        try name(handlerName, .store, at: handlerPosition)
      } else {
        emit(.popTop, at: handlerPosition)
      }
      emitJump(.setupCleanup, to: cleanupEnd, at: handlerPosition)
      place(start)
      push(.handlerCleanup(name: handler.name), start: start)
      try visit(handler.body)
      popFrameBlock()
      emit(.popBlock, at: .none)
      if let handlerName = handler.name { try clearHandlerName(handlerName, at: .none) }
      emitJump(.jumpNoInterrupt, to: except, at: .none)

      // What the handler raised joins the list.
      place(cleanupEnd)
      if let handlerName = handler.name { try clearHandlerName(handlerName, at: .none) }
      emit(.listAppend, 3, at: .none)
      emit(.popTop, at: .none)
      emitJump(.jumpNoInterrupt, to: next, at: .none)

      place(except)
      emit(.nop, at: .none)
      emitJump(.jumpNoInterrupt, to: next, at: .none)

      place(noMatch)
      emit(.popTop, at: handlerPosition)
      place(next)
      if index == handlers.count - 1 {
        emit(.listAppend, 1, at: .none)
        emitJump(.jumpNoInterrupt, to: reraiseStar, at: .none)
      }
    }
    popFrameBlock()
    let reraise = newLabel()
    place(reraiseStar)
    emit(.callIntrinsic2, Intrinsic2.prepareReraiseStar.rawValue, at: .none)
    emit(.copy, 1, at: .none)
    emitJump(.popJumpIfNotNone, to: reraise, at: .none)
    emit(.popTop, at: .none)
    emit(.popBlock, at: .none)
    emit(.popExcept, at: .none)
    emitJump(.jumpNoInterrupt, to: end, at: .none)
    place(reraise)
    emit(.popBlock, at: .none)
    emit(.swap, 2, at: .none)
    emit(.popExcept, at: .none)
    emit(.reraise, 0, at: .none)
    place(cleanup)
    emitPopExceptAndReraise()
    place(orelseLabel)
    try visit(orelse)
    place(end)
  }
}

// `with`.
extension CodeGenerator {
  func visitWith(_ items: ArraySlice<WithItem>, _ body: [Statement]) throws(CompileError) {
    try visitWith(items, body, isAsync: false)
  }

  func visitAsyncWith(_ items: ArraySlice<WithItem>, _ body: [Statement]) throws(CompileError) {
    try visitWith(items, body, isAsync: true)
  }

  private func visitWith(_ items: ArraySlice<WithItem>, _ body: [Statement], isAsync: Bool) throws(CompileError) {
    guard let item = items.first else { return try visit(body) }
    let block = newLabel()
    let final = newLabel()
    let exit = newLabel()
    let cleanup = newLabel()
    try visit(item.contextExpr)
    let position = SourcePosition(item.contextExpr.span)
    if isAsync {
      emit(.beforeAsyncWith, at: position)
      emitAwait(kind: 1, at: position)
    } else {
      emit(.beforeWith, at: position)
    }
    emitJump(.setupWith, to: final, at: position)
    place(block)
    push(.with(isAsync: isAsync), start: block, exit: final, at: position)
    if let target = item.optionalVars {
      try visit(target)
    } else {
      emit(.popTop, at: position)
    }
    try visitWith(items.dropFirst(), body, isAsync: isAsync)
    emit(.popBlock, at: .none)
    popFrameBlock()

    emitExitCall(at: position)
    if isAsync { emitAwait(kind: 2, at: position) }
    emit(.popTop, at: position)
    emitJump(.jump, to: exit, at: position)

    place(final)
    emitJump(.setupCleanup, to: cleanup, at: position)
    emit(.pushExcInfo, at: position)
    emit(.withExceptStart, at: position)
    if isAsync { emitAwait(kind: 2, at: position) }
    emitSuppression(cleanup: cleanup)
    place(exit)
  }

  /// A true result of `__exit__` swallows the exception.
  private func emitSuppression(cleanup: Label) {
    let suppress = newLabel()
    let exit = newLabel()
    emit(.toBool, at: .none)
    emitJump(.popJumpIfTrue, to: suppress, at: .none)
    emit(.reraise, 2, at: .none)
    place(suppress)
    emit(.popTop, at: .none)
    emit(.popBlock, at: .none)
    emit(.popExcept, at: .none)
    emit(.popTop, at: .none)
    emit(.popTop, at: .none)
    emitJump(.jumpNoInterrupt, to: exit, at: .none)
    place(cleanup)
    emitPopExceptAndReraise()
    place(exit)
  }
}
