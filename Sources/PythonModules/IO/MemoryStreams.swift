// StringIO, a text in memory as a stream, and what it shares with BytesIO.
import PythonRuntime

final class StringState: StreamState {
  /// Code points, after newline translation.
  var points: [UInt32] = []
  var place = 0
  /// nil: universal.
  var newline: String? = "\n"
}

enum MemoryStreams {
  nonisolated(unsafe) static var stringType = core.pointee.types.object

  static func start(_ t: ThreadState) {
    stringType = Streams.makeType(t, "StringIO", base: Streams.text, stringMethods) { p in
      p.pointee.initialize = InitFunction { t, o, a in
        guard let given = parseArguments(t, a, function: "StringIO", names: ["initial_value", "newline"], required: 0)
        else {
          return false
        }
        let state = StringState()
        if let newline = given[1] { state.newline = newline.isKind(.str) ? stringValue(newline) : nil }
        Streams.set(o, state)
        if let source = given[0], source != core.pointee.none {
          guard source.isKind(.str) else {
            t.raise(.TypeError, "initial_value must be str or None, not \(typeName(source))")
            return false
          }
          write(state, source)
          state.place = 0
        }
        return true
      }
    }
    stringType.pointer.pointee.iter = UnaryFunction { t, o in string(t, o).map { _ in o.retained() } }
    stringType.pointer.pointee.next = UnaryFunction(nextString)
    for name in ["encoding", "errors", "newlines"] { addAttribute(t, stringType, name, core.pointee.none) }
    addAttribute(t, stringType, "line_buffering", core.pointee.false)
  }

  static func number(_ t: ThreadState, _ a: Arguments, _ index: Int = 0, default value: Int = -1) -> Int? {
    guard let object = a.optional(index), object != core.pointee.none else { return value }
    return intValue(t, object)
  }

  /// The new place for a seek from 0, 1 or 2. nil: ValueError is set.
  static func seek(_ t: ThreadState, _ a: Arguments, place: Int, end: Int) -> Int? {
    guard let offset = intValue(t, a[0]), let how = number(t, a, 1, default: 0) else { return nil }
    switch how {
    case 0:
      guard offset >= 0 else {
        t.raise(.ValueError, "negative seek value \(offset)")
        return nil
      }
      return offset
    case 1: return max(place + offset, 0)
    case 2: return max(end + offset, 0)
    default:
      t.raise(.ValueError, "invalid whence (\(how), should be 0, 1 or 2)")
      return nil
    }
  }

  /// The new place in a text, in which only its begin, its end and places once told are sought.
  private static func seekText(_ t: ThreadState, _ a: Arguments, place: Int, end: Int) -> Int? {
    guard let offset = intValue(t, a[0]), let how = number(t, a, 1, default: 0) else { return nil }
    guard 0...2 ~= how else {
      t.raise(.ValueError, "Invalid whence (\(how), should be 0, 1 or 2)")
      return nil
    }
    if how == 0 {
      if offset >= 0 { return offset }
      t.raise(.ValueError, "Negative seek position \(offset)")
      return nil
    }
    if offset == 0 { return how == 1 ? place : end }
    t.raise(.OSError, "Can't do nonzero cur-relative seeks")
    return nil
  }

  private static func always(_ name: String, _ value: Bool) -> NativeMethod {
    value
      ? NativeMethod(name, .noArguments) { _, _, _ in core.pointee.true }
      : NativeMethod(name, .noArguments) { _, _, _ in core.pointee.false }
  }

  static var common: [NativeMethod] {
    [
      always("readable", true), always("writable", true), always("seekable", true), always("isatty", false),
      NativeMethod("flush", .noArguments) { t, o, _ in
        Streams.state(t, o, as: StreamState.self).map { _ in core.pointee.none }
      },
      NativeMethod("close", .noArguments) { _, o, _ in
        o.stream.pointee.state?.takeUnretainedValue().isClosed = true
        return core.pointee.none
      },
    ]
  }

  /// A copy of the instance's attributes, None where there are none: what pickling keeps of them.
  static func attributes(_ o: Object) -> Object {
    o.stream.pointee.dict.map { dictCopy(currentThread(), $0) } ?? core.pointee.none
  }

  /// The reverse. False: an exception is set.
  static func setAttributes(_ t: ThreadState, _ o: Object, _ given: Object) -> Bool {
    guard given != core.pointee.none else { return true }
    guard given.isKind(.dict) else {
      return t.fail(.TypeError, "third item of state should be a dict, got a \(typeName(given))")
    }
    if o.stream.pointee.dict == nil { o.stream.pointee.dict = makeDict() }
    return o.stream.pointee.dict.map { dictMerge(t, $0, given) } ?? true
  }

  // MARK: - StringIO

  private static func string(_ t: ThreadState, _ o: Object) -> StringState? {
    Streams.state(t, o, as: StringState.self)
  }

  private static func write(_ state: StringState, _ text: Object) {
    var points: [UInt32] = []
    points.reserveCapacity(text.strLength)
    var i = 0
    while i < text.strLength {
      let c = text.codePoint(i)
      i += 1
      if c == 0x0D, state.newline == nil {
        if i < text.strLength, text.codePoint(i) == 0x0A { i += 1 }
        points.append(0x0A)
      } else if c == 0x0A, let newline = state.newline, newline.hasPrefix("\r") {
        points += newline.unicodeScalars.map(\.value)
      } else {
        points.append(c)
      }
    }
    if state.place > state.points.count {
      state.points += [UInt32](repeating: 0, count: state.place - state.points.count)
    }
    if state.place == state.points.count {
      state.points += points
    } else {
      state.points.replaceSubrange(state.place..<min(state.place + points.count, state.points.count), with: points)
    }
    state.place += points.count
  }

  private static func take(_ state: StringState, _ count: Int) -> Object {
    let start = min(state.place, state.points.count)
    let end = count < 0 ? state.points.count : min(start + count, state.points.count)
    state.place = max(end, state.place)
    return state.points[start..<end].withUnsafeBufferPointer { makeString(codePoints: $0) }
  }

  private static func line(_ state: StringState, _ limit: Int) -> Object {
    let start = min(state.place, state.points.count)
    let end = state.points[start...].firstIndex(of: 0x0A).map { $0 + 1 } ?? state.points.count
    return take(state, limit < 0 ? end - start : min(limit, end - start))
  }

  private static func nextString(_ t: ThreadState, _ o: Object) -> Object? {
    guard let state = string(t, o) else { return nil }
    return state.place < state.points.count ? line(state, -1) : nil
  }

  /// `(text, newline, place, attributes)`, as `__getstate__` gives it.
  private static func setState(_ t: ThreadState, _ o: Object, _ given: Object) -> Object? {
    // Unpickling does not call `__init__`.
    if o.stream.pointee.state == nil { Streams.set(o, StringState()) }
    guard let state = string(t, o) else { return nil }
    guard given.isKind(.tuple), given.tupleCount == 4 else {
      return t.raise(
        .TypeError, "\(qualifiedTypeName(t, o.type)).__setstate__ argument should be 4-tuple, got \(typeName(given))")
    }
    let (text, newline) = (given.tupleItems[0], given.tupleItems[1])
    guard text.isKind(.str) else {
      return t.raise(.TypeError, "initial_value must be str or None, not \(typeName(text))")
    }
    guard let place = intValue(t, given.tupleItems[2]) else { return nil }
    guard place >= 0 else { return t.raise(.ValueError, "position value cannot be negative") }
    state.newline = newline.isKind(.str) ? stringValue(newline) : nil
    // The text is as it was: its newlines were translated when they were written.
    state.points = (0..<text.strLength).map { text.codePoint($0) }
    state.place = place
    return setAttributes(t, o, given.tupleItems[3]) ? core.pointee.none : nil
  }

  private static var stringMethods: [NativeMethod] {
    common + [
      NativeMethod("getvalue", .noArguments) { t, o, _ in
        string(t, o).map { state in state.points.withUnsafeBufferPointer { makeString(codePoints: $0) } }
      },
      NativeMethod("read", .positional(0, 1)) { t, o, a in
        guard let state = string(t, o), let count = number(t, a) else { return nil }
        return take(state, count)
      },
      NativeMethod("readline", .positional(0, 1)) { t, o, a in
        guard let state = string(t, o), let limit = number(t, a) else { return nil }
        return line(state, limit)
      },
      NativeMethod("write", .oneArgument) { t, o, a in
        guard let state = string(t, o) else { return nil }
        guard a[0].isKind(.str) else {
          return t.raise(.TypeError, "string argument expected, got '\(typeName(a[0]))'")
        }
        write(state, a[0])
        return makeInt(a[0].strLength)
      },
      NativeMethod("seek", .positional(1, 2)) { t, o, a in
        guard let state = string(t, o), let place = seekText(t, a, place: state.place, end: state.points.count) else {
          return nil
        }
        state.place = place
        return makeInt(place)
      },
      NativeMethod("tell", .noArguments) { t, o, _ in string(t, o).map { makeInt($0.place) } },
      NativeMethod("__getstate__", .noArguments) { t, o, _ in
        guard let state = string(t, o) else { return nil }
        let text = state.points.withUnsafeBufferPointer { makeString(codePoints: $0) }
        let newline = state.newline.map { makeString($0) } ?? core.pointee.none
        return makeTuple([text, newline, makeInt(state.place), attributes(o)])
      },
      NativeMethod("__setstate__", .oneArgument) { t, o, a in setState(t, o, a[0]) },
      NativeMethod("truncate", .positional(0, 1)) { t, o, a in
        guard let state = string(t, o), let size = number(t, a, default: state.place) else { return nil }
        guard size >= 0 else { return t.raise(.ValueError, "Negative size value \(size)") }
        if size < state.points.count { state.points.removeLast(state.points.count - size) }
        return makeInt(size)
      },
    ]
  }
}
