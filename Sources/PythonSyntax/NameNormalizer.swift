// Names that are not ASCII in Unicode's form NFKC, in which Python compares them: compatibility characters are replaced, then
// letters and marks are composed. N.B. Marks are taken in the order of the text, and compatibility ideographs stay.

enum NameNormalizer {
  static func normalized(_ name: String) -> String {
    var result: [Unicode.Scalar] = []
    for scalar in name.unicodeScalars {
      guard let target = replacements[scalar.value] else {
        append(scalar, &result)
        continue
      }
      for scalar in target.unicodeScalars { append(scalar, &result) }
    }
    return String(String.UnicodeScalarView(result))
  }

  private static let replacements: [UInt32: String] = {
    var result: [UInt32: String] = [:]
    for row in compatibility {
      for (offset, target) in row.targets.description.unicodeScalars.split(separator: " ").enumerated() {
        result[row.first + UInt32(offset)] = String(target)
      }
    }
    return result
  }()

  private static func append(_ scalar: Unicode.Scalar, _ result: inout [Unicode.Scalar]) {
    if scalar.properties.canonicalCombiningClass != .notReordered, let base = result.last,
      let whole = composed[String(String.UnicodeScalarView([base, scalar]))]
    {
      result[result.count - 1] = whole
    } else {
      result.append(scalar)
    }
  }

  /// The character that is canonically equal to a text and stays as it is in form NFKC. Swift's strings are equal if they are canonically so, hence the
  /// key may be spelled either way.
  private static let composed: [String: Unicode.Scalar] = {
    var result: [String: Unicode.Scalar] = [:]
    for value in UInt32(0x41)..<0x3100 {
      guard let scalar = Unicode.Scalar(value), scalar.properties.isXIDContinue, replacements[value] == nil else {
        continue
      }
      let text = String(scalar)
      result[text] = scalar
    }
    return result
  }()
}
