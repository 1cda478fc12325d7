// `Future`'s methods and attributes as Python sees them.
import PythonRuntime

extension FutureObject {
  static func install(_ t: ThreadState) {
    readyType(t, type)
    addMethods(t, type, methods + [GenericAlias.classGetItem])
    addAttributes(t)
  }

  private static var methods: [NativeMethod] {
    [
      NativeMethod("result", .noArguments) { t, o, _ in outcome(t, o, result) },
      NativeMethod("exception", .noArguments) { t, o, _ in outcome(t, o, exception) },
      NativeMethod("set_result", .oneArgument) { t, o, a in setResult(t, o, a[0]) ? core.pointee.none : nil },
      NativeMethod("set_exception", .oneArgument) { t, o, a in setException(t, o, a[0]) ? core.pointee.none : nil },
      NativeMethod("add_done_callback", .keywords) { t, o, a in
        guard
          let given = parseArguments(
            t, a, function: "add_done_callback", names: ["fn", "context"], required: 1, positionalOnly: 1,
            maxPositional: 1), let callback = given[0]
        else { return nil }
        return addDoneCallback(t, o, callback, context: given[1]) ? core.pointee.none : nil
      },
      NativeMethod("remove_done_callback", .oneArgument) { t, o, a in
        guard checkInitialized(t, o) else { return nil }
        return removeDoneCallback(t, o, a[0]).map { makeInt($0) }
      },
      NativeMethod("cancel", .keywords) { t, o, a in
        guard checkInitialized(t, o), let given = parseArguments(t, a, function: "cancel", names: ["msg"], required: 0)
        else { return nil }
        return cancel(t, o, message: given[0]).map { makeBool($0) }
      },
      NativeMethod("cancelled", .noArguments) { _, o, _ in
        makeBool(o.future.pointee.loop != nil && o.future.pointee.state == .cancelled)
      },
      NativeMethod("done", .noArguments) { _, o, _ in
        makeBool(o.future.pointee.loop != nil && o.future.pointee.state != .pending)
      },
      NativeMethod("get_loop", .noArguments) { t, o, _ in
        checkInitialized(t, o) ? o.future.pointee.loop?.retained() : nil
      },
      NativeMethod("_make_cancelled_error", .noArguments) { t, o, _ in makeCancelledError(t, o) },
    ]
  }

  /// N.B. these two raise InvalidStateError where all others raise RuntimeError.
  private static func outcome(_ t: ThreadState, _ o: Object, _ get: (ThreadState, Object) -> Object?) -> Object? {
    guard o.future.pointee.loop != nil else { return invalidState(t, "Future object is not initialized.") }
    return get(t, o)
  }

  private static func addAttributes(_ t: ThreadState) {
    addGetSet(
      t, type, "_state",
      getter: UnaryFunction { t, o in
        checkInitialized(t, o) ? internString(o.future.pointee.state.name).retained() : nil
      })
    addGetSet(
      t, type, "_asyncio_future_blocking",
      getter: UnaryFunction { t, o in checkInitialized(t, o) ? makeBool(o.future.pointee.isBlocking) : nil },
      setter: StoreFunction { t, o, _, value in
        guard checkInitialized(t, o), let truth = truthToStore(t, value) else { return false }
        o.future.pointee.isBlocking = truth
        return true
      })
    addGetSet(
      t, type, "_log_traceback",
      getter: UnaryFunction { t, o in checkInitialized(t, o) ? makeBool(o.future.pointee.logsTraceback) : nil },
      setter: StoreFunction { t, o, _, value in
        guard let truth = truthToStore(t, value) else { return false }
        if truth {
          t.raise(.ValueError, "_log_traceback can only be set to False")
          return false
        }
        o.future.pointee.logsTraceback = false
        return true
      })
    addGetSet(
      t, type, "_cancel_message",
      getter: UnaryFunction { _, o in (o.future.pointee.cancelMessage ?? core.pointee.none).retained() },
      setter: StoreFunction { t, o, _, value in
        guard let value else {
          t.raise(.AttributeError, "cannot delete attribute")
          return false
        }
        put(o, &o.future.pointee.cancelMessage, steal: value.retained())
        return true
      })
    addGetSet(
      t, type, "_callbacks",
      getter: UnaryFunction { t, o in
        guard checkInitialized(t, o) else { return nil }
        guard let list = o.future.pointee.callbacks else { return core.pointee.none }
        return makeList(borrowing: list.listItems, count: list.listCount)
      })
    addGetSet(
      t, type, "_result",
      getter: UnaryFunction { t, o in
        checkInitialized(t, o) ? (o.future.pointee.result ?? core.pointee.none).retained() : nil
      })
    addGetSet(
      t, type, "_exception",
      getter: UnaryFunction { t, o in
        checkInitialized(t, o) ? (o.future.pointee.exception ?? core.pointee.none).retained() : nil
      })
    addGetSet(
      t, type, "_source_traceback",
      getter: UnaryFunction { t, o in
        checkInitialized(t, o) ? (o.future.pointee.sourceTraceback ?? core.pointee.none).retained() : nil
      })
    addGetSet(
      t, type, "_loop", getter: UnaryFunction { _, o in (o.future.pointee.loop ?? core.pointee.none).retained() })
  }

  /// nil: an exception is set.
  static func truthToStore(_ t: ThreadState, _ value: Object?) -> Bool? {
    guard let value else {
      t.raise(.AttributeError, "cannot delete attribute")
      return nil
    }
    let truth = isTrue(t, value)
    return truth < 0 ? nil : truth == 1
  }
}
