// `_operator`: the operators as functions, and the three callables that fetch: itemgetter, attrgetter, methodcaller.
import PythonBytecode
import PythonRuntime

public enum OperatorModule {
  public static func make(_ t: ThreadState) -> Object? {
    Getters.install(t)
    let module = makeModule(t, "_operator")
    moduleSet(t, module, "__doc__", stealing: makeString("Operator interface."))
    moduleSet(t, module, "itemgetter", Getters.itemGetter.object)
    moduleSet(t, module, "attrgetter", Getters.attributeGetter.object)
    moduleSet(t, module, "methodcaller", Getters.methodCaller.object)
    moduleAddFunctions(t, module, comparisons + unary + binary + inPlace + items + rest)
    return module
  }

  private static let comparisons = [
    NativeMethod("lt", .positional(2, 2)) { t, _, a in richCompare(t, a[0], a[1], .less) },
    NativeMethod("le", .positional(2, 2)) { t, _, a in richCompare(t, a[0], a[1], .lessEqual) },
    NativeMethod("eq", .positional(2, 2)) { t, _, a in richCompare(t, a[0], a[1], .equal) },
    NativeMethod("ne", .positional(2, 2)) { t, _, a in richCompare(t, a[0], a[1], .notEqual) },
    NativeMethod("gt", .positional(2, 2)) { t, _, a in richCompare(t, a[0], a[1], .greater) },
    NativeMethod("ge", .positional(2, 2)) { t, _, a in richCompare(t, a[0], a[1], .greaterEqual) },
    NativeMethod("is_", .positional(2, 2)) { _, _, a in makeBool(a[0] == a[1]) },
    NativeMethod("is_not", .positional(2, 2)) { _, _, a in makeBool(a[0] != a[1]) },
  ]

  private static let unary = [
    NativeMethod("neg", .oneArgument) { t, _, a in unaryOperation(t, .negative, a[0]) },
    NativeMethod("pos", .oneArgument) { t, _, a in unaryOperation(t, .positive, a[0]) },
    NativeMethod("inv", .oneArgument) { t, _, a in unaryOperation(t, .invert, a[0]) },
    NativeMethod("invert", .oneArgument) { t, _, a in unaryOperation(t, .invert, a[0]) },
    NativeMethod("abs", .oneArgument) { t, _, a in absolute(t, a[0]) },
    NativeMethod("index", .oneArgument) { t, _, a in index(t, a[0]) },
    NativeMethod("truth", .oneArgument) { t, _, a in truth(t, a[0], whenTrue: true) },
    NativeMethod("not_", .oneArgument) { t, _, a in truth(t, a[0], whenTrue: false) },
  ]

  private static let binary = [
    NativeMethod("add", .positional(2, 2)) { t, _, a in binaryOperation(t, .add, a[0], a[1]) },
    NativeMethod("sub", .positional(2, 2)) { t, _, a in binaryOperation(t, .subtract, a[0], a[1]) },
    NativeMethod("mul", .positional(2, 2)) { t, _, a in binaryOperation(t, .multiply, a[0], a[1]) },
    NativeMethod("matmul", .positional(2, 2)) { t, _, a in binaryOperation(t, .matrixMultiply, a[0], a[1]) },
    NativeMethod("truediv", .positional(2, 2)) { t, _, a in binaryOperation(t, .trueDivide, a[0], a[1]) },
    NativeMethod("floordiv", .positional(2, 2)) { t, _, a in binaryOperation(t, .floorDivide, a[0], a[1]) },
    NativeMethod("mod", .positional(2, 2)) { t, _, a in binaryOperation(t, .remainder, a[0], a[1]) },
    NativeMethod("pow", .positional(2, 2)) { t, _, a in power(t, a[0], a[1], nil) },
    NativeMethod("lshift", .positional(2, 2)) { t, _, a in binaryOperation(t, .leftShift, a[0], a[1]) },
    NativeMethod("rshift", .positional(2, 2)) { t, _, a in binaryOperation(t, .rightShift, a[0], a[1]) },
    NativeMethod("and_", .positional(2, 2)) { t, _, a in binaryOperation(t, .and, a[0], a[1]) },
    NativeMethod("or_", .positional(2, 2)) { t, _, a in binaryOperation(t, .or, a[0], a[1]) },
    NativeMethod("xor", .positional(2, 2)) { t, _, a in binaryOperation(t, .xor, a[0], a[1]) },
  ]

  private static let inPlace = [
    NativeMethod("iadd", .positional(2, 2)) { t, _, a in inPlaceOperation(t, .inplaceAdd, a[0], a[1]) },
    NativeMethod("isub", .positional(2, 2)) { t, _, a in inPlaceOperation(t, .inplaceSubtract, a[0], a[1]) },
    NativeMethod("imul", .positional(2, 2)) { t, _, a in inPlaceOperation(t, .inplaceMultiply, a[0], a[1]) },
    NativeMethod("imatmul", .positional(2, 2)) { t, _, a in inPlaceOperation(t, .inplaceMatrixMultiply, a[0], a[1]) },
    NativeMethod("itruediv", .positional(2, 2)) { t, _, a in inPlaceOperation(t, .inplaceTrueDivide, a[0], a[1]) },
    NativeMethod("ifloordiv", .positional(2, 2)) { t, _, a in inPlaceOperation(t, .inplaceFloorDivide, a[0], a[1]) },
    NativeMethod("imod", .positional(2, 2)) { t, _, a in inPlaceOperation(t, .inplaceRemainder, a[0], a[1]) },
    NativeMethod("ipow", .positional(2, 2)) { t, _, a in inPlaceOperation(t, .inplacePower, a[0], a[1]) },
    NativeMethod("ilshift", .positional(2, 2)) { t, _, a in inPlaceOperation(t, .inplaceLeftShift, a[0], a[1]) },
    NativeMethod("irshift", .positional(2, 2)) { t, _, a in inPlaceOperation(t, .inplaceRightShift, a[0], a[1]) },
    NativeMethod("iand", .positional(2, 2)) { t, _, a in inPlaceOperation(t, .inplaceAnd, a[0], a[1]) },
    NativeMethod("ior", .positional(2, 2)) { t, _, a in inPlaceOperation(t, .inplaceOr, a[0], a[1]) },
    NativeMethod("ixor", .positional(2, 2)) { t, _, a in inPlaceOperation(t, .inplaceXor, a[0], a[1]) },
  ]

  private static let items = [
    NativeMethod("getitem", .positional(2, 2)) { t, _, a in getItem(t, a[0], a[1]) },
    NativeMethod("setitem", .positional(3, 3)) { t, _, a in setItem(t, a[0], a[1], a[2]) ? core.pointee.none : nil },
    NativeMethod("delitem", .positional(2, 2)) { t, _, a in delItem(t, a[0], a[1]) ? core.pointee.none : nil },
    NativeMethod("concat", .positional(2, 2)) { t, _, a in concatenate(t, a[0], a[1], inPlace: false) },
    NativeMethod("iconcat", .positional(2, 2)) { t, _, a in concatenate(t, a[0], a[1], inPlace: true) },
    NativeMethod("contains", .positional(2, 2)) { t, _, a in
      let answer = sequenceContains(t, a[0], a[1])
      return answer < 0 ? nil : makeBool(answer == 1)
    },
    NativeMethod("countOf", .positional(2, 2)) { t, _, a in count(t, a[0], a[1], stopAtFirst: false).map { makeInt($0) }
    },
    NativeMethod("indexOf", .positional(2, 2)) { t, _, a in
      guard let position = count(t, a[0], a[1], stopAtFirst: true) else { return nil }
      return position < 0 ? t.raise(.ValueError, "sequence.index(x): x not in sequence") : makeInt(position)
    },
    NativeMethod("length_hint", .positional(1, 2)) { t, _, a in
      var fallback = 0
      if let given = a.optional(1) {
        guard given.isKind(.int) || given.isKind(.bool) else {
          return t.raise(.TypeError, "'\(typeName(given))' object cannot be interpreted as an integer")
        }
        guard let value = intValue(t, given) else { return nil }
        fallback = value
      }
      let hint = lengthHint(t, a[0], default: fallback)
      return hint < 0 && t.hasRaised ? nil : makeInt(hint)
    },
  ]

  private static let rest = [
    NativeMethod("call", .keywords) { t, _, a in
      guard a.count >= 1 else { return t.raise(.TypeError, "call expected at least 1 argument, got 0") }
      return call(t, a[0], Arguments(base: a.base + 1, count: a.count - 1, keywordNames: a.keywordNames))
    },
    NativeMethod("_compare_digest", .positional(2, 2)) { t, _, a in compareDigest(t, a[0], a[1]) },
  ]

  private static func truth(_ t: ThreadState, _ o: Object, whenTrue: Bool) -> Object? {
    let answer = isTrue(t, o)
    return answer < 0 ? nil : makeBool((answer == 1) == whenTrue)
  }

  private static func concatenate(_ t: ThreadState, _ a: Object, _ b: Object, inPlace: Bool) -> Object? {
    guard isSequence(t, a) else { return t.raise(.TypeError, "'\(typeName(a))' object can't be concatenated") }
    return inPlace ? inPlaceOperation(t, .inplaceAdd, a, b) : binaryOperation(t, .add, a, b)
  }

  /// How many items are equal, or where the first one is (-1: nowhere); nil: an exception is set.
  private static func count(_ t: ThreadState, _ sequence: Object, _ wanted: Object, stopAtFirst: Bool) -> Int? {
    guard let iterator = iterate(t, sequence) else {
      if t.matches(.TypeError) {
        t.clearRaised()
        t.raise(.TypeError, "argument of type '\(typeName(sequence))' is not iterable")
      }
      return nil
    }
    defer { iterator.release() }
    var (position, found) = (0, 0)
    while let item = iterNext(t, iterator) {
      let same = compareBool(t, item, wanted, .equal)
      item.release()
      if same < 0 { return nil }
      if same == 1 {
        if stopAtFirst { return position }
        found += 1
      }
      position += 1
    }
    if t.hasRaised { return nil }
    return stopAtFirst ? -1 : found
  }

  private static func compareDigest(_ t: ThreadState, _ a: Object, _ b: Object) -> Object? {
    if a.isKind(.str), b.isKind(.str) {
      guard a.isASCIIStr, b.isASCIIStr else {
        return t.raise(.TypeError, "comparing strings with non-ASCII characters is not supported")
      }
      return makeBool(strEqual(a, b))
    }
    guard a.isKind(.bytes) || a.isKind(.bytearray), b.isKind(.bytes) || b.isKind(.bytearray) else {
      return t.raise(
        .TypeError, "unsupported operand types(s) or combination of types: '\(typeName(a))' and '\(typeName(b))'")
    }
    return richCompare(t, a, b, .equal)
  }
}
