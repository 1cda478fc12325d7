// Operations on built-in types that the loop does itself, without asking the types' slots: arithmetic of mixed numbers, truth, length, membership.
import Glibc
import PythonBytecode

enum FastNumber {
  /// `a op b` of exact ints and floats; nil without an exception: not a case for here (overflow, zero divisor, another operator or type).
  @inline(never) static func operation(_ operand: Int, _ a: Object, _ b: Object) -> Object? {
    let types = core
    let (int, float) = (types.pointee.types.int, types.pointee.types.float)
    if a.type == int {
      guard a.isSmallInt else { return nil }
      if b.type == int { return b.isSmallInt ? integers(operand, a.smallInt, b.smallInt) : nil }
      return b.type == float ? floats(operand, Double(a.smallInt), b.double) : nil
    }
    guard a.type == float else { return nil }
    if b.type == float { return floats(operand, a.double, b.double) }
    return b.type == int && b.isSmallInt ? floats(operand, a.double, Double(b.smallInt)) : nil
  }

  @inline(__always) private static func integers(_ operand: Int, _ x: Int, _ y: Int) -> Object? {
    switch operand {
    case BinaryOperation.add.rawValue, BinaryOperation.inplaceAdd.rawValue:
      let (result, overflow) = x.addingReportingOverflow(y)
      return overflow ? nil : makeInt(result)
    case BinaryOperation.subtract.rawValue, BinaryOperation.inplaceSubtract.rawValue:
      let (result, overflow) = x.subtractingReportingOverflow(y)
      return overflow ? nil : makeInt(result)
    case BinaryOperation.multiply.rawValue, BinaryOperation.inplaceMultiply.rawValue:
      let (result, overflow) = x.multipliedReportingOverflow(by: y)
      return overflow ? nil : makeInt(result)
    case BinaryOperation.and.rawValue, BinaryOperation.inplaceAnd.rawValue: return makeInt(x & y)
    case BinaryOperation.or.rawValue, BinaryOperation.inplaceOr.rawValue: return makeInt(x | y)
    case BinaryOperation.xor.rawValue, BinaryOperation.inplaceXor.rawValue: return makeInt(x ^ y)
    case BinaryOperation.floorDivide.rawValue, BinaryOperation.inplaceFloorDivide.rawValue:
      guard y > 0 else { return nil }
      let quotient = x / y
      return makeInt(x % y < 0 ? quotient &- 1 : quotient)
    case BinaryOperation.remainder.rawValue, BinaryOperation.inplaceRemainder.rawValue:
      guard y > 0 else { return nil }
      let rest = x % y
      return makeInt(rest < 0 ? rest &+ y : rest)
    case BinaryOperation.rightShift.rawValue, BinaryOperation.inplaceRightShift.rawValue:
      guard y >= 0 else { return nil }
      return makeInt(y > 63 ? (x < 0 ? -1 : 0) : x &>> y)
    case BinaryOperation.leftShift.rawValue, BinaryOperation.inplaceLeftShift.rawValue:
      guard y >= 0, y < 62, x.magnitude < 1 << (62 &- UInt(y)) else { return nil }
      return makeInt(x &<< y)
    case BinaryOperation.trueDivide.rawValue, BinaryOperation.inplaceTrueDivide.rawValue:
      // Both are exact as Double, so that the quotient is rounded once.
      let limit: UInt = 1 << 53
      guard y != 0, x.magnitude <= limit, y.magnitude <= limit else { return nil }
      return makeFloat(Double(x) / Double(y))
    default: return nil
    }
  }

  @inline(__always) private static func floats(_ operand: Int, _ x: Double, _ y: Double) -> Object? {
    switch operand {
    case BinaryOperation.add.rawValue, BinaryOperation.inplaceAdd.rawValue: return makeFloat(x + y)
    case BinaryOperation.subtract.rawValue, BinaryOperation.inplaceSubtract.rawValue: return makeFloat(x - y)
    case BinaryOperation.multiply.rawValue, BinaryOperation.inplaceMultiply.rawValue: return makeFloat(x * y)
    case BinaryOperation.trueDivide.rawValue, BinaryOperation.inplaceTrueDivide.rawValue:
      return y == 0 ? nil : makeFloat(x / y)
    case BinaryOperation.power.rawValue, BinaryOperation.inplacePower.rawValue:
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

/// Slices with a step of 1 by ints or None, of exact lists, tuples and strs, without a slice object. Only while nothing is recorded: the slice is born
/// and dies in between.
enum FastSlice {
  /// nil without an exception: not a case for here.
  @inline(never) static func get(_ container: Object, _ start: Object, _ stop: Object) -> Object? {
    let types = core
    // A slice object that is not there to be used again would count for generation 0.
    guard SliceObject.freeList.count > 0 else { return nil }
    let type = container.type
    if type == types.pointee.types.list {
      guard let (low, count) = bounds(start, stop, container.listCount) else { return nil }
      return count == 0 ? makeList(count: 0) : makeList(borrowing: container.listItems + low, count: count)
    }
    if type == types.pointee.types.tuple {
      guard let (low, count) = bounds(start, stop, container.tupleCount), count < container.tupleCount else {
        return nil
      }
      return count == 0 ? types.pointee.emptyTuple : makeTuple(borrowing: container.tupleItems + low, count: count)
    }
    if type == types.pointee.types.str, container.isASCIIStr {
      guard let (low, count) = bounds(start, stop, container.strLength), count < container.strLength else { return nil }
      return makeString(ascii: container.strData.assumingMemoryBound(to: UInt8.self) + low, count: count)
    }
    return nil
  }

  /// `container[start:stop] = value` for an exact list and another list or tuple. False: not a case for here.
  @inline(never) static func set(_ container: Object, _ start: Object, _ stop: Object, _ value: Object) -> Bool {
    let types = core
    guard SliceObject.freeList.count > 0, container.type == types.pointee.types.list, value != container,
      value.type == types.pointee.types.list || value.type == types.pointee.types.tuple,
      let (low, count) = bounds(start, stop, container.listCount)
    else { return false }
    let isList = value.type == types.pointee.types.list
    let items = isList ? value.listLayout.pointee.items : value.tupleItems
    listReplace(
      container, low, low + count, items.map { UnsafePointer($0) }, isList ? value.listCount : value.tupleCount)
    return true
  }

  /// First item and number of items.
  @inline(__always) private static func bounds(_ start: Object, _ stop: Object, _ length: Int) -> (Int, Int)? {
    let (low, high) = (bound(start, 0, length), bound(stop, length, length))
    guard low >= 0, high >= 0 else { return nil }
    return (low, max(high &- low, 0))
  }
  /// A bound within 0 ... length; -1: not a small int.
  @inline(__always) private static func bound(_ o: Object, _ absent: Int, _ length: Int) -> Int {
    if o == core.pointee.none { return absent }
    guard o.type == core.pointee.types.int, o.isSmallInt else { return -1 }
    let value = o.smallInt
    return value < 0 ? max(value &+ length, 0) : min(value, length)
  }
}

/// Operators whose operands, two locals or a local and a constant, need not come to the stack.
enum FastPair {
  enum Result {
    case value(Object)
    case truth(Bool)
  }

  /// What the instruction at `pc` gives for two ints of at most one limb; nil: not a case for here. Where a birth is recorded it is the instruction's.
  @inline(__always)
  static func integers<P: LoopPolicy>(
    _ policy: P.Type, _ frame: UnsafeMutablePointer<FrameLayout>, _ pc: UnsafeMutablePointer<UInt32>, _ a: Object,
    _ b: Object
  ) -> Result? {
    let word = pc.pointee
    let (x, y) = (a.smallInt, b.smallInt)
    if isInstruction(word, .compareInt) {
      return .truth(Int(word &>> 8) & (x < y ? 2 : x > y ? 4 : 8) != 0)
    }
    if isInstruction(word, .addInt) {
      let (value, overflow) = x.addingReportingOverflow(y)
      if P.records { frame.pointee.instruction = pc }
      return overflow ? nil : .value(smallResult(policy, value))
    }
    if isInstruction(word, .subtractInt) {
      let (value, overflow) = x.subtractingReportingOverflow(y)
      if P.records { frame.pointee.instruction = pc }
      return overflow ? nil : .value(smallResult(policy, value))
    }
    return nil
  }

  @inline(__always) static func floats(_ word: UInt32, _ a: Object, _ b: Object) -> Double? {
    if isInstruction(word, .multiplyFloat) { return a.double * b.double }
    if isInstruction(word, .addFloat) { return a.double + b.double }
    if isInstruction(word, .subtractFloat) { return a.double - b.double }
    return nil
  }
}
