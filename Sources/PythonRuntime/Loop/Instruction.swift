// The loop's own numbering of the instructions: dense, so that the dispatch is one table. Each name is that of PythonBytecode's Opcode.
import PythonBytecode

/// An instruction as the opcode byte of a loaded code object says it. The case's place is the byte.
enum Instruction: UInt8 {
  case beforeAsyncWith, beforeWith, binarySlice, binarySubscr, checkEgMatch, checkExcMatch, cleanupThrow
  case deleteSubscr, endAsyncFor, endFor, endSend, exitInitCheck, formatSimple, formatWithSpec, getAiter, getAnext
  case getIter, getLen, getYieldFromIter, interpreterExit, loadAssertionError, loadBuildClass, loadLocals
  case makeFunction, matchKeys, matchMapping, matchSequence, nop, popExcept, popTop, pushExcInfo, pushNull
  case returnGenerator, returnValue, setupAnnotations, storeSlice, storeSubscr, toBool, unaryInvert, unaryNegative
  case unaryNot, withExceptStart, binaryOp, buildConstKeyMap, buildList, buildMap, buildSet, buildSlice
  case buildString, buildTuple, call, callFunctionEx, callIntrinsic1, callIntrinsic2, callKw, compareOp
  case containsOp, convertValue, copy, copyFreeVars, deleteAttr, deleteDeref, deleteFast, deleteGlobal, deleteName
  case dictMerge, dictUpdate, forIter, getAwaitable, importFrom, importName, isOp, jumpBackward
  case jumpBackwardNoInterrupt, jumpForward, listAppend, listExtend, loadAttr, loadConst, loadDeref, loadFast
  case loadFastAndClear, loadFastCheck, loadFastLoadFast, loadFromDictOrDeref, loadFromDictOrGlobals, loadGlobal
  case loadName, loadSuperAttr, makeCell, mapAdd, matchClass, popJumpIfFalse, popJumpIfNone, popJumpIfNotNone
  case popJumpIfTrue, raiseVarargs, reraise, returnConst, send, setAdd, setFunctionAttribute, setUpdate, storeAttr
  case storeDeref, storeFast, storeFastLoadFast, storeFastStoreFast, storeGlobal, storeName, swap, unpackEx
  case unpackSequence, yieldValue
  /// RESUME, and the one at the start of a function named `__del__`.
  case resumeFinalizer, resume
  // Pairs, written when the code object is made: the words of both instructions stay as they are.
  case loadFastThenAttr, loadFastThenConst, loadFastLoadFastThenOperator
  // Special forms, which the loop writes over the general ones (Specialization): same operand, same cache words.
  case loadGlobalModule, loadGlobalBuiltin
  case loadAttrInline, loadAttrMethod, loadAttrOfType, loadAttrOfClass, loadAttrOfModule, loadAttrSlot, loadAttrInDict
  case loadAttrProperty, storeAttrInline, storeAttrSlot
  case addInt, subtractInt, multiplyInt, addFloat, subtractFloat, multiplyFloat, addStr
  case compareInt, compareFloat, compareStr
  case subscriptList, subscriptTuple, subscriptDict, storeSubscriptList, storeSubscriptDict
  case forRange, forList, forTuple, forGenerator
  case callFunction, callClass, callNative, callMethod, callListAppend, callLen, callIsInstance
}

extension Instruction {
  /// nil: a pseudo instruction, which no code object holds.
  init?(_ opcode: Opcode) {
    switch opcode {
    case .beforeAsyncWith: self = .beforeAsyncWith
    case .beforeWith: self = .beforeWith
    case .binarySlice: self = .binarySlice
    case .binarySubscr: self = .binarySubscr
    case .checkEgMatch: self = .checkEgMatch
    case .checkExcMatch: self = .checkExcMatch
    case .cleanupThrow: self = .cleanupThrow
    case .deleteSubscr: self = .deleteSubscr
    case .endAsyncFor: self = .endAsyncFor
    case .endFor: self = .endFor
    case .endSend: self = .endSend
    case .exitInitCheck: self = .exitInitCheck
    case .formatSimple: self = .formatSimple
    case .formatWithSpec: self = .formatWithSpec
    case .getAiter: self = .getAiter
    case .getAnext: self = .getAnext
    case .getIter: self = .getIter
    case .getLen: self = .getLen
    case .getYieldFromIter: self = .getYieldFromIter
    case .interpreterExit: self = .interpreterExit
    case .loadAssertionError: self = .loadAssertionError
    case .loadBuildClass: self = .loadBuildClass
    case .loadLocals: self = .loadLocals
    case .makeFunction: self = .makeFunction
    case .matchKeys: self = .matchKeys
    case .matchMapping: self = .matchMapping
    case .matchSequence: self = .matchSequence
    case .nop: self = .nop
    case .popExcept: self = .popExcept
    case .popTop: self = .popTop
    case .pushExcInfo: self = .pushExcInfo
    case .pushNull: self = .pushNull
    case .returnGenerator: self = .returnGenerator
    case .returnValue: self = .returnValue
    case .setupAnnotations: self = .setupAnnotations
    case .storeSlice: self = .storeSlice
    case .storeSubscr: self = .storeSubscr
    case .toBool: self = .toBool
    case .unaryInvert: self = .unaryInvert
    case .unaryNegative: self = .unaryNegative
    case .unaryNot: self = .unaryNot
    case .withExceptStart: self = .withExceptStart
    case .binaryOp: self = .binaryOp
    case .buildConstKeyMap: self = .buildConstKeyMap
    case .buildList: self = .buildList
    case .buildMap: self = .buildMap
    case .buildSet: self = .buildSet
    case .buildSlice: self = .buildSlice
    case .buildString: self = .buildString
    case .buildTuple: self = .buildTuple
    case .call: self = .call
    case .callFunctionEx: self = .callFunctionEx
    case .callIntrinsic1: self = .callIntrinsic1
    case .callIntrinsic2: self = .callIntrinsic2
    case .callKw: self = .callKw
    case .compareOp: self = .compareOp
    case .containsOp: self = .containsOp
    case .convertValue: self = .convertValue
    case .copy: self = .copy
    case .copyFreeVars: self = .copyFreeVars
    case .deleteAttr: self = .deleteAttr
    case .deleteDeref: self = .deleteDeref
    case .deleteFast: self = .deleteFast
    case .deleteGlobal: self = .deleteGlobal
    case .deleteName: self = .deleteName
    case .dictMerge: self = .dictMerge
    case .dictUpdate: self = .dictUpdate
    case .forIter: self = .forIter
    case .getAwaitable: self = .getAwaitable
    case .importFrom: self = .importFrom
    case .importName: self = .importName
    case .isOp: self = .isOp
    case .jumpBackward: self = .jumpBackward
    case .jumpBackwardNoInterrupt: self = .jumpBackwardNoInterrupt
    case .jumpForward: self = .jumpForward
    case .listAppend: self = .listAppend
    case .listExtend: self = .listExtend
    case .loadAttr: self = .loadAttr
    case .loadConst: self = .loadConst
    case .loadDeref: self = .loadDeref
    case .loadFast: self = .loadFast
    case .loadFastAndClear: self = .loadFastAndClear
    case .loadFastCheck: self = .loadFastCheck
    case .loadFastLoadFast: self = .loadFastLoadFast
    case .loadFromDictOrDeref: self = .loadFromDictOrDeref
    case .loadFromDictOrGlobals: self = .loadFromDictOrGlobals
    case .loadGlobal: self = .loadGlobal
    case .loadName: self = .loadName
    case .loadSuperAttr: self = .loadSuperAttr
    case .makeCell: self = .makeCell
    case .mapAdd: self = .mapAdd
    case .matchClass: self = .matchClass
    case .popJumpIfFalse: self = .popJumpIfFalse
    case .popJumpIfNone: self = .popJumpIfNone
    case .popJumpIfNotNone: self = .popJumpIfNotNone
    case .popJumpIfTrue: self = .popJumpIfTrue
    case .raiseVarargs: self = .raiseVarargs
    case .reraise: self = .reraise
    case .returnConst: self = .returnConst
    case .send: self = .send
    case .setAdd: self = .setAdd
    case .setFunctionAttribute: self = .setFunctionAttribute
    case .setUpdate: self = .setUpdate
    case .storeAttr: self = .storeAttr
    case .storeDeref: self = .storeDeref
    case .storeFast: self = .storeFast
    case .storeFastLoadFast: self = .storeFastLoadFast
    case .storeFastStoreFast: self = .storeFastStoreFast
    case .storeGlobal: self = .storeGlobal
    case .storeName: self = .storeName
    case .swap: self = .swap
    case .unpackEx: self = .unpackEx
    case .unpackSequence: self = .unpackSequence
    case .yieldValue: self = .yieldValue
    case .resume: self = .resume
    case .jump, .jumpNoInterrupt, .setupFinally, .setupCleanup, .setupWith, .popBlock, .loadClosure,
      .storeFastMaybeNull:
      return nil
    }
  }
}

extension Instruction {
  /// The form of this instruction, which has no cache words, before `next`.
  func pair(before next: Opcode) -> Instruction {
    switch (self, next) {
    case (.loadFast, .loadAttr): .loadFastThenAttr
    case (.loadFast, .loadConst): .loadFastThenConst
    case (.loadFastLoadFast, .binaryOp), (.loadFastLoadFast, .compareOp), (.loadFastLoadFast, .binarySubscr):
      .loadFastLoadFastThenOperator
    default: self
    }
  }
}
