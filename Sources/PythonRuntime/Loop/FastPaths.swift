// Operations on built-in types that the loop does itself, without asking the types' slots: arithmetic of mixed numbers, truth, length, membership.
import Glibc
import PythonBytecode

enum FastNumber {
  /// `a op b` of exact ints and floats; nil without an exception: not a case for here (overflow, zero divisor, another operator or type).
  @inline(never) static func operation(_ operand: Int, _ a: Object, _ b: Object) -> Object? {
    let types = core
    let (int, float) = (types.pointee.types.int, types.pointee.types.float)
    guard let operation = BinaryOperation(rawValue: operand) else { return nil }
    if a.type == int {
      guard a.isSmallInt else { return nil }
      if b.type == int { return b.isSmallInt ? integers(operation, a.smallInt, b.smallInt) : nil }
      return b.type == float ? floats(operation, Double(a.smallInt), b.double) : nil
    }
    guard a.type == float else { return nil }
    if b.type == float { return floats(operation, a.double, b.double) }
    return b.type == int && b.isSmallInt ? floats(operation, a.double, Double(b.smallInt)) : nil
  }

  @inline(__always) private static func integers(_ operation: BinaryOperation, _ x: Int, _ y: Int) -> Object? {
    switch operation {
    case .add, .inplaceAdd:
      let (result, overflow) = x.addingReportingOverflow(y)
      return overflow ? nil : makeInt(result)
    case .subtract, .inplaceSubtract:
      let (result, overflow) = x.subtractingReportingOverflow(y)
      return overflow ? nil : makeInt(result)
    case .multiply, .inplaceMultiply:
      let (result, overflow) = x.multipliedReportingOverflow(by: y)
      return overflow ? nil : makeInt(result)
    case .and, .inplaceAnd: return makeInt(x & y)
    case .or, .inplaceOr: return makeInt(x | y)
    case .xor, .inplaceXor: return makeInt(x ^ y)
    case .floorDivide, .inplaceFloorDivide:
      guard y > 0 else { return nil }
      let quotient = x / y
      return makeInt(x % y < 0 ? quotient &- 1 : quotient)
    case .remainder, .inplaceRemainder:
      guard y > 0 else { return nil }
      let rest = x % y
      return makeInt(rest < 0 ? rest &+ y : rest)
    case .rightShift, .inplaceRightShift:
      guard y >= 0 else { return nil }
      return makeInt(y > 63 ? (x < 0 ? -1 : 0) : x &>> y)
    case .leftShift, .inplaceLeftShift:
      guard y >= 0, y < 62, x.magnitude < 1 << (62 &- UInt(y)) else { return nil }
      return makeInt(x &<< y)
    case .trueDivide, .inplaceTrueDivide:
      // Both are exact as Double, so that the quotient is rounded once.
      let limit: UInt = 1 << 53
      guard y != 0, x.magnitude <= limit, y.magnitude <= limit else { return nil }
      return makeFloat(Double(x) / Double(y))
    default: return nil
    }
  }

  @inline(__always) private static func floats(_ operation: BinaryOperation, _ x: Double, _ y: Double) -> Object? {
    switch operation {
    case .add, .inplaceAdd: return makeFloat(x + y)
    case .subtract, .inplaceSubtract: return makeFloat(x - y)
    case .multiply, .inplaceMultiply: return makeFloat(x * y)
    case .trueDivide, .inplaceTrueDivide: return y == 0 ? nil : makeFloat(x / y)
    case .power, .inplacePower:
      // Special values and negative bases are the type's business, an overflow as well.
      guard x > 0, x.isFinite, y.isFinite else { return nil }
      let result = pow(x, y)
      return result.isFinite ? makeFloat(result) : nil
    default: return nil
    }
  }
}

enum FastTruth {
  /// 1, 0, or -1 with an exception set, for what is neither a bool nor None.
  @inline(__always) static func of(_ t: ThreadState, _ o: Object) -> Int {
    let types = core
    let type = o.type
    if type == types.pointee.types.int { return o.intSize != 0 ? 1 : 0 }
    if type == types.pointee.types.list { return o.listCount != 0 ? 1 : 0 }
    if type == types.pointee.types.str { return o.strLength != 0 ? 1 : 0 }
    return isTrueSlowly(t, o)
  }
}

enum FastContainer {
  /// `len`; -1 with an exception set.
  @inline(__always) static func count(_ t: ThreadState, _ o: Object) -> Int {
    let types = core
    let type = o.type
    if type == types.pointee.types.list { return o.listCount }
    if type == types.pointee.types.str { return o.strLength }
    if type == types.pointee.types.tuple { return o.tupleCount }
    if type == types.pointee.types.dict { return o.dictCount }
    return length(t, o)
  }

  /// `in`: 1, 0, or -1 with an exception set.
  @inline(__always) static func contains(_ t: ThreadState, _ container: Object, _ item: Object) -> Int {
    container.type == core.pointee.types.dict ? dictContains(t, container, item) : sequenceContains(t, container, item)
  }
}
