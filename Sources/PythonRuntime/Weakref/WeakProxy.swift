// `weakref.proxy`: every operation goes to the referent; ReferenceError once it is dead.
import PythonBytecode

public enum WeakProxy {
  /// For referents that can be called.
  public nonisolated(unsafe) static var callableType: TypeObject?

  static func configure() { configureSlots(core.pointee.types.weakProxy.pointer) }

  static func addAttributes(_ t: ThreadState) {
    let type = makeBuiltinType(
      name: "CallableProxyType", module: "weakref", layoutSize: MemoryLayout<WeakrefLayout>.size,
      flags: .container, configure: configureSlots)
    type.pointer.pointee.call = NativeFunction { t, o, a in
      with(t, o) { target in
        guard let call = target.type.pointer.pointee.call else {
          t.raise(.TypeError, "'\(typeName(target))' object is not callable")
          return nil
        }
        return call.call(t, target, a)
      }
    }
    readyType(t, type)
    callableType = type
    for proxy in [core.pointee.types.weakProxy, type] {
      addMethods(
        t, proxy,
        [
          NativeMethod("__bytes__", .noArguments) { t, o, _ in with(t, o) { callMethod(t, $0, "__bytes__") } },
          NativeMethod("__reversed__", .noArguments) { t, o, _ in
            with(t, o) { target in
              guard let method = lookupSpecial(t, target, Special.reversed) else {
                return t.hasRaised ? nil : t.raise(.TypeError, "'\(typeName(target))' object is not reversible")
              }
              defer { method.release() }
              return call0(t, method)
            }
          },
        ])
    }
  }

  /// A proxy of the kind that fits the referent.
  public static func make(_ t: ThreadState, _ target: Object, _ callback: Object?) -> Object? {
    let isCallable = target.type.pointer.pointee.call != nil
    return Weakref.make(
      t, isCallable ? callableType ?? core.pointee.types.weakProxy : core.pointee.types.weakProxy, target, callback)
  }

  // MARK: - The referent

  /// The referent of a proxy, or the object itself: a new reference. nil: dead, ReferenceError is set.
  static func unwrap(_ t: ThreadState, _ o: Object) -> Object? {
    guard Weakref.isProxyType(o.type) else { return o.retained() }
    guard let target = o.weakref.pointee.referent else {
      t.raise(.ReferenceError, "weakly-referenced object no longer exists")
      return nil
    }
    return target.retained()
  }

  static func with(_ t: ThreadState, _ o: Object, _ body: (Object) -> Object?) -> Object? {
    guard let target = unwrap(t, o) else { return nil }
    defer { target.release() }
    return body(target)
  }

  private static func measure(_ t: ThreadState, _ o: Object, _ body: (Object) -> Int) -> Int {
    guard let target = unwrap(t, o) else { return -1 }
    defer { target.release() }
    return body(target)
  }

  private static func both(_ t: ThreadState, _ a: Object, _ b: Object, _ op: BinaryOperation) -> Object? {
    with(t, a) { x in
      with(t, b) { y in
        op.rawValue >= BinaryOperation.inplaceOffset
          ? inPlaceOperation(t, op, x, y)
          : binaryOperation(t, op, x, y)
      }
    }
  }

  // MARK: - Slots

  private static func configureSlots(_ p: UnsafeMutablePointer<TypeLayout>) {
    WeakrefTypes.configureMemory(p)
    p.pointee.getAttribute = BinaryFunction { t, o, name in with(t, o) { getAttribute(t, $0, name) } }
    p.pointee.setAttribute = StoreFunction { t, o, name, value in
      measure(t, o) { setAttribute(t, $0, name, value) ? 1 : -1 } == 1
    }
    p.pointee.repr = UnaryFunction { t, o in
      guard let target = o.weakref.pointee.referent else {
        return makeString("<weakproxy at \(addressText(o)); dead>")
      }
      return makeString(
        "<weakproxy at \(addressText(o)); to '\(fullTypeName(t, target.type))' at \(addressText(target))>")
    }
    p.pointee.str = UnaryFunction { t, o in with(t, o) { str(t, $0) } }
    p.pointee.hash = MeasureFunction { t, o in
      t.raise(.TypeError, "unhashable type: 'weakref.ProxyType'")
      return -1
    }
    p.pointee.compare = CompareFunction { t, a, b, op in
      with(t, a) { x in with(t, b) { y in richCompare(t, x, y, op) } }
    }
    p.pointee.iter = UnaryFunction { t, o in with(t, o) { iterate(t, $0) } }
    p.pointee.next = UnaryFunction { t, o in
      with(t, o) { target in
        guard let next = target.type.pointer.pointee.next else {
          t.raise(.TypeError, "Weakref proxy referenced a non-iterator '\(typeName(target))' object")
          return nil
        }
        return next.call(t, target)
      }
    }
    p.pointee.length = MeasureFunction { t, o in measure(t, o) { length(t, $0) } }
    p.pointee.getItem = BinaryFunction { t, o, key in with(t, o) { getItem(t, $0, key) } }
    p.pointee.setItem = StoreFunction { t, o, key, value in
      measure(t, o) { target in
        if let value { return setItem(t, target, key, value) ? 1 : -1 }
        return delItem(t, target, key) ? 1 : -1
      } == 1
    }
    p.pointee.contains = ContainsFunction { t, o, item in measure(t, o) { sequenceContains(t, $0, item) } }
    configureNumbers(&p.pointee.number)
  }

  private static func configureNumbers(_ n: inout NumberSlots) {
    n.bool = MeasureFunction { t, o in measure(t, o) { isTrue(t, $0) } }
    n.add = BinaryFunction { t, a, b in both(t, a, b, .add) }
    n.subtract = BinaryFunction { t, a, b in both(t, a, b, .subtract) }
    n.multiply = BinaryFunction { t, a, b in both(t, a, b, .multiply) }
    n.remainder = BinaryFunction { t, a, b in both(t, a, b, .remainder) }
    n.trueDivide = BinaryFunction { t, a, b in both(t, a, b, .trueDivide) }
    n.floorDivide = BinaryFunction { t, a, b in both(t, a, b, .floorDivide) }
    n.matrixMultiply = BinaryFunction { t, a, b in both(t, a, b, .matrixMultiply) }
    n.leftShift = BinaryFunction { t, a, b in both(t, a, b, .leftShift) }
    n.rightShift = BinaryFunction { t, a, b in both(t, a, b, .rightShift) }
    n.and = BinaryFunction { t, a, b in both(t, a, b, .and) }
    n.xor = BinaryFunction { t, a, b in both(t, a, b, .xor) }
    n.or = BinaryFunction { t, a, b in both(t, a, b, .or) }
    n.inPlaceAdd = BinaryFunction { t, a, b in both(t, a, b, .inplaceAdd) }
    n.inPlaceSubtract = BinaryFunction { t, a, b in both(t, a, b, .inplaceSubtract) }
    n.inPlaceMultiply = BinaryFunction { t, a, b in both(t, a, b, .inplaceMultiply) }
    n.inPlaceTrueDivide = BinaryFunction { t, a, b in both(t, a, b, .inplaceTrueDivide) }
    n.inPlaceFloorDivide = BinaryFunction { t, a, b in both(t, a, b, .inplaceFloorDivide) }
    n.inPlaceRemainder = BinaryFunction { t, a, b in both(t, a, b, .inplaceRemainder) }
    n.inPlaceMatrixMultiply = BinaryFunction { t, a, b in both(t, a, b, .inplaceMatrixMultiply) }
    n.inPlaceLeftShift = BinaryFunction { t, a, b in both(t, a, b, .inplaceLeftShift) }
    n.inPlaceRightShift = BinaryFunction { t, a, b in both(t, a, b, .inplaceRightShift) }
    n.inPlaceXor = BinaryFunction { t, a, b in both(t, a, b, .inplaceXor) }
    n.divmod = BinaryFunction { t, a, b in with(t, a) { x in with(t, b) { y in divideModulo(t, x, y) } } }
    n.negative = UnaryFunction { t, o in with(t, o) { unaryOperation(t, .negative, $0) } }
    n.positive = UnaryFunction { t, o in with(t, o) { unaryOperation(t, .positive, $0) } }
    n.invert = UnaryFunction { t, o in with(t, o) { unaryOperation(t, .invert, $0) } }
    n.inPlaceOr = BinaryFunction { t, a, b in both(t, a, b, .inplaceOr) }
    n.inPlaceAnd = BinaryFunction { t, a, b in both(t, a, b, .inplaceAnd) }
    n.index = UnaryFunction { t, o in with(t, o) { index(t, $0) } }
  }
}
