// `CFuncPtr`: functions of C libraries, called with words and doubles in the way of the machine.
//
// N.B. a C function that calls Python code would need code made at run time: it is refused by name.
import CRuntimeSupport
import Glibc
import PythonRuntime
import PythonTypes

enum ForeignFunction {
  /// Bits of `_flags_`.
  static let (pythonAPI, keepsErrno) = (4, 8)
  /// `ctypes.get_errno()`: the errno that functions with `use_errno` leave.
  nonisolated(unsafe) static var savedErrno: Int32 = 0
  /// Arguments beside those in registers that a call can pass.
  private static let stackWords = 16

  static func initializeClass(_ t: ThreadState, _ cls: Object, _ a: Arguments) -> Bool {
    guard let flags = ForeignTypes.attribute(t, cls, "_flags_") else {
      return t.hasRaised ? false : t.fail(.TypeError, "class must define _flags_ which must be an integer")
    }
    flags.release()
    TypeObject(unchecked: cls).nativeState = ForeignType(.function, size: 8, alignment: 8)
    return true
  }

  static func configure(_ p: UnsafeMutablePointer<TypeLayout>) {
    p.pointee.new = NativeFunction(new)
    p.pointee.initialize = InitFunction { _, _, _ in true }
    p.pointee.call = NativeFunction(call)
    p.pointee.number.bool = MeasureFunction { _, o in ForeignPointer.target(o) == nil ? 0 : 1 }
    p.pointee.repr = UnaryFunction { t, o in
      makeString("<\(typeName(o)) object at \(addressText(o))>")
    }
  }

  // MARK: - Making

  /// `()`, `(address)`, or `((name, library))`.
  private static func new(_ t: ThreadState, _ cls: Object, _ a: Arguments) -> Object? {
    guard a.count > 0 else { return ForeignObject.make(t, TypeObject(unchecked: cls)) }
    var target: UnsafeMutableRawPointer?
    if a[0].isKind(.tuple) {
      guard a[0].tupleCount == 2 else { return t.raise(.TypeError, "argument 1 must be 2-item tuple") }
      guard let found = symbol(t, a[0].tupleItems[0], in: a[0].tupleItems[1], .AttributeError) else { return nil }
      target = found
    } else if a[0].isKind(.int) {
      guard let bits = ForeignValue.lowBits(t, a[0]) else { return nil }
      target = UnsafeMutableRawPointer(bitPattern: UInt(bits))
    } else if a[0].type.pointer.pointee.call != nil {
      return t.raise(.NotImplementedError, "C functions that call Python code are not supported by this runtime")
    } else {
      return t.raise(.TypeError, "argument must be callable or integer function address")
    }
    guard let o = ForeignObject.make(t, TypeObject(unchecked: cls)) else { return nil }
    o.foreign.pointee.data?.storeBytes(of: UInt(bitPattern: target), as: UInt.self)
    // The library stays as long as its function.
    if a[0].isKind(.tuple) { ForeignObject.keep(t, o, 0, a[0].tupleItems[1].retained()) }
    return o
  }

  /// A symbol of the library whose object has `_handle`; nil: an exception is set.
  static func symbol(
    _ t: ThreadState, _ name: Object, in library: Object, _ kind: ExceptionKind
  ) -> UnsafeMutableRawPointer? {
    guard let handle = getAttribute(t, library, "_handle") else { return nil }
    defer { handle.release() }
    guard handle.isKind(.int), let bits = ForeignValue.lowBits(t, handle) else {
      t.raise(.TypeError, "the _handle attribute of the second argument must be an integer")
      return nil
    }
    let text: String
    if name.isKind(.str) {
      text = stringValue(name)
    } else if name.isKind(.bytes) {
      text = String(decoding: name.byteView, as: UTF8.self)
    } else {
      t.raise(.TypeError, "the name of a function must be a str or bytes, not \(typeName(name))")
      return nil
    }
    dlerror()
    if let found = dlsym(UnsafeMutableRawPointer(bitPattern: UInt(bits)), text) { return found }
    t.raise(kind, dlerror().map { String(cString: $0) } ?? "symbol '\(text)' not found")
    return nil
  }

  // MARK: - Calling

  private static func flags(_ t: ThreadState, _ o: Object) -> Int {
    guard let object = ForeignTypes.attribute(t, o.type.object, "_flags_") else { return 0 }
    defer { object.release() }
    return object.wordValue ?? 0
  }

  /// The instance's own, or its class's, setting: borrowed from either.
  private static func setting(_ t: ThreadState, _ o: Object, _ own: Object?, _ name: String) -> Object? {
    if let own { return own.retained() }
    return ForeignTypes.attribute(t, o.type.object, name)
  }

  private static func call(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    guard (a.keywordNames?.tupleCount ?? 0) == 0 else {
      return t.raise(.TypeError, "this function takes no keyword arguments")
    }
    guard let target = ForeignPointer.target(o) else { return t.raise(.ValueError, "attempt to call a NULL function") }
    let parameters = setting(t, o, o.foreign.pointee.arguments, "_argtypes_")
    let result = setting(t, o, o.foreign.pointee.result, "_restype_")
    defer {
      parameters.release()
      result.release()
    }
    if t.hasRaised { return nil }
    var given: [Object] = []
    var kept: [Object] = []
    defer { for one in given + kept { one.release() } }
    let count = parameters?.isKind(.tuple) == true ? parameters?.tupleCount ?? 0 : 0
    guard a.count >= count else {
      return t.raise(
        .TypeError, "this function takes at least \(count) argument\(count == 1 ? "" : "s") (\(a.count) given)")
    }
    for i in 0..<a.count {
      guard i < count, let parameter = parameters?.tupleItems[i] else {
        given.append(a[i].retained())
        continue
      }
      guard let converted = callMethod(t, parameter, "from_param", a[i]) else { return argumentError(t, i + 1) }
      given.append(converted)
    }
    if let done = PythonFunction.call(t, target, given) { return done.result }
    var words: [ForeignArgument.Word] = []
    for (i, value) in given.enumerated() {
      guard let word = ForeignArgument.word(t, value, number: i + 1, kept: &kept) else {
        return argumentError(t, i + 1)
      }
      words.append(word)
    }
    guard let value = invoke(t, target, words, result, flags(t, o)) else { return nil }
    guard let check = o.foreign.pointee.errorCheck else { return value }
    defer { value.release() }
    let all = makeTuple(borrowing: a.base, count: a.count)
    defer { all.release() }
    return call3(t, check, value, o, all)
  }

  /// What is raised is an ArgumentError that names the argument.
  private static func argumentError(_ t: ThreadState, _ number: Int) -> Object? {
    guard let raised = t.takeRaised() else { return nil }
    let text = "argument \(number): \(typeName(raised)): \(strString(t, raised) ?? "")"
    raised.release()
    t.clearRaised()
    ForeignModule.argumentError.raise(t, text)
    return nil
  }

  private static func invoke(
    _ t: ThreadState, _ target: UnsafeMutableRawPointer, _ words: [ForeignArgument.Word], _ result: Object?,
    _ flags: Int
  ) -> Object? {
    var (integers, reals, stack): ([UInt64], [UInt64], [UInt64]) = ([], [], [])
    for word in words {
      switch word {
      case .integer(let bits):
        if integers.count < Int(exuvia_foreign_integers()) { integers.append(bits) } else { stack.append(bits) }
      case .real(let bits):
        if reals.count < 8 { reals.append(bits) } else { stack.append(bits) }
      }
    }
    guard stack.count <= stackWords else {
      return t.raise(
        .NotImplementedError, "more than \(stackWords) arguments on the stack are not supported by this runtime")
    }
    func filled(_ words: [UInt64], _ count: Int) -> [UInt64] {
      words + [UInt64](repeating: 0, count: count - words.count)
    }
    let resultType = result.flatMap { $0.isKind(.type) ? TypeObject(unchecked: $0) : nil }
    let code = resultType?.foreign?.code ?? 0
    guard code != 0x67, ![.structure, .union].contains(resultType?.foreign?.kind) else {
      return t.raise(.NotImplementedError, "results of this class are not supported by this runtime")
    }
    let isReal = code == 0x64 || code == 0x66
    var bits: UInt64 = 0
    let body = {
      if flags & keepsErrno != 0 { exuvia_set_errno(savedErrno) }
      bits = exuvia_foreign_call(
        target, filled(integers, 8), filled(reals, 8), filled(stack, stackWords), isReal ? 1 : 0)
      if flags & keepsErrno != 0 { savedErrno = exuvia_errno() }
    }
    if flags & pythonAPI != 0 { body() } else { withoutGIL(t, .other, body) }
    return convertResult(t, bits, result)
  }

  private static func convertResult(_ t: ThreadState, _ bits: UInt64, _ result: Object?) -> Object? {
    guard let result else { return makeInt(Int(Int32(truncatingIfNeeded: bits))) }
    if result == core.pointee.none { return core.pointee.none }
    guard result.isKind(.type), let type = TypeObject(unchecked: result).foreign else {
      let number = makeInt(Int(Int32(truncatingIfNeeded: bits)))
      defer { number.release() }
      return call1(t, result, number)
    }
    var bits = bits
    let cls = TypeObject(unchecked: result)
    if cls.isPlainSimple {
      return withUnsafeBytes(of: &bits) { ForeignValue.load(t, type.code, $0.baseAddress.unsafelyUnwrapped) }
    }
    guard let o = ForeignObject.make(t, cls) else { return nil }
    withUnsafeBytes(of: &bits) { from in
      if let data = o.foreign.pointee.data, let start = from.baseAddress { memcpy(data, start, min(type.size, 8)) }
    }
    return o
  }

  // MARK: - Attributes

  static func addAttributes(_ t: ThreadState, _ type: TypeObject) {
    addGetSet(
      t, type, "restype",
      getter: UnaryFunction { t, o in
        setting(t, o, o.foreign.pointee.result, "_restype_") ?? (t.hasRaised ? nil : core.pointee.none)
      },
      setter: StoreFunction { t, o, _, value in
        if let value, value != core.pointee.none, value.type.pointer.pointee.call == nil,
          !(value.isKind(.type) && TypeObject(unchecked: value).foreign != nil)
        {
          return t.fail(.TypeError, "restype must be a type, a callable, or None")
        }
        replace(&o.foreign.pointee.result, in: o, value)
        return true
      })
    addGetSet(
      t, type, "argtypes",
      getter: UnaryFunction { t, o in
        setting(t, o, o.foreign.pointee.arguments, "_argtypes_") ?? (t.hasRaised ? nil : core.pointee.none)
      },
      setter: StoreFunction { t, o, _, value in
        guard let value, value != core.pointee.none else {
          replace(&o.foreign.pointee.arguments, in: o, nil)
          return true
        }
        guard let types = makeTuple(t, from: value) else { return false }
        defer { types.release() }
        for i in 0..<types.tupleCount {
          guard let method = ForeignTypes.attribute(t, types.tupleItems[i], "from_param") else {
            return t.hasRaised ? false : t.fail(.TypeError, "item \(i + 1) in _argtypes_ has no from_param method")
          }
          method.release()
        }
        replace(&o.foreign.pointee.arguments, in: o, types)
        return true
      })
    addGetSet(
      t, type, "errcheck",
      getter: UnaryFunction { _, o in o.foreign.pointee.errorCheck?.retained() ?? core.pointee.none },
      setter: StoreFunction { t, o, _, value in
        if let value, value.type.pointer.pointee.call == nil {
          return t.fail(.TypeError, "the errcheck attribute must be callable")
        }
        replace(&o.foreign.pointee.errorCheck, in: o, value)
        return true
      })
  }

  private static func replace(_ place: inout Object?, in o: Object, _ value: Object?) {
    let old = place
    place = value?.retained()
    storedField(o, old, value)
    old.release()
  }
}
