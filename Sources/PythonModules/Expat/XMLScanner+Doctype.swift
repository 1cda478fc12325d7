// The document type: its identifiers, and the entities and notations of its internal subset.

extension XMLScanner {
  func doctype() throws {
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

  func identifiers(_ i: inout Int) throws -> (system: String?, public: String?) {
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
  func subset(_ i: inout Int) throws -> [XMLEvent] {
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
  func entity(_ i: inout Int) throws -> (XMLEvent, name: String, value: String?)? {
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
