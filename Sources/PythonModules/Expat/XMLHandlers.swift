// Events of the XML scanner to calls of a parser's handlers.
import PythonRuntime
import PythonTypes

enum XMLHandlers {
  /// A handler, borrowed; nil: none is set.
  private static func handler(_ t: ThreadState, _ o: Object, _ name: String) -> Object? {
    guard let handlers = XMLParserObject.layout(o).pointee.handlers, let found = dictGet(t, handlers, name),
      found != core.pointee.none
    else { return nil }
    return found
  }

  /// Calls a handler with arguments, which are taken over. False: an exception is set.
  private static func call(_ t: ThreadState, _ function: Object, _ arguments: [Object]) -> Bool {
    function.retain()
    defer {
      for one in arguments { one.release() }
      function.release()
    }
    guard let result = PythonRuntime.call(t, function, arguments) else { return false }
    result.release()
    return true
  }

  private static func text(_ s: String?) -> Object { s.map { makeString($0) } ?? core.pointee.none }

  /// Text that was kept together is told. False: an exception is set.
  static func flush(_ t: ThreadState, _ o: Object, _ state: XMLParserState) -> Bool {
    guard !state.buffered.isEmpty else { return true }
    let data = state.buffered
    state.buffered = ""
    guard let function = handler(t, o, "CharacterDataHandler") else { return true }
    return call(t, function, [makeString(data)])
  }

  /// False: an exception is set.
  static func handle(_ t: ThreadState, _ o: Object, _ event: XMLEvent) -> Bool {
    guard let state = XMLParserObject.state(o) else { return true }
    if case .text(let data) = event { return characters(t, o, state, data) }
    guard flush(t, o, state) else { return false }
    switch event {
    case .start(let name, let attributes):
      guard let function = handler(t, o, "StartElementHandler") else { return true }
      return call(t, function, [makeString(name), attributeObject(t, state, attributes)])
    case .end(let name): return plain(t, o, "EndElementHandler", [text(name)])
    case .namespace(let prefix, let uri):
      return plain(t, o, "StartNamespaceDeclHandler", [text(prefix), text(uri.isEmpty ? nil : uri)])
    case .namespaceEnd(let prefix): return plain(t, o, "EndNamespaceDeclHandler", [text(prefix)])
    case .comment(let data): return plain(t, o, "CommentHandler", [text(data)], or: "<!--\(data)-->")
    case .instruction(let target, let data):
      return plain(t, o, "ProcessingInstructionHandler", [text(target), text(data)], or: "<?\(target) \(data)?>")
    case .sectionStart: return plain(t, o, "StartCdataSectionHandler", [], or: "<![CDATA[")
    case .sectionEnd: return plain(t, o, "EndCdataSectionHandler", [], or: "]]>")
    case .declaration(let version, let encoding, let standalone):
      return plain(t, o, "XmlDeclHandler", [text(version), text(encoding), makeInt(standalone)])
    case .doctype(let name, let system, let publicName, let hasSubset):
      return plain(
        t, o, "StartDoctypeDeclHandler", [text(name), text(system), text(publicName), makeInt(hasSubset ? 1 : 0)])
    case .doctypeEnd: return plain(t, o, "EndDoctypeDeclHandler", [])
    case .entity(let name, let value, let system, let publicName, let notation):
      return plain(
        t, o, "EntityDeclHandler",
        [
          text(name), makeInt(0), text(value), text(XMLHandlers.base(o)), text(system), text(publicName),
          text(notation),
        ])
    case .notation(let name, let system, let publicName):
      return plain(t, o, "NotationDeclHandler", [text(name), text(base(o)), text(system), text(publicName)])
    case .skippedEntity(let name):
      return plain(t, o, "SkippedEntityHandler", [text(name), makeInt(0)], or: "&\(name);")
    case .text: return true
    }
  }

  private static func base(_ o: Object) -> String? {
    XMLParserObject.state(o)?.base.flatMap { $0.isKind(.str) ? stringValue($0) : nil }
  }

  /// One handler, else a default handler with the markup as it stands. Takes the arguments over.
  private static func plain(
    _ t: ThreadState, _ o: Object, _ name: String, _ arguments: [Object], or markup: String? = nil
  ) -> Bool {
    if let function = handler(t, o, name) { return call(t, function, arguments) }
    for one in arguments { one.release() }
    guard let markup else { return true }
    return passOn(t, o, markup)
  }

  private static func passOn(_ t: ThreadState, _ o: Object, _ markup: String) -> Bool {
    guard let function = handler(t, o, "DefaultHandlerExpand") ?? handler(t, o, "DefaultHandler") else { return true }
    return call(t, function, [makeString(markup)])
  }

  /// Text is told line by line, ends of lines by themselves, or kept together.
  private static func characters(_ t: ThreadState, _ o: Object, _ state: XMLParserState, _ data: String) -> Bool {
    guard let function = handler(t, o, "CharacterDataHandler") else { return passOn(t, o, data) }
    if state.buffersText {
      state.buffered += data
      return state.buffered.utf8.count < state.bufferSize || flush(t, o, state)
    }
    var piece: [UInt8] = []
    for byte in data.utf8 {
      guard byte == 0x0A else {
        piece.append(byte)
        continue
      }
      if !piece.isEmpty, !call(t, function, [makeString(utf8: piece)]) { return false }
      piece = []
      guard call(t, function, [makeString("\n")]) else { return false }
    }
    return piece.isEmpty || call(t, function, [makeString(utf8: piece)])
  }

  private static func attributeObject(
    _ t: ThreadState, _ state: XMLParserState, _ attributes: [(String, String)]
  ) -> Object {
    if state.ordersAttributes {
      return makeList(attributes.flatMap { [makeString($0.0), makeString($0.1)] })
    }
    let dict = makeDict()
    for (name, value) in attributes { dictSet(t, dict, name, stealing: makeString(value)) }
    return dict
  }
}
