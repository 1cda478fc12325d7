// Functions written in Swift as Python sees them: builtin functions, bound builtin methods, and the method descriptors of built-in types.
//
//     builtin_function_or_method   header | method table entry | self | module | weakrefs        container
//     method_descriptor            header | method table entry | type | name                     container

/// How a native function takes its arguments; the count is checked before it is called.
public enum NativeKind: Sendable, Equatable {
  case noArguments
  case oneArgument
  /// Between `min` and `max` positional arguments, no keywords; `max` -1: any number.
  case positional(Int, Int)
  /// Positional and keyword arguments as they come; the function checks them.
  case keywords
}

/// What a function in a type's table binds to.
public enum NativeBinding: Sendable { case instance, classMethod, staticMethod }

/// One row of a method table.
public struct NativeMethod {
  public let name: String
  public let kind: NativeKind
  public let binding: NativeBinding
  public let function: NativeFunction
  public let doc: String
  /// `($self, /)`: the text signature, or nil.
  public let signature: String?

  public var nameText: String { name }

  public init(
    name: String, kind: NativeKind, function: NativeFunction, doc: String = "", binding: NativeBinding = .instance,
    signature: String? = nil
  ) {
    self.name = name
    self.kind = kind
    self.binding = binding
    self.function = function
    self.doc = doc
    self.signature = signature
  }

  public init(
    _ name: String, _ kind: NativeKind, _ function: NativeFunction, doc: String = "", binding: NativeBinding = .instance
  ) {
    self.init(name: name, kind: kind, function: function, doc: doc, binding: binding)
  }

  public init(
    _ name: String, _ kind: NativeKind, doc: String = "", binding: NativeBinding = .instance,
    _ function: @escaping NativeFunction.Function
  ) {
    self.init(name: name, kind: kind, function: NativeFunction(function), doc: doc, binding: binding)
  }
}

/// The part of a method table entry that a call reads; lives as long as the process.
public struct NativeEntry {
  public var function: NativeFunction
  /// Least and greatest number of positional arguments; greatest -1: any.
  public var least: Int32
  public var most: Int32
  public var takesKeywords: Bool
  public var exactlyOne: Bool
  public var binding: NativeBinding
  public var name: Object
  public var doc: Object?
}

/// `builtin_function_or_method`.
public struct NativeFunctionLayout {
  public var header: ObjectHeader
  public var entry: UnsafeMutablePointer<NativeEntry>
  /// What the function gets as its first argument: the instance, the type or the module; nil: None is passed.
  public var receiver: Object?
  /// `__module__`: a str, or nil.
  public var module: Object?
  public var weakrefs: Object?
}

/// `method_descriptor` and `classmethod_descriptor`.
public struct MethodDescriptorLayout {
  public var header: ObjectHeader
  public var entry: UnsafeMutablePointer<NativeEntry>
  /// The type that defines the method, owned.
  public var owner: Object
}

func makeNativeEntry(_ method: NativeMethod) -> UnsafeMutablePointer<NativeEntry> {
  let entry = UnsafeMutablePointer<NativeEntry>.allocate(capacity: 1)
  var (least, most, keywords) = (0, -1, false)
  switch method.kind {
  case .noArguments: (least, most) = (0, 0)
  case .oneArgument: (least, most) = (1, 1)
  case .positional(let low, let high): (least, most) = (low, high)
  case .keywords: keywords = true
  }
  entry.initialize(
    to: NativeEntry(
      function: method.function, least: Int32(least), most: Int32(most), takesKeywords: keywords,
      exactlyOne: method.kind == .oneArgument, binding: method.binding, name: internString(method.name),
      doc: method.doc.isEmpty ? nil : makeString(method.doc)))
  return entry
}

/// A builtin function object; `receiver` and `module` are borrowed.
public func makeNativeFunction(_ t: ThreadState, _ method: NativeMethod, self receiver: Object?, module: Object?)
  -> Object
{
  makeNativeFunction(makeNativeEntry(method), receiver, module)
}

func makeNativeFunction(_ entry: UnsafeMutablePointer<NativeEntry>, _ receiver: Object?, _ module: Object?) -> Object {
  let o = allocateContainer(core.pointee.types.nativeFunction, size: MemoryLayout<NativeFunctionLayout>.size)
  let p = o.layout(NativeFunctionLayout.self)
  p.pointee.entry = entry
  p.pointee.receiver = receiver?.retained()
  p.pointee.module = module?.retained()
  p.pointee.weakrefs = nil
  track(o)
  return o
}

/// A method of a built-in type, for the type's dict.
public func makeMethodDescriptor(_ t: ThreadState, _ method: NativeMethod, owner type: TypeObject) -> Object {
  let types = core.pointee.types
  switch method.binding {
  case .staticMethod:
    let function = makeNativeFunction(t, method, self: type.object, module: nil)
    defer { function.release() }
    return makeStaticMethod(function)
  case .instance, .classMethod:
    let descriptorType = method.binding == .instance ? types.methodDescriptor : types.classMethodDescriptor
    let o = allocateContainer(descriptorType, size: MemoryLayout<MethodDescriptorLayout>.size)
    let p = o.layout(MethodDescriptorLayout.self)
    p.pointee.entry = makeNativeEntry(method)
    p.pointee.owner = type.object.retained()
    track(o)
    return o
  }
}

// MARK: - Calls

/// Checks the number of arguments and calls. `name` gives the name in messages.
@inline(__always)
func callNativeEntry(
  _ t: ThreadState, _ entry: UnsafeMutablePointer<NativeEntry>, _ receiver: Object, _ arguments: Arguments,
  owner: TypeObject?
) -> Object? {
  let count = Int32(truncatingIfNeeded: arguments.count)
  if entry.pointee.takesKeywords { return invoke(t, entry, receiver, arguments) }
  if arguments.keywordNames == nil, count >= entry.pointee.least, entry.pointee.most < 0 || count <= entry.pointee.most
  {
    return invoke(t, entry, receiver, arguments)
  }
  return raiseNativeArity(t, entry, receiver, arguments, owner)
}

@inline(__always)
private func invoke(
  _ t: ThreadState, _ entry: UnsafeMutablePointer<NativeEntry>, _ receiver: Object, _ arguments: Arguments
) -> Object? {
  let result = entry.pointee.function.call(t, receiver, arguments)
  #if VERIFYING_PASSES
    VerifyingPass.checkResult(t, result, of: entry.pointee.name)
  #endif
  return result
}

@inline(never)
func raiseNativeArity(
  _ t: ThreadState, _ entry: UnsafeMutablePointer<NativeEntry>, _ receiver: Object, _ arguments: Arguments,
  _ owner: TypeObject?
) -> Object? {
  let short = stringValue(entry.pointee.name)
  var qualified = short
  if let owner {
    qualified = "\(owner.nameText).\(short)"
  } else if receiver.isKind(.type) {
    qualified = "\(TypeObject(unchecked: receiver).nameText).\(short)"
  } else if receiver.isKind(.module) {
    // Functions of modules other than builtins are named with their module.
    let module =
      moduleDict(receiver).flatMap { dictGet(t, $0, Name.dunderName) }.map { $0.isKind(.str) ? stringValue($0) : "" }
      ?? ""
    if !module.isEmpty, module != "builtins" { qualified = "\(module).\(short)" }
  } else if receiver != core.pointee.none {
    qualified = "\(receiver.type.nameText).\(short)"
  }
  if let names = arguments.keywordNames, names.tupleCount > 0 {
    return t.raise(.TypeError, "\(qualified)() takes no keyword arguments")
  }
  let (least, most, count) = (Int(entry.pointee.least), Int(entry.pointee.most), arguments.count)
  if least == 0, most == 0 {
    return t.raise(.TypeError, "\(qualified)() takes no arguments (\(count) given)")
  }
  if entry.pointee.exactlyOne {
    return t.raise(.TypeError, "\(qualified)() takes exactly one argument (\(count) given)")
  }
  let limit = count < least ? least : most
  let bound = least == most ? "" : count < least ? "at least " : "at most "
  return t.raise(.TypeError, "\(short) expected \(bound)\(limit) argument\(limit == 1 ? "" : "s"), got \(count)")
}

enum NativeFunctionSlots {
  static func call(_ t: ThreadState, _ o: Object, _ arguments: Arguments) -> Object? {
    let p = o.layout(NativeFunctionLayout.self)
    return callNativeEntry(t, p.pointee.entry, p.pointee.receiver ?? core.pointee.none, arguments, owner: nil)
  }

  static func callDescriptor(_ t: ThreadState, _ o: Object, _ arguments: Arguments) -> Object? {
    let p = o.layout(MethodDescriptorLayout.self)
    let owner = TypeObject(unchecked: p.pointee.owner)
    guard arguments.count > 0 else {
      let name = stringValue(p.pointee.entry.pointee.name)
      return t.raise(.TypeError, "unbound method \(owner.nameText).\(name)() needs an argument")
    }
    let receiver = arguments[0]
    guard receiver.type == owner || isSubtype(receiver.type, owner) else {
      let name = stringValue(p.pointee.entry.pointee.name)
      return t.raise(
        .TypeError,
        "descriptor '\(name)' for '\(owner.messageName)' objects doesn't apply to a '\(receiver.typeName)' object")
    }
    let rest = Arguments(base: arguments.base + 1, count: arguments.count - 1, keywordNames: arguments.keywordNames)
    return callNativeEntry(t, p.pointee.entry, receiver, rest, owner: owner)
  }

  /// A `classmethod_descriptor` called directly: the first argument is the class.
  static func callClassDescriptor(_ t: ThreadState, _ o: Object, _ arguments: Arguments) -> Object? {
    let p = o.layout(MethodDescriptorLayout.self)
    guard arguments.count > 0, arguments[0].isKind(.type) else {
      return t.raise(
        .TypeError, "descriptor '\(stringValue(p.pointee.entry.pointee.name))' needs a type")
    }
    let rest = Arguments(base: arguments.base + 1, count: arguments.count - 1, keywordNames: arguments.keywordNames)
    return callNativeEntry(
      t, p.pointee.entry, arguments[0], rest, owner: TypeObject(unchecked: p.pointee.owner))
  }

  static func bindDescriptor(_ t: ThreadState, _ o: Object, _ instance: Object?, _ type: Object?) -> Object? {
    guard let instance else { return o.retained() }
    let p = o.layout(MethodDescriptorLayout.self)
    let owner = TypeObject(unchecked: p.pointee.owner)
    guard isSubtype(instance.type, owner) else {
      return t.raise(
        .TypeError,
        "descriptor '\(stringValue(p.pointee.entry.pointee.name))' for '\(owner.messageName)' objects doesn't apply to a "
          + "'\(instance.typeName)' object")
    }
    return makeNativeFunction(p.pointee.entry, instance, nil)
  }

  static func bindClassDescriptor(_ t: ThreadState, _ o: Object, _ instance: Object?, _ type: Object?) -> Object? {
    let p = o.layout(MethodDescriptorLayout.self)
    let name = stringValue(p.pointee.entry.pointee.name)
    let owner = TypeObject(unchecked: p.pointee.owner)
    guard let type = type ?? instance?.type.object else {
      return t.raise(.TypeError, "descriptor '\(name)' for type '\(owner.nameText)' needs either an object or a type")
    }
    guard type.isKind(.type) else {
      return t.raise(
        .TypeError,
        "descriptor '\(name)' for type '\(owner.nameText)' needs a type, not a '\(type.typeName)' as arg 2")
    }
    guard isSubtype(TypeObject(unchecked: type), owner) else {
      return t.raise(
        .TypeError,
        "descriptor '\(name)' requires a subtype of '\(owner.nameText)' but received '\(TypeObject(unchecked: type).nameText)'"
      )
    }
    return makeNativeFunction(p.pointee.entry, type, nil)
  }

  static func repr(_ t: ThreadState, _ o: Object) -> Object? {
    let p = o.layout(NativeFunctionLayout.self)
    let name = stringValue(p.pointee.entry.pointee.name)
    guard let receiver = p.pointee.receiver, !receiver.isKind(.module) else {
      return makeString("<built-in function \(name)>")
    }
    return makeString("<built-in method \(name) of \(receiver.typeName) object at \(addressText(receiver))>")
  }

  static func reprDescriptor(_ t: ThreadState, _ o: Object) -> Object? {
    let p = o.layout(MethodDescriptorLayout.self)
    let owner = TypeObject(unchecked: p.pointee.owner).nameText
    return makeString("<method '\(stringValue(p.pointee.entry.pointee.name))' of '\(owner)' objects>")
  }

  static func compare(_ t: ThreadState, _ a: Object, _ b: Object, _ op: Comparison) -> Object? {
    guard op == .equal || op == .notEqual, a.isKind(.nativeFunction), b.isKind(.nativeFunction), a.type == b.type,
      a.type == core.pointee.types.nativeFunction
    else { return core.pointee.notImplemented.retained() }
    let (x, y) = (a.layout(NativeFunctionLayout.self), b.layout(NativeFunctionLayout.self))
    let equal = x.pointee.receiver == y.pointee.receiver && x.pointee.entry == y.pointee.entry
    return makeBool(equal == (op == .equal))
  }

  static func hash(_ t: ThreadState, _ o: Object) -> Int {
    let p = o.layout(NativeFunctionLayout.self)
    let value = (Int(bitPattern: p.pointee.entry) >> 4) ^ (Int(bitPattern: p.pointee.receiver?.address) >> 4)
    return value == -1 ? -2 : value
  }
}

/// `0x7f...`: how reprs show an address.
public func addressText(_ o: Object) -> String { "0x" + String(UInt(bitPattern: o.address), radix: 16) }
