// `_functools`: partial, reduce, cmp_to_key and the wrapper of lru_cache.
import PythonRuntime

struct ComparisonKeyLayout {
  var header: ObjectHeader
  var comparison: Object?
  var value: Object?
}

public enum FunctoolsModule {
  private static let keyType: TypeObject = makeBuiltinType(
    name: "KeyWrapper", module: "functools", layoutSize: MemoryLayout<ComparisonKeyLayout>.size,
    flags: [.container, .disallowInstantiation]
  ) { p in
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      take(&o.layout(ComparisonKeyLayout.self).pointee.comparison)
      take(&o.layout(ComparisonKeyLayout.self).pointee.value)
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in
      let p: UnsafeMutablePointer<ComparisonKeyLayout> = o.layout()
      return visit(p.pointee.comparison) || visit(p.pointee.value)
    }
    p.pointee.call = NativeFunction { t, o, a in
      guard a.count == 1 else { return t.raise(.TypeError, "K() takes exactly one argument") }
      return makeKey(o.layout(ComparisonKeyLayout.self).pointee.comparison, a[0])
    }
    p.pointee.compare = CompareFunction { t, a, b, op in
      guard b.type == keyType else { return t.raise(.TypeError, "other argument must be K instance") }
      let x: UnsafeMutablePointer<ComparisonKeyLayout> = a.layout()
      let y: UnsafeMutablePointer<ComparisonKeyLayout> = b.layout()
      guard let function = x.pointee.comparison, let left = x.pointee.value, let right = y.pointee.value else {
        return t.raise(.AttributeError, "object")
      }
      guard let order = call2(t, function, left, right) else { return nil }
      defer { order.release() }
      let zero = makeInt(0)
      return richCompare(t, order, zero, op)
    }
  }

  private static func makeKey(_ comparison: Object?, _ value: Object?) -> Object {
    let o = allocateZeroed(keyType)
    let p: UnsafeMutablePointer<ComparisonKeyLayout> = o.layout()
    p.pointee.comparison = comparison?.retained()
    p.pointee.value = value?.retained()
    track(o)
    return o
  }

  public static func make(_ t: ThreadState) -> Object? {
    Partial.install(t)
    CacheWrapper.install(t)
    readyType(t, keyType)
    addMember(t, keyType, "obj", offset: 24, readOnly: false)
    let module = makeModule(t, "_functools")
    moduleSet(t, module, "partial", Partial.type.object)
    moduleSet(t, module, "_lru_cache_wrapper", CacheWrapper.type.object)
    moduleAddFunctions(
      t, module,
      [
        NativeMethod("reduce", .positional(2, 3)) { t, _, a in
          let held = ArgumentTuple(t, a)
          defer { held.release() }
          return reduce(t, a)
        },
        NativeMethod("cmp_to_key", .keywords) { t, _, a in
          guard
            let values = parseArguments(t, a, function: "cmp_to_key", names: ["mycmp"], required: 1, positionalOnly: 0)
          else { return nil }
          return makeKey(values[0], nil)
        },
      ])
    return module
  }

  private static func reduce(_ t: ThreadState, _ a: Arguments) -> Object? {
    guard let iterator = iterate(t, a[1]) else {
      if t.matches(.TypeError) {
        t.clearRaised()
        t.raise(.TypeError, "reduce() arg 2 must support iteration")
      }
      return nil
    }
    defer { iterator.release() }
    var result = a.optional(2)?.retained()
    while let item = iterNext(t, iterator) {
      guard let before = result else {
        result = item
        continue
      }
      let next = call2(t, a[0], before, item)
      before.release()
      item.release()
      guard let next else { return nil }
      result = next
    }
    if t.hasRaised {
      result.release()
      return nil
    }
    guard let result else { return t.raise(.TypeError, "reduce() of empty iterable with no initial value") }
    return result
  }
}
