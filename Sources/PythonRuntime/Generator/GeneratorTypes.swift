// The types of generators and coroutines: slots, methods, attributes.
import PythonBytecode
import TraceModel

/// `cr_await`'s iterator: an object that forwards to a coroutine.
struct CoroutineWrapperLayout {
  var header: ObjectHeader
  var coroutine: Object
}

enum GeneratorTypes {
  static func configure() {
    let types = core.pointee.types
    for type in [types.generator, types.coroutine, types.asyncGenerator] {
      let p = type.pointer
      p.pointee.basicSize = GeneratorLayout.frameOffset
      p.pointee.itemSize = 8
      p.pointee.flags.insert(.container)
      p.pointee.weakrefOffset = MemoryLayout<GeneratorLayout>.offset(of: \.weakrefs) ?? 0
      p.pointee.dealloc = ObjectAction(GeneratorSlots.dealloc)
      p.pointee.traverse = TraverseFunction(GeneratorSlots.traverse)
      p.pointee.finalize = ObjectAction(GeneratorSlots.finalize)
      p.pointee.repr = UnaryFunction(GeneratorSlots.repr)
      FunctionTypes.useGenericAttributes(p)
    }
    types.generator.pointer.pointee.iter = UnaryFunction { _, o in o.retained() }
    types.generator.pointer.pointee.next = UnaryFunction(generatorNext)
    types.coroutine.pointer.pointee.await = UnaryFunction(makeCoroutineWrapper)
    types.asyncGenerator.pointer.pointee.asyncIter = UnaryFunction { _, o in o.retained() }
    types.asyncGenerator.pointer.pointee.asyncNext = UnaryFunction { t, o in AsyncGenerator.next(t, o) }
    configureWrapper(types.coroutineWrapper.pointer)
  }

  private static func makeCoroutineWrapper(_ t: ThreadState, _ o: Object) -> Object? {
    let wrapper = allocateContainer(
      core.pointee.types.coroutineWrapper, size: MemoryLayout<CoroutineWrapperLayout>.size)
    wrapper.layout(CoroutineWrapperLayout.self).pointee.coroutine = o.retained()
    track(wrapper)
    return wrapper
  }

  private static func configureWrapper(_ p: UnsafeMutablePointer<TypeLayout>) {
    p.pointee.basicSize = MemoryLayout<CoroutineWrapperLayout>.size
    p.pointee.flags.insert(.container)
    p.pointee.dealloc = ObjectAction { o in
      if o.isTracked { untrack(o) }
      o.layout(CoroutineWrapperLayout.self).pointee.coroutine.release()
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in visit(o.layout(CoroutineWrapperLayout.self).pointee.coroutine) }
    p.pointee.iter = UnaryFunction { _, o in o.retained() }
    p.pointee.next = UnaryFunction { t, o in generatorNext(t, o.layout(CoroutineWrapperLayout.self).pointee.coroutine) }
    FunctionTypes.useGenericAttributes(p)
  }

  // MARK: - Methods

  static func addAttributes(_ t: ThreadState) {
    let types = core.pointee.types
    addMethods(t, types.generator, delegation)
    addMethods(t, types.coroutine, delegation)
    addAttributes(t, types.generator, prefix: "gi", target: "gi_yieldfrom")
    addAttributes(t, types.coroutine, prefix: "cr", target: "cr_await")
    addAttributes(t, types.asyncGenerator, prefix: "ag", target: "ag_await")
    addGetSet(
      t, types.coroutine, "cr_origin",
      getter: UnaryFunction { _, o in (o.generatorLayout.pointee.origin ?? core.pointee.none).retained() }, setter: nil)
    for type in [types.generator, types.coroutine, types.asyncGenerator] {
      addMethods(
        t, type,
        [GenericAlias.classGetItem])
    }
    addMethods(
      t, types.coroutineWrapper,
      [
        NativeMethod("send", .oneArgument) { t, o, arguments in
          generatorSend(t, o.layout(CoroutineWrapperLayout.self).pointee.coroutine, arguments[0])
        },
        NativeMethod("throw", .positional(1, 3)) { t, o, arguments in
          throwInto(t, o.layout(CoroutineWrapperLayout.self).pointee.coroutine, arguments)
        },
        NativeMethod("close", .noArguments) { t, o, _ in
          closeGenerator(t, o.layout(CoroutineWrapperLayout.self).pointee.coroutine)
        },
      ])
    AsyncGenerator.addMethods(t)
    AnextAwaitable.addType(t)
  }

  private static let delegation: [NativeMethod] = [
    NativeMethod("send", .oneArgument) { t, o, arguments in generatorSend(t, o, arguments[0]) },
    NativeMethod("throw", .positional(1, 3)) { t, o, arguments in throwInto(t, o, arguments) },
    NativeMethod("close", .noArguments) { t, o, _ in closeGenerator(t, o) },
  ]

  static func throwInto(_ t: ThreadState, _ o: Object, _ arguments: Arguments) -> Object? {
    if arguments.count > 1 {
      guard
        warn(
          t, .DeprecationWarning,
          "the (type, exc, tb) signature of throw() is deprecated, use the single-arg signature instead.", level: 1)
      else { return nil }
    }
    return throwIntoGenerator(t, o, arguments[0], arguments.optional(1), arguments.optional(2))
  }

  private static func addAttributes(_ t: ThreadState, _ type: TypeObject, prefix: String, target: String) {
    func add(_ name: String, _ getter: @escaping UnaryFunction.Function, _ setter: StoreFunction? = nil) {
      addGetSet(t, type, name, getter: UnaryFunction(getter), setter: setter)
    }
    add(
      "__name__", { _, o in o.generatorLayout.pointee.name.retained() },
      StoreFunction { t, o, _, value in
        guard let value, value.isKind(.str) else { return deletionError(t, "__name__ must be set to a string object") }
        let old = o.generatorLayout.pointee.name
        o.generatorLayout.pointee.name = value.retained()
        old.release()
        return true
      })
    add(
      "__qualname__", { _, o in o.generatorLayout.pointee.qualifiedName.retained() },
      StoreFunction { t, o, _, value in
        guard let value, value.isKind(.str) else {
          return deletionError(t, "__qualname__ must be set to a string object")
        }
        let old = o.generatorLayout.pointee.qualifiedName
        o.generatorLayout.pointee.qualifiedName = value.retained()
        old.release()
        return true
      })
    add(target) { _, o in (yieldFromTarget(o) ?? core.pointee.none).retained() }
    add("\(prefix)_running") { _, o in makeBool(o.generatorLayout.pointee.state == .running) }
    add("\(prefix)_suspended") { _, o in
      let state = o.generatorLayout.pointee.state
      return makeBool(state == .suspended || state == .suspendedYieldFrom)
    }
    add("\(prefix)_frame") { t, o in
      guard o.generatorLayout.pointee.state != .finished else { return core.pointee.none }
      return frameObject(t, o.generatorFrame).retained()
    }
    add("\(prefix)_code") { _, o in generatorCode(o).retained() }
  }

  /// The code stays known after the end through the frame's memory, which is not reused.
  private static func generatorCode(_ o: Object) -> Object {
    o.generatorLayout.pointee.state == .finished
      ? (o.generatorLayout.pointee.finishedCode ?? core.pointee.none) : o.generatorFrame.code
  }
}
