// `Task`'s methods and attributes as Python sees them.
import PythonRuntime

extension TaskObject {
  static func install(_ t: ThreadState) {
    readyType(t, type)
    addMethods(t, type, methods + [GenericAlias.classGetItem])
    func add(_ name: String, _ getter: @escaping UnaryFunction.Function, _ setter: StoreFunction? = nil) {
      addGetSet(t, type, name, getter: UnaryFunction(getter), setter: setter)
    }
    add(
      "_log_destroy_pending", { _, o in makeBool(o.task.pointee.logsDestroyPending) },
      StoreFunction { t, o, _, value in
        guard let truth = FutureObject.truthToStore(t, value) else { return false }
        o.task.pointee.logsDestroyPending = truth
        return true
      })
    add("_must_cancel") { _, o in makeBool(o.task.pointee.mustCancel) }
    add("_coro") { _, o in (o.task.pointee.coroutine ?? core.pointee.none).retained() }
    add("_fut_waiter") { _, o in (o.task.pointee.waiter ?? core.pointee.none).retained() }
  }

  private static var methods: [NativeMethod] {
    [
      NativeMethod("set_result", .oneArgument) { t, _, _ in
        t.raise(.RuntimeError, "Task does not support set_result operation")
      },
      NativeMethod("set_exception", .oneArgument) { t, _, _ in
        t.raise(.RuntimeError, "Task does not support set_exception operation")
      },
      NativeMethod("cancel", .keywords) { t, o, a in
        guard FutureObject.checkInitialized(t, o),
          let given = parseArguments(t, a, function: "cancel", names: ["msg"], required: 0)
        else { return nil }
        return cancel(t, o, message: given[0]).map { makeBool($0) }
      },
      NativeMethod("cancelling", .noArguments) { _, o, _ in makeInt(o.task.pointee.cancelRequests) },
      NativeMethod("uncancel", .noArguments) { _, o, _ in
        let p = o.task
        if p.pointee.cancelRequests > 0 {
          p.pointee.cancelRequests -= 1
          if p.pointee.cancelRequests == 0 { p.pointee.mustCancel = false }
        }
        return makeInt(p.pointee.cancelRequests)
      },
      NativeMethod("get_name", .noArguments) { _, o, _ in name(o) },
      NativeMethod("set_name", .oneArgument) { t, o, a in
        let text = a[0].isExactly(.str) ? a[0].retained() : str(t, a[0])
        guard let text else { return nil }
        FutureObject.put(o, &o.task.pointee.name, steal: text)
        return core.pointee.none
      },
      NativeMethod("get_coro", .noArguments) { _, o, _ in
        (o.task.pointee.coroutine ?? core.pointee.none).retained()
      },
      NativeMethod("get_context", .noArguments) { _, o, _ in
        (o.task.pointee.context ?? core.pointee.none).retained()
      },
      NativeMethod("get_stack", .keywords) { t, o, a in
        guard let given = parseArguments(t, a, function: "get_stack", names: ["limit"], required: 0, maxPositional: 0)
        else { return nil }
        return AsyncioImport.taskStack.call(t, o, given[0] ?? core.pointee.none)
      },
      NativeMethod("print_stack", .keywords) { t, o, a in
        guard
          let given = parseArguments(
            t, a, function: "print_stack", names: ["limit", "file"], required: 0, maxPositional: 0)
        else { return nil }
        return AsyncioImport.printStack.call(t, o, given[0] ?? core.pointee.none, given[1] ?? core.pointee.none)
      },
    ]
  }
}
