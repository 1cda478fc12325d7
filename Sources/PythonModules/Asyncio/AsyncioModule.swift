// `_asyncio`: futures and tasks natively, as CPython has them; the rest of `asyncio` is the library's.
import PythonRuntime

/// What is taken from the library's pure-Python part, at first use.
enum AsyncioImport: Int, CaseIterable {
  case futureRepr, taskRepr, taskStack, printStack, isCoroutine, cancelledError, invalidStateError, eventLoopPolicy,
    extractStack

  private var place: (module: String, name: String) {
    switch self {
    case .futureRepr: ("asyncio.base_futures", "_future_repr")
    case .taskRepr: ("asyncio.base_tasks", "_task_repr")
    case .taskStack: ("asyncio.base_tasks", "_task_get_stack")
    case .printStack: ("asyncio.base_tasks", "_task_print_stack")
    case .isCoroutine: ("asyncio.coroutines", "iscoroutine")
    case .cancelledError: ("asyncio.exceptions", "CancelledError")
    case .invalidStateError: ("asyncio.exceptions", "InvalidStateError")
    case .eventLoopPolicy: ("asyncio.events", "get_event_loop_policy")
    case .extractStack: ("traceback", "extract_stack")
    }
  }

  nonisolated(unsafe) private static var known = [Object?](repeating: nil, count: allCases.count)

  /// Borrowed; nil: an exception is set.
  func object(_ t: ThreadState) -> Object? {
    if let found = Self.known[rawValue] { return found }
    guard let module = importModule(t, place.module) else { return nil }
    defer { module.release() }
    guard let found = getAttribute(t, module, place.name) else { return nil }
    Self.known[rawValue] = found
    return found
  }

  func call(_ t: ThreadState, _ arguments: Object...) -> Object? {
    object(t).flatMap { callWithObjects(t, $0, arguments) }
  }
}

public enum AsyncioModule {
  public static func make(_ t: ThreadState) -> Object? {
    FutureObject.install(t)
    FutureIterator.install(t)
    TaskStepper.install(t)
    TaskObject.install(t)
    guard TaskRegistry.start(t) else { return nil }
    let module = makeModule(t, "_asyncio")
    moduleSet(t, module, "Future", FutureObject.type.object)
    moduleSet(t, module, "Task", TaskObject.type.object)
    moduleSet(t, module, "_scheduled_tasks", TaskRegistry.scheduled)
    moduleSet(t, module, "_eager_tasks", TaskRegistry.eager)
    moduleSet(t, module, "_current_tasks", TaskRegistry.current)
    moduleAddFunctions(t, module, loopFunctions + taskFunctions)
    return module
  }

  private static var loopFunctions: [NativeMethod] {
    [
      NativeMethod("_get_running_loop", .noArguments) { t, _, _ in
        (RunningLoop.get(t) ?? core.pointee.none).retained()
      },
      NativeMethod("_set_running_loop", .oneArgument) { t, _, a in
        RunningLoop.set(t, a[0])
        return core.pointee.none
      },
      NativeMethod("get_running_loop", .noArguments) { t, _, _ in
        RunningLoop.get(t)?.retained() ?? t.raise(.RuntimeError, "no running event loop")
      },
      NativeMethod("get_event_loop", .noArguments) { t, _, _ in RunningLoop.eventLoop(t) },
    ]
  }

  /// One argument by name: `task`; two: `loop` and `task`.
  private static func given(_ t: ThreadState, _ a: Arguments, _ function: String, _ names: [String]) -> [Object]? {
    parseArguments(t, a, function: function, names: names, required: names.count)?.compactMap { $0 }
  }

  private static var taskFunctions: [NativeMethod] {
    [
      NativeMethod("_register_task", .keywords) { t, _, a in
        given(t, a, "_register_task", ["task"]).flatMap { TaskRegistry.register(t, $0[0]) ? core.pointee.none : nil }
      },
      NativeMethod("_unregister_task", .keywords) { t, _, a in
        given(t, a, "_unregister_task", ["task"]).flatMap {
          TaskRegistry.unregister(t, $0[0]) ? core.pointee.none : nil
        }
      },
      NativeMethod("_register_eager_task", .keywords) { t, _, a in
        given(t, a, "_register_eager_task", ["task"]).flatMap {
          TaskRegistry.registerEager(t, $0[0]) ? core.pointee.none : nil
        }
      },
      NativeMethod("_unregister_eager_task", .keywords) { t, _, a in
        given(t, a, "_unregister_eager_task", ["task"]).flatMap {
          TaskRegistry.unregisterEager(t, $0[0]) ? core.pointee.none : nil
        }
      },
      NativeMethod("_enter_task", .keywords) { t, _, a in
        given(t, a, "_enter_task", ["loop", "task"]).flatMap {
          TaskRegistry.enter(t, $0[0], $0[1]) ? core.pointee.none : nil
        }
      },
      NativeMethod("_leave_task", .keywords) { t, _, a in
        given(t, a, "_leave_task", ["loop", "task"]).flatMap {
          TaskRegistry.leave(t, $0[0], $0[1]) ? core.pointee.none : nil
        }
      },
      NativeMethod("_swap_current_task", .keywords) { t, _, a in
        given(t, a, "_swap_current_task", ["loop", "task"]).flatMap { TaskRegistry.swap(t, $0[0], $0[1]) }
      },
      NativeMethod("current_task", .keywords) { t, _, a in
        guard let given = parseArguments(t, a, function: "current_task", names: ["loop"], required: 0) else {
          return nil
        }
        let wanted = given[0].flatMap { $0 == core.pointee.none ? nil : $0 }
        guard let loop = wanted ?? RunningLoop.get(t) else {
          return t.raise(.RuntimeError, "no running event loop")
        }
        let found = dictGet(t, TaskRegistry.current, loop)
        return t.hasRaised ? nil : (found ?? core.pointee.none).retained()
      },
    ]
  }
}
