// Python functions, bound methods and cells: memory and slots. Attributes: FunctionAttributes; how a call is made: Call.
import CRuntimeSupport

public struct FunctionLayout {
  public var header: ObjectHeader
  public var code: Object
  public var globals: Object
  public var builtins: Object
  public var name: Object
  public var qualifiedName: Object
  /// A tuple, or nil.
  public var defaults: Object?
  /// A dict, or nil.
  public var keywordDefaults: Object?
  /// A tuple of cells, or nil.
  public var closure: Object?
  public var doc: Object?
  public var dict: Object?
  public var module: Object?
  public var annotations: Object?
  public var typeParameters: Object?
  public var weakrefs: Object?
  /// Changes with code and defaults; inline caches compare it. 0: not assigned.
  public var version: UInt32
}

public struct MethodLayout {
  public var header: ObjectHeader
  public var function: Object
  public var receiver: Object
  public var weakrefs: Object?
}

public struct CellLayout {
  public var header: ObjectHeader
  public var content: Object?
}

extension Object {
  @inlinable @inline(__always) public var functionLayout: UnsafeMutablePointer<FunctionLayout> { layout() }
  @inlinable @inline(__always) public var methodLayout: UnsafeMutablePointer<MethodLayout> { layout() }
  @inlinable @inline(__always) public var cellLayout: UnsafeMutablePointer<CellLayout> { layout() }
}

/// A function over a code object; everything is borrowed. `builtins` is found in the globals.
public func makeFunction(_ t: ThreadState, code: Object, globals: Object, builtins: Object? = nil) -> Object {
  let o = allocateContainer(core.pointee.types.function, size: MemoryLayout<FunctionLayout>.size)
  let c = code.codeLayout
  let p = o.functionLayout
  let docs = c.pointee.constantCount > 0 && c.pointee.hasDocString ? c.pointee.constants[0] : nil
  let header = p.pointee.header
  p.initialize(
    to: FunctionLayout(
      header: header, code: code.retained(), globals: globals.retained(),
      builtins: (builtins ?? findBuiltins(t, globals)).retained(), name: c.pointee.name.retained(),
      qualifiedName: c.pointee.qualifiedName.retained(), doc: docs?.retained(),
      module: dictGet(t, globals, FunctionNames.name)?.retained(), version: 0))
  track(o)
  return o
}

/// The dict of builtins that code with these globals sees; borrowed.
func findBuiltins(_ t: ThreadState, _ globals: Object) -> Object {
  if let found = dictGet(t, globals, FunctionNames.builtins) {
    if found.isKind(.module) { return moduleDict(found) ?? globals }
    return found
  }
  return t.interpreter.builtinsDict ?? globals
}

enum FunctionNames {
  static let name = internString("__name__")
  static let builtins = internString("__builtins__")
  static let dunderModule = internString("__module__")
}

public func makeMethod(_ function: Object, _ receiver: Object) -> Object {
  let o = allocateContainer(core.pointee.types.method, size: MemoryLayout<MethodLayout>.size)
  let p = o.methodLayout
  p.pointee.function = function.retained()
  p.pointee.receiver = receiver.retained()
  p.pointee.weakrefs = nil
  track(o)
  return o
}

/// A cell; takes over the reference to its content.
public func makeCell(steal content: Object?) -> Object {
  let o = allocateContainer(core.pointee.types.cell, size: MemoryLayout<CellLayout>.size)
  o.cellLayout.pointee.content = content
  track(o)
  return o
}

/// Puts a new value into a cell; takes over the reference.
@inline(__always) func setCell(_ cell: Object, steal value: Object?) {
  let old = cell.cellLayout.pointee.content
  cell.cellLayout.pointee.content = value
  if exuvia_level() >= probeLevelLinks { storeProbe(cell, .cell, old, value) }
  old.release()
}

enum FunctionSlots {
  static func dealloc(_ o: Object) {
    if o.isTracked { untrack(o) }
    let p = o.functionLayout
    if p.pointee.weakrefs != nil { clearWeakrefs(o) }
    clear(o)
    p.pointee.code.release()
    p.pointee.name.release()
    p.pointee.qualifiedName.release()
    freeInstance(o)
  }

  static func traverse(_ o: Object, _ visit: Visitor) -> Bool {
    let p = o.functionLayout
    return visit(p.pointee.code) || visit(p.pointee.globals) || visit(p.pointee.module) || visit(p.pointee.defaults)
      || visit(p.pointee.keywordDefaults) || visit(p.pointee.doc) || visit(p.pointee.name) || visit(p.pointee.dict)
      || visit(p.pointee.closure) || visit(p.pointee.annotations) || visit(p.pointee.builtins)
      || visit(p.pointee.typeParameters) || visit(p.pointee.qualifiedName)
  }

  /// Drops everything but what must never be absent: code and names.
  static func clear(_ o: Object) {
    let p = o.functionLayout
    dropRequired(&p.pointee.globals)
    take(&p.pointee.module)
    take(&p.pointee.defaults)
    take(&p.pointee.keywordDefaults)
    take(&p.pointee.doc)
    take(&p.pointee.dict)
    take(&p.pointee.closure)
    take(&p.pointee.annotations)
    dropRequired(&p.pointee.builtins)
    take(&p.pointee.typeParameters)
  }

  /// Globals and builtins are always read as dicts: an immortal stand-in takes their place.
  private static func dropRequired(_ field: inout Object) {
    let old = field
    field = core.pointee.none
    old.release()
  }

  static func repr(_ t: ThreadState, _ o: Object) -> Object? {
    makeString("<function \(stringValue(o.functionLayout.pointee.qualifiedName)) at \(addressText(o))>")
  }

  static func bind(_ t: ThreadState, _ o: Object, _ instance: Object?, _ type: Object?) -> Object? {
    guard let instance, instance != core.pointee.none || type == core.pointee.types.none.object else {
      return o.retained()
    }
    return makeMethod(o, instance)
  }

  static func call(_ t: ThreadState, _ o: Object, _ arguments: Arguments) -> Object? {
    callFunction(t, o, arguments)
  }

  static func new(_ t: ThreadState, _ type: Object, _ arguments: Arguments) -> Object? {
    guard
      let parsed = parseArguments(
        t, arguments, function: "function", names: ["code", "globals", "name", "argdefs", "closure", "kwdefaults"],
        required: 2, positionalOnly: 0)
    else { return nil }
    guard let code = parsed[0], code.isKind(.code), let globals = parsed[1], globals.isKind(.dict) else {
      return t.raise(.TypeError, "function() argument 'code' must be code, not \(parsed[0]?.typeName ?? "NoneType")")
    }
    let freeCount = code.codeLayout.pointee.freeCount
    let none = core.pointee.none
    let closure = parsed[4] == none ? nil : parsed[4]
    if freeCount > 0 {
      guard let closure, closure.isKind(.tuple) else { return t.raise(.TypeError, "arg 5 (closure) must be tuple") }
      guard closure.tupleCount == freeCount else {
        return t.raise(
          .ValueError,
          "\(stringValue(code.codeLayout.pointee.name)) requires closure of length \(freeCount), not \(closure.tupleCount)"
        )
      }
      for i in 0..<freeCount where !closure.tupleItems[i].isKind(.cell) {
        return t.raise(.TypeError, "arg 5 (closure) expected cell, found \(closure.tupleItems[i].typeName)")
      }
    } else if let closure, !closure.isKind(.tuple) || closure.tupleCount > 0 {
      return t.raise(.TypeError, "arg 5 (closure) must be None or tuple")
    }
    let function = makeFunction(t, code: code, globals: globals)
    let p = function.functionLayout
    if let name = parsed[2], name != none {
      p.pointee.name.release()
      p.pointee.name = name.retained()
    }
    if let defaults = parsed[3], defaults != none { p.pointee.defaults = defaults.retained() }
    if let closure, freeCount > 0 { p.pointee.closure = closure.retained() }
    if let keywords = parsed[5], keywords != none { p.pointee.keywordDefaults = keywords.retained() }
    return function
  }
}

enum MethodSlots {
  static func dealloc(_ o: Object) {
    if o.isTracked { untrack(o) }
    let p = o.methodLayout
    if p.pointee.weakrefs != nil { clearWeakrefs(o) }
    p.pointee.function.release()
    p.pointee.receiver.release()
    freeInstance(o)
  }

  static func traverse(_ o: Object, _ visit: Visitor) -> Bool {
    visit(o.methodLayout.pointee.function) || visit(o.methodLayout.pointee.receiver)
  }

  static func call(_ t: ThreadState, _ o: Object, _ arguments: Arguments) -> Object? {
    callPrepending(t, o.methodLayout.pointee.function, o.methodLayout.pointee.receiver, arguments)
  }

  static func new(_ t: ThreadState, _ type: Object, _ arguments: Arguments) -> Object? {
    guard arguments.count == 2 else {
      return t.raise(.TypeError, "method expected 2 arguments, got \(arguments.count)")
    }
    guard arguments[0].type.pointer.pointee.call != nil else {
      return t.raise(.TypeError, "first argument must be callable")
    }
    guard arguments[1] != core.pointee.none else { return t.raise(.TypeError, "instance must not be None") }
    return makeMethod(arguments[0], arguments[1])
  }

  /// What the method type itself does not have comes from the function.
  static func getAttribute(_ t: ThreadState, _ o: Object, _ name: Object) -> Object? {
    if let descriptor = typeLookup(t, o.type, name) {
      if let get = descriptor.type.pointer.pointee.descriptorGet {
        return get.call(t, descriptor, o, o.type.object)
      }
      return descriptor.retained()
    }
    if t.hasRaised { return nil }
    return PythonRuntime.getAttribute(t, o.methodLayout.pointee.function, name)
  }

  static func repr(_ t: ThreadState, _ o: Object) -> Object? {
    let p = o.methodLayout
    var name = "?"
    var failed = false
    for attribute in ["__qualname__", "__name__"] {
      if let value = findAttribute(t, p.pointee.function, internString(attribute), failed: &failed) {
        defer { value.release() }
        if value.isKind(.str) { name = stringValue(value) }
        break
      }
      if failed { return nil }
    }
    guard let receiver = PythonRuntime.repr(t, p.pointee.receiver) else { return nil }
    defer { receiver.release() }
    return makeString("<bound method \(name) of \(stringValue(receiver))>")
  }

  static func hash(_ t: ThreadState, _ o: Object) -> Int {
    let p = o.methodLayout
    let inner = PythonRuntime.hash(t, p.pointee.function)
    if inner == -1 { return -1 }
    let value = inner ^ Int(bitPattern: UInt(bitPattern: p.pointee.receiver.address) >> 4)
    return value == -1 ? -2 : value
  }

  static func compare(_ t: ThreadState, _ a: Object, _ b: Object, _ op: Comparison) -> Object? {
    guard op == .equal || op == .notEqual, a.isKind(.method), b.isKind(.method) else {
      return core.pointee.notImplemented.retained()
    }
    let (x, y) = (a.methodLayout, b.methodLayout)
    let same = compareBool(t, x.pointee.function, y.pointee.function, .equal)
    if same < 0 { return nil }
    let equal = same == 1 && x.pointee.receiver == y.pointee.receiver
    return makeBool(equal == (op == .equal))
  }
}

enum CellSlots {
  static func dealloc(_ o: Object) {
    if o.isTracked { untrack(o) }
    o.cellLayout.pointee.content.release()
    freeInstance(o)
  }

  static func repr(_ t: ThreadState, _ o: Object) -> Object? {
    guard let content = o.cellLayout.pointee.content else { return makeString("<cell at \(addressText(o)): empty>") }
    return makeString("<cell at \(addressText(o)): \(content.typeName) object at \(addressText(content))>")
  }

  static func compare(_ t: ThreadState, _ a: Object, _ b: Object, _ op: Comparison) -> Object? {
    guard a.isKind(.cell), b.isKind(.cell) else { return core.pointee.notImplemented.retained() }
    switch (a.cellLayout.pointee.content, b.cellLayout.pointee.content) {
    case (let x?, let y?): return richCompare(t, x, y, op)
    case (let x, let y):
      let (l, r) = (x == nil ? 0 : 1, y == nil ? 0 : 1)
      return makeBool(compareWords(l, r, op))
    }
  }

  static func new(_ t: ThreadState, _ type: Object, _ arguments: Arguments) -> Object? {
    guard arguments.count <= 1 else {
      return t.raise(.TypeError, "cell expected at most 1 argument, got \(arguments.count)")
    }
    return makeCell(steal: arguments.optional(0)?.retained())
  }
}
