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
struct NeedsMore: Error {}

final class XMLScanner {
  /// Between the URI and the name; nil: names are told as they stand.
  let separator: String?
  var text: [UInt8] = []
  var position = 0
  /// Where the last event began, or the place of an error.
  var eventStart = 0
  /// Bytes, lines and columns before `text`, from which what was used is cut off.
  var cutBytes = 0
  var cutLine = 1
  var cutColumn = 0
  var isFinal = false
  var hasBegun = false
  var hasDoctype = false
  var hasExternalSubset = false
  var isStandalone = false
  var open: [(name: String, prefixes: [String?])] = []
  var isDone = false
  var scopes: [(prefix: String?, uri: String)] = []
  var entities: [String: String] = [:]
  /// Bytes that entities brought: more than this is an attack.
  var expanded = 0
  static let maximumExpansion = 8 << 20
  let emit: (XMLEvent) -> Bool

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
  func cut() {
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

  func fail(_ error: XMLError, at place: Int) -> XMLError {
    eventStart = place
    return error
  }

  func byte(_ i: Int) throws -> UInt8 {
    guard i < text.count else { throw NeedsMore() }
    return text[i]
  }

  func hasPrefix(_ word: StaticString, at i: Int) throws -> Bool {
    let count = word.utf8CodeUnitCount
    for k in 0..<count {
      guard i + k < text.count else { throw NeedsMore() }
      if text[i + k] != word.utf8Start[k] { return false }
    }
    return true
  }

  func find(_ word: StaticString, from i: Int) throws -> Int {
    let count = word.utf8CodeUnitCount
    var k = i
    while k + count <= text.count {
      if text[k] == word.utf8Start[0], (1..<count).allSatisfy({ text[k + $0] == word.utf8Start[$0] }) { return k }
      k += 1
    }
    throw NeedsMore()
  }

  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x09 || byte == 0x0D }
  static func beginsName(_ byte: UInt8) -> Bool {
    byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A || byte == 0x5F || byte == 0x3A || byte >= 0x80
  }
  static func isInName(_ byte: UInt8) -> Bool {
    beginsName(byte) || byte >= 0x30 && byte <= 0x39 || byte == 0x2D || byte == 0x2E
  }

  func skipSpace(_ i: inout Int) throws {
    while Self.isSpace(try byte(i)) { i += 1 }
  }

  func name(_ i: inout Int) throws -> String {
    let start = i
    guard Self.beginsName(try byte(i)) else { throw fail(.invalidToken, at: i) }
    while Self.isInName(try byte(i)) { i += 1 }
    return string(start, i)
  }

  func string(_ start: Int, _ end: Int) -> String { String(decoding: text[start..<end], as: UTF8.self) }

  /// Line ends as one character; characters that no XML has are refused.
  func clean(_ start: Int, _ end: Int) throws -> String {
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

  func tell(_ event: XMLEvent) throws { if !emit(event) { throw Stopped() } }

  // MARK: - Events

  func next() throws {
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

  func markup() throws {
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

  func instruction() throws {
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

  func declaration(_ end: Int) throws {
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
  func pseudoAttributes(_ start: Int, _ end: Int) -> [String: String] {
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

  func comment() throws {
    let end = try find("--", from: position + 4)
    guard try byte(end + 2) == 0x3E else { throw fail(.invalidToken, at: end + 2) }
    let data = try clean(position + 4, end)
    position = end + 3
    hasBegun = true
    try tell(.comment(data))
  }

  func section() throws {
    let start = position + 9
    let end = try find("]]>", from: start)
    let data = try clean(start, end)
    position = end + 3
    try tell(.sectionStart)
    if !data.isEmpty { try tell(.text(data)) }
    try tell(.sectionEnd)
  }

  // MARK: - Text

  func characters() throws {
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

  func expand(_ value: [UInt8], in range: Range<Int>) throws {
    expanded += value.count
    guard expanded < Self.maximumExpansion else { throw fail(.amplification, at: range.lowerBound) }
    text.replaceSubrange(range, with: value)
  }

  /// A reference at `i`: the characters of a number or of the five names that all documents have, else the entity's name; and what follows it.
  func reference(_ i: Int) throws -> (characters: String?, name: String, next: Int) {
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
}
