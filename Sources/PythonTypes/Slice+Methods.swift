// slice: construction, attributes, indices.
import PythonRuntime

enum SliceMethods {
  static func configure() {
    let p = slots(core.pointee.types.slice)
    p.pointee.new = NativeFunction { t, _, a in
      guard refuseKeywords(t, a, "slice") else { return nil }
      switch a.count {
      case 0: return t.raise(.TypeError, "slice expected at least 1 argument, got 0")
      case 1: return makeSlice(nil, a[0])
      case 2: return makeSlice(a[0], a[1])
      case 3: return makeSlice(a[0], a[1], a[2])
      default: return t.raise(.TypeError, "slice expected at most 3 arguments, got \(a.count)")
      }
    }
    p.pointee.repr = UnaryFunction { t, o in
      let s = o.layout(SliceLayout.self)
      guard let x = reprString(t, s.pointee.start), let y = reprString(t, s.pointee.stop),
        let z = reprString(t, s.pointee.step)
      else { return nil }
      return makeString("slice(\(x), \(y), \(z))")
    }
    p.pointee.compare = CompareFunction { t, a, b, op in
      guard a.isKind(.slice), b.isKind(.slice) else { return notImplemented }
      if a == b { return makeBool(op == .equal || op == .lessEqual || op == .greaterEqual) }
      let x = asTuple(a)
      let y = asTuple(b)
      defer {
        x.release()
        y.release()
      }
      return SequenceCompare.compare(t, x, y, op)
    }
    p.pointee.hash = MeasureFunction { t, o in
      let s = o.layout(SliceLayout.self)
      var accumulator: UInt = 2_870_177_450_012_600_261
      for part in [s.pointee.start, s.pointee.stop, s.pointee.step] {
        let lane = hash(t, part)
        if lane == -1 { return -1 }
        accumulator = accumulator &+ UInt(bitPattern: lane) &* 14_029_467_366_897_019_727
        accumulator = accumulator << 31 | accumulator >> 33
        accumulator = accumulator &* 11_400_714_785_074_694_791
      }
      return accumulator == UInt.max ? 1_546_275_796 : Int(bitPattern: accumulator)
    }
  }

  private static func asTuple(_ o: Object) -> Object {
    let s = o.layout(SliceLayout.self)
    return makeTuple([s.pointee.start.retained(), s.pointee.stop.retained(), s.pointee.step.retained()])
  }

  static func install(_ t: ThreadState) {
    let type = core.pointee.types.slice
    addGetSet(t, type, "start", getter: UnaryFunction { _, o in o.layout(SliceLayout.self).pointee.start.retained() })
    addGetSet(t, type, "stop", getter: UnaryFunction { _, o in o.layout(SliceLayout.self).pointee.stop.retained() })
    addGetSet(t, type, "step", getter: UnaryFunction { _, o in o.layout(SliceLayout.self).pointee.step.retained() })
    addMethods(
      t, type,
      [
        NativeMethod("indices", .oneArgument) { t, o, a in
          guard let n = intValue(t, a[0]) else { return nil }
          if n < 0 { return t.raise(.ValueError, "length should not be negative") }
          guard let bounds = sliceBounds(t, o) else { return nil }
          let s = adjustSlice(n, bounds)
          return makeTuple([makeInt(s.start), makeInt(s.stop), makeInt(s.step)])
        },
        NativeMethod("__reduce__", .noArguments) { _, o, _ in
          makeTuple(stealing: o.type.object.retained(), asTuple(o))
        },
      ])
  }
}
