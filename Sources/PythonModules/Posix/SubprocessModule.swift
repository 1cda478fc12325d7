// `_posixsubprocess`: starting other programs, for `subprocess`. What happens in the child before it becomes the other program is C
// (process_support.c), but for `preexec_fn`.
import CRuntimeSupport
import Glibc
import PythonRuntime
import PythonTypes

enum SubprocessModule {
  static func make(_ t: ThreadState) -> Object? {
    let module = makeModule(t, "_posixsubprocess")
    moduleAddFunctions(t, module, [NativeMethod("fork_exec", .positional(23, 23)) { t, _, a in forkExec(t, a) }])
    return module
  }

  /// Texts as an array of C strings that ends with a null pointer; alive until `free`.
  struct Texts {
    let base: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    /// The null pointer counts too.
    let count: Int

    /// nil: an exception is set.
    init?(_ t: ThreadState, _ sequence: Object) {
      var pointers: [UnsafeMutablePointer<CChar>?] = []
      let complete = forEach(t, sequence) { item in
        guard let text = PosixModule.path(t, item, "fork_exec") else { return false }
        pointers.append(strdup(text))
        return true
      }
      guard complete else {
        for pointer in pointers { Glibc.free(pointer) }
        return nil
      }
      pointers.append(nil)
      count = pointers.count
      base = .allocate(capacity: count)
      base.initialize(from: pointers, count: count)
    }

    func free() {
      for i in 0..<count { Glibc.free(base[i]) }
      base.deallocate()
    }
  }

  /// -1 for None; nil: an exception is set.
  private static func optionalNumber(_ t: ThreadState, _ o: Object) -> Int64? {
    o == core.pointee.none ? -1 : intValue(t, o).map { Int64($0) }
  }

  private static func numbers(_ t: ThreadState, _ sequence: Object) -> [Int]? {
    var found: [Int] = []
    let complete = forEach(t, sequence) { item in
      guard let value = intValue(t, item) else { return false }
      found.append(value)
      return true
    }
    return complete ? found : nil
  }

  /// The parameters are, in their order: args, executables, close_fds, kept, cwd, env, six ends of pipes, the report's two ends, restore_signals,
  /// start_new_session, process_group, gid, groups, uid, umask, preexec_fn, allow_vfork.
  private static func forkExec(_ t: ThreadState, _ a: Arguments) -> Object? {
    let none = core.pointee.none
    guard let kept = numbers(t, a[3]), let groups = a[18] == none ? [] : numbers(t, a[18]) else { return nil }
    guard zip(kept, kept.dropFirst()).allSatisfy({ $0 < $1 }), kept.first.map({ $0 >= 0 }) ?? true else {
      return t.raise(.ValueError, "bad value(s) in fds_to_keep")
    }
    var ends: [Int32] = []
    for i in 6..<14 {
      guard let value = intValue(t, a[i]) else { return nil }
      ends.append(Int32(clamping: value))
    }
    guard let processGroup = intValue(t, a[16]), let group = optionalNumber(t, a[17]),
      let user = optionalNumber(t, a[19]), let mask = intValue(t, a[20]), let arguments = Texts(t, a[0])
    else { return nil }
    defer { arguments.free() }
    guard let paths = Texts(t, a[1]) else { return nil }
    defer { paths.free() }
    let environment = a[5] == none ? nil : Texts(t, a[5])
    defer { environment?.free() }
    var directory: UnsafeMutablePointer<CChar>?
    if a[4] != none { directory = PosixModule.path(t, a[4], "fork_exec").map { strdup($0) } }
    defer { free(directory) }
    if t.hasRaised { return nil }
    let keptNumbers = UnsafeMutablePointer<Int32>.allocate(capacity: kept.count)
    let groupNumbers = UnsafeMutablePointer<UInt32>.allocate(capacity: groups.count)
    defer {
      keptNumbers.deallocate()
      groupNumbers.deallocate()
    }
    for (i, number) in kept.enumerated() { keptNumbers[i] = Int32(clamping: number) }
    for (i, number) in groups.enumerated() { groupNumbers[i] = UInt32(clamping: number) }
    var plan = exuvia_exec_plan(
      arguments: arguments.base, paths: paths.base, environment: environment?.base, directory: directory,
      child_in: ends[0], parent_in: ends[1], parent_out: ends[2], child_out: ends[3], parent_error: ends[4],
      child_error: ends[5], report_write: ends[7], report_read: ends[6], kept: keptNumbers, kept_count: kept.count,
      closes_others: isTrue(t, a[2]) == 1 ? 1 : 0, restores_signals: isTrue(t, a[14]) == 1 ? 1 : 0,
      new_session: isTrue(t, a[15]) == 1 ? 1 : 0, process_group: Int32(clamping: processGroup), user: user,
      group: group, mask: Int64(mask), group_count: a[18] == none ? -1 : groups.count, groups: groupNumbers)
    return start(t, &plan, a[21] == none ? nil : a[21])
  }

  private static func start(_ t: ThreadState, _ plan: inout exuvia_exec_plan, _ preexec: Object?) -> Object? {
    // Without Python code in the child there is nothing to record of it, and only C runs there.
    let pid = preexec == nil ? exuvia_fork() : Forking.fork(t)
    guard let pid else { return nil }
    if pid < 0 { return t.raiseOSError(errno: exuvia_errno()) }
    if pid > 0 { return makeInt(Int(pid)) }
    exuvia_exec_prepare(&plan)
    if let preexec {
      guard let result = call0(t, preexec) else {
        exuvia_exec_report(&plan, "SubprocessError:0:Exception occurred in preexec_fn.")
        return nil
      }
      result.release()
    }
    exuvia_exec_replace(&plan)
    return nil
  }
}
