// A tree as text, byte for byte what `python3.13 -m ast` prints: indented by three blanks, empty fields left out. The
// nodes' fields are listed in ASTDump+Nodes, values are written in ASTDump+Values.

public enum ASTDump {
  /// - Parameter attributes: whether to show line and column numbers too (`-a`).
  /// - Returns: the text without a line end after the last line.
  public static func dump(_ module: Module, attributes: Bool) -> String {
    let ignores = module.typeIgnores.map { ignore in
      DumpValue.node(
        DumpNode("TypeIgnore", [("lineno", .plain(String(ignore.line))), ("tag", .plain(repr(ignore.tag)))]))
    }
    let nodes = NodeMaker(typeComments: module.typeComments)
    return text(
      of: .node(DumpNode("Module", [("body", list(module.body.map(nodes.node))), ("type_ignores", list(ignores))])),
      attributes)
  }

  public static func dump(_ interactive: Interactive, attributes: Bool) -> String {
    text(of: .node(DumpNode("Interactive", [("body", list(interactive.body.map(NodeMaker().node)))])), attributes)
  }

  public static func dump(_ root: ExpressionRoot, attributes: Bool) -> String {
    text(of: .node(DumpNode("Expression", [("body", NodeMaker().node(root.body))])), attributes)
  }

  static func list(_ values: [DumpValue]) -> DumpValue? { values.isEmpty ? nil : .list(values) }

  private static func text(of value: DumpValue, _ attributes: Bool) -> String {
    var writer = DumpWriter(showsAttributes: attributes)
    writer.write(value, level: 0)
    return writer.text
  }
}

/// A field's value on its way to text.
indirect enum DumpValue {
  /// `repr` of a plain value.
  case plain(String)
  case list([DumpValue])
  case node(DumpNode)
}

struct DumpNode {
  var name: String
  /// A field without a value is left out.
  var fields: [(String, DumpValue)]
  var span: SourceSpan?

  init(_ name: String, _ fields: [(String, DumpValue?)] = [], _ span: SourceSpan? = nil) {
    self.name = name
    self.fields = fields.compactMap { field in field.1.map { (field.0, $0) } }
    self.span = span
  }
}

private struct DumpWriter {
  var showsAttributes: Bool
  var text = ""

  /// A node whose values are all plain stands on one line if they are few.
  private static let maximumFieldsOnALine = 3

  mutating func write(_ value: DumpValue, level: Int) {
    switch value {
    case .plain(let text): self.text += text
    case .list(let values): write(values, level: level + 1)
    case .node(let node): write(node, level: level + 1)
    }
  }

  private mutating func startLine(_ level: Int) {
    text += "\n"
    for _ in 0..<level { text += "   " }
  }

  private mutating func write(_ values: [DumpValue], level: Int) {
    text += "["
    for (index, value) in values.enumerated() {
      if index > 0 { text += "," }
      startLine(level)
      write(value, level: level)
    }
    text += "]"
  }

  private mutating func write(_ node: DumpNode, level: Int) {
    var fields = node.fields
    if showsAttributes, let span = node.span {
      fields.append(("lineno", .plain(String(span.line))))
      fields.append(("col_offset", .plain(String(span.column))))
      fields.append(("end_lineno", .plain(String(span.endLine))))
      fields.append(("end_col_offset", .plain(String(span.endColumn))))
    }
    let isOnOneLine = fields.count <= Self.maximumFieldsOnALine && fields.allSatisfy { isSimple($0.1) }
    text += node.name
    text += "("
    for (index, field) in fields.enumerated() {
      if index > 0 { text += isOnOneLine ? ", " : "," }
      if !isOnOneLine { startLine(level) }
      text += field.0
      text += "="
      write(field.1, level: level)
    }
    text += ")"
  }

  private func isSimple(_ value: DumpValue) -> Bool {
    switch value {
    case .plain: true
    case .list: false
    case .node(let node): node.fields.isEmpty && (node.span == nil || !showsAttributes)
    }
  }
}
