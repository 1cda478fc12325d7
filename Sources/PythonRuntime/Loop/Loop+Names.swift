// Instructions on names: globals, namespaces of modules and classes, unbound locals, annotations, `super`, imports.
import PythonBytecode

/// The bodies of instructions that are rare or long. The stack pointer is passed by value, so that it can stay in a register of the loop.
enum Slow {
  /// Items of the value stack as objects; the caller knows that none is NULL.
  @inline(__always) static func items(_ place: UnsafeMutablePointer<Object?>) -> UnsafeMutablePointer<Object> {
    UnsafeMutableRawPointer(place).assumingMemoryBound(to: Object.self)
  }
  @inline(__always) static func item(_ sp: UnsafeMutablePointer<Object?>, _ depth: Int) -> Object {
    (sp - depth).pointee.unsafelyUnwrapped
  }

  // MARK: - Globals

  /// LOAD_GLOBAL the long way; fills the cache at `pc`. New reference.
  @inline(never)
  static func loadGlobal(_ t: ThreadState, _ frame: Frame, _ name: Object, _ pc: UnsafeMutablePointer<UInt32>)
    -> Object?
  {
    let globals = frame.pointer.pointee.globals
    let builtins = frame.pointer.pointee.builtins
    guard globals.isExactly(.dict), builtins.isExactly(.dict) else {
      return loadGlobalFromAny(t, globals, builtins, name)
    }
    let version = dictKeysVersion(globals)
    if let value = dictGet(t, globals, name: name) {
      if version != 0, let index = dictEntryIndex(globals, name: name) {
        pc[1] = version
        pc[3] = UInt32(truncatingIfNeeded: index)
        become(pc, pc.pointee, .loadGlobalModule)
      }
      return value.retained()
    }
    if t.hasRaised { return nil }
    if let value = dictGet(t, builtins, name: name) {
      let builtinVersion = dictKeysVersion(builtins)
      if version != 0, builtinVersion != 0, let index = dictEntryIndex(builtins, name: name) {
        pc[1] = version
        pc[2] = builtinVersion
        pc[3] = UInt32(truncatingIfNeeded: index)
        become(pc, pc.pointee, .loadGlobalBuiltin)
      }
      return value.retained()
    }
    if !t.hasRaised { raiseUndefined(t, name) }
    return nil
  }

  private static func loadGlobalFromAny(_ t: ThreadState, _ globals: Object, _ builtins: Object, _ name: Object)
    -> Object?
  {
    if let value = lookup(t, globals, name) { return value }
    if t.hasRaised { return nil }
    if let value = lookup(t, builtins, name) { return value }
    if !t.hasRaised { raiseUndefined(t, name) }
    return nil
  }

  /// `namespace[name]`; nil without an exception: absent. New reference.
  private static func lookup(_ t: ThreadState, _ namespace: Object, _ name: Object) -> Object? {
    if namespace.isExactly(.dict) { return dictGet(t, namespace, name)?.retained() }
    if let value = getItem(t, namespace, name) { return value }
    if t.matches(.KeyError) { t.clearRaised() }
    return nil
  }

  static func raiseUndefined(_ t: ThreadState, _ name: Object) {
    t.raiseNameError(.NameError, "name '\(stringValue(name))' is not defined", name: name)
  }

  static func deleteGlobal(_ t: ThreadState, _ frame: Frame, _ name: Object) -> Bool {
    let globals = frame.pointer.pointee.globals
    guard dictGet(t, globals, name) != nil else {
      if !t.hasRaised { raiseUndefined(t, name) }
      return false
    }
    return dictDelete(t, globals, name)
  }

  // MARK: - Namespaces

  @inline(never) static func loadName(_ t: ThreadState, _ frame: Frame, _ name: Object) -> Object? {
    guard let locals = frame.pointer.pointee.locals else {
      return t.raise(.SystemError, "no locals when loading '\(stringValue(name))'")
    }
    if let value = lookup(t, locals, name) { return value }
    if t.hasRaised { return nil }
    return loadGlobalFromAny(t, frame.pointer.pointee.globals, frame.pointer.pointee.builtins, name)
  }

  @inline(never) static func storeName(_ t: ThreadState, _ frame: Frame, _ name: Object, _ value: Object) -> Bool {
    guard let locals = frame.pointer.pointee.locals else {
      return t.fail(.SystemError, "no locals found when storing '\(stringValue(name))'")
    }
    return locals.isExactly(.dict) ? dictSet(t, locals, name, value) : setItem(t, locals, name, value)
  }

  static func deleteName(_ t: ThreadState, _ frame: Frame, _ name: Object) -> Bool {
    guard let locals = frame.pointer.pointee.locals else {
      return t.fail(.SystemError, "no locals when deleting '\(stringValue(name))'")
    }
    if delItem(t, locals, name) { return true }
    if t.matches(.KeyError) {
      t.clearRaised()
      raiseUndefined(t, name)
    }
    return false
  }

  /// Replaces the namespace at the top by the value of `name` in it, in the globals or in the builtins.
  static func loadFromDictOrGlobals(
    _ t: ThreadState, _ frame: Frame, _ sp: UnsafeMutablePointer<Object?>, _ name: Object
  ) -> Bool {
    let namespace = item(sp, 1)
    var value = lookup(t, namespace, name)
    if value == nil, !t.hasRaised {
      value = loadGlobalFromAny(t, frame.pointer.pointee.globals, frame.pointer.pointee.builtins, name)
    }
    guard let value else { return false }
    poke(sp, 1, value)
    namespace.release()
    return true
  }

  static func loadFromDictOrDeref(_ t: ThreadState, _ frame: Frame, _ sp: UnsafeMutablePointer<Object?>, _ local: Int)
    -> Bool
  {
    let namespace = item(sp, 1)
    let name = frame.code.codeLayout.pointee.localTuple.tupleItems[local]
    var value = lookup(t, namespace, name)
    if value == nil {
      if t.hasRaised { return false }
      value = frame.fastLocals[local]?.cellLayout.pointee.content?.retained()
      if value == nil {
        raiseUnbound(t, frame, local)
        return false
      }
    }
    poke(sp, 1, value)
    namespace.release()
    return true
  }

  /// A local, cell or free variable has no value.
  @inline(never) static func raiseUnbound(_ t: ThreadState, _ frame: Frame, _ local: Int) {
    let name = frame.code.codeLayout.pointee.localTuple.tupleItems[local]
    let text = stringValue(name)
    if frame.code.compiledCode.localKinds[local].contains(.free) {
      t.raiseNameError(
        .NameError, "cannot access free variable '\(text)' where it is not associated with a value in enclosing scope",
        name: name)
    } else {
      t.raiseNameError(
        .UnboundLocalError, "cannot access local variable '\(text)' where it is not associated with a value", name: name
      )
    }
  }

  static func setupAnnotations(_ t: ThreadState, _ frame: Frame) -> Bool {
    guard let locals = frame.pointer.pointee.locals else {
      return t.fail(.SystemError, "no locals found when setting up annotations")
    }
    let name = LoopName.annotations
    if let found = lookup(t, locals, name) {
      found.release()
      return true
    }
    if t.hasRaised { return false }
    let dict = makeDict()
    defer { dict.release() }
    return setItem(t, locals, name, dict)
  }

  static func loadBuildClass(_ t: ThreadState, _ frame: Frame) -> Object? {
    if let value = lookup(t, frame.pointer.pointee.builtins, LoopName.buildClass) { return value }
    if !t.hasRaised { t.raise(.NameError, "__build_class__ not found") }
    return nil
  }

  // MARK: - super

  /// `super`, class, self at the top become the attribute, and self when it is an unbound method. The loop adjusts the stack.
  static func loadSuperAttr(_ t: ThreadState, _ sp: UnsafeMutablePointer<Object?>, _ name: Object, _ operand: Int)
    -> Bool
  {
    let (callable, type, receiver) = (item(sp, 3), item(sp, 2), item(sp, 1))
    let wantsMethod = operand & 1 == 1
    let value: Object?
    if callable == core.pointee.types.superObject.object, type.isKind(.type) {
      value = Super.attribute(t, start: type, instance: receiver, name)
    } else {
      let proxy = operand & 2 != 0 ? call2(t, callable, type, receiver) : call0(t, callable)
      guard let proxy else { return false }
      value = getAttribute(t, proxy, name)
      proxy.release()
    }
    guard let value else { return false }
    poke(sp, 3, value)
    if wantsMethod { poke(sp, 2, nil) }
    callable.release()
    type.release()
    receiver.release()
    return true
  }

  // MARK: - Imports

  static func importName(_ t: ThreadState, _ frame: Frame, _ name: Object, fromList: Object, level: Object) -> Object? {
    let p = frame.pointer
    guard let function = lookup(t, p.pointee.builtins, LoopName.importFunction) else {
      if !t.hasRaised { t.raise(.ImportError, "__import__ not found") }
      return nil
    }
    defer { function.release() }
    let locals = p.pointee.locals
    if function.isKind(.nativeFunction), let hook = t.interpreter.importHook {
      guard let number = intValue(t, level) else { return nil }
      return hook(t, name, p.pointee.globals, locals, fromList, number)
    }
    return callWithObjects(t, function, [name, p.pointee.globals, locals ?? core.pointee.none, fromList, level])
  }

  /// `from module import name`: an attribute, or a submodule that is being imported.
  static func importFrom(_ t: ThreadState, _ module: Object, _ name: Object) -> Object? {
    var failed = false
    if let value = findAttribute(t, module, name, failed: &failed) { return value }
    if failed { return nil }
    let moduleName = findAttribute(t, module, LoopName.dunderName, failed: &failed)
    if failed { return nil }
    defer { moduleName.release() }
    let text = moduleName.map { $0.isKind(.str) ? stringValue($0) : "<unknown module name>" } ?? "<unknown module name>"
    if moduleName != nil, let modules = t.interpreter.modules {
      let full = makeString("\(text).\(stringValue(name))")
      defer { full.release() }
      if let found = dictGet(t, modules, full) { return found.retained() }
      if t.hasRaised { return nil }
    }
    let file = findAttribute(t, module, LoopName.file, failed: &failed)
    if failed { return nil }
    defer { file.release() }
    let place = file.map { $0.isKind(.str) ? stringValue($0) : "unknown location" } ?? "unknown location"
    let wanted = stringValue(name)
    t.raiseImportError(
      .ImportError,
      isInitializing(t, module)
        ? "cannot import name '\(wanted)' from partially initialized module '\(text)' (most likely due to a circular import) (\(place))"
        : "cannot import name '\(wanted)' from '\(text)' (\(place))", name: moduleName, path: file)
    if let exception = t.raised, exception.exceptionFamily == .ImportError {
      exception.setExceptionField(ExceptionField.importNameFrom, steal: name.retained())
    }
    return nil
  }

  /// `module.__spec__._initializing`.
  private static func isInitializing(_ t: ThreadState, _ module: Object) -> Bool {
    var failed = false
    guard let spec = findAttribute(t, module, LoopName.spec, failed: &failed) else {
      if failed { t.clearRaised() }
      return false
    }
    defer { spec.release() }
    guard let flag = findAttribute(t, spec, LoopName.initializing, failed: &failed) else {
      if failed { t.clearRaised() }
      return false
    }
    defer { flag.release() }
    return isTrue(t, flag) == 1
  }
}
