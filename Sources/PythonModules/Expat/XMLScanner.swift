// XML text in pieces to events, as expat gives them: markup, text, references, namespaces, an internal subset's entities.
//
// 1. Pieces are added to `text`, which is UTF-8; `position` is where the next event begins. An event that needs more than there is waits for the next piece.
// 2. A reference to an entity of the document takes the entity's text into `text` in its own place, so that markup in it counts.
// N.B. nothing outside of the document is read; parameter entities and default values of attributes are passed over.

/// What the scanner tells.
enum XMLEvent {
  case declaration(version: String, encoding: String?, standalone: Int)
  case doctype(name: String, system: String?, public: String?, hasSubset: Bool)
  case doctypeEnd
  case entity(name: String, value: String?, system: String?, public: String?, notation: String?)
  case notation(name: String, system: String?, public: String?)
  case start(name: String, attributes: [(String, String)])
  case end(name: String)
  case namespace(prefix: String?, uri: String)
  case namespaceEnd(prefix: String?)
  case text(String)
  case comment(String)
  case instruction(target: String, data: String)
  case sectionStart, sectionEnd
  case skippedEntity(name: String)
}

/// An event needs more text than there is.
private struct NeedsMore: Error {}

final class XMLScanner {
  /// Between the URI and the name; nil: names are told as they stand.
  let separator: String?
  var text: [UInt8] = []
  private(set) var position = 0
  /// Where the last event began, or the place of an error.
  private(set) var eventStart = 0
  /// Bytes, lines and columns before `text`, from which what was used is cut off.
  private(set) var cutBytes = 0
  private(set) var cutLine = 1
  private(set) var cutColumn = 0
  private var isFinal = false
  private var hasBegun = false
  private var hasDoctype = false
  private var hasExternalSubset = false
  private var isStandalone = false
  private var open: [(name: String, prefixes: [String?])] = []
  private var isDone = false
  private var scopes: [(prefix: String?, uri: String)] = []
  private var entities: [String: String] = [:]
  /// Bytes that entities brought: more than this is an attack.
  private var expanded = 0
  private static let maximumExpansion = 8 << 20
  private let emit: (XMLEvent) -> Bool

  /// - Parameter emit: gets each event; false stops the parser: an exception is set.
  init(separator: String?, emit: @escaping (XMLEvent) -> Bool) {
    self.separator = separator
    self.emit = emit
  }

  /// Stopped by `emit`.
  struct Stopped: Error {}

  /// Goes on as far as the text tells. Throws XMLError, or Stopped.
  func run(isFinal: Bool) throws {
    self.isFinal = isFinal
    while true {
      eventStart = position
      if position == text.count { break }
      do { try next() } catch is NeedsMore {
        guard isFinal else { break }
        throw text[position...].starts(with: Array("<![CDATA[".utf8)) ? XMLError.unclosedSection : .unclosedToken
      }
    }
    cut()
    if isFinal, !isDone || !open.isEmpty {
      eventStart = text.count
      throw XMLError.noElement
    }
  }

  /// Drops what was used, and counts its lines.
  private func cut() {
    let used = min(position, text.count)
    guard used > 0 else { return }
    (cutLine, cutColumn) = place(used)
    cutBytes += used
    text.removeFirst(used)
    position -= used
    eventStart = max(0, eventStart - used)
  }

  /// Line from 1 and column from 0 of a place in `text`, in characters.
  func place(_ offset: Int) -> (line: Int, column: Int) {
    var (line, column) = (cutLine, cutColumn)
    for byte in text[..<min(offset, text.count)] {
      if byte == 0x0A {
        line += 1
        column = 0
      } else if byte & 0xC0 != 0x80 {
        column += 1
      }
    }
    return (line, column)
  }

  // MARK: - Characters

  private func fail(_ error: XMLError, at place: Int) -> XMLError {
    eventStart = place
    return error
  }

  private func byte(_ i: Int) throws -> UInt8 {
    guard i < text.count else { throw NeedsMore() }
    return text[i]
  }

  private func hasPrefix(_ word: StaticString, at i: Int) throws -> Bool {
    let count = word.utf8CodeUnitCount
    for k in 0..<count {
      guard i + k < text.count else { throw NeedsMore() }
      if text[i + k] != word.utf8Start[k] { return false }
    }
    return true
  }

  private func find(_ word: StaticString, from i: Int) throws -> Int {
    let count = word.utf8CodeUnitCount
    var k = i
    while k + count <= text.count {
      if text[k] == word.utf8Start[0], (1..<count).allSatisfy({ text[k + $0] == word.utf8Start[$0] }) { return k }
      k += 1
    }
    throw NeedsMore()
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x09 || byte == 0x0D }
  private static func beginsName(_ byte: UInt8) -> Bool {
    byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A || byte == 0x5F || byte == 0x3A || byte >= 0x80
  }
  private static func isInName(_ byte: UInt8) -> Bool {
    beginsName(byte) || byte >= 0x30 && byte <= 0x39 || byte == 0x2D || byte == 0x2E
  }

  private func skipSpace(_ i: inout Int) throws {
    while Self.isSpace(try byte(i)) { i += 1 }
  }

  private func name(_ i: inout Int) throws -> String {
    let start = i
    guard Self.beginsName(try byte(i)) else { throw fail(.invalidToken, at: i) }
    while Self.isInName(try byte(i)) { i += 1 }
    return string(start, i)
  }

  private func string(_ start: Int, _ end: Int) -> String { String(decoding: text[start..<end], as: UTF8.self) }

  /// Line ends as one character; characters that no XML has are refused.
  private func clean(_ start: Int, _ end: Int) throws -> String {
    var out: [UInt8] = []
    out.reserveCapacity(end - start)
    var i = start
    while i < end {
      let c = text[i]
      if c == 0x0D {
        out.append(0x0A)
        if i + 1 < end, text[i + 1] == 0x0A { i += 1 }
      } else {
        if c < 0x20, c != 0x0A, c != 0x09 { throw fail(.invalidToken, at: i) }
        out.append(c)
      }
      i += 1
    }
    return String(decoding: out, as: UTF8.self)
  }

  private func tell(_ event: XMLEvent) throws { if !emit(event) { throw Stopped() } }

  // MARK: - Events

  private func next() throws {
    if try byte(position) == 0x3C { return try markup() }
    guard !open.isEmpty else {
      // Between the parts of a document there is space alone.
      var i = position
      while i < text.count, Self.isSpace(text[i]) { i += 1 }
      guard i > position else {
        throw fail(isDone ? .junkAfterElement : .syntax, at: position)
      }
      position = i
      hasBegun = true
      return
    }
    try characters()
  }

  private func markup() throws {
    switch try byte(position + 1) {
    case 0x3F: return try instruction()
    case 0x21:
      if try hasPrefix("<!--", at: position) { return try comment() }
      if try !open.isEmpty && hasPrefix("<![CDATA[", at: position) { return try section() }
      if try !hasDoctype && !isDone && open.isEmpty && hasPrefix("<!DOCTYPE", at: position) { return try doctype() }
      throw fail(.invalidToken, at: position + 2)
    case 0x2F:
      guard !open.isEmpty else {
        throw fail(isDone ? .junkAfterElement : .invalidToken, at: position + (isDone ? 0 : 1))
      }
      return try endTag()
    default:
      guard !isDone else { throw fail(.junkAfterElement, at: position) }
      return try startTag()
    }
  }

  private func instruction() throws {
    let end = try find("?>", from: position + 2)
    var i = position + 2
    let target = try name(&i)
    guard target.lowercased() != "xml" else { return try declaration(end) }
    if i < end, !Self.isSpace(text[i]) { throw fail(.invalidToken, at: i) }
    while i < end, Self.isSpace(text[i]) { i += 1 }
    let data = try clean(i, end)
    position = end + 2
    hasBegun = true
    try tell(.instruction(target: target, data: data))
  }

  private func declaration(_ end: Int) throws {
    guard cutBytes == 0, position == 0, !hasBegun else { throw fail(.misplacedDeclaration, at: position) }
    let values = pseudoAttributes(position + 5, end)
    guard let version = values["version"] else { throw fail(.badDeclaration, at: position + 6) }
    let standalone = values["standalone"]
    isStandalone = standalone == "yes"
    position = end + 2
    hasBegun = true
    try tell(
      .declaration(
        version: version, encoding: values["encoding"], standalone: standalone.map { $0 == "yes" ? 1 : 0 } ?? -1))
  }

  /// `name="value"` pairs of a declaration.
  private func pseudoAttributes(_ start: Int, _ end: Int) -> [String: String] {
    var found: [String: String] = [:]
    var i = start
    while i < end {
      while i < end, Self.isSpace(text[i]) { i += 1 }
      let nameStart = i
      while i < end, Self.isInName(text[i]) { i += 1 }
      let name = string(nameStart, i)
      while i < end, text[i] == 0x3D || Self.isSpace(text[i]) { i += 1 }
      guard i < end, text[i] == 0x22 || text[i] == 0x27 else { return found }
      let quote = text[i]
      let valueStart = i + 1
      i = valueStart
      while i < end, text[i] != quote { i += 1 }
      found[name] = string(valueStart, i)
      i += 1
    }
    return found
  }

  private func comment() throws {
    let end = try find("--", from: position + 4)
    guard try byte(end + 2) == 0x3E else { throw fail(.invalidToken, at: end + 2) }
    let data = try clean(position + 4, end)
    position = end + 3
    hasBegun = true
    try tell(.comment(data))
  }

  private func section() throws {
    let start = position + 9
    let end = try find("]]>", from: start)
    let data = try clean(start, end)
    position = end + 3
    try tell(.sectionStart)
    if !data.isEmpty { try tell(.text(data)) }
    try tell(.sectionEnd)
  }

  // MARK: - Text

  private func characters() throws {
    var i = position
    while i < text.count, text[i] != 0x3C, text[i] != 0x26 {
      if text[i] == 0x5D, i + 2 < text.count, text[i + 1] == 0x5D, text[i + 2] == 0x3E {
        throw fail(.invalidToken, at: i + 2)
      }
      i += 1
    }
    if i > position {
      var end = i
      // What may go on in the next piece: a line end of two characters, the end of a section, half a character.
      if i == text.count, !isFinal {
        while end > position, text[end - 1] == 0x0D || text[end - 1] == 0x5D { end -= 1 }
        guard end > position else { throw NeedsMore() }
      }
      let data = try clean(position, end)
      position = end
      return try tell(.text(data))
    }
    let (replacement, entity, next) = try reference(i)
    if let replacement {
      position = next
      return try tell(.text(replacement))
    }
    if let value = entities[entity] {
      try expand(Array(value.utf8), in: i..<next)
      return
    }
    guard hasExternalSubset, !isStandalone else { throw fail(.undefinedEntity, at: i) }
    position = next
    try tell(.skippedEntity(name: entity))
  }

  private func expand(_ value: [UInt8], in range: Range<Int>) throws {
    expanded += value.count
    guard expanded < Self.maximumExpansion else { throw fail(.amplification, at: range.lowerBound) }
    text.replaceSubrange(range, with: value)
  }

  /// A reference at `i`: the characters of a number or of the five names that all documents have, else the entity's name; and what follows it.
  private func reference(_ i: Int) throws -> (characters: String?, name: String, next: Int) {
    var k = i + 1
    if try byte(k) == 0x23 {
      k += 1
      let isHex = try byte(k) == 0x78
      if isHex { k += 1 }
      let start = k
      while try byte(k) != 0x3B {
        guard UInt32(string(k, k + 1), radix: isHex ? 16 : 10) != nil else { throw fail(.invalidToken, at: k) }
        k += 1
      }
      let number = UInt32(string(start, k), radix: isHex ? 16 : 10) ?? 0
      guard let scalar = Unicode.Scalar(number), number >= 0x20 || number == 9 || number == 10 || number == 13 else {
        throw fail(.invalidCharacterNumber, at: i)
      }
      return (String(Character(scalar)), "", k + 1)
    }
    let name = try name(&k)
    guard text[k] == 0x3B else { throw fail(.invalidToken, at: k) }
    let known = ["lt": "<", "gt": ">", "amp": "&", "quot": "\"", "apos": "'"][name]
    return (known, name, k + 1)
  }

  // MARK: - Elements

  private func startTag() throws {
    var i = position + 1
    let raw = try name(&i)
    var attributes: [(name: String, value: String, place: Int)] = []
    var isEmpty = false
    while true {
      let before = i
      try skipSpace(&i)
      let c = try byte(i)
      if c == 0x3E { break }
      if c == 0x2F {
        guard try byte(i + 1) == 0x3E else { throw fail(.invalidToken, at: i + 1) }
        isEmpty = true
        i += 1
        break
      }
      guard i > before else { throw fail(.invalidToken, at: i) }
      let place = i
      let key = try name(&i)
      try skipSpace(&i)
      guard try byte(i) == 0x3D else { throw fail(.invalidToken, at: i) }
      i += 1
      try skipSpace(&i)
      let value = try attributeValue(&i)
      guard !attributes.contains(where: { $0.name == key }) else { throw fail(.duplicateAttribute, at: place) }
      attributes.append((key, value, place))
    }
    hasBegun = true
    let start = position
    position = i + 1
    var prefixes: [String?] = []
    if separator != nil {
      for (key, value, _) in attributes where key == "xmlns" || key.hasPrefix("xmlns:") {
        let prefix = key == "xmlns" ? nil : String(key.dropFirst(6))
        scopes.append((prefix, value))
        prefixes.append(prefix)
        try tell(.namespace(prefix: prefix, uri: value))
      }
      attributes.removeAll { $0.name == "xmlns" || $0.name.hasPrefix("xmlns:") }
    }
    let full = try expandedName(raw, isAttribute: false, at: start)
    let told = try attributes.map { (try expandedName($0.name, isAttribute: true, at: start), $0.value) }
    open.append((raw, prefixes))
    try tell(.start(name: full, attributes: told))
    if isEmpty { try close(full) }
  }

  private func attributeValue(_ i: inout Int) throws -> String {
    let quote = try byte(i)
    guard quote == 0x22 || quote == 0x27 else { throw fail(.invalidToken, at: i) }
    i += 1
    var out: [UInt8] = []
    while true {
      let c = try byte(i)
      if c == quote { break }
      switch c {
      case 0x3C: throw fail(.invalidToken, at: i)
      case 0x26:
        let (characters, entity, next) = try reference(i)
        if let characters {
          out += Array(characters.utf8)
          i = next
        } else if let value = entities[entity] {
          try expand(Array(value.utf8), in: i..<next)
        } else {
          guard hasExternalSubset, !isStandalone else { throw fail(.undefinedEntity, at: i) }
          i = next
        }
        continue
      case 0x0D:
        out.append(0x20)
        if try byte(i + 1) == 0x0A { i += 1 }
      case 0x0A, 0x09: out.append(0x20)
      default:
        if c < 0x20 { throw fail(.invalidToken, at: i) }
        out.append(c)
      }
      i += 1
    }
    i += 1
    return String(decoding: out, as: UTF8.self)
  }

  private func endTag() throws {
    var i = position + 2
    let start = i
    let raw = try name(&i)
    try skipSpace(&i)
    guard try byte(i) == 0x3E else { throw fail(.invalidToken, at: i) }
    guard open.last?.name == raw else { throw fail(.mismatchedTag, at: start) }
    let full = try expandedName(raw, isAttribute: false, at: position)
    position = i + 1
    try close(full)
  }

  private func close(_ full: String) throws {
    let element = open.removeLast()
    isDone = open.isEmpty
    try tell(.end(name: full))
    for prefix in element.prefixes.reversed() {
      scopes.removeLast()
      try tell(.namespaceEnd(prefix: prefix))
    }
  }

  /// `uri`, separator and local name where the name has a namespace.
  private func expandedName(_ raw: String, isAttribute: Bool, at place: Int) throws -> String {
    guard let separator else { return raw }
    let parts = raw.split(separator: ":", maxSplits: 1).map(String.init)
    let prefix = parts.count == 2 ? parts[0] : nil
    if prefix == nil, isAttribute { return raw }
    if prefix == "xml" { return "http://www.w3.org/XML/1998/namespace" + separator + parts[1] }
    guard let scope = scopes.last(where: { $0.prefix == prefix }), prefix == nil || !scope.uri.isEmpty else {
      if prefix == nil { return raw }
      throw fail(.unboundPrefix, at: place)
    }
    return scope.uri.isEmpty ? raw : scope.uri + separator + (parts.last ?? raw)
  }

  // MARK: - The document type

  private func doctype() throws {
    var i = position + 9
    try skipSpace(&i)
    let root = try name(&i)
    try skipSpace(&i)
    let (system, publicName) = try identifiers(&i)
    try skipSpace(&i)
    var declarations: [XMLEvent] = []
    var hasSubset = false
    if try byte(i) == 0x5B {
      hasSubset = true
      i += 1
      declarations = try subset(&i)
      try skipSpace(&i)
    }
    guard try byte(i) == 0x3E else { throw fail(.invalidToken, at: i) }
    position = i + 1
    (hasDoctype, hasBegun) = (true, true)
    hasExternalSubset = system != nil
    try tell(.doctype(name: root, system: system, public: publicName, hasSubset: hasSubset))
    for declaration in declarations { try tell(declaration) }
    try tell(.doctypeEnd)
  }

  private func identifiers(_ i: inout Int) throws -> (system: String?, public: String?) {
    func quoted(_ i: inout Int) throws -> String {
      try skipSpace(&i)
      let quote = try byte(i)
      guard quote == 0x22 || quote == 0x27 else { throw fail(.syntax, at: i) }
      let start = i + 1
      i = start
      while try byte(i) != quote { i += 1 }
      i += 1
      return string(start, i - 1)
    }
    let c = try byte(i)
    if c == 0x53, try hasPrefix("SYSTEM", at: i) {
      i += 6
      return (try quoted(&i), nil)
    }
    if c == 0x50, try hasPrefix("PUBLIC", at: i) {
      i += 6
      let publicName = try quoted(&i)
      try skipSpace(&i)
      let quote = try byte(i)
      return (quote == 0x22 || quote == 0x27 ? try quoted(&i) : nil, publicName)
    }
    return (nil, nil)
  }

  /// The declarations between the brackets; those of entities count from here on.
  private func subset(_ i: inout Int) throws -> [XMLEvent] {
    var events: [XMLEvent] = []
    var found: [String: String] = [:]
    while true {
      try skipSpace(&i)
      let c = try byte(i)
      if c == 0x5D { break }
      if try c == 0x3C && hasPrefix("<!--", at: i) {
        i = try find("-->", from: i + 4) + 3
      } else if try c == 0x3C && byte(i + 1) == 0x3F {
        i = try find("?>", from: i + 2) + 2
      } else if try c == 0x3C && hasPrefix("<!ENTITY", at: i) {
        if let (event, name, value) = try entity(&i) {
          events.append(event)
          if let value, found[name] == nil { found[name] = value }
        }
      } else if try c == 0x3C && hasPrefix("<!NOTATION", at: i) {
        i += 10
        try skipSpace(&i)
        let name = try name(&i)
        try skipSpace(&i)
        let (system, publicName) = try identifiers(&i)
        try skipSpace(&i)
        i += 1
        events.append(.notation(name: name, system: system, public: publicName))
      } else if c == 0x3C {
        // An element's or attribute list's declaration, quoted text in it passed over.
        var quote: UInt8?
        while true {
          let c = try byte(i)
          if quote == nil, c == 0x3E { break }
          if c == quote { quote = nil } else if quote == nil, c == 0x22 || c == 0x27 { quote = c }
          i += 1
        }
        i += 1
      } else if c == 0x25 {
        while try byte(i) != 0x3B { i += 1 }
        i += 1
      } else {
        throw fail(.syntax, at: i)
      }
    }
    i += 1
    entities.merge(found) { first, _ in first }
    return events
  }

  /// `value` is the text that takes the place of references; nil: it is outside of the document. nil: a parameter entity.
  private func entity(_ i: inout Int) throws -> (XMLEvent, name: String, value: String?)? {
    i += 8
    try skipSpace(&i)
    let isParameter = try byte(i) == 0x25
    if isParameter {
      i += 1
      try skipSpace(&i)
    }
    let name = try name(&i)
    try skipSpace(&i)
    var value: String?
    let quote = try byte(i)
    if quote == 0x22 || quote == 0x27 {
      var out: [UInt8] = []
      i += 1
      while try byte(i) != quote {
        // References to characters are taken in at once, those to entities when the text is used.
        if try text[i] == 0x26 && byte(i + 1) == 0x23 {
          let (characters, _, next) = try reference(i)
          out += Array((characters ?? "").utf8)
          i = next
        } else {
          out.append(text[i])
          i += 1
        }
      }
      i += 1
      value = String(decoding: out, as: UTF8.self)
    }
    let (system, publicName) = try identifiers(&i)
    try skipSpace(&i)
    var notation: String?
    if try hasPrefix("NDATA", at: i) {
      i += 5
      try skipSpace(&i)
      notation = try self.name(&i)
      try skipSpace(&i)
    }
    guard try byte(i) == 0x3E else { throw fail(.invalidToken, at: i) }
    i += 1
    if isParameter { return nil }
    return (
      .entity(name: name, value: value, system: system, public: publicName, notation: notation), name, value
    )
  }
}
