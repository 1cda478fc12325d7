// Which special form of an instruction fits the operands that it has met (PEP 659). The loop writes the form over the instruction.
//
// A special form checks its own condition. Where that fails, it writes the general form back and runs it; the general form may then choose again.
// What is chosen must hold for the operands at hand, else the two would call each other for ever. Word 1 of arithmetic, comparison, subscript
// and iteration counts the choices made.
import PythonBytecode

/// Writes another form over the instruction at `pc`; the operand stays.
@inline(__always) func become(_ pc: UnsafeMutablePointer<UInt32>, _ word: UInt32, _ form: Instruction) {
  pc.pointee = word & ~0xFF | UInt32(form.rawValue)
}
@inline(__always) func isInstruction(_ word: UInt32, _ form: Instruction) -> Bool {
  UInt8(truncatingIfNeeded: word) == form.rawValue
}

enum Specialization {
  /// After so many choices an instruction stays general: its operands are of many kinds.
  @inline(__always) static var attempts: UInt32 { 64 }
  /// For word 1: no more choices.
  @inline(__always) static var never: UInt32 { .max }

  @inline(never) static func binary(_ operand: Int, _ a: Object, _ b: Object) -> Instruction? {
    let types = core
    guard let operation = BinaryOperation(rawValue: operand) else { return nil }
    if areSmallInts(a, b) {
      switch operation {
      case .add, .inplaceAdd: return .addInt
      case .subtract, .inplaceSubtract: return .subtractInt
      case .multiply, .inplaceMultiply: return .multiplyInt
      default: return nil
      }
    }
    if areFloats(a, b) {
      switch operation {
      case .add, .inplaceAdd: return .addFloat
      case .subtract, .inplaceSubtract: return .subtractFloat
      case .multiply, .inplaceMultiply: return .multiplyFloat
      default: return nil
      }
    }
    let str = types.pointee.types.str
    return (operation == .add || operation == .inplaceAdd) && a.type == str && b.type == str ? .addStr : nil
  }

  @inline(never) static func comparison(_ operand: Int, _ a: Object, _ b: Object) -> Instruction? {
    if areSmallInts(a, b) { return .compareInt }
    if areFloats(a, b) { return .compareFloat }
    let str = core.pointee.types.str
    guard a.type == str, b.type == str, let op = ComparisonOperation(rawValue: operand &>> 5) else { return nil }
    return op == .equal || op == .notEqual ? .compareStr : nil
  }

  @inline(never) static func `subscript`(_ container: Object, _ key: Object) -> Instruction? {
    let types = core
    if container.type == types.pointee.types.list {
      return itemIndex(key, container.listCount) >= 0 ? .subscriptList : nil
    }
    if container.type == types.pointee.types.tuple {
      return itemIndex(key, container.tupleCount) >= 0 ? .subscriptTuple : nil
    }
    return container.type == types.pointee.types.dict ? .subscriptDict : nil
  }

  @inline(never) static func store(_ container: Object, _ key: Object) -> Instruction? {
    let types = core
    if container.type == types.pointee.types.list {
      return itemIndex(key, container.listCount) >= 0 ? .storeSubscriptList : nil
    }
    return container.type == types.pointee.types.dict ? .storeSubscriptDict : nil
  }

  @inline(never) static func iteration(_ iterator: Object) -> Instruction? {
    let types = core
    let type = iterator.type
    if type == types.pointee.types.rangeIterator {
      return iterator.layout(RangeIteratorLayout.self).pointee.largeLeft == nil ? .forRange : nil
    }
    if type == types.pointee.types.listIterator {
      return iterator.iteratorLayout.pointee.source != nil ? .forList : nil
    }
    if type == types.pointee.types.tupleIterator {
      return iterator.iteratorLayout.pointee.source != nil ? .forTuple : nil
    }
    guard type == types.pointee.types.generator else { return nil }
    return iterator.generatorLayout.pointee.state.canResume
      && currentThread().pointer.pointee.recursionDepth < RecursionLimit.frames ? .forGenerator : nil
  }

  /// CALL. `receiver`: what stands above the callable, nil for none.
  @inline(never)
  static func call(
    _ pc: UnsafeMutablePointer<UInt32>, _ operand: Int, _ callable: Object, receiver: Object?
  ) -> Instruction? {
    let types = core
    let type = callable.type
    if type == types.pointee.types.function { return .callFunction }
    if type == types.pointee.types.method, receiver == nil {
      return callable.methodLayout.pointee.function.type == types.pointee.types.function ? .callFunction : nil
    }
    if type == types.pointee.types.nativeFunction {
      let entry = callable.layout(NativeFunctionLayout.self).pointee.entry
      if receiver == nil, let form = builtin(callable, operand) {
        CallCache.remember(pc, entry)
        return form
      }
      return .callNative
    }
    if type == types.pointee.types.methodDescriptor, let receiver {
      let p = callable.layout(MethodDescriptorLayout.self)
      if operand == 1, receiver.type == types.pointee.types.list, p.pointee.owner == types.pointee.types.list.object,
        strEqual(p.pointee.entry.pointee.name, ascii: "append")
      {
        CallCache.remember(pc, p.pointee.entry)
        return .callListAppend
      }
      return .callMethod
    }
    let isCachedClass =
      type == types.pointee.types.type && receiver == nil && pc[1] != 0
      && pc[1] == TypeObject(unchecked: callable).pointer.pointee.version
    return isCachedClass ? .callClass : nil
  }

  /// A function of `builtins` that has a form of its own.
  private static func builtin(_ callable: Object, _ operand: Int) -> Instruction? {
    let p = callable.layout(NativeFunctionLayout.self)
    guard let module = p.pointee.module, module.isKind(.str), strEqual(module, ascii: "builtins") else { return nil }
    let name = p.pointee.entry.pointee.name
    if operand == 1, strEqual(name, ascii: "len") { return .callLen }
    if operand == 2, strEqual(name, ascii: "isinstance") { return .callIsInstance }
    return nil
  }
}

extension GeneratorState {
  /// Whether a `next` may run its frame.
  @inline(__always) var canResume: Bool { self == .created || self == .suspended || self == .suspendedYieldFrom }
}
