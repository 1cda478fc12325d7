// The instruction set: CPython 3.13's unspecialised opcodes with its names, numbers, stack effects and operand meanings.
// Only the encoding is ours. `Opcode.spec` is the one table that compiler, disassembler, verifier and interpreter read.
//
// An instruction is one 32-bit word, followed by `spec.cacheWords` words that are zero in a fresh code object:
//
//   31                                        8 7            0
//   +------------------------------------------+--------------+
//   | operand (unsigned, 24 bits)              | opcode       |
//   +------------------------------------------+--------------+
//
//   LOAD_CONST 1       0x00000153
//   JUMP_FORWARD 0x20  0x0000204f
//
// Jump operands are absolute: the index, in words, of the target instruction. Operands that 3.13 packs keep their packing:
//   LOAD_GLOBAL      name << 1 | push NULL after the value
//   LOAD_ATTR        name << 1 | method load (pushes callable and self, or value and NULL)
//   LOAD_SUPER_ATTR  name << 2 | two-argument super << 1 | method load
//   COMPARE_OP       operator << 5 | convert to bool (16) | comparison mask (bits 0-3, as 3.13: lt 2, le 10, eq 8, ne 7, gt 4, ge 12)
//   LOAD_FAST_LOAD_FAST, STORE_FAST_LOAD_FAST, STORE_FAST_STORE_FAST   first << 12 | second (3.13 has 4 bits for each)
//   RESUME           kind (0 start, 1 after yield, 2 after yield from, 3 after await) | 4 when at exception depth 1
//   YIELD_VALUE      1 when it belongs to a SEND loop (yield from, await), else 0
//
// FOR_ITER (iterator -- iterator, next): the target is the END_FOR that a POP_TOP follows. At exhaustion the interpreter
// pops and releases the iterator and continues at target + 2, past both. The two run only when the generator's frame was
// entered inline by a specialised FOR_ITER and returned: then its return value stands above the iterator, END_FOR pops the
// value and POP_TOP the iterator. So the depth at the target counts iterator and value.
//
// SEND (receiver, value -- receiver, result): falls through while the receiver yields; when it returns, the result is the
// return value and control continues at the target, END_SEND, which drops the receiver from under the result.
//
// Raw values from 150 to 247 are free for the interpreter's specialised forms; such a form keeps the layout of its base.

public enum Opcode: UInt8, CaseIterable, Sendable {
  case beforeAsyncWith = 1
  case beforeWith = 2
  case binarySlice = 4
  case binarySubscr = 5
  case checkEgMatch = 6
  case checkExcMatch = 7
  case cleanupThrow = 8
  case deleteSubscr = 9
  case endAsyncFor = 10
  case endFor = 11
  case endSend = 12
  case exitInitCheck = 13
  case formatSimple = 14
  case formatWithSpec = 15
  case getAiter = 16
  case getAnext = 18
  case getIter = 19
  case getLen = 20
  case getYieldFromIter = 21
  case interpreterExit = 22
  case loadAssertionError = 23
  case loadBuildClass = 24
  case loadLocals = 25
  case makeFunction = 26
  case matchKeys = 27
  case matchMapping = 28
  case matchSequence = 29
  case nop = 30
  case popExcept = 31
  case popTop = 32
  case pushExcInfo = 33
  case pushNull = 34
  case returnGenerator = 35
  case returnValue = 36
  case setupAnnotations = 37
  case storeSlice = 38
  case storeSubscr = 39
  case toBool = 40
  case unaryInvert = 41
  case unaryNegative = 42
  case unaryNot = 43
  case withExceptStart = 44
  case binaryOp = 45
  case buildConstKeyMap = 46
  case buildList = 47
  case buildMap = 48
  case buildSet = 49
  case buildSlice = 50
  case buildString = 51
  case buildTuple = 52
  case call = 53
  case callFunctionEx = 54
  case callIntrinsic1 = 55
  case callIntrinsic2 = 56
  case callKw = 57
  case compareOp = 58
  case containsOp = 59
  case convertValue = 60
  case copy = 61
  case copyFreeVars = 62
  case deleteAttr = 63
  case deleteDeref = 64
  case deleteFast = 65
  case deleteGlobal = 66
  case deleteName = 67
  case dictMerge = 68
  case dictUpdate = 69
  case forIter = 72
  case getAwaitable = 73
  case importFrom = 74
  case importName = 75
  case isOp = 76
  case jumpBackward = 77
  case jumpBackwardNoInterrupt = 78
  case jumpForward = 79
  case listAppend = 80
  case listExtend = 81
  case loadAttr = 82
  case loadConst = 83
  case loadDeref = 84
  case loadFast = 85
  case loadFastAndClear = 86
  case loadFastCheck = 87
  case loadFastLoadFast = 88
  case loadFromDictOrDeref = 89
  case loadFromDictOrGlobals = 90
  case loadGlobal = 91
  case loadName = 92
  case loadSuperAttr = 93
  case makeCell = 94
  case mapAdd = 95
  case matchClass = 96
  case popJumpIfFalse = 97
  case popJumpIfNone = 98
  case popJumpIfNotNone = 99
  case popJumpIfTrue = 100
  case raiseVarargs = 101
  case reraise = 102
  case returnConst = 103
  case send = 104
  case setAdd = 105
  case setFunctionAttribute = 106
  case setUpdate = 107
  case storeAttr = 108
  case storeDeref = 109
  case storeFast = 110
  case storeFastLoadFast = 111
  case storeFastStoreFast = 112
  case storeGlobal = 113
  case storeName = 114
  case swap = 115
  case unpackEx = 116
  case unpackSequence = 117
  case yieldValue = 118
  case resume = 149

  // Pseudo instructions: only the compiler's intermediate form has them, never a code object. The SETUP forms and
  // POP_BLOCK bracket protected ranges, which become the exception table.
  case jump = 248
  case jumpNoInterrupt = 249
  case setupFinally = 250
  case setupCleanup = 251
  case setupWith = 252
  case popBlock = 253
  case loadClosure = 254
  case storeFastMaybeNull = 255
}

/// What the operand of an instruction means.
public enum OperandKind: UInt8, Sendable {
  case none
  /// A number of stack items or another plain number.
  case count
  /// An index into `Code.constants`.
  case constant
  /// An index into the fast locals.
  case local
  /// Two indices into the fast locals, `first << 12 | second`.
  case localPair
  /// An index into the fast locals that names a cell or free variable.
  case cell
  /// An index into `Code.names`.
  case name
  /// An index into `Code.names`, with flag bits below: one for globals and attributes, two for `super`.
  case globalName, attributeName, superName
  /// The word index of another instruction.
  case target
  case comparison, binary, conversion, intrinsic1, intrinsic2, functionAttribute, resume
}

/// One row of the instruction table.
public struct OpcodeSpec: Sendable {
  /// The name that `dis` prints.
  public let name: StaticString
  public let operand: OperandKind
  /// The number of cache words that follow the instruction.
  public let cacheWords: Int

  @inlinable
  public init(_ name: StaticString, _ operand: OperandKind, cacheWords: Int = 0) {
    self.name = name
    self.operand = operand
    self.cacheWords = cacheWords
  }

  /// Whether the operand is the place of another instruction.
  @inlinable public var isJump: Bool { operand == .target }
}

extension Opcode {
  /// The row of this opcode; a constant opcode folds to constants.
  @inlinable
  public var spec: OpcodeSpec {
    switch self {
    case .beforeAsyncWith: OpcodeSpec("BEFORE_ASYNC_WITH", .none)
    case .beforeWith: OpcodeSpec("BEFORE_WITH", .none)
    case .binarySlice: OpcodeSpec("BINARY_SLICE", .none)
    case .binarySubscr: OpcodeSpec("BINARY_SUBSCR", .none, cacheWords: 1)
    case .checkEgMatch: OpcodeSpec("CHECK_EG_MATCH", .none)
    case .checkExcMatch: OpcodeSpec("CHECK_EXC_MATCH", .none)
    case .cleanupThrow: OpcodeSpec("CLEANUP_THROW", .none)
    case .deleteSubscr: OpcodeSpec("DELETE_SUBSCR", .none)
    case .endAsyncFor: OpcodeSpec("END_ASYNC_FOR", .none)
    case .endFor: OpcodeSpec("END_FOR", .none)
    case .endSend: OpcodeSpec("END_SEND", .none)
    case .exitInitCheck: OpcodeSpec("EXIT_INIT_CHECK", .none)
    case .formatSimple: OpcodeSpec("FORMAT_SIMPLE", .none)
    case .formatWithSpec: OpcodeSpec("FORMAT_WITH_SPEC", .none)
    case .getAiter: OpcodeSpec("GET_AITER", .none)
    case .getAnext: OpcodeSpec("GET_ANEXT", .none)
    case .getIter: OpcodeSpec("GET_ITER", .none)
    case .getLen: OpcodeSpec("GET_LEN", .none)
    case .getYieldFromIter: OpcodeSpec("GET_YIELD_FROM_ITER", .none)
    case .interpreterExit: OpcodeSpec("INTERPRETER_EXIT", .none)
    case .loadAssertionError: OpcodeSpec("LOAD_ASSERTION_ERROR", .none)
    case .loadBuildClass: OpcodeSpec("LOAD_BUILD_CLASS", .none)
    case .loadLocals: OpcodeSpec("LOAD_LOCALS", .none)
    case .makeFunction: OpcodeSpec("MAKE_FUNCTION", .none)
    case .matchKeys: OpcodeSpec("MATCH_KEYS", .none)
    case .matchMapping: OpcodeSpec("MATCH_MAPPING", .none)
    case .matchSequence: OpcodeSpec("MATCH_SEQUENCE", .none)
    case .nop: OpcodeSpec("NOP", .none)
    case .popExcept: OpcodeSpec("POP_EXCEPT", .none)
    case .popTop: OpcodeSpec("POP_TOP", .none)
    case .pushExcInfo: OpcodeSpec("PUSH_EXC_INFO", .none)
    case .pushNull: OpcodeSpec("PUSH_NULL", .none)
    case .returnGenerator: OpcodeSpec("RETURN_GENERATOR", .none)
    case .returnValue: OpcodeSpec("RETURN_VALUE", .none)
    case .setupAnnotations: OpcodeSpec("SETUP_ANNOTATIONS", .none)
    case .storeSlice: OpcodeSpec("STORE_SLICE", .none)
    case .storeSubscr: OpcodeSpec("STORE_SUBSCR", .none, cacheWords: 1)
    case .toBool: OpcodeSpec("TO_BOOL", .none, cacheWords: 1)
    case .unaryInvert: OpcodeSpec("UNARY_INVERT", .none)
    case .unaryNegative: OpcodeSpec("UNARY_NEGATIVE", .none)
    case .unaryNot: OpcodeSpec("UNARY_NOT", .none)
    case .withExceptStart: OpcodeSpec("WITH_EXCEPT_START", .none)
    case .binaryOp: OpcodeSpec("BINARY_OP", .binary, cacheWords: 1)
    case .buildConstKeyMap: OpcodeSpec("BUILD_CONST_KEY_MAP", .count)
    case .buildList: OpcodeSpec("BUILD_LIST", .count)
    case .buildMap: OpcodeSpec("BUILD_MAP", .count)
    case .buildSet: OpcodeSpec("BUILD_SET", .count)
    case .buildSlice: OpcodeSpec("BUILD_SLICE", .count)
    case .buildString: OpcodeSpec("BUILD_STRING", .count)
    case .buildTuple: OpcodeSpec("BUILD_TUPLE", .count)
    case .call: OpcodeSpec("CALL", .count, cacheWords: 3)
    case .callFunctionEx: OpcodeSpec("CALL_FUNCTION_EX", .count)
    case .callIntrinsic1: OpcodeSpec("CALL_INTRINSIC_1", .intrinsic1)
    case .callIntrinsic2: OpcodeSpec("CALL_INTRINSIC_2", .intrinsic2)
    case .callKw: OpcodeSpec("CALL_KW", .count)
    case .compareOp: OpcodeSpec("COMPARE_OP", .comparison, cacheWords: 1)
    case .containsOp: OpcodeSpec("CONTAINS_OP", .count, cacheWords: 1)
    case .convertValue: OpcodeSpec("CONVERT_VALUE", .conversion)
    case .copy: OpcodeSpec("COPY", .count)
    case .copyFreeVars: OpcodeSpec("COPY_FREE_VARS", .count)
    case .deleteAttr: OpcodeSpec("DELETE_ATTR", .name)
    case .deleteDeref: OpcodeSpec("DELETE_DEREF", .cell)
    case .deleteFast: OpcodeSpec("DELETE_FAST", .local)
    case .deleteGlobal: OpcodeSpec("DELETE_GLOBAL", .name)
    case .deleteName: OpcodeSpec("DELETE_NAME", .name)
    case .dictMerge: OpcodeSpec("DICT_MERGE", .count)
    case .dictUpdate: OpcodeSpec("DICT_UPDATE", .count)
    case .forIter: OpcodeSpec("FOR_ITER", .target, cacheWords: 1)
    case .getAwaitable: OpcodeSpec("GET_AWAITABLE", .count)
    case .importFrom: OpcodeSpec("IMPORT_FROM", .name)
    case .importName: OpcodeSpec("IMPORT_NAME", .name)
    case .isOp: OpcodeSpec("IS_OP", .count)
    case .jumpBackward: OpcodeSpec("JUMP_BACKWARD", .target)
    case .jumpBackwardNoInterrupt: OpcodeSpec("JUMP_BACKWARD_NO_INTERRUPT", .target)
    case .jumpForward: OpcodeSpec("JUMP_FORWARD", .target)
    case .listAppend: OpcodeSpec("LIST_APPEND", .count)
    case .listExtend: OpcodeSpec("LIST_EXTEND", .count)
    case .loadAttr: OpcodeSpec("LOAD_ATTR", .attributeName, cacheWords: 6)
    case .loadConst: OpcodeSpec("LOAD_CONST", .constant)
    case .loadDeref: OpcodeSpec("LOAD_DEREF", .cell)
    case .loadFast: OpcodeSpec("LOAD_FAST", .local)
    case .loadFastAndClear: OpcodeSpec("LOAD_FAST_AND_CLEAR", .local)
    case .loadFastCheck: OpcodeSpec("LOAD_FAST_CHECK", .local)
    case .loadFastLoadFast: OpcodeSpec("LOAD_FAST_LOAD_FAST", .localPair)
    case .loadFromDictOrDeref: OpcodeSpec("LOAD_FROM_DICT_OR_DEREF", .cell)
    case .loadFromDictOrGlobals: OpcodeSpec("LOAD_FROM_DICT_OR_GLOBALS", .name)
    case .loadGlobal: OpcodeSpec("LOAD_GLOBAL", .globalName, cacheWords: 4)
    case .loadName: OpcodeSpec("LOAD_NAME", .name)
    case .loadSuperAttr: OpcodeSpec("LOAD_SUPER_ATTR", .superName, cacheWords: 1)
    case .makeCell: OpcodeSpec("MAKE_CELL", .cell)
    case .mapAdd: OpcodeSpec("MAP_ADD", .count)
    case .matchClass: OpcodeSpec("MATCH_CLASS", .count)
    case .popJumpIfFalse: OpcodeSpec("POP_JUMP_IF_FALSE", .target)
    case .popJumpIfNone: OpcodeSpec("POP_JUMP_IF_NONE", .target)
    case .popJumpIfNotNone: OpcodeSpec("POP_JUMP_IF_NOT_NONE", .target)
    case .popJumpIfTrue: OpcodeSpec("POP_JUMP_IF_TRUE", .target)
    case .raiseVarargs: OpcodeSpec("RAISE_VARARGS", .count)
    case .reraise: OpcodeSpec("RERAISE", .count)
    case .returnConst: OpcodeSpec("RETURN_CONST", .constant)
    case .send: OpcodeSpec("SEND", .target, cacheWords: 1)
    case .setAdd: OpcodeSpec("SET_ADD", .count)
    case .setFunctionAttribute: OpcodeSpec("SET_FUNCTION_ATTRIBUTE", .functionAttribute)
    case .setUpdate: OpcodeSpec("SET_UPDATE", .count)
    case .storeAttr: OpcodeSpec("STORE_ATTR", .name, cacheWords: 4)
    case .storeDeref: OpcodeSpec("STORE_DEREF", .cell)
    case .storeFast: OpcodeSpec("STORE_FAST", .local)
    case .storeFastLoadFast: OpcodeSpec("STORE_FAST_LOAD_FAST", .localPair)
    case .storeFastStoreFast: OpcodeSpec("STORE_FAST_STORE_FAST", .localPair)
    case .storeGlobal: OpcodeSpec("STORE_GLOBAL", .name)
    case .storeName: OpcodeSpec("STORE_NAME", .name)
    case .swap: OpcodeSpec("SWAP", .count)
    case .unpackEx: OpcodeSpec("UNPACK_EX", .count)
    case .unpackSequence: OpcodeSpec("UNPACK_SEQUENCE", .count, cacheWords: 1)
    case .yieldValue: OpcodeSpec("YIELD_VALUE", .count)
    case .resume: OpcodeSpec("RESUME", .resume)
    case .jump: OpcodeSpec("JUMP", .target)
    case .jumpNoInterrupt: OpcodeSpec("JUMP_NO_INTERRUPT", .target)
    case .setupFinally: OpcodeSpec("SETUP_FINALLY", .target)
    case .setupCleanup: OpcodeSpec("SETUP_CLEANUP", .target)
    case .setupWith: OpcodeSpec("SETUP_WITH", .target)
    case .popBlock: OpcodeSpec("POP_BLOCK", .none)
    case .loadClosure: OpcodeSpec("LOAD_CLOSURE", .cell)
    case .storeFastMaybeNull: OpcodeSpec("STORE_FAST_MAYBE_NULL", .local)
    }
  }

  /// The number of cache words behind the instruction.
  @inlinable public var cacheWords: Int { spec.cacheWords }

  /// The name that `dis` prints.
  public var name: String { spec.name.description }

  /// Whether it exists only inside the compiler.
  public var isPseudo: Bool { rawValue >= Opcode.jump.rawValue }

  /// Whether control never falls through to the next instruction.
  public var endsFlow: Bool {
    switch self {
    case .jump, .jumpNoInterrupt, .jumpForward, .jumpBackward, .jumpBackwardNoInterrupt, .returnValue, .returnConst,
      .raiseVarargs, .reraise,
      .interpreterExit:
      true
    default: false
    }
  }
}

/// The word form of an instruction.
public enum InstructionWord {
  public static let operandLimit = 1 << 24

  /// `write` and the two readers are each other's mirror.
  @inlinable
  public static func write(_ opcode: Opcode, _ operand: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: operand) << 8 | UInt32(opcode.rawValue)
  }
  @inlinable
  public static func opcode(_ word: UInt32) -> Opcode? { Opcode(rawValue: UInt8(truncatingIfNeeded: word)) }
  @inlinable
  public static func operand(_ word: UInt32) -> Int { Int(word >> 8) }
}
