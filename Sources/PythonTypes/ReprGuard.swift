// Which containers are being printed: a container inside itself prints as `[...]`. And the common shape of container reprs.
import PythonRuntime

public enum ReprGuard {
  nonisolated(unsafe) private static var active: [(thread: ThreadState, object: Object)] = []

  /// False when the object is being printed by this thread already.
  public static func enter(_ t: ThreadState, _ o: Object) -> Bool {
    for entry in active where entry.object == o && entry.thread == t { return false }
    active.append((t, o))
    return true
  }
  public static func leave(_ t: ThreadState, _ o: Object) {
    if let i = active.lastIndex(where: { $0.object == o && $0.thread == t }) { active.remove(at: i) }
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
    item.retain()
    defer { item.release() }
    guard let text = repr(t, item) else { return false }
    defer { text.release() }
    b.append(text)
    return true
  }
}

/// `reprlib`-like modules and user classes ask for the guard as well.
public func reprEnter(_ t: ThreadState, _ o: Object) -> Bool { ReprGuard.enter(t, o) }
public func reprLeave(_ t: ThreadState, _ o: Object) { ReprGuard.leave(t, o) }
