// What each instruction does to the depth of the value stack. The compiler computes stack sizes with it, the verifier checks depths.

extension Opcode {
  /// The change of depth. `jumping` says which way a jump goes; SETUP forms "jump" to their handler.
  public func stackEffect(operand: Int, jumping: Bool) -> Int {
    switch self {
    case .nop, .resume, .jump, .jumpNoInterrupt, .jumpForward, .jumpBackward, .jumpBackwardNoInterrupt, .popBlock,
      .makeCell, .copyFreeVars, .setupAnnotations, .deleteFast, .deleteDeref, .deleteGlobal, .deleteName:
      return 0
    case .loadConst, .loadFast, .loadFastCheck, .loadFastAndClear, .loadClosure, .loadDeref, .loadName, .loadLocals,
      .loadBuildClass, .loadAssertionError, .pushNull, .copy, .importFrom, .getLen, .matchKeys, .matchMapping,
      .matchSequence, .getAnext, .withExceptStart, .pushExcInfo, .beforeWith, .beforeAsyncWith, .returnGenerator:
      return 1
    case .loadFastLoadFast: return 2
    case .storeFastLoadFast: return 0
    case .storeFastStoreFast: return -2
    case .loadGlobal: return 1 + (operand & 1)
    case .loadAttr: return operand & 1
    case .loadSuperAttr: return -2 + (operand & 1)
    case .loadFromDictOrDeref, .loadFromDictOrGlobals: return 0
    case .storeFast, .storeFastMaybeNull, .storeDeref, .storeName, .storeGlobal, .deleteAttr, .popTop, .popExcept,
      .endFor, .returnValue, .interpreterExit, .importName, .listAppend, .setAdd, .listExtend, .setUpdate, .dictUpdate,
      .dictMerge, .popJumpIfTrue, .popJumpIfFalse, .popJumpIfNone, .popJumpIfNotNone, .binaryOp, .binarySubscr,
      .compareOp, .isOp, .containsOp, .setFunctionAttribute, .endSend, .callIntrinsic2, .formatWithSpec,
      .cleanupThrow, .reraise:
      return -1
    case .unaryInvert, .unaryNegative, .unaryNot, .toBool, .getIter, .getYieldFromIter, .getAwaitable, .getAiter,
      .makeFunction, .callIntrinsic1, .formatSimple, .convertValue, .swap, .returnConst, .yieldValue, .checkExcMatch,
      .checkEgMatch:
      return 0
    case .exitInitCheck: return -1
    case .storeAttr, .deleteSubscr, .binarySlice, .mapAdd, .endAsyncFor, .matchClass: return -2
    case .storeSubscr: return -3
    case .storeSlice: return -4
    case .forIter: return 1
    case .send: return 0
    case .setupFinally: return jumping ? 1 : 0
    case .setupCleanup: return jumping ? 2 : 0
    case .setupWith: return jumping ? 1 : 0  // the result of __enter__ goes, index and exception come
    case .buildList, .buildSet, .buildTuple, .buildString, .buildSlice: return 1 - operand
    case .buildMap: return 1 - 2 * operand
    case .buildConstKeyMap: return -operand
    case .unpackSequence: return operand - 1
    case .unpackEx: return (operand & 0xFF) + (operand >> 8)
    case .call: return -1 - operand
    case .callKw: return -2 - operand
    case .callFunctionEx: return -2 - (operand & 1)
    case .raiseVarargs: return -operand
    }
  }
}
