// `_bisect`: places in sorted sequences.
import PythonRuntime

public enum BisectModule {
  public static func make(_ t: ThreadState) -> Object? {
    let module = makeModule(t, "_bisect")
    moduleAddFunctions(
      t, module,
      [
        NativeMethod("bisect_left", .keywords) { t, _, a in
          Search(t, a, "bisect_left").flatMap { $0.place(t, left: true) }.map { makeInt($0) }
        },
        NativeMethod("bisect_right", .keywords) { t, _, a in
          Search(t, a, "bisect_right").flatMap { $0.place(t, left: false) }.map { makeInt($0) }
        },
        NativeMethod("insort_left", .keywords) { t, _, a in insert(t, a, "insort_left", left: true) },
        NativeMethod("insort_right", .keywords) { t, _, a in insert(t, a, "insort_right", left: false) },
      ])
    return module
  }

  private struct Search {
    let sequence: Object
    var item: Object
    var low = 0
    var high: Int
    var key: Object?

    /// nil: an exception is set.
    init?(_ t: ThreadState, _ a: Arguments, _ name: String) {
      guard
        let v = parseArguments(
          t, a, function: name, names: ["a", "x", "lo", "hi", "key"], required: 2, maxPositional: 4),
        let sequence = v[0], let item = v[1]
      else { return nil }
      self.sequence = sequence
      self.item = item
      high = -1
      if let given = v[2] {
        guard let value = indexValue(t, given) else { return nil }
        low = value
      }
      if let given = v[3], given != core.pointee.none {
        guard let value = indexValue(t, given) else { return nil }
        high = value
      }
      if low < 0 {
        t.raise(.ValueError, "lo must be non-negative")
        return nil
      }
      if high == -1 {
        high = length(t, sequence)
        if high < 0 { return nil }
      }
      key = v[4] == core.pointee.none ? nil : v[4]
    }

    func place(_ t: ThreadState, left: Bool) -> Int? {
      var (low, high) = (low, high)
      while low < high {
        let middle = low + (high - low) / 2
        let position = makeInt(middle)
        let found = getItem(t, sequence, position)
        position.release()
        guard var candidate = found else { return nil }
        if let key {
          let mapped = call1(t, key, candidate)
          candidate.release()
          guard let mapped else { return nil }
          candidate = mapped
        }
        let order = left ? compareBool(t, candidate, item, .less) : compareBool(t, item, candidate, .less)
        candidate.release()
        if order < 0 { return nil }
        if (order == 1) == left { low = middle + 1 } else { high = middle }
      }
      return low
    }
  }

  private static func insert(_ t: ThreadState, _ a: Arguments, _ name: String, left: Bool) -> Object? {
    guard var search = Search(t, a, name) else { return nil }
    let item = search.item
    var mapped: Object?
    defer { mapped.release() }
    if let key = search.key {
      guard let value = call1(t, key, item) else { return nil }
      mapped = value
      search.item = value
    }
    guard let place = search.place(t, left: left) else { return nil }
    if search.sequence.isExactly(.list) {
      listInsert(search.sequence, at: place, item)
      return core.pointee.none
    }
    let position = makeInt(place)
    defer { position.release() }
    guard let result = callMethod(t, search.sequence, "insert", position, item) else { return nil }
    result.release()
    return core.pointee.none
  }
}
