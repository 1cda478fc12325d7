// What the iterators of `itertools` share: one layout of owned references and machine words, one way to make a type.
import PythonRuntime

/// Owned references in `a` ... `e`, words in `x`, `y`; each type says in its file what they mean.
struct ToolLayout {
  var header: ObjectHeader
  var a: Object?
  var b: Object?
  var c: Object?
  var d: Object?
  var e: Object?
  var x: Int
  var y: Int
}

/// The fields that hold references, in the order of the layout.
enum ToolField: Int { case a, b, c, d, e }

extension Object {
  @inline(__always) var tool: UnsafeMutablePointer<ToolLayout> { layout() }
}

enum Tool {
  /// An iterator type whose instances are ToolLayout. `new` makes an instance from the call's arguments.
  static func makeType(
    _ name: String, next: @escaping UnaryFunction.Function, new: NativeFunction? = nil,
    flags: TypeFlags = []
  ) -> TypeObject {
    makeBuiltinType(
      name: name, module: "itertools", layoutSize: MemoryLayout<ToolLayout>.size,
      flags: flags.union(new == nil ? [.container, .disallowInstantiation] : [.container, .baseType])
    ) { p in
      p.pointee.dealloc = ObjectAction { o in
        untrack(o)
        clear(o)
        freeInstance(o)
      }
      p.pointee.traverse = TraverseFunction { o, visit in
        visit(o.tool.pointee.a) || visit(o.tool.pointee.b) || visit(o.tool.pointee.c) || visit(o.tool.pointee.d)
          || visit(o.tool.pointee.e)
      }
      p.pointee.clear = ObjectAction(clear)
      p.pointee.iter = UnaryFunction { _, o in o.retained() }
      p.pointee.next = UnaryFunction(next)
      if let new { p.pointee.new = new }
      p.pointee.initialize = InitFunction { _, _, _ in true }
    }
  }

  static func clear(_ o: Object) {
    set(o, .a, nil)
    set(o, .b, nil)
    set(o, .c, nil)
    set(o, .d, nil)
    set(o, .e, nil)
  }

  /// A tracked instance; takes over the references.
  static func make(
    _ type: Object, a: Object? = nil, b: Object? = nil, c: Object? = nil, d: Object? = nil, x: Int = 0, y: Int = 0
  )
    -> Object
  {
    let o = allocateZeroed(TypeObject(unchecked: type))
    let p = o.tool
    p.pointee.a = a
    p.pointee.b = b
    p.pointee.c = c
    p.pointee.d = d
    p.pointee.x = x
    p.pointee.y = y
    track(o)
    return o
  }

  /// Puts a new reference into a field and drops the old one.
  @inline(__always) static func set(_ o: Object, _ field: ToolField, _ value: Object?) {
    exchange(o, field, value).release()
  }

  /// Puts a new reference into a field; gives the old one, owned by the caller. What a dying iterator held goes with it, untold.
  @inline(__always) static func exchange(_ o: Object, _ field: ToolField, _ value: Object?) -> Object? {
    let place = (o.address + MemoryLayout<ObjectHeader>.size).assumingMemoryBound(to: Object?.self) + field.rawValue
    let old = place.pointee
    place.pointee = value
    if old != value, o.refcount > 0 { storeProbe(o, .nameless, old, value) }
    return old
  }

  /// The iterator of an argument, or nil with an exception set.
  static func iterator(_ t: ThreadState, _ a: Arguments, _ index: Int, _ name: String, count: ClosedRange<Int>)
    -> Object?
  {
    guard (a.keywordNames?.tupleCount ?? 0) == 0 else {
      return t.raise(.TypeError, "\(name)() takes no keyword arguments")
    }
    guard count.contains(a.count) else {
      let wanted = count.lowerBound == count.upperBound ? "" : a.count < count.lowerBound ? "at least " : "at most "
      let bound = a.count < count.lowerBound ? count.lowerBound : count.upperBound
      return t.raise(.TypeError, "\(name) expected \(wanted)\(bound) argument\(bound == 1 ? "" : "s"), got \(a.count)")
    }
    return iterate(t, a[index])
  }
}
