// builtins: functions on any object and on numbers.
import PythonRuntime

extension BuiltinsModule {
  static let objectFunctions: [NativeMethod] = [
    NativeMethod("abs", .oneArgument) { t, _, a in absolute(t, a[0]) },
    NativeMethod("callable", .oneArgument) { _, _, a in makeBool(isCallable(a[0])) },
    NativeMethod("divmod", .positional(2, 2)) { t, _, a in divideModulo(t, a[0], a[1]) },
    NativeMethod("hash", .oneArgument) { t, _, a in
      let value = hash(t, a[0])
      return value == -1 ? nil : makeInt(value)
    },
    NativeMethod("id", .oneArgument) { _, _, a in makeInt(Int(bitPattern: a[0].address)) },
    NativeMethod("isinstance", .positional(2, 2)) { t, _, a in
      let answer = isInstance(t, a[0], a[1])
      return answer < 0 ? nil : makeBool(answer == 1)
    },
    NativeMethod("issubclass", .positional(2, 2)) { t, _, a in
      let answer = isSubclass(t, a[0], a[1])
      return answer < 0 ? nil : makeBool(answer == 1)
    },
    NativeMethod("len", .oneArgument) { t, _, a in
      let count = length(t, a[0])
      return count < 0 ? nil : makeInt(count)
    },
    NativeMethod("pow", .keywords) { t, _, a in
      guard
        let v = parseArguments(t, a, function: "pow", names: ["base", "exp", "mod"], required: 2, positionalOnly: 0),
        let base = v[0], let exponent = v[1]
      else { return nil }
      return power(t, base, exponent, v[2] ?? none)
    },
    NativeMethod("round", .keywords) { t, _, a in
      guard
        let v = parseArguments(t, a, function: "round", names: ["number", "ndigits"], required: 1, positionalOnly: 0),
        let number = v[0]
      else { return nil }
      guard let method = lookupSpecial(t, number, Special.round) else {
        return t.hasRaised ? nil : t.raise(.TypeError, "type \(typeName(number)) doesn't define __round__ method")
      }
      defer { method.release() }
      guard let digits = v[1], digits != none else { return call0(t, method) }
      return call1(t, method, digits)
    },
    NativeMethod("sum", .keywords) { t, _, a in
      guard
        let v = parseArguments(t, a, function: "sum", names: ["iterable", "start"], required: 1, positionalOnly: 1),
        let iterable = v[0]
      else { return nil }
      return sum(t, iterable, v[1])
    },
    NativeMethod("min", .keywords) { t, _, a in extreme(t, a, "min", .less) },
    NativeMethod("max", .keywords) { t, _, a in extreme(t, a, "max", .greater) },
  ]

  private static func sum(_ t: ThreadState, _ iterable: Object, _ start: Object?) -> Object? {
    if let start {
      if start.isKind(.str) { return t.raise(.TypeError, "sum() can't sum strings [use ''.join(seq) instead]") }
      if start.isKind(.bytes) { return t.raise(.TypeError, "sum() can't sum bytes [use b''.join(seq) instead]") }
      if start.isKind(.bytearray) {
        return t.raise(.TypeError, "sum() can't sum bytearray [use b''.join(seq) instead]")
      }
    }
    guard let iterator = iterate(t, iterable) else { return nil }
    defer { iterator.release() }
    var total = start?.retained() ?? makeInt(0)
    // 1. Small integers are added in a machine word.
    if total.isExactly(.int), var word = total.wordValue {
      var pending: Object?
      while let item = iterNext(t, iterator) {
        if item.isExactly(.int) || item.isExactly(.bool), let value = item.wordValue {
          let (result, overflow) = word.addingReportingOverflow(value)
          if !overflow {
            word = result
            item.release()
            continue
          }
        }
        pending = item
        break
      }
      total.release()
      total = makeInt(word)
      if t.hasRaised {
        total.release()
        return nil
      }
      guard let pending else { return total }
      let next = binaryOperation(t, .add, total, pending)
      total.release()
      pending.release()
      guard let next else { return nil }
      total = next
    }
    // 2. Floats are added with compensation (Neumaier), as CPython 3.12 and later do.
    if total.isExactly(.float) {
      var sum = total.double
      var compensation = 0.0
      var pending: Object?
      while let item = iterNext(t, iterator) {
        var x: Double
        if item.isExactly(.float) {
          x = item.double
        } else if item.isExactly(.int), let word = item.wordValue {
          sum += Double(word)
          item.release()
          continue
        } else {
          pending = item
          break
        }
        let next = sum + x
        compensation += abs(sum) >= abs(x) ? (sum - next) + x : (x - next) + sum
        sum = next
        x = 0
        item.release()
      }
      total.release()
      if compensation != 0, compensation.isFinite { sum += compensation }
      total = makeFloat(sum)
      if t.hasRaised {
        total.release()
        return nil
      }
      guard let pending else { return total }
      let next = binaryOperation(t, .add, total, pending)
      total.release()
      pending.release()
      guard let next else { return nil }
      total = next
    }
    // 3. Anything else.
    while let item = iterNext(t, iterator) {
      let next = binaryOperation(t, .add, total, item)
      total.release()
      item.release()
      guard let next else { return nil }
      total = next
    }
    if t.hasRaised {
      total.release()
      return nil
    }
    return total
  }

  private static func extreme(_ t: ThreadState, _ a: Arguments, _ name: String, _ op: Comparison) -> Object? {
    var key: Object?
    var fallback: Object?
    if let names = a.keywordNames {
      for i in 0..<names.tupleCount {
        let value = a.base[a.count + i]
        switch stringValue(names.tupleItems[i]) {
        case "key": key = value == none ? nil : value
        case "default": fallback = value
        case let other: return t.raise(.TypeError, "\(name)() got an unexpected keyword argument '\(other)'")
        }
      }
    }
    guard a.count >= 1 else { return t.raise(.TypeError, "\(name) expected at least 1 argument, got 0") }
    if a.count > 1, fallback != nil {
      return t.raise(.TypeError, "Cannot specify a default for \(name)() with multiple positional arguments")
    }
    // Several arguments are compared where they stand.
    let iterator = a.count == 1 ? iterate(t, a[0]) : nil
    if a.count == 1, iterator == nil { return nil }
    defer { iterator.release() }
    var index = 0
    func next() -> Object? {
      if let iterator { return iterNext(t, iterator) }
      guard index < a.count else { return nil }
      index += 1
      return a[index - 1].retained()
    }
    var best: Object?
    var bestKey: Object?
    while let item = next() {
      guard let itemKey = key.map({ call1(t, $0, item) }) ?? item.retained() else {
        item.release()
        best.release()
        bestKey.release()
        return nil
      }
      guard let currentKey = bestKey else {
        best = item
        bestKey = itemKey
        continue
      }
      let better = compareBool(t, itemKey, currentKey, op)
      if better == 1 {
        best.release()
        currentKey.release()
        best = item
        bestKey = itemKey
      } else {
        item.release()
        itemKey.release()
        if better < 0 {
          best.release()
          currentKey.release()
          return nil
        }
      }
    }
    bestKey.release()
    if t.hasRaised {
      best.release()
      return nil
    }
    if let best { return best }
    if let fallback { return fallback.retained() }
    return t.raise(.ValueError, "\(name)() iterable argument is empty")
  }
}
