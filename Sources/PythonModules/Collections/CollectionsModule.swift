// `_collections`: the native part of `collections`.
import PythonRuntime

public enum CollectionsModule {
  public static func make(_ t: ThreadState) -> Object? {
    Deque.install(t)
    DefaultDict.install(t)
    TupleGetter.install(t)
    OrderedDict.install(t)
    let module = makeModule(t, "_collections")
    moduleSet(t, module, "deque", Deque.type.object)
    moduleSet(t, module, "defaultdict", DefaultDict.type.object)
    moduleSet(t, module, "OrderedDict", OrderedDict.type.object)
    moduleSet(t, module, "_tuplegetter", TupleGetter.type.object)
    moduleAddFunctions(
      t, module, [NativeMethod("_count_elements", .positional(2, 2)) { t, _, a in countElements(t, a[0], a[1]) }])
    return module
  }

  /// Adds one to `mapping[element]` for each element.
  private static func countElements(_ t: ThreadState, _ mapping: Object, _ iterable: Object) -> Object? {
    let one = makeInt(1)
    let get = internString("get")
    let done = forEach(t, iterable) { element in
      let zero = makeInt(0)
      guard let old = callMethod(t, mapping, get, element, zero) else { return false }
      defer { old.release() }
      guard let sum = binaryOperation(t, .add, old, one) else { return false }
      defer { sum.release() }
      return setItem(t, mapping, element, sum)
    }
    return done ? core.pointee.none : nil
  }
}
