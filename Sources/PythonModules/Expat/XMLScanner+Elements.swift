// Elements: their tags, attributes and namespaces.

extension XMLScanner {
  func startTag() throws {
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

  func attributeValue(_ i: inout Int) throws -> String {
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

  func endTag() throws {
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

  func close(_ full: String) throws {
    let element = open.removeLast()
    isDone = open.isEmpty
    try tell(.end(name: full))
    for prefix in element.prefixes.reversed() {
      scopes.removeLast()
      try tell(.namespaceEnd(prefix: prefix))
    }
  }

  /// `uri`, separator and local name where the name has a namespace.
  func expandedName(_ raw: String, isAttribute: Bool, at place: Int) throws -> String {
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
}
