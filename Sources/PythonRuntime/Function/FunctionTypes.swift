// The slots and attributes of function-like types: Python functions, bound methods, cells, builtin functions and method descriptors.

enum FunctionTypes {
  /// Slots; before the types are made ready.
  static func configure() {
    let types = core.pointee.types
    configureFunction(types.function.pointer)
    configureMethod(types.method.pointer)
    configureCell(types.cell.pointer)
    configureNative(types.nativeFunction.pointer)
    for (type, call, bind) in [
      (
        types.methodDescriptor, NativeFunction(NativeFunctionSlots.callDescriptor),
        TernaryFunction(NativeFunctionSlots.bindDescriptor)
      ),
      (
        types.classMethodDescriptor, NativeFunction(NativeFunctionSlots.callClassDescriptor),
        TernaryFunction(NativeFunctionSlots.bindClassDescriptor)
      ),
    ] {
      let p = type.pointer
      p.pointee.basicSize = MemoryLayout<MethodDescriptorLayout>.size
      p.pointee.flags.insert(.container)
      if type == types.methodDescriptor { p.pointee.flags.insert(.methodDescriptor) }
      p.pointee.dealloc = ObjectAction { o in
        if o.isTracked { untrack(o) }
        o.layout(MethodDescriptorLayout.self).pointee.owner.release()
        freeInstance(o)
      }
      p.pointee.traverse = TraverseFunction { o, visit in visit(o.layout(MethodDescriptorLayout.self).pointee.owner) }
      p.pointee.call = call
      p.pointee.descriptorGet = bind
      p.pointee.repr = UnaryFunction(NativeFunctionSlots.reprDescriptor)
      useGenericAttributes(p)
    }
  }

  static func useGenericAttributes(_ p: UnsafeMutablePointer<TypeLayout>) {
    p.pointee.getAttribute = BinaryFunction(Generic.getAttribute)
    p.pointee.setAttribute = StoreFunction(Generic.setAttribute)
  }

  private static func configureFunction(_ p: UnsafeMutablePointer<TypeLayout>) {
    p.pointee.basicSize = MemoryLayout<FunctionLayout>.size
    p.pointee.flags.insert([.container, .methodDescriptor])
    p.pointee.weakrefOffset = MemoryLayout<FunctionLayout>.offset(of: \.weakrefs) ?? 0
    p.pointee.dictOffset = MemoryLayout<FunctionLayout>.offset(of: \.dict) ?? 0
    p.pointee.dealloc = ObjectAction(FunctionSlots.dealloc)
    p.pointee.traverse = TraverseFunction(FunctionSlots.traverse)
    p.pointee.clear = ObjectAction(FunctionSlots.clear)
    p.pointee.repr = UnaryFunction(FunctionSlots.repr)
    p.pointee.call = NativeFunction(FunctionSlots.call)
    p.pointee.new = NativeFunction(FunctionSlots.new)
    p.pointee.descriptorGet = TernaryFunction(FunctionSlots.bind)
    useGenericAttributes(p)
  }

  private static func configureMethod(_ p: UnsafeMutablePointer<TypeLayout>) {
    p.pointee.basicSize = MemoryLayout<MethodLayout>.size
    p.pointee.flags.insert(.container)
    p.pointee.weakrefOffset = MemoryLayout<MethodLayout>.offset(of: \.weakrefs) ?? 0
    p.pointee.dealloc = ObjectAction(MethodSlots.dealloc)
    p.pointee.traverse = TraverseFunction(MethodSlots.traverse)
    p.pointee.repr = UnaryFunction(MethodSlots.repr)
    p.pointee.hash = MeasureFunction(MethodSlots.hash)
    p.pointee.compare = CompareFunction(MethodSlots.compare)
    p.pointee.call = NativeFunction(MethodSlots.call)
    p.pointee.new = NativeFunction(MethodSlots.new)
    p.pointee.descriptorGet = TernaryFunction { _, o, _, _ in o.retained() }
    p.pointee.getAttribute = BinaryFunction(MethodSlots.getAttribute)
    p.pointee.setAttribute = StoreFunction(Generic.setAttribute)
  }

  private static func configureCell(_ p: UnsafeMutablePointer<TypeLayout>) {
    p.pointee.basicSize = MemoryLayout<CellLayout>.size
    p.pointee.flags.insert(.container)
    p.pointee.dealloc = ObjectAction(CellSlots.dealloc)
    p.pointee.traverse = TraverseFunction { o, visit in visit(o.layout(CellLayout.self).pointee.content) }
    p.pointee.clear = ObjectAction { o in take(&o.layout(CellLayout.self).pointee.content) }
    p.pointee.repr = UnaryFunction(CellSlots.repr)
    p.pointee.compare = CompareFunction(CellSlots.compare)
    p.pointee.new = NativeFunction(CellSlots.new)
    useGenericAttributes(p)
  }

  private static func configureNative(_ p: UnsafeMutablePointer<TypeLayout>) {
    p.pointee.basicSize = MemoryLayout<NativeFunctionLayout>.size
    p.pointee.flags.insert(.container)
    p.pointee.weakrefOffset = MemoryLayout<NativeFunctionLayout>.offset(of: \.weakrefs) ?? 0
    p.pointee.dealloc = ObjectAction { o in
      if o.isTracked { untrack(o) }
      let p = o.layout(NativeFunctionLayout.self)
      if p.pointee.weakrefs != nil { clearWeakrefs(o) }
      p.pointee.receiver.release()
      p.pointee.module.release()
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in
      let p = o.layout(NativeFunctionLayout.self)
      return visit(p.pointee.receiver) || visit(p.pointee.module)
    }
    p.pointee.call = NativeFunction(NativeFunctionSlots.call)
    p.pointee.repr = UnaryFunction(NativeFunctionSlots.repr)
    p.pointee.hash = MeasureFunction(NativeFunctionSlots.hash)
    p.pointee.compare = CompareFunction(NativeFunctionSlots.compare)
    useGenericAttributes(p)
  }

  /// Attributes and methods; once the types are ready.
  static func addAttributes(_ t: ThreadState) {
    FunctionAttributes.add(t)
    let types = core.pointee.types
    addNativeAttributes(t, types.nativeFunction)
    addDescriptorAttributes(t, types.methodDescriptor)
    addDescriptorAttributes(t, types.classMethodDescriptor)
  }

  private static func addNativeAttributes(_ t: ThreadState, _ type: TypeObject) {
    addMethods(
      t, type,
      [
        NativeMethod("__reduce__", .noArguments) { t, o, _ in
          let p = o.layout(NativeFunctionLayout.self)
          let name = p.pointee.entry.pointee.name
          guard let receiver = p.pointee.receiver, !receiver.isKind(.module) else { return name.retained() }
          return reduceToAttribute(t, receiver, name)
        }
      ])
    addGetSet(
      t, type, "__name__",
      getter: UnaryFunction { _, o in o.layout(NativeFunctionLayout.self).pointee.entry.pointee.name.retained() },
      setter: nil)
    addGetSet(
      t, type, "__qualname__",
      getter: UnaryFunction { _, o in
        let p = o.layout(NativeFunctionLayout.self)
        guard let receiver = p.pointee.receiver, !receiver.isKind(.module) else {
          return p.pointee.entry.pointee.name.retained()
        }
        let type = receiver.isKind(.type) ? TypeObject(unchecked: receiver) : receiver.type
        return makeString("\(type.nameText).\(stringValue(p.pointee.entry.pointee.name))")
      }, setter: nil)
    addGetSet(
      t, type, "__doc__",
      getter: UnaryFunction { _, o in
        (o.layout(NativeFunctionLayout.self).pointee.entry.pointee.doc ?? core.pointee.none).retained()
      }, setter: nil)
    addGetSet(
      t, type, "__self__",
      getter: UnaryFunction { _, o in
        (o.layout(NativeFunctionLayout.self).pointee.receiver ?? core.pointee.none).retained()
      },
      setter: nil)
    addGetSet(
      t, type, "__module__",
      getter: UnaryFunction { _, o in
        (o.layout(NativeFunctionLayout.self).pointee.module ?? core.pointee.none).retained()
      },
      setter: StoreFunction { _, o, _, value in
        let p = o.layout(NativeFunctionLayout.self)
        let old = p.pointee.module
        p.pointee.module = value?.retained()
        old.release()
        return true
      })
    addGetSet(
      t, type, "__text_signature__", getter: UnaryFunction { t, o in TextSignature.function(t, o) }, setter: nil)
  }

  private static func addDescriptorAttributes(_ t: ThreadState, _ type: TypeObject) {
    addMethods(
      t, type,
      [
        NativeMethod("__reduce__", .noArguments) { t, o, _ in
          let p = o.layout(MethodDescriptorLayout.self)
          return reduceToAttribute(t, p.pointee.owner, p.pointee.entry.pointee.name)
        }
      ])
    addGetSet(
      t, type, "__name__",
      getter: UnaryFunction { _, o in o.layout(MethodDescriptorLayout.self).pointee.entry.pointee.name.retained() },
      setter: nil)
    addGetSet(
      t, type, "__qualname__",
      getter: UnaryFunction { _, o in
        let p = o.layout(MethodDescriptorLayout.self)
        let owner = TypeObject(unchecked: p.pointee.owner).nameText
        return makeString("\(owner).\(stringValue(p.pointee.entry.pointee.name))")
      }, setter: nil)
    addGetSet(
      t, type, "__doc__",
      getter: UnaryFunction { _, o in
        (o.layout(MethodDescriptorLayout.self).pointee.entry.pointee.doc ?? core.pointee.none).retained()
      }, setter: nil)
    addGetSet(
      t, type, "__objclass__",
      getter: UnaryFunction { _, o in o.layout(MethodDescriptorLayout.self).pointee.owner.retained() }, setter: nil)
    addGetSet(
      t, type, "__text_signature__", getter: UnaryFunction { _, o in TextSignature.descriptor(o) }, setter: nil)
  }
}

/// What pickling keeps of a function that belongs to an object: `(getattr, (holder, name))`.
func reduceToAttribute(_ t: ThreadState, _ holder: Object, _ name: Object) -> Object? {
  guard let builtins = importModule(t, "builtins") else { return nil }
  defer { builtins.release() }
  guard let function = getAttribute(t, builtins, "getattr") else { return nil }
  return makeTuple([function, makeTuple([holder.retained(), name.retained()])])
}
