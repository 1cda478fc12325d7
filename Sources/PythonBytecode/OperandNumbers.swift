// The numbers that stand in operands, equal to CPython 3.13's.

/// Operand of BINARY_OP; the in-place form is the plain one plus 13.
public enum BinaryOperation: Int, CaseIterable, Sendable {
  case add, and, floorDivide, leftShift, matrixMultiply, multiply, remainder, or, power, rightShift, subtract,
    trueDivide, xor
  case inplaceAdd, inplaceAnd, inplaceFloorDivide, inplaceLeftShift, inplaceMatrixMultiply, inplaceMultiply
  case inplaceRemainder, inplaceOr, inplacePower, inplaceRightShift, inplaceSubtract, inplaceTrueDivide, inplaceXor

  public static let inplaceOffset = 13

  public var symbol: String {
    let plain = ["+", "&", "//", "<<", "@", "*", "%", "|", "**", ">>", "-", "/", "^"]
    let isInplace = rawValue >= Self.inplaceOffset
    return isInplace ? plain[rawValue - Self.inplaceOffset] + "=" : plain[rawValue]
  }
}

/// Operator in the bits from 5 up of COMPARE_OP's operand.
public enum ComparisonOperation: Int, CaseIterable, Sendable {
  case less, lessOrEqual, equal, notEqual, greater, greaterOrEqual

  /// Set when the result is to be converted to `bool`.
  public static let toBoolBit = 16

  public var symbol: String { ["<", "<=", "==", "!=", ">", ">="][rawValue] }

  /// The low bits that 3.13 puts beside the operator: less 2, greater 4, equal 8, unordered 1.
  public var mask: Int { [2, 2 + 8, 8, 1 + 2 + 4, 4, 4 + 8][rawValue] }

  public func operand(toBool: Bool) -> Int { rawValue << 5 | mask | (toBool ? Self.toBoolBit : 0) }
}

/// Operand of CALL_INTRINSIC_1.
public enum Intrinsic1: Int, CaseIterable, Sendable {
  case invalid, print, importStar, stopIterationError, asyncGenWrap, unaryPositive, listToTuple, typeVar, paramSpec
  case typeVarTuple, subscriptGeneric, typeAlias

  public var name: String {
    "INTRINSIC_"
      + [
        "1_INVALID", "PRINT", "IMPORT_STAR", "STOPITERATION_ERROR", "ASYNC_GEN_WRAP", "UNARY_POSITIVE", "LIST_TO_TUPLE",
        "TYPEVAR", "PARAMSPEC", "TYPEVARTUPLE", "SUBSCRIPT_GENERIC", "TYPEALIAS",
      ][rawValue]
  }
}

/// Operand of CALL_INTRINSIC_2.
public enum Intrinsic2: Int, CaseIterable, Sendable {
  case invalid, prepareReraiseStar, typeVarWithBound, typeVarWithConstraints, setFunctionTypeParams, setTypeParamDefault

  public var name: String {
    "INTRINSIC_"
      + [
        "2_INVALID", "PREP_RERAISE_STAR", "TYPEVAR_WITH_BOUND", "TYPEVAR_WITH_CONSTRAINTS", "SET_FUNCTION_TYPE_PARAMS",
        "SET_TYPEPARAM_DEFAULT",
      ][rawValue]
  }
}

/// Operand of CONVERT_VALUE.
public enum Conversion: Int, CaseIterable, Sendable {
  case str = 1
  case repr, ascii

  public var name: String { ["str", "repr", "ascii"][rawValue - 1] }
}

/// Operand of SET_FUNCTION_ATTRIBUTE: which attribute the item below the function becomes.
public enum FunctionAttribute: Int, CaseIterable, Sendable {
  case defaults = 1
  case kwdefaults = 2
  case annotations = 4
  case closure = 8

  public var name: String {
    switch self {
    case .defaults: "defaults"
    case .kwdefaults: "kwdefaults"
    case .annotations: "annotations"
    case .closure: "closure"
    }
  }
}

/// Operand of RESUME.
public enum ResumeKind {
  public static let start = 0
  public static let afterYield = 1
  public static let afterYieldFrom = 2
  public static let afterAwait = 3
  public static let kindMask = 3
  /// Set when only the generator's own StopIteration handler surrounds the place.
  public static let exceptDepth1Bit = 4
}
