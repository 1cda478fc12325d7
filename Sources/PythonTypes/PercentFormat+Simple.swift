// `%` formatting of ASCII templates whose conversions are all a bare `%s` or `%d` of exact strs and small ints: two passes over the template, no
// intermediate texts. Everything else goes the long way.
import PythonRuntime

extension PercentFormat {
  /// `a % b`; nil without an exception: not a case for here.
  static func simple(_ a: Object, _ b: Object) -> Object? {
    guard a.isASCIIStr else { return nil }
    let isTuple = b.isExactly(.tuple)
    let count = isTuple ? b.tupleCount : 1
    func value(_ i: Int) -> Object { isTuple ? b.tupleItems[i] : b }
    let (template, n) = (a.strData.assumingMemoryBound(to: UInt8.self), a.strLength)
    // 1. The length of the result, and whether this is a case for here.
    var (i, used, length) = (0, 0, 0)
    var maximum: UInt32 = 0x7F
    while i < n {
      guard template[i] == 37 else {
        length += 1
        i += 1
        continue
      }
      guard i + 1 < n, used < count else { return nil }
      let o = value(used)
      if o.isExactly(.int), o.isSmallInt, template[i + 1] == 100 || template[i + 1] == 115 {
        length += IntText.decimalLength(o.smallInt)
      } else if o.isExactly(.str), template[i + 1] == 115 {
        length += o.strLength
        maximum = max(maximum, strMaximum(o))
      } else {
        return nil
      }
      used += 1
      i += 2
    }
    guard used == count, length > 1 else { return nil }
    // 2. The text.
    let result = allocateStr(length: length, maximum: maximum)
    var place = 0
    (i, used) = (0, 0)
    while i < n {
      guard template[i] == 37 else {
        result.setCodePoint(place, UInt32(template[i]))
        place += 1
        i += 1
        continue
      }
      let o = value(used)
      if o.isExactly(.str) {
        copyText(o, into: result, at: place)
        place += o.strLength
      } else {
        let digits = IntText.decimalLength(o.smallInt)
        IntText.writeDecimal(o.smallInt, length: digits) { result.setCodePoint(place + $0, UInt32($1)) }
        place += digits
      }
      used += 1
      i += 2
    }
    return result
  }
}
