// Methods of the built-in iterators that their loops do not need: length hints.
import PythonRuntime

enum IteratorMethods {
  static func install(_ t: ThreadState) {
    let types = core.pointee.types
    hint(t, types.listIterator) { _, o, _ in
      let p = o.iteratorLayout
      return makeInt(p.pointee.source.map { max(0, $0.listCount - p.pointee.index) } ?? 0)
    }
    hint(t, types.tupleIterator) { _, o, _ in
      let p = o.iteratorLayout
      return makeInt(p.pointee.source.map { max(0, $0.tupleCount - p.pointee.index) } ?? 0)
    }
    for type in [types.strIterator, types.strASCIIIterator] {
      hint(t, type) { _, o, _ in
        let p = o.iteratorLayout
        return makeInt(p.pointee.source.map { max(0, $0.strLength - p.pointee.index) } ?? 0)
      }
    }
    hint(t, types.setIterator) { _, o, _ in left(o, o.iteratorLayout.pointee.source?.setCount) }
    for type in [types.dictKeyIterator, types.dictValueIterator, types.dictItemIterator] {
      hint(t, type) { _, o, _ in
        guard let dict = o.iteratorLayout.pointee.source, dict.dictCount == o.iteratorLayout.pointee.extra else {
          return makeInt(0)
        }
        return makeInt(o.layout(DictIteratorLayout.self).pointee.left)
      }
    }
    for type in [types.sequenceIterator, types.bytesIterator, types.byteArrayIterator] {
      hint(t, type) { t, o, _ in
        guard let source = o.iteratorLayout.pointee.source, source.type.pointer.pointee.length != nil else {
          return notImplemented
        }
        let n = length(t, source)
        return n < 0 ? nil : makeInt(max(0, n - o.iteratorLayout.pointee.index))
      }
    }
    IteratorPickling.install(t)
  }

  private static func left(_ o: Object, _ count: Int?) -> Object {
    guard let count, count == o.iteratorLayout.pointee.extra, let set = o.iteratorLayout.pointee.source else {
      return makeInt(0)
    }
    var n = 0
    var position = o.iteratorLayout.pointee.index
    while setNext(set, &position) != nil { n += 1 }
    return makeInt(n)
  }

  private static func hint(_ t: ThreadState, _ type: TypeObject, _ f: @escaping NativeFunction.Function) {
    addMethods(t, type, [NativeMethod("__length_hint__", .noArguments, NativeFunction(f))])
  }
}
