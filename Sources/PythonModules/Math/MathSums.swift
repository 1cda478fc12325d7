// `math`: fsum, prod, sumprod, hypot, dist. Sums keep what a double loses in further doubles.
import Glibc
import PythonRuntime

enum MathSums {
  static let methods = [
    NativeMethod("fsum", .oneArgument) { t, _, a in exactSum(t, a[0]) },
    NativeMethod("prod", .keywords) { t, _, a in product(t, a) },
    NativeMethod("sumprod", .positional(2, 2)) { t, _, a in sumOfProducts(t, a[0], a[1]) },
    NativeMethod("hypot", .positional(0, -1)) { t, _, a in
      var values: [Double] = []
      for i in 0..<a.count {
        guard let x = floatValue(t, a[i]) else { return nil }
        values.append(x.magnitude)
      }
      return makeFloat(norm(values))
    },
    NativeMethod("dist", .positional(2, 2)) { t, _, a in distance(t, a[0], a[1]) },
  ]

  /// The sum as if without rounding, rounded once (Shewchuk's non-overlapping partial sums).
  private static func exactSum(_ t: ThreadState, _ iterable: Object) -> Object? {
    var partials: [Double] = []
    var specials = 0.0
    var infinities = 0.0
    let done = forEach(t, iterable) { item in
      guard var x = floatValue(t, item) else { return false }
      let given = x
      var kept = 0
      for j in partials.indices {
        var y = partials[j]
        if x.magnitude < y.magnitude { swap(&x, &y) }
        let high = x + y
        let low = y - (high - x)
        if low != 0 {
          partials[kept] = low
          kept += 1
        }
        x = high
      }
      partials.removeLast(partials.count - kept)
      if x != 0 {
        if !x.isFinite {
          if given.isFinite {
            t.raise(.OverflowError, "intermediate overflow in fsum")
            return false
          }
          if given.isInfinite { infinities += given }
          specials += given
          partials.removeAll()
        } else {
          partials.append(x)
        }
      }
      return true
    }
    guard done else { return nil }
    if specials != 0 {
      if infinities.isNaN { return t.raise(.ValueError, "-inf + inf in fsum") }
      return makeFloat(specials)
    }
    guard var high = partials.popLast() else { return makeFloat(0) }
    var low = 0.0
    while let y = partials.popLast() {
      let x = high
      high = x + y
      low = y - (high - x)
      if low != 0 { break }
    }
    // Half-way cases are rounded to even over all partials.
    if let next = partials.last, low < 0 && next < 0 || low > 0 && next > 0 {
      let y = low * 2
      let x = high + y
      if y == x - high { high = x }
    }
    return makeFloat(high)
  }

  private static func product(_ t: ThreadState, _ a: Arguments) -> Object? {
    guard
      let v = parseArguments(
        t, a, function: "prod", names: ["iterable", "start"], required: 1, positionalOnly: 1, maxPositional: 1),
      let iterable = v[0]
    else { return nil }
    var result = v[1]?.retained() ?? makeInt(1)
    let done = forEach(t, iterable) { item in
      guard let next = binaryOperation(t, .multiply, result, item) else { return false }
      result.release()
      result = next
      return true
    }
    if !done {
      result.release()
      return nil
    }
    return result
  }

  private static func sumOfProducts(_ t: ThreadState, _ p: Object, _ q: Object) -> Object? {
    guard let x = makeList(t, from: p) else { return nil }
    defer { x.release() }
    guard let y = makeList(t, from: q) else { return nil }
    defer { y.release() }
    guard x.listCount == y.listCount else { return t.raise(.ValueError, "Inputs are not the same length") }
    let pairs = 0..<x.listCount
    if !pairs.isEmpty, pairs.allSatisfy({ isReal(x.listItems[$0], y.listItems[$0]) }) {
      // Three doubles hold the sum.
      var sum = (high: 0.0, low: 0.0, tiny: 0.0)
      var isFinite = true
      for i in pairs {
        guard let a = floatValue(t, x.listItems[i]), let b = floatValue(t, y.listItems[i]) else { return nil }
        let product = a * b
        let rest = (-product).addingProduct(a, b)
        if !product.isFinite { isFinite = false }
        let (s1, e1) = twoSum(sum.high, product)
        let (s2, e2) = twoSum(sum.low, rest)
        let (s3, e3) = twoSum(s2, e1)
        sum = (s1, s3, sum.tiny + (e2 + e3))
      }
      if isFinite, sum.high.isFinite {
        let (high, e) = twoSum(sum.high, sum.low)
        return makeFloat(high + (sum.tiny + e))
      }
      let plain = pairs.reduce(0.0) { total, i in
        total + (floatValue(t, x.listItems[i]) ?? 0) * (floatValue(t, y.listItems[i]) ?? 0)
      }
      return makeFloat(plain)
    }
    var total = makeInt(0)
    for i in pairs {
      guard let product = binaryOperation(t, .multiply, x.listItems[i], y.listItems[i]) else {
        total.release()
        return nil
      }
      let next = binaryOperation(t, .add, total, product)
      product.release()
      total.release()
      guard let next else { return nil }
      total = next
    }
    return total
  }

  /// Whether a pair is float with float, or float with int.
  private static func isReal(_ a: Object, _ b: Object) -> Bool {
    func number(_ o: Object) -> Bool { o.isExactly(.float) || o.isExactly(.int) && o.isSmallInt }
    return number(a) && number(b) && (a.isExactly(.float) || b.isExactly(.float))
  }

  private static func twoSum(_ a: Double, _ b: Double) -> (Double, Double) {
    let s = a + b
    let z = s - a
    return (s, (a - (s - z)) + (b - z))
  }

  private static func distance(_ t: ThreadState, _ p: Object, _ q: Object) -> Object? {
    guard let x = makeTuple(t, from: p) else { return nil }
    defer { x.release() }
    guard let y = makeTuple(t, from: q) else { return nil }
    defer { y.release() }
    guard x.tupleCount == y.tupleCount else {
      return t.raise(.ValueError, "both points must have the same number of dimensions")
    }
    var values: [Double] = []
    for i in 0..<x.tupleCount {
      guard let a = floatValue(t, x.tupleItems[i]), let b = floatValue(t, y.tupleItems[i]) else { return nil }
      values.append((a - b).magnitude)
    }
    return makeFloat(norm(values))
  }

  /// The Euclidean length of non-negative values: scaled, squared with their rounding errors, and corrected once.
  static func norm(_ given: [Double]) -> Double {
    if given.contains(where: { $0.isInfinite }) { return Double.infinity }
    if given.contains(where: { $0.isNaN }) { return Double.nan }
    let largest = given.max() ?? 0
    if largest == 0 || given.count <= 1 { return largest }
    if largest < Double.leastNormalMagnitude {
      return Double.leastNormalMagnitude * norm(given.map { $0 / Double.leastNormalMagnitude })
    }
    var exponent: Int32 = 0
    _ = Glibc.frexp(largest, &exponent)
    let scale = scalbn(1.0, -Int(exponent))
    var (sum, rest1, rest2) = (1.0, 0.0, 0.0)
    func add(_ high: Double, _ low: Double) {
      let next = sum + high
      rest2 += (sum - next) + high
      sum = next
      rest1 += low
    }
    for value in given {
      let x = value * scale
      let square = x * x
      add(square, (-square).addingProduct(x, x))
    }
    var h = (sum - 1 + (rest1 + rest2)).squareRoot()
    let square = -h * h
    add(square, (-square).addingProduct(-h, h))
    h += (sum - 1 + (rest1 + rest2)) / (2 * h)
    return h / scale
  }
}
