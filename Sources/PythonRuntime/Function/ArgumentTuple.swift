// The tuple of arguments that CPython makes for callables without a vectorcall: most native types, classes of a program (but for an `__init__` that the
// loop enters by itself), `__call__` methods, `__new__` of native types, functions that take their arguments as a tuple (METH_VARARGS).
//
// Our callees read the caller's stack. But a tuple counts for the collector, holds its items and goes to a free list: counters, reference counts and traces
// are CPython's only with it.

/// Holds the arguments of a call as CPython's tuple and dict hold them. `release` ends it.
public struct ArgumentTuple {
  private var tuple: Object?
  private var dict: Object?

  /// Nothing is made when the arguments come from a tuple already (`f(*args)`): CPython hands that one over.
  public init(_ t: ThreadState, _ a: Arguments) {
    guard a.count > 0 || a.keywordNames != nil else { return }
    if a.count > 0, !Self.isTuple(t, a) { tuple = makeTuple(borrowing: a.base, count: a.count) }
    guard let names = a.keywordNames, names.tupleCount > 0 else { return }
    let dict = makeDict()
    for i in 0..<names.tupleCount { _ = dictSet(t, dict, names.tupleItems[i], a.base[a.count + i]) }
    self.dict = dict
  }

  public func release() {
    tuple.release()
    dict.release()
  }

  /// Who calls with a tuple's items keeps the tuple by a pin, and above it the callable.
  private static func isTuple(_ t: ThreadState, _ a: Arguments) -> Bool {
    let count = t.pointer.pointee.pinCount
    guard count > 1, let held = t.pointer.pointee.pins?[count - 2], held.isExactly(.tuple) else { return false }
    return held.tupleItems == a.base && held.tupleCount == a.count
  }
}
