// The table of built-in exception classes, filled once at start. Methods and attributes: see Exception+Methods.
import Glibc

/// The type objects by kind.
public enum ExceptionTypes {
  nonisolated(unsafe) static var table = UnsafeMutablePointer<TypeObject?>.allocate(
    capacity: ExceptionKind.allCases.count)

  /// Makes all classes. The types `object` and `type` must be ready.
  public static func create(_ t: ThreadState) {
    for kind in ExceptionKind.allCases { table[kind.number] = nil }
    for kind in ExceptionKind.allCases { make(t, kind) }
  }

  private static func make(_ t: ThreadState, _ kind: ExceptionKind) {
    guard table[kind.number] == nil else { return }
    var base = core.pointee.types.object
    if let baseKind = kind.base {
      make(t, baseKind)
      base = table[baseKind.number] ?? base
    }
    let type = makeBuiltinType(
      name: kind.name, kind: .exception, base: base, layoutSize: kind.instanceSize,
      flags: [.container, .baseType, .exact]
    ) { type in
      type.pointee.extra = UnsafeMutableRawPointer(bitPattern: kind.number + 1)
      type.pointee.dictOffset = MemoryLayout<ExceptionLayout>.offset(of: \.dict) ?? 0
      type.pointee.dealloc = ObjectAction(ExceptionMemory.dealloc)
      type.pointee.traverse = TraverseFunction(ExceptionMemory.traverse)
      type.pointee.clear = ObjectAction(ExceptionMemory.clear)
      type.pointee.new = NativeFunction(ExceptionSlots.new)
      type.pointee.initialize = InitFunction(ExceptionSlots.initialize)
      type.pointee.repr = UnaryFunction(ExceptionSlots.repr)
      type.pointee.str = UnaryFunction(ExceptionSlots.str)
      type.pointee.getAttribute = BinaryFunction(Generic.getAttribute)
      type.pointee.setAttribute = StoreFunction(Generic.setAttribute)
    }
    table[kind.number] = type
    if kind == .BaseException { core.pointee.types.baseException = type }
    if kind == .ExceptionGroup {
      // Second base: its memory is that of the first.
      setSecondBase(type, base, exceptionType(.Exception))
    }
    readyType(t, type)
    if kind == .ExceptionGroup { completeMRO(type, base, exceptionType(.Exception)) }
    addExceptionMethods(t, kind, type)
  }
}

/// ExceptionGroup has two bases, which `readyType` would not find by itself: bases and MRO are set beforehand.
private func setSecondBase(_ type: TypeObject, _ first: TypeObject, _ second: TypeObject) {
  type.pointer.pointee.bases = makeTuple([first.object.retained(), second.object.retained()])
}

/// `readyType` gives an MRO along the first base only.
private func completeMRO(_ type: TypeObject, _ first: TypeObject, _ second: TypeObject) {
  let chain = [type, first, second, exceptionType(.BaseException), core.pointee.types.object]
  type.pointer.pointee.mro = makeTuple(chain.map { $0.object.retained() })
  typeModified(type)
}

/// The class of a kind.
public func exceptionType(_ kind: ExceptionKind) -> TypeObject {
  ExceptionTypes.table[kind.number] ?? core.pointee.types.baseException
}
