// Searching memory: the two-way algorithm (Crochemore and Perrin 1991), which takes linear time and constant memory.
import Glibc

enum ByteSearch {
  typealias Bytes = UnsafePointer<UInt8>

  /// Shorter needles are compared at each place that begins as they do.
  private static let shortNeedle = 16

  /// The first place of the needle that is a multiple of `aligned`, or -1. The needle is not empty.
  static func find(_ base: Bytes, _ count: Int, _ needle: Bytes, _ needleCount: Int, aligned: Int = 1) -> Int {
    var from = 0
    while from + needleCount <= count {
      let hit =
        needleCount < shortNeedle
        ? findShort(base + from, count - from, needle, needleCount)
        : findLong(base + from, count - from, needle, needleCount)
      if hit < 0 { return -1 }
      if (from + hit) % aligned == 0 { return from + hit }
      from += hit + 1
    }
    return -1
  }

  private static func findShort(_ base: Bytes, _ count: Int, _ needle: Bytes, _ needleCount: Int) -> Int {
    var i = 0
    while i + needleCount <= count {
      guard let hit = memchr(base + i, Int32(needle[0]), count - i - needleCount + 1) else { return -1 }
      i = UnsafeRawPointer(hit) - UnsafeRawPointer(base)
      if memcmp(base + i, needle, needleCount) == 0 { return i }
      i += 1
    }
    return -1
  }

  /// The needle is cut where its period shows (the critical factorisation): the right part is compared first, forwards, then the left part.
  private static func findLong(_ base: Bytes, _ count: Int, _ needle: Bytes, _ needleCount: Int) -> Int {
    let (cut, period) = factorisation(needle, needleCount)
    // How far the needle may move for the last byte under it: at once to where that byte comes again.
    var shift = [Int](repeating: needleCount, count: 256)
    for i in 0..<needleCount { shift[Int(needle[i])] = needleCount - 1 - i }
    let isPeriodic = period + cut <= needleCount && memcmp(needle, needle + period, cut) == 0
    return shift.withUnsafeBufferPointer { shift in
      var place = 0
      // The needle's first bytes that are known to match, when it is periodic.
      var known = 0
      while place + needleCount <= count {
        let step = shift[Int(base[place + needleCount - 1])]
        if step > 0 {
          place += isPeriodic && known > 0 && step < period ? max(step, needleCount - period) : step
          known = 0
          continue
        }
        var i = max(cut, known)
        while i < needleCount, needle[i] == base[place + i] { i += 1 }
        if i < needleCount {
          place += i - cut + 1
          known = 0
          continue
        }
        i = cut
        while i > known, needle[i - 1] == base[place + i - 1] { i -= 1 }
        if i <= known { return place }
        if isPeriodic {
          place += period
          known = needleCount - period
        } else {
          place += max(cut, needleCount - cut) + 1
        }
      }
      return -1
    }
  }

  /// Where to cut the needle, and the period of its right part.
  private static func factorisation(_ needle: Bytes, _ count: Int) -> (cut: Int, period: Int) {
    let (a, p) = maximalSuffix(needle, count, reversed: false)
    let (b, q) = maximalSuffix(needle, count, reversed: true)
    return a > b ? (a, p) : (b, q)
  }

  /// Where the lexicographically greatest suffix begins (by the reversed order of bytes, if asked), and its period.
  private static func maximalSuffix(_ needle: Bytes, _ count: Int, reversed: Bool) -> (start: Int, period: Int) {
    var start = 0
    var candidate = 1
    var offset = 0
    var period = 1
    while candidate + offset < count {
      let (a, b) = (needle[candidate + offset], needle[start + offset])
      if reversed ? b < a : a < b {
        candidate += offset + 1
        offset = 0
        period = candidate - start
      } else if a == b {
        if offset + 1 == period {
          candidate += period
          offset = 0
        } else {
          offset += 1
        }
      } else {
        start = candidate
        candidate += 1
        offset = 0
        period = 1
      }
    }
    return (start, period)
  }
}
