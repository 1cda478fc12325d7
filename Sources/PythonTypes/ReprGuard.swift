// Which containers are being printed: a container inside itself prints as `[...]`. And the common shape of container reprs.
import PythonRuntime

public enum ReprGuard {
  private static let listName = internString("Py_Repr")

  /// The thread's list of containers that are being printed, borrowed. It stays once made, as CPython's does.
  private static func list(_ t: ThreadState) -> Object? {
    let dict = t.pointer.pointee.dict ?? makeDict()
    t.pointer.pointee.dict = dict
    if let known = dictGet(t, dict, listName) { return known }
    let list = makeList()
    defer { list.release() }
    return dictSet(t, dict, listName, list) ? list : nil
  }

  /// False when the object is being printed by this thread already.
  public static func enter(_ t: ThreadState, _ o: Object) -> Bool {
    guard let list = list(t) else { return true }
    for i in 0..<list.listCount where list.listItems[i] == o { return false }
    listAppend(t, list, o)
    return true
  }
  public static func leave(_ t: ThreadState, _ o: Object) {
    guard let list = list(t) else { return }
    var i = list.listCount
    while i > 0 {
      i -= 1
      if list.listItems[i] == o {
        listReplace(list, i, i + 1, nil, 0)
        return
      }
    }
  }

  /// Items between brackets, separated by commas. `next` appends one item's text and says whether there was one; nil result: an exception.
  static func items(
    _ t: ThreadState, _ o: Object, open: String, close: String, recursive: String,
    _ body: (inout StrBuilder) -> Bool
  ) -> Object? {
    guard enter(t, o) else { return makeString(recursive) }
    defer { leave(t, o) }
    var b = StrBuilder()
    b.append(open)
    guard body(&b) else { return nil }
    b.append(close)
    return b.make()
  }

  /// Appends `repr(item)`; false with an exception set.
  static func append(_ t: ThreadState, _ b: inout StrBuilder, _ item: Object) -> Bool {
    // Not counted: the item's `__repr__` sees the references that CPython has.
    t.pin(item)
    defer { t.unpin() }
    guard let text = repr(t, item) else { return false }
    defer { text.release() }
    b.append(text)
    return true
  }
}

/// `reprlib`-like modules and user classes ask for the guard as well.
public func reprEnter(_ t: ThreadState, _ o: Object) -> Bool { ReprGuard.enter(t, o) }
public func reprLeave(_ t: ThreadState, _ o: Object) { ReprGuard.leave(t, o) }
