// Special methods and slots: which name fills which slot, in both directions.
//
// Down: a native type's slot appears in its dict as a slot wrapper (`int.__add__`), made by `addSlotWrappers`.
// Up: a Python class's `__add__` fills its slot with a dispatcher that looks the name up and calls it, set by `updateSlots`.
// One row per name; the order of rows with one slot says which name wins.

/// How a wrapper calls its slot, and what the arity is.
enum WrapperKind: UInt8 {
  case unary, binary, binaryReflected, power, powerReflected, inPlacePower, length, hash, bool, contains
  case getItem, setItem, deleteItem, itemIndex, concatenate, repeated, inPlaceConcatenate, inPlaceRepeated
  case compareLess, compareLessEqual, compareEqual, compareNotEqual, compareGreater, compareGreaterEqual
  case getAttribute, setAttribute, deleteAttribute, descriptorGet, descriptorSet, descriptorDelete
  case next, call, initialize, finalize, buffer
}

/// A row: special name, how a wrapper calls it, whether the slot is filled, and how a class fills or inherits it.
struct SlotRow {
  let name: String
  let kind: WrapperKind
  let has: (UnsafeMutablePointer<TypeLayout>) -> Bool
  /// Puts the dispatcher into the slot.
  let fill: (UnsafeMutablePointer<TypeLayout>) -> Void
  /// Empties the slot.
  let empty: (UnsafeMutablePointer<TypeLayout>) -> Void
  /// The slot's offset in a type: rows of one slot have the same.
  let offset: Int
  /// Copies the slot from a base: (to, from).
  let copy: (UnsafeMutablePointer<TypeLayout>, UnsafeMutablePointer<TypeLayout>) -> Void
  let nameObject: Object

  /// The row of the slot that `path` names.
  @inline(__always)
  init<S>(_ name: String, _ kind: WrapperKind, _ path: WritableKeyPath<TypeLayout, S?>, _ dispatcher: S) {
    self.init(name, kind, FieldPlace(path), dispatcher)
  }

  init<S>(
    _ name: String, _ kind: WrapperKind, _ place: FieldPlace<TypeLayout, S?>, _ dispatcher: S
  ) {
    self.name = name
    self.kind = kind
    nameObject = internString(name)
    has = { $0.field(place).pointee != nil }
    fill = { $0.field(place).pointee = dispatcher }
    empty = { $0.field(place).pointee = nil }
    offset = place.offset
    copy = { $0.field(place).pointee = $1.field(place).pointee }
  }
}

enum SlotTable {
  /// All rows; built once.
  static let rows: [SlotRow] = numberRows + containerRows + objectRows

  /// Rows that share a slot, as indices into `rows`.
  static let groups: [[Int]] = {
    var groups: [[Int]] = []
    for i in rows.indices {
      if let g = groups.firstIndex(where: { rows[$0[0]].offset == rows[i].offset }) {
        groups[g].append(i)
      } else {
        groups.append([i])
      }
    }
    return groups
  }()

  @inline(__always)
  private static func binary(
    _ name: String, _ path: WritableKeyPath<TypeLayout, BinaryFunction?>, _ f: @escaping BinaryFunction.Function
  ) -> [SlotRow] {
    binary(name, FieldPlace(path), f)
  }

  private static func binary(
    _ name: String, _ place: FieldPlace<TypeLayout, BinaryFunction?>, _ f: @escaping BinaryFunction.Function
  )
    -> [SlotRow]
  {
    [
      SlotRow("__\(name)__", .binary, place, BinaryFunction(f)),
      SlotRow("__r\(name)__", .binaryReflected, place, BinaryFunction(f)),
    ]
  }

  static let numberRows: [SlotRow] =
    binary("add", \.number.add, { Dispatch.binary($0, $1, $2, Special.add, Special.radd, .init(\.number.add)) })
    + binary(
      "sub", \.number.subtract, { Dispatch.binary($0, $1, $2, Special.sub, Special.rsub, .init(\.number.subtract)) })
    + binary(
      "mul", \.number.multiply, { Dispatch.binary($0, $1, $2, Special.mul, Special.rmul, .init(\.number.multiply)) })
    + binary(
      "mod", \.number.remainder, { Dispatch.binary($0, $1, $2, Special.mod, Special.rmod, .init(\.number.remainder)) })
    + binary(
      "divmod", \.number.divmod,
      { Dispatch.binary($0, $1, $2, Special.divmod, Special.rdivmod, .init(\.number.divmod)) })
    + binary(
      "truediv", \.number.trueDivide,
      { Dispatch.binary($0, $1, $2, Special.truediv, Special.rtruediv, .init(\.number.trueDivide)) })
    + binary(
      "floordiv", \.number.floorDivide,
      { Dispatch.binary($0, $1, $2, Special.floordiv, Special.rfloordiv, .init(\.number.floorDivide)) })
    + binary(
      "matmul", \.number.matrixMultiply,
      { Dispatch.binary($0, $1, $2, Special.matmul, Special.rmatmul, .init(\.number.matrixMultiply)) })
    + binary(
      "lshift", \.number.leftShift,
      { Dispatch.binary($0, $1, $2, Special.lshift, Special.rlshift, .init(\.number.leftShift)) }
    )
    + binary(
      "rshift", \.number.rightShift,
      { Dispatch.binary($0, $1, $2, Special.rshift, Special.rrshift, .init(\.number.rightShift)) })
    + binary("and", \.number.and, { Dispatch.binary($0, $1, $2, Special.and, Special.rand, .init(\.number.and)) })
    + binary("xor", \.number.xor, { Dispatch.binary($0, $1, $2, Special.xor, Special.rxor, .init(\.number.xor)) })
    + binary("or", \.number.or, { Dispatch.binary($0, $1, $2, Special.or, Special.ror, .init(\.number.or)) })
    + [
      SlotRow("__pow__", .power, \.number.power, TernaryFunction { Dispatch.power($0, $1, $2, $3) }),
      SlotRow("__rpow__", .powerReflected, \.number.power, TernaryFunction { Dispatch.power($0, $1, $2, $3) }),
      SlotRow("__iadd__", .binary, \.number.inPlaceAdd, BinaryFunction { Dispatch.method1($0, $1, Special.iadd, $2) }),
      SlotRow(
        "__isub__", .binary, \.number.inPlaceSubtract, BinaryFunction { Dispatch.method1($0, $1, Special.isub, $2) }),
      SlotRow(
        "__imul__", .binary, \.number.inPlaceMultiply, BinaryFunction { Dispatch.method1($0, $1, Special.imul, $2) }),
      SlotRow(
        "__imod__", .binary, \.number.inPlaceRemainder, BinaryFunction { Dispatch.method1($0, $1, Special.imod, $2) }),
      SlotRow(
        "__itruediv__", .binary, \.number.inPlaceTrueDivide,
        BinaryFunction { Dispatch.method1($0, $1, Special.itruediv, $2) }),
      SlotRow(
        "__ifloordiv__", .binary, \.number.inPlaceFloorDivide,
        BinaryFunction { Dispatch.method1($0, $1, Special.ifloordiv, $2) }),
      SlotRow(
        "__imatmul__", .binary, \.number.inPlaceMatrixMultiply,
        BinaryFunction { Dispatch.method1($0, $1, Special.imatmul, $2) }),
      SlotRow(
        "__ilshift__", .binary, \.number.inPlaceLeftShift,
        BinaryFunction { Dispatch.method1($0, $1, Special.ilshift, $2) }),
      SlotRow(
        "__irshift__", .binary, \.number.inPlaceRightShift,
        BinaryFunction { Dispatch.method1($0, $1, Special.irshift, $2) }),
      SlotRow("__iand__", .binary, \.number.inPlaceAnd, BinaryFunction { Dispatch.method1($0, $1, Special.iand, $2) }),
      SlotRow("__ixor__", .binary, \.number.inPlaceXor, BinaryFunction { Dispatch.method1($0, $1, Special.ixor, $2) }),
      SlotRow("__ior__", .binary, \.number.inPlaceOr, BinaryFunction { Dispatch.method1($0, $1, Special.ior, $2) }),
      SlotRow(
        "__ipow__", .inPlacePower, \.number.inPlacePower,
        TernaryFunction { t, a, b, _ in Dispatch.method1(t, a, Special.ipow, b ?? core.pointee.none) }),
      SlotRow("__neg__", .unary, \.number.negative, UnaryFunction { Dispatch.method0($0, $1, Special.neg) }),
      SlotRow("__pos__", .unary, \.number.positive, UnaryFunction { Dispatch.method0($0, $1, Special.pos) }),
      SlotRow("__abs__", .unary, \.number.absolute, UnaryFunction { Dispatch.method0($0, $1, Special.abs) }),
      SlotRow("__invert__", .unary, \.number.invert, UnaryFunction { Dispatch.method0($0, $1, Special.invert) }),
      SlotRow("__int__", .unary, \.number.int, UnaryFunction { Dispatch.method0($0, $1, Special.int) }),
      SlotRow("__float__", .unary, \.number.float, UnaryFunction { Dispatch.method0($0, $1, Special.float) }),
      SlotRow("__index__", .unary, \.number.index, UnaryFunction { Dispatch.method0($0, $1, Special.index) }),
      SlotRow("__bool__", .bool, \.number.bool, MeasureFunction { Dispatch.bool($0, $1) }),
    ]

  static let containerRows: [SlotRow] = [
    SlotRow("__len__", .length, \.length, MeasureFunction { Dispatch.length($0, $1) }),
    SlotRow("__getitem__", .getItem, \.getItem, BinaryFunction { Dispatch.method1($0, $1, Special.getitem, $2) }),
    SlotRow("__setitem__", .setItem, \.setItem, StoreFunction { Dispatch.setItem($0, $1, $2, $3) }),
    SlotRow("__delitem__", .deleteItem, \.setItem, StoreFunction { Dispatch.setItem($0, $1, $2, $3) }),
    SlotRow("__contains__", .contains, \.contains, ContainsFunction { Dispatch.contains($0, $1, $2) }),
    SlotRow("__getitem__", .itemIndex, \.item, IndexFunction { Dispatch.item($0, $1, $2) }),
    SlotRow("__add__", .concatenate, \.concatenate, BinaryFunction { Dispatch.method1($0, $1, Special.add, $2) }),
    SlotRow("__mul__", .repeated, \.repeated, IndexFunction { Dispatch.repeated($0, $1, $2) }),
    SlotRow("__rmul__", .repeated, \.repeated, IndexFunction { Dispatch.repeated($0, $1, $2) }),
    SlotRow(
      "__iadd__", .inPlaceConcatenate, \.inPlaceConcatenate,
      BinaryFunction { Dispatch.method1($0, $1, Special.iadd, $2) }),
    SlotRow("__imul__", .inPlaceRepeated, \.inPlaceRepeated, IndexFunction { Dispatch.repeated($0, $1, $2) }),
  ]

  static let objectRows: [SlotRow] = [
    SlotRow("__repr__", .unary, \.repr, UnaryFunction { Dispatch.repr($0, $1) }),
    SlotRow("__str__", .unary, \.str, UnaryFunction { Dispatch.method0($0, $1, Special.str) }),
    SlotRow("__hash__", .hash, \.hash, MeasureFunction { Dispatch.hash($0, $1) }),
    SlotRow("__call__", .call, \.call, NativeFunction { Dispatch.call($0, $1, $2) }),
    SlotRow("__lt__", .compareLess, \.compare, CompareFunction { Dispatch.compare($0, $1, $2, $3) }),
    SlotRow("__le__", .compareLessEqual, \.compare, CompareFunction { Dispatch.compare($0, $1, $2, $3) }),
    SlotRow("__eq__", .compareEqual, \.compare, CompareFunction { Dispatch.compare($0, $1, $2, $3) }),
    SlotRow("__ne__", .compareNotEqual, \.compare, CompareFunction { Dispatch.compare($0, $1, $2, $3) }),
    SlotRow("__gt__", .compareGreater, \.compare, CompareFunction { Dispatch.compare($0, $1, $2, $3) }),
    SlotRow("__ge__", .compareGreaterEqual, \.compare, CompareFunction { Dispatch.compare($0, $1, $2, $3) }),
    SlotRow("__iter__", .unary, \.iter, UnaryFunction { Dispatch.iter($0, $1) }),
    SlotRow("__next__", .next, \.next, UnaryFunction { Dispatch.next($0, $1) }),
    SlotRow("__getattribute__", .getAttribute, \.getAttribute, BinaryFunction { Dispatch.getAttribute($0, $1, $2) }),
    SlotRow("__getattr__", .getAttribute, \.getAttribute, BinaryFunction { Dispatch.getAttribute($0, $1, $2) }),
    SlotRow("__setattr__", .setAttribute, \.setAttribute, StoreFunction { Dispatch.setAttribute($0, $1, $2, $3) }),
    SlotRow("__delattr__", .deleteAttribute, \.setAttribute, StoreFunction { Dispatch.setAttribute($0, $1, $2, $3) }),
    SlotRow("__get__", .descriptorGet, \.descriptorGet, TernaryFunction { Dispatch.descriptorGet($0, $1, $2, $3) }),
    SlotRow("__set__", .descriptorSet, \.descriptorSet, StoreFunction { Dispatch.descriptorSet($0, $1, $2, $3) }),
    SlotRow("__delete__", .descriptorDelete, \.descriptorSet, StoreFunction { Dispatch.descriptorSet($0, $1, $2, $3) }),
    SlotRow("__init__", .initialize, \.initialize, InitFunction { Dispatch.initialize($0, $1, $2) }),
    SlotRow("__new__", .call, \.new, NativeFunction { Dispatch.new($0, $1, $2) }),
    SlotRow("__del__", .finalize, \.finalize, ObjectAction { Instance.finalize($0) }),
    SlotRow("__await__", .unary, \.await, UnaryFunction { Dispatch.method0($0, $1, Special.await) }),
    SlotRow("__aiter__", .unary, \.asyncIter, UnaryFunction { Dispatch.method0($0, $1, Special.aiter) }),
    SlotRow("__buffer__", .buffer, \.buffer, PythonBuffer.dispatcher),
    SlotRow("__anext__", .unary, \.asyncNext, UnaryFunction { Dispatch.method0($0, $1, Special.anext) }),
  ]
}
