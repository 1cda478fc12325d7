// The normalization forms of Unicode (UAX 15): decomposition, canonical order, composition; Hangul by arithmetic.

enum NormalizationForm: String {
  case nfc = "NFC"
  case nfd = "NFD"
  case nfkc = "NFKC"
  case nfkd = "NFKD"

  var composes: Bool { self == .nfc || self == .nfkc }
  var isCompatible: Bool { self == .nfkc || self == .nfkd }
}

enum Normalization {
  // Hangul: syllables, leading consonants, vowels, trailing consonants.
  private static let (sBase, lBase, vBase, tBase): (UInt32, UInt32, UInt32, UInt32) = (0xAC00, 0x1100, 0x1161, 0x11A7)
  private static let (lCount, vCount, tCount): (UInt32, UInt32, UInt32) = (19, 21, 28)
  private static var sCount: UInt32 { lCount * vCount * tCount }

  static func normalize(_ text: [UInt32], _ form: NormalizationForm) -> [UInt32] {
    var out: [UInt32] = []
    out.reserveCapacity(text.count)
    for c in text { decompose(c, compatible: form.isCompatible, &out) }
    order(&out)
    return form.composes ? compose(out) : out
  }

  private static func decompose(_ c: UInt32, compatible: Bool, _ out: inout [UInt32]) {
    if c < 0xA0 {
      out.append(c)
    } else if c >= sBase, c < sBase + sCount {
      let s = c - sBase
      out.append(lBase + s / (vCount * tCount))
      out.append(vBase + s % (vCount * tCount) / tCount)
      if s % tCount != 0 { out.append(tBase + s % tCount) }
    } else if let known = CharacterData.decomposition(c), known.isCanonical || compatible {
      for part in known.characters { decompose(part, compatible: compatible, &out) }
    } else {
      out.append(c)
    }
  }

  /// Marks between two starters stand in the order of their combining classes.
  private static func order(_ text: inout [UInt32]) {
    var i = 1
    while i < text.count {
      let own = CharacterData.combiningClass(text[i])
      var k = i
      while own != 0, k > 0, CharacterData.combiningClass(text[k - 1]) > own {
        text.swapAt(k, k - 1)
        k -= 1
      }
      i += 1
    }
  }

  private static func compose(_ text: [UInt32]) -> [UInt32] {
    var out: [UInt32] = []
    out.reserveCapacity(text.count)
    var starter: Int?
    var lastClass: UInt8 = 0
    for c in text {
      let own = CharacterData.combiningClass(c)
      if let place = starter, out.count - 1 == place || lastClass < own, let one = composed(out[place], c) {
        out[place] = one
        continue
      }
      if own == 0 {
        starter = out.count
        lastClass = 0
      } else {
        lastClass = own
      }
      out.append(c)
    }
    return out
  }

  private static func composed(_ a: UInt32, _ b: UInt32) -> UInt32? {
    if a >= lBase, a < lBase + lCount, b >= vBase, b < vBase + vCount {
      return sBase + ((a - lBase) * vCount + (b - vBase)) * tCount
    }
    if a >= sBase, a < sBase + sCount, (a - sBase) % tCount == 0, b > tBase, b < tBase + tCount { return a + b - tBase }
    return CharacterData.composition(a, b)
  }
}
