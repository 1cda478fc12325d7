// `object`: the root of all types.

enum ObjectType {
  static func configure() {
    let p = core.pointee.types.object.pointer
    p.pointee.basicSize = 16
    p.pointee.flags.insert(.baseType)
    p.pointee.dealloc = ObjectAction { o in
      if o.type.flags.contains(.heapType) { Instance.dealloc(o) } else { freeObject(o, size: 16) }
    }
    p.pointee.repr = UnaryFunction(repr)
    p.pointee.str = UnaryFunction { t, o in PythonRuntime.repr(t, o) }
    p.pointee.hash = MeasureFunction { _, o in identityHash(o) }
    p.pointee.compare = CompareFunction(compare)
    p.pointee.getAttribute = BinaryFunction(Generic.getAttribute)
    p.pointee.setAttribute = StoreFunction(Generic.setAttribute)
    p.pointee.new = NativeFunction(new)
    p.pointee.initialize = InitFunction(initialize)
  }

  /// The address, rotated so that the low bits differ.
  static func identityHash(_ o: Object) -> Int {
    let address = UInt(bitPattern: o.address)
    return Int(bitPattern: address >> 4 | address << 60)
  }

  static func repr(_ t: ThreadState, _ o: Object) -> Object? {
    makeString("<\(qualifiedTypeName(t, o.type)) object at \(addressText(o))>")
  }

  static func compare(_ t: ThreadState, _ a: Object, _ b: Object, _ op: Comparison) -> Object? {
    switch op {
    case .equal: return a == b ? core.pointee.true : core.pointee.notImplemented
    case .notEqual:
      guard let slot = a.type.pointer.pointee.compare, let equal = slot.call(t, a, b, .equal) else {
        return t.hasRaised ? nil : core.pointee.notImplemented
      }
      if equal == core.pointee.notImplemented { return equal }
      defer { equal.release() }
      let truth = isTrue(t, equal)
      return truth < 0 ? nil : makeBool(truth == 0)
    case .less, .lessEqual, .greater, .greaterEqual: return core.pointee.notImplemented
    }
  }

  private static func hasArguments(_ a: Arguments) -> Bool { a.count > 0 || (a.keywordNames?.tupleCount ?? 0) > 0 }

  static func new(_ t: ThreadState, _ typeObject: Object, _ a: Arguments) -> Object? {
    let type = TypeObject(unchecked: typeObject)
    if hasArguments(a) {
      if type.pointer.pointee.new != core.pointee.types.object.pointer.pointee.new {
        t.raise(.TypeError, "object.__new__() takes exactly one argument (the type to instantiate)")
        return nil
      }
      if type.pointer.pointee.initialize == core.pointee.types.object.pointer.pointee.initialize {
        t.raise(.TypeError, "\(type.nameText)() takes no arguments")
        return nil
      }
    }
    if type.flags.contains(.abstract) {
      raiseAbstract(t, type)
      return nil
    }
    return Instance.allocate(type)
  }

  static func initialize(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Bool {
    guard hasArguments(a) else { return true }
    let type = o.type
    if type.pointer.pointee.initialize != core.pointee.types.object.pointer.pointee.initialize {
      t.raise(.TypeError, "object.__init__() takes exactly one argument (the instance to initialize)")
      return false
    }
    if type.pointer.pointee.new == core.pointee.types.object.pointer.pointee.new {
      t.raise(.TypeError, "\(type.nameText).__init__() takes exactly one argument (the instance to initialize)")
      return false
    }
    return true
  }

  private static func raiseAbstract(_ t: ThreadState, _ type: TypeObject) {
    var names: [String] = []
    if let dict = type.pointer.pointee.dict, let set = dictGet(t, dict, Name.dunderAbstractMethods),
      let iterator = iterate(t, set)
    {
      while let item = iterNext(t, iterator) {
        names.append(item.isKind(.str) ? stringValue(item) : "?")
        item.release()
      }
      iterator.release()
    }
    t.clearRaised()
    names.sort()
    let quoted = names.map { "'\($0)'" }.joined(separator: ", ")
    t.raise(
      .TypeError,
      "Can't instantiate abstract class \(type.nameText) without an implementation for abstract method\(names.count > 1 ? "s" : "") \(quoted)"
    )
  }

  // MARK: Attributes of every object

  /// The `__dict__` descriptor of the native base, where that has one of its own, as `type` has.
  private static func nativeDictDescriptor(_ t: ThreadState, _ o: Object) -> Object? {
    guard let dict = TypeNew.solidBase(o.type).pointer.pointee.dict, let found = dictGet(t, dict, Name.dunderDict),
      found.type == core.pointee.types.getSetDescriptor
    else { return nil }
    return found
  }

  static func getDict(_ t: ThreadState, _ o: Object) -> Object? {
    if o.dictPlace == nil, let descriptor = nativeDictDescriptor(t, o) {
      return descriptor.layout(GetSetLayout.self).pointee.getter.call(t, o)
    }
    guard let dict = instanceDict(t, o) else {
      if !t.hasRaised { t.raise(.AttributeError, "This object has no __dict__") }
      return nil
    }
    return dict.retained()
  }

  static func setDict(_ t: ThreadState, _ o: Object, _ value: Object?) -> Bool {
    if let descriptor = nativeDictDescriptor(t, o), let set = descriptor.type.pointer.pointee.descriptorSet {
      return set.call(t, descriptor, o, value)
    }
    guard let place = o.dictPlace else { return t.fail(.AttributeError, "This object has no __dict__") }
    guard value?.isKind(.dict) ?? true else {
      t.raise(.TypeError, "__dict__ must be set to a dictionary, not a '\(value.map(typeName) ?? "")'")
      return false
    }
    // Inline values first move out, so that the old dict, if somebody holds it, keeps them.
    guard instanceDict(t, o) != nil else { return false }
    let old = place.pointee
    let new = value?.retained() ?? makeDict()
    place.pointee = new
    storeProbe(o, .internalField("__dict__"), old, new)
    if !new.isTracked { track(new) }
    old.release()
    return true
  }

  static func getWeakref(_ t: ThreadState, _ o: Object) -> Object? {
    o.weakrefListPlace?.pointee?.retained() ?? core.pointee.none
  }

  private static func getClass(_ t: ThreadState, _ o: Object) -> Object? { o.type.object.retained() }

  private static func setClass(_ t: ThreadState, _ o: Object, _ value: Object?) -> Bool {
    guard let value else {
      t.raise(.TypeError, "can't delete __class__ attribute")
      return false
    }
    guard value.isKind(.type) else {
      t.raise(.TypeError, "__class__ must be set to a class, not '\(typeName(value))' object")
      return false
    }
    let new = TypeObject(unchecked: value)
    let old = o.type
    let areModules = new.kind == .module && old.kind == .module
    guard areModules || !new.flags.contains(.immutable) && !old.flags.contains(.immutable) else {
      t.raise(.TypeError, "__class__ assignment only supported for mutable types or ModuleType subclasses")
      return false
    }
    guard TypeBases.checkCompatible(t, from: old, to: new, "__class__") else { return false }
    // The keys of the inline values are the old type's: move them out first.
    if o.hasInlineValues { guard instanceDict(t, o) != nil else { return false } }
    value.retain()
    o.type = new
    old.object.release()
    return true
  }

  static func install(_ t: ThreadState) {
    let type = core.pointee.types.object
    addGetSet(
      t, type, "__class__", getter: UnaryFunction(getClass), setter: StoreFunction { setClass($0, $1, $3) })
    addMethods(
      t, type,
      [
        NativeMethod("__init_subclass__", .keywords, binding: .classMethod) { t, cls, a in
          if a.count > 0 || (a.keywordNames?.tupleCount ?? 0) > 0 {
            let name = TypeObject(unchecked: cls).nameText
            t.raise(
              .TypeError,
              a.count > 0
                ? "\(name).__init_subclass__() takes no arguments (\(a.count) given)"
                : "\(name).__init_subclass__() takes no keyword arguments")
            return nil
          }
          return core.pointee.none
        },
        NativeMethod("__subclasshook__", .positional(0, -1), binding: .classMethod) { _, _, _ in
          core.pointee.notImplemented
        },
        NativeMethod("__format__", .oneArgument) { t, o, a in
          guard a[0].isKind(.str) else {
            t.raise(.TypeError, "__format__() argument must be str, not \(argumentTypeName(a[0]))")
            return nil
          }
          if a[0].strLength > 0 {
            t.raise(.TypeError, "unsupported format string passed to \(typeName(o)).__format__")
            return nil
          }
          return PythonRuntime.str(t, o)
        },
        NativeMethod("__dir__", .noArguments) { t, o, _ in objectDir(t, o) },
        NativeMethod("__sizeof__", .noArguments) { _, o, _ in makeInt(Instance.sizeForReport(o)) },
        NativeMethod("__getstate__", .noArguments) { t, o, _ in ObjectReduce.defaultState(t, o, isRequired: false) },
        NativeMethod("__reduce_ex__", .oneArgument) { t, o, a in ObjectReduce.reduceEx(t, o, a[0]) },
        NativeMethod("__reduce__", .noArguments) { t, o, _ in ObjectReduce.reduce(t, o, protocol: 0) },
      ])
  }

  private static func objectDir(_ t: ThreadState, _ o: Object) -> Object? {
    let all = makeDict()
    defer { all.release() }
    var failed = false
    let own = findAttribute(t, o, Name.dunderDict, failed: &failed)
    defer { own.release() }
    if failed { return nil }
    // What is no dict counts as none.
    if let own, own.isKind(.dict), !dictMerge(t, all, own) { return nil }
    guard TypeType.mergeClassDict(t, all, o.type) else { return nil }
    return dictKeyList(t, all)
  }
}

extension Instance {
  /// `object.__sizeof__`: fields and inline values, without what stands before the object.
  static func sizeForReport(_ o: Object) -> Int {
    if let size = ReportedSizes.size(o) { return size }
    return o.type.flags.contains(.heapType)
      ? o.type.pointer.pointee.basicSize : max(o.type.pointer.pointee.basicSize, 16)
  }
}

/// `module.qualname` as messages give it: the module is left out for builtins and the main program.
public func fullTypeName(_ t: ThreadState, _ type: TypeObject) -> String {
  let name = qualifiedTypeName(t, type)
  return name.hasPrefix("__main__.") ? String(name.dropFirst(9)) : name
}

/// A list of a dict's keys.
func dictKeyList(_ t: ThreadState, _ dict: Object) -> Object? {
  let list = makeList()
  var position = 0
  while let entry = dictNext(dict, &position) {
    listAppend(t, list, entry.key)
  }
  return list
}

/// `module.qualname`, or the qualified name alone for builtins.
public func qualifiedTypeName(_ t: ThreadState, _ type: TypeObject) -> String {
  let name = type.pointer.pointee.qualifiedName.map(stringValue) ?? type.nameText
  guard let dict = type.pointer.pointee.dict, let module = dictGet(t, dict, Name.dunderModule), module.isKind(.str)
  else {
    return name
  }
  let text = stringValue(module)
  return text == "builtins" ? name : "\(text).\(name)"
}
