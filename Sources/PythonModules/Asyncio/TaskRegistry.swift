// Which tasks there are and which one each loop runs: the collections that `asyncio.tasks` shares with us.
import PythonRuntime

enum TaskRegistry {
  /// A `weakref.WeakSet`, a set, and a dict of loop to task.
  nonisolated(unsafe) static var scheduled = core.pointee.none
  nonisolated(unsafe) static var eager = core.pointee.none
  nonisolated(unsafe) static var current = core.pointee.none

  /// False: an exception is set.
  static func start(_ t: ThreadState) -> Bool {
    guard let module = importModule(t, "weakref") else { return false }
    defer { module.release() }
    guard let type = getAttribute(t, module, "WeakSet") else { return false }
    defer { type.release() }
    guard let set = call0(t, type) else { return false }
    scheduled = set
    eager = makeSet()
    current = makeDict()
    return true
  }

  static func register(_ t: ThreadState, _ task: Object) -> Bool { tell(t, scheduled, "add", task) }
  static func unregister(_ t: ThreadState, _ task: Object) -> Bool { tell(t, scheduled, "discard", task) }
  static func registerEager(_ t: ThreadState, _ task: Object) -> Bool { setAdd(t, eager, task) }
  static func unregisterEager(_ t: ThreadState, _ task: Object) -> Bool { setDiscard(t, eager, task) >= 0 }

  private static func tell(_ t: ThreadState, _ set: Object, _ method: String, _ task: Object) -> Bool {
    guard let result = callMethod(t, set, method, task) else { return false }
    result.release()
    return true
  }

  static func enter(_ t: ThreadState, _ loop: Object, _ task: Object) -> Bool {
    if let other = dictGet(t, current, loop) {
      if let shown = reprString(t, task), let shownOther = reprString(t, other) {
        t.raise(
          .RuntimeError, "Cannot enter into task \(shown) while another task \(shownOther) is being executed.")
      }
      return false
    }
    return t.hasRaised ? false : dictSet(t, current, loop, task)
  }

  static func leave(_ t: ThreadState, _ loop: Object, _ task: Object) -> Bool {
    let found = dictGet(t, current, loop)
    if t.hasRaised { return false }
    guard found == task else {
      if let shown = reprString(t, task), let shownOther = reprString(t, found ?? core.pointee.none) {
        t.raise(.RuntimeError, "Leaving task \(shown) does not match the current task \(shownOther).")
      }
      return false
    }
    return dictDelete(t, current, loop)
  }

  /// The loop's current task becomes `task` (None: nobody's). The one before, or None, as a new reference; nil: an exception is set.
  static func swap(_ t: ThreadState, _ loop: Object, _ task: Object) -> Object? {
    let found = dictGet(t, current, loop)?.retained()
    if t.hasRaised { return nil }
    let before = found ?? core.pointee.none
    let done =
      task == core.pointee.none ? (found == nil ? true : dictDelete(t, current, loop)) : dictSet(t, current, loop, task)
    if done { return before }
    before.release()
    return nil
  }
}

/// The loop that runs in a thread.
enum RunningLoop {
  private static let key = "asyncio.running_loop"

  /// Borrowed; nil: none.
  static func get(_ t: ThreadState) -> Object? {
    guard let dict = t.pointer.pointee.dict, let loop = dictGet(t, dict, key) else { return nil }
    return loop == core.pointee.none ? nil : loop
  }

  static func set(_ t: ThreadState, _ loop: Object) { dictSet(t, Contexts.threadDict(t), key, loop) }

  /// The running loop, or what the policy gives. New reference; nil: an exception is set.
  static func eventLoop(_ t: ThreadState) -> Object? {
    if let loop = get(t) { return loop.retained() }
    guard let policy = AsyncioImport.eventLoopPolicy.call(t) else { return nil }
    defer { policy.release() }
    return callMethod(t, policy, "get_event_loop")
  }
}
