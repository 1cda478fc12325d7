// The module `itertools`.
import PythonRuntime

public enum ItertoolsModule {
  public static func make(_ t: ThreadState) -> Object? {
    let module = makeModule(t, "itertools")
    let types = [
      SimpleTools.count, SimpleTools.cycle, SimpleTools.repeat, SimpleTools.chain, SimpleTools.starmap,
      SimpleTools.compress,
      SimpleTools.pairwise, SimpleTools.batched, SelectingTools.islice, SelectingTools.takewhile,
      SelectingTools.dropwhile,
      SelectingTools.filterfalse, SelectingTools.accumulate, SelectingTools.zipLongest, SelectingTools.groupby,
      CombinatoricTools.product, CombinatoricTools.permutations, CombinatoricTools.combinations,
      CombinatoricTools.combinationsWithReplacement,
    ]
    for type in types + [SelectingTools.grouper, SelectingTools.tee, SelectingTools.teeLink] { readyType(t, type) }
    for type in types + [SelectingTools.grouper, SelectingTools.tee, SelectingTools.teeLink] {
      moduleSet(t, module, type.nameText, type.object)
    }
    addMethods(
      t, SimpleTools.chain,
      [
        NativeMethod("from_iterable", .oneArgument, binding: .classMethod) { t, cls, a in
          guard let iterator = iterate(t, a[0]) else { return nil }
          return Tool.make(cls, a: iterator)
        },
        GenericAlias.classGetItem,
      ])
    addMethods(
      t, SimpleTools.repeat,
      [
        NativeMethod("__length_hint__", .noArguments) { t, o, _ in
          o.tool.pointee.x < 0 ? t.raise(.TypeError, "len() of unsized object") : makeInt(o.tool.pointee.x)
        }
      ])
    ToolPickling.install(t)
    setReprs()
    addSizes(t)
    moduleAddFunctions(
      t, module,
      [NativeMethod("tee", .positional(1, 2)) { t, _, a in SelectingTools.makeTees(t, a) }])
    return module
  }

  /// CPython keeps the places in arrays beside the pools.
  private static func addSizes(_ t: ThreadState) {
    addMethods(
      t, CombinatoricTools.product,
      [
        NativeMethod("__sizeof__", .noArguments) { _, o, _ in
          ReportedSizes.answer(o, 64 + 8 * (o.tool.pointee.a?.tupleCount ?? 0))
        }
      ])
    addMethods(
      t, CombinatoricTools.permutations,
      [
        NativeMethod("__sizeof__", .noArguments) { _, o, _ in
          ReportedSizes.answer(o, 80 + 8 * ((o.tool.pointee.a?.tupleCount ?? 0) + o.tool.pointee.y))
        }
      ])
    for type in [CombinatoricTools.combinations, CombinatoricTools.combinationsWithReplacement] {
      addMethods(
        t, type,
        [
          NativeMethod("__sizeof__", .noArguments) { _, o, _ in
            ReportedSizes.answer(o, 72 + 8 * o.tool.pointee.y)
          }
        ])
    }
  }

  private static func setReprs() {
    SimpleTools.count.pointer.pointee.repr = UnaryFunction { t, o in
      guard let start = o.tool.pointee.a, let step = o.tool.pointee.b, let first = reprString(t, start) else {
        return nil
      }
      if step.isExactly(.int), clampedIntValue(step) == 1 { return makeString("count(\(first))") }
      guard let second = reprString(t, step) else { return nil }
      return makeString("count(\(first), \(second))")
    }
    SimpleTools.repeat.pointer.pointee.repr = UnaryFunction { t, o in
      guard let value = o.tool.pointee.a, let text = reprString(t, value) else { return nil }
      return makeString(o.tool.pointee.x < 0 ? "repeat(\(text))" : "repeat(\(text), \(o.tool.pointee.x))")
    }
  }
}
