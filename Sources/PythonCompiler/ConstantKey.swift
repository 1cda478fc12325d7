// Equality of constants as a code object needs it: `1`, `True` and `1.0` are three constants, `0.0` and `-0.0` two.

import PythonBytecode

struct ConstantKey: Hashable {
  let constant: Constant

  static func == (left: ConstantKey, right: ConstantKey) -> Bool { isSame(left.constant, right.constant) }

  func hash(into hasher: inout Hasher) { Self.hash(constant, into: &hasher) }

  static func isSame(_ left: Constant, _ right: Constant) -> Bool {
    switch (left, right) {
    case (.none, .none), (.ellipsis, .ellipsis): true
    case (.bool(let a), .bool(let b)): a == b
    case (.int(let a), .int(let b)): a == b
    case (.bigInt(let signA, let a), .bigInt(let signB, let b)): signA == signB && a == b
    case (.float(let a), .float(let b)): a.bitPattern == b.bitPattern
    case (.complex(let realA, let imaginaryA), .complex(let realB, let imaginaryB)):
      realA.bitPattern == realB.bitPattern && imaginaryA.bitPattern == imaginaryB.bitPattern
    case (.string(let a), .string(let b)), (.bytes(let a), .bytes(let b)): a == b
    case (.tuple(let a), .tuple(let b)): a.elementsEqual(b, by: isSame)
    // A frozenset keeps the order in which its items were written, and so it is compared.
    case (.frozenset(let a), .frozenset(let b)): a.elementsEqual(b, by: isSame)
    case (.code(let a), .code(let b)): a === b || areEqual(a, b)
    default: false
    }
  }

  /// The condition of a `while` is compiled twice; what it defines is one constant all the same.
  private static func areEqual(_ a: Code, _ b: Code) -> Bool {
    a.firstLine == b.firstLine && a.instructions == b.instructions && a.name == b.name && a.flags == b.flags
      && a.positions == b.positions && a.names == b.names && a.localNames == b.localNames
      && a.localKinds == b.localKinds && a.argCount == b.argCount && a.posOnlyArgCount == b.posOnlyArgCount
      && a.kwOnlyArgCount == b.kwOnlyArgCount && a.exceptionTable == b.exceptionTable
      && a.constants.elementsEqual(b.constants, by: isSame)
  }

  private static func hash(_ constant: Constant, into hasher: inout Hasher) {
    switch constant {
    case .none: hasher.combine(0)
    case .ellipsis: hasher.combine(1)
    case .bool(let value): hasher.combine(value)
    case .int(let value): hasher.combine(value)
    case .bigInt(_, let magnitude): hasher.combine(magnitude)
    case .float(let value): hasher.combine(value.bitPattern)
    case .complex(let real, let imaginary):
      hasher.combine(real.bitPattern)
      hasher.combine(imaginary.bitPattern)
    case .string(let bytes), .bytes(let bytes): hasher.combine(bytes)
    case .tuple(let items), .frozenset(let items):
      for item in items { hash(item, into: &hasher) }
    case .code(let code):
      hasher.combine(code.firstLine)
      hasher.combine(code.instructions.count)
    }
  }
}
