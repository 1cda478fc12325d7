// Arguments of C functions: what a class's `from_param` makes of a Python value, and how a value goes into a call.
import PythonRuntime
import PythonTypes

/// `_ctypes.CArgObject`, what `byref` gives: an address and the instance that it belongs to.
struct ForeignReferenceLayout {
  var header: ObjectHeader
  var target: Object?
  var offset: Int
}

enum ForeignArgument {
  static func reference(_ o: Object) -> UnsafeMutablePointer<ForeignReferenceLayout> { o.layout() }

  static let referenceType: TypeObject = makeBuiltinType(
    name: "CArgObject", module: "_ctypes", layoutSize: MemoryLayout<ForeignReferenceLayout>.size,
    flags: .disallowInstantiation
  ) { p in
    p.pointee.dealloc = ObjectAction { o in
      take(&reference(o).pointee.target)
      freeInstance(o)
    }
    p.pointee.repr = UnaryFunction { _, o in
      let data = reference(o).pointee.target?.foreign.pointee.data.map { $0 + reference(o).pointee.offset }
      return makeString("<cparam 'P' (0x\(String(UInt(bitPattern: data), radix: 16)))>")
    }
  }

  static func makeReference(_ target: Object, _ offset: Int) -> Object {
    let o = allocateZeroed(referenceType)
    reference(o).pointee.target = target.retained()
    reference(o).pointee.offset = offset
    return o
  }

  // MARK: - `from_param`

  /// An argument for a parameter of class `cls`, new reference; nil: an exception is set.
  static func convert(_ t: ThreadState, _ cls: TypeObject, _ value: Object) -> Object? {
    if isSubtype(value.type, cls) { return value.retained() }
    guard let type = cls.foreign else { return t.raise(.TypeError, "abstract class") }
    switch type.kind {
    case .simple:
      if let done = convertAddress(type.code, value) { return done }
      if let made = convertValue(t, cls, value) { return made }
    case .pointer:
      if value == core.pointee.none { return value.retained() }
      if let element = type.element {
        if isSubtype(value.type, element) { return makeReference(value, 0) }
        if ForeignPointer.isArray(value, of: element) { return value.retained() }
        if value.type == referenceType, let target = reference(value).pointee.target,
          isSubtype(target.type, element)
        {
          return value.retained()
        }
        if let given = value.type.foreign, given.kind == .pointer, given.element == element { return value.retained() }
      }
    case .array:
      if let code = type.element?.foreign?.code, ForeignText.letter(cls) == code, code != 0,
        value.isKind(code == 0x63 ? .bytes : .str)
      {
        guard let made = call1(t, cls.object, value) else { return nil }
        return made
      }
    case .structure, .union, .function: break
    }
    if t.hasRaised { return nil }
    var failed = false
    if let other = findAttribute(t, value, internString("_as_parameter_"), failed: &failed) {
      defer { other.release() }
      return convert(t, cls, other)
    }
    if failed { return nil }
    if type.kind == .simple {
      return t.raise(.TypeError, "'\(typeName(value))' object cannot be interpreted as \(fullTypeName(t, cls))")
    }
    return t.raise(.TypeError, "expected \(cls.nameText) instance instead of \(typeName(value))")
  }

  /// What an address may be made of, beside the values of its own class.
  private static func convertAddress(_ code: UInt8, _ value: Object) -> Object? {
    guard code == 0x7A || code == 0x5A || code == 0x50 else { return nil }
    if value == core.pointee.none { return value.retained() }
    let given = value.type.foreign ?? nil
    if code == 0x50 {
      if value.isKind(.bytes) || value.isKind(.str) || value.type == referenceType { return value.retained() }
      if given?.kind == .array || given?.kind == .pointer || given?.kind == .function { return value.retained() }
      if given?.kind == .simple, [0x7A, 0x5A].contains(given?.code) { return value.retained() }
      return nil
    }
    let character: UInt8 = code == 0x7A ? 0x63 : 0x75
    if given?.kind == .array || given?.kind == .pointer, given?.element?.foreign?.code == character {
      return value.retained()
    }
    if value.type == referenceType, reference(value).pointee.target?.type.foreign?.code == character {
      return value.retained()
    }
    return nil
  }

  /// An instance of the simple class with the value; nil without an exception: a string's address may not be an int.
  private static func convertValue(_ t: ThreadState, _ cls: TypeObject, _ value: Object) -> Object? {
    guard let code = cls.foreign?.code else { return nil }
    if code == 0x7A, !value.isKind(.bytes) { return nil }
    if code == 0x5A, !value.isKind(.str) { return nil }
    guard let o = ForeignObject.make(t, cls), let data = o.foreign.pointee.data else { return nil }
    var keeps: Object?
    guard ForeignValue.store(t, code, data, value, keeps: &keeps) else {
      o.release()
      return nil
    }
    ForeignObject.keep(t, o, 0, keeps)
    return o
  }

  // MARK: - Into a call

  enum Word {
    case integer(UInt64)
    case real(UInt64)
  }

  /// The word that is passed for a value; what it points to must live through the call and comes into `kept`. nil: an exception is set.
  static func word(_ t: ThreadState, _ value: Object, number: Int, kept: inout [Object]) -> Word? {
    if value == core.pointee.none { return .integer(0) }
    if value.isKind(.int) { return ForeignValue.lowBits(t, value).map { .integer($0) } }
    if value.isKind(.bytes) { return .integer(UInt64(UInt(bitPattern: value.bytesData))) }
    if value.isKind(.str) {
      let wide = makeBytes(ForeignValue.wideBytes(value) + [0, 0, 0, 0])
      kept.append(wide)
      return .integer(UInt64(UInt(bitPattern: wide.bytesData)))
    }
    if value.type == referenceType {
      let p = reference(value)
      return .integer(UInt64(UInt(bitPattern: p.pointee.target?.foreign.pointee.data.map { $0 + p.pointee.offset })))
    }
    if ForeignObject.isForeign(value) { return word(t, foreign: value) }
    var failed = false
    if let other = findAttribute(t, value, internString("_as_parameter_"), failed: &failed) {
      kept.append(other)
      return word(t, other, number: number, kept: &kept)
    }
    if !failed { t.raise(.TypeError, "Don't know how to convert parameter \(number)") }
    return nil
  }

  private static func word(_ t: ThreadState, foreign o: Object) -> Word? {
    guard let type = o.type.foreign, let data = o.foreign.pointee.data else { return .integer(0) }
    switch type.kind {
    case .array: return .integer(UInt64(UInt(bitPattern: data)))
    case .pointer, .function: return .integer(data.load(as: UInt64.self))
    case .structure, .union:
      t.raise(.NotImplementedError, "structures as arguments by value are not supported by this runtime")
      return nil
    case .simple: break
    }
    switch Character(Unicode.Scalar(type.code)) {
    case "f": return .real(UInt64(data.load(as: UInt32.self)))
    case "d": return .real(data.load(as: UInt64.self))
    case "g":
      t.raise(.NotImplementedError, "long double arguments are not supported by this runtime")
      return nil
    case "b": return .integer(UInt64(bitPattern: Int64(data.load(as: Int8.self))))
    case "h", "v": return .integer(UInt64(bitPattern: Int64(data.load(as: Int16.self))))
    case "i": return .integer(UInt64(bitPattern: Int64(data.load(as: Int32.self))))
    default:
      var bits: UInt64 = 0
      withUnsafeMutableBytes(of: &bits) { $0.copyMemory(from: UnsafeRawBufferPointer(start: data, count: type.size)) }
      return .integer(bits)
    }
  }
}
