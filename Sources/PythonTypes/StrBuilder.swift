// Collects code points for a str whose length and width are not known beforehand.
import PythonRuntime

struct StrBuilder {
  var points: [UInt32] = []
  init(reserving count: Int = 0) { points.reserveCapacity(count) }

  mutating func append(_ c: UInt32) { points.append(c) }
  mutating func append(_ s: String) { for scalar in s.unicodeScalars { points.append(scalar.value) } }
  mutating func append(_ o: Object) { append(o, 0, o.strLength) }
  mutating func append(_ o: Object, _ start: Int, _ end: Int) {
    var i = start
    while i < end {
      points.append(o.codePoint(i))
      i += 1
    }
  }
  mutating func append(_ c: UInt32, times n: Int) {
    if n > 0 { points.append(contentsOf: repeatElement(c, count: n)) }
  }
  func make() -> Object { makeString(codePoints: points) }
}

extension Object {
  /// The code points of a str.
  var codePoints: [UInt32] { (0..<strLength).map { codePoint($0) } }
}
