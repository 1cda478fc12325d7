// What is known of characters: Swift's tables for names, categories and numbers, the generated ones for the rest. Parsed at first use.

enum CharacterData {
  // MARK: - Runs

  /// Places where runs begin, ascending, and what holds from there on.
  private struct Runs {
    var starts: [UInt32] = []
    var values: [String] = []

    init(_ text: String) {
      for entry in text.utf8.split(separator: UInt8(ascii: ";")) {
        let parts = entry.split(separator: 32, maxSplits: 1, omittingEmptySubsequences: false)
        starts.append(UInt32(Substring(parts[0]), radix: 16) ?? 0)
        values.append(parts.count > 1 ? String(Substring(parts[1])) : "")
      }
    }

    func value(_ c: UInt32) -> String {
      var (low, high) = (0, starts.count)
      while low < high {
        let middle = (low + high) / 2
        if starts[middle] <= c { low = middle + 1 } else { high = middle }
      }
      return low == 0 ? "" : values[low - 1]
    }
  }

  private static let bidirectionalRuns = Runs(UnicodeTables.bidirectional)
  private static let widthRuns = Runs(UnicodeTables.eastAsianWidth)

  static func bidirectional(_ c: UInt32) -> String { bidirectionalRuns.value(c) }
  static func eastAsianWidth(_ c: UInt32) -> String { widthRuns.value(c) }

  // MARK: - Decompositions

  struct Decomposition {
    /// As `unicodedata.decomposition` gives it.
    let text: String
    let isCanonical: Bool
    let characters: [UInt32]
  }

  private static let tables: (decompositions: [UInt32: Decomposition], compositions: [UInt64: UInt32]) = {
    var decompositions: [UInt32: Decomposition] = [:]
    var compositions: [UInt64: UInt32] = [:]
    for entry in UnicodeTables.decompositions.utf8.split(separator: UInt8(ascii: ";")) {
      let parts = entry.split(separator: 32, maxSplits: 1)
      guard parts.count == 2, let c = UInt32(Substring(parts[0]), radix: 16) else { continue }
      var text = String(Substring(parts[1]))
      let isExcluded = text.hasPrefix("!")
      if isExcluded { text.removeFirst() }
      let isCanonical = !text.hasPrefix("<")
      let characters = text.split(separator: " ").compactMap { UInt32($0, radix: 16) }
      decompositions[c] = Decomposition(text: text, isCanonical: isCanonical, characters: characters)
      if isCanonical, !isExcluded, characters.count == 2 { compositions[pair(characters[0], characters[1])] = c }
    }
    return (decompositions, compositions)
  }()

  private static func pair(_ a: UInt32, _ b: UInt32) -> UInt64 { UInt64(a) << 32 | UInt64(b) }

  static func decomposition(_ c: UInt32) -> Decomposition? { tables.decompositions[c] }
  static func composition(_ a: UInt32, _ b: UInt32) -> UInt32? { tables.compositions[pair(a, b)] }

  static func combiningClass(_ c: UInt32) -> UInt8 {
    c < 0x300 ? 0 : Unicode.Scalar(c)?.properties.canonicalCombiningClass.rawValue ?? 0
  }

  // MARK: - Names

  static func name(_ c: UInt32) -> String? { Unicode.Scalar(c)?.properties.name }

  /// All names and aliases; built by the first `lookup`.
  private static let codes: [String: UInt32] = {
    var codes: [String: UInt32] = [:]
    for c: UInt32 in 0..<0x110000 {
      guard let properties = Unicode.Scalar(c)?.properties else { continue }
      if let name = properties.name { codes[name] = c }
      if let alias = properties.nameAlias { codes[alias] = c }
    }
    return codes
  }()

  static func code(_ name: String) -> UInt32? { codes[name.uppercased()] }

  // MARK: - Categories

  static func category(_ c: UInt32) -> String {
    guard let scalar = Unicode.Scalar(c) else { return "Cs" }
    return switch scalar.properties.generalCategory {
    case .uppercaseLetter: "Lu"
    case .lowercaseLetter: "Ll"
    case .titlecaseLetter: "Lt"
    case .modifierLetter: "Lm"
    case .otherLetter: "Lo"
    case .nonspacingMark: "Mn"
    case .spacingMark: "Mc"
    case .enclosingMark: "Me"
    case .decimalNumber: "Nd"
    case .letterNumber: "Nl"
    case .otherNumber: "No"
    case .connectorPunctuation: "Pc"
    case .dashPunctuation: "Pd"
    case .openPunctuation: "Ps"
    case .closePunctuation: "Pe"
    case .initialPunctuation: "Pi"
    case .finalPunctuation: "Pf"
    case .otherPunctuation: "Po"
    case .mathSymbol: "Sm"
    case .currencySymbol: "Sc"
    case .modifierSymbol: "Sk"
    case .otherSymbol: "So"
    case .spaceSeparator: "Zs"
    case .lineSeparator: "Zl"
    case .paragraphSeparator: "Zp"
    case .control: "Cc"
    case .format: "Cf"
    case .surrogate: "Cs"
    case .privateUse: "Co"
    case .unassigned: "Cn"
    @unknown default: "Cn"
    }
  }
}
