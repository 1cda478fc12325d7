// The constants of a tree of code objects: equal ones are one object, as in CPython, whose compiler merges the constants and the tuples of names of
// all code objects of a source.
import PythonBytecode

struct ConstantPool {
  /// What was made, by its content; owned.
  private var made: [[UInt8]: Object] = [:]

  /// The code objects hold their own references.
  mutating func drop() {
    for o in made.values { o.release() }
    made = [:]
  }

  /// A tuple of constants. New reference.
  mutating func tuple(_ constants: [Constant]) -> Object {
    var key: [UInt8] = []
    guard Self.describe(.tuple(constants), into: &key) else {
      let items = constants.map { object($0) }
      return makeTuple(items)
    }
    if let known = made[key] { return known.retained() }
    let items = constants.map { object($0) }
    return keep(makeTuple(items), key)
  }

  /// A tuple of interned names. New reference.
  mutating func tuple(names: [String]) -> Object {
    var key: [UInt8] = []
    _ = Self.describe(.tuple(names.map { .string(Array($0.utf8)) }), into: &key)
    if let known = made[key] { return known.retained() }
    return keep(makeTuple(names.map { internString($0).retained() }), key)
  }

  private mutating func keep(_ o: Object, _ key: [UInt8]) -> Object {
    made[key] = o.retained()
    return o
  }

  /// New reference.
  private mutating func object(_ constant: Constant) -> Object {
    switch constant {
    case .none: return core.pointee.none
    case .ellipsis: return core.pointee.ellipsis
    case .bool(let value): return makeBool(value)
    case .int(let value): return makeInt(value)
    case .code(let code): return makeCodeObject(code, &self)
    case .tuple(let items): return tuple(items)
    case .bigInt, .float, .complex, .string, .bytes, .frozenset: break
    }
    var key: [UInt8] = []
    guard Self.describe(constant, into: &key) else { return make(constant) }
    if let known = made[key] { return known.retained() }
    return keep(make(constant), key)
  }

  private mutating func make(_ constant: Constant) -> Object {
    switch constant {
    case .none, .ellipsis, .bool, .int, .code, .tuple: return object(constant)
    case .bigInt(let negative, let magnitude):
      var limbs = [UInt64](repeating: 0, count: (magnitude.count + 1) / 2)
      for (i, digit) in magnitude.enumerated() { limbs[i / 2] |= UInt64(digit) << UInt64(32 * (i % 2)) }
      return limbs.withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return makeInt(0) }
        return makeInt(limbs: base, count: buffer.count, negative: negative)
      }
    case .float(let value): return makeFloat(value)
    case .complex(let real, let imaginary): return makeComplex(real, imaginary)
    case .string(let bytes):
      let text = makeString(utf8: bytes)
      let isName = bytes.allSatisfy { $0 == 95 || $0 >= 48 && $0 <= 57 || $0 | 32 >= 97 && $0 | 32 <= 122 }
      return isName ? internString(stealing: text) : text
    case .bytes(let bytes): return makeBytes(bytes)
    case .frozenset(let items):
      let t = currentThread()
      let set = makeSet(core.pointee.types.frozenset)
      for item in items {
        let o = object(item)
        _ = setAdd(t, set, o)
        o.release()
      }
      return set
    }
  }

  /// Appends the content so that two constants have the same bytes when they may be one object. False: it holds code, which is never shared.
  private static func describe(_ constant: Constant, into key: inout [UInt8]) -> Bool {
    func number(_ value: UInt64, _ key: inout [UInt8]) { withUnsafeBytes(of: value) { key += $0 } }
    switch constant {
    case .none: key.append(0)
    case .ellipsis: key.append(1)
    case .bool(let value): key.append(value ? 3 : 2)
    case .int(let value):
      key.append(4)
      number(UInt64(bitPattern: Int64(value)), &key)
    case .bigInt(let negative, let magnitude):
      key.append(negative ? 6 : 5)
      number(UInt64(magnitude.count), &key)
      for limb in magnitude { withUnsafeBytes(of: limb) { key += $0 } }
    case .float(let value):
      key.append(7)
      number(value.bitPattern, &key)
    case .complex(let real, let imaginary):
      key.append(8)
      number(real.bitPattern, &key)
      number(imaginary.bitPattern, &key)
    case .string(let bytes), .bytes(let bytes):
      if case .string = constant { key.append(9) } else { key.append(10) }
      number(UInt64(bytes.count), &key)
      key += bytes
    case .tuple(let items), .frozenset(let items):
      if case .tuple = constant { key.append(11) } else { key.append(12) }
      number(UInt64(items.count), &key)
      for item in items where !describe(item, into: &key) { return false }
    case .code: return false
    }
    return true
  }
}
