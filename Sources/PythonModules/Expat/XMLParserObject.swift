// `pyexpat.xmlparser`: handlers of events as attributes, text in pieces, and where an error was.
import PythonRuntime
import PythonTypes

struct XMLParserLayout {
  var header: ObjectHeader
  var state: Unmanaged<XMLParserState>?
  /// The handlers by name, `intern` beside them: a dict.
  var handlers: Object?
}

/// The native part of a parser.
final class XMLParserState {
  var scanner: XMLScanner
  var encoding: String?
  /// Bytes of a piece that end in the middle of a character of the encoding.
  var pendingBytes: [UInt8] = []
  var isDecided = false
  var isFinished = false
  var errorCode = 0
  var errorPlace = (line: 1, column: 0, byte: 0)
  var buffersText = false
  var ordersAttributes = false
  var specifiedAttributes = false
  var namespacePrefixes = false
  var defersReparse = true
  var bufferSize = 8192
  var buffered = ""
  var base: Object?

  init(scanner: XMLScanner) { self.scanner = scanner }
  deinit { base.release() }
}

enum XMLParserObject {
  static func layout(_ o: Object) -> UnsafeMutablePointer<XMLParserLayout> { o.layout() }
  static func state(_ o: Object) -> XMLParserState? { layout(o).pointee.state?.takeUnretainedValue() }

  static let type: TypeObject = makeBuiltinType(
    name: "xmlparser", module: "pyexpat", layoutSize: MemoryLayout<XMLParserLayout>.size,
    flags: [.container, .disallowInstantiation]
  ) { p in
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      take(&layout(o).pointee.handlers)
      layout(o).pointee.state?.release()
      layout(o).pointee.state = nil
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in visit(layout(o).pointee.handlers) }
    p.pointee.clear = ObjectAction { o in take(&layout(o).pointee.handlers) }
  }

  static let handlerNames = [
    "StartElementHandler", "EndElementHandler", "ProcessingInstructionHandler", "CharacterDataHandler",
    "UnparsedEntityDeclHandler", "NotationDeclHandler", "StartNamespaceDeclHandler", "EndNamespaceDeclHandler",
    "CommentHandler", "StartCdataSectionHandler", "EndCdataSectionHandler", "DefaultHandler", "DefaultHandlerExpand",
    "NotStandaloneHandler", "ExternalEntityRefHandler", "StartDoctypeDeclHandler", "EndDoctypeDeclHandler",
    "EntityDeclHandler", "XmlDeclHandler", "ElementDeclHandler", "AttlistDeclHandler", "SkippedEntityHandler",
  ]

  static func make(_ t: ThreadState, encoding: String?, separator: String?, intern: Object?) -> Object {
    let o = allocateZeroed(type)
    // The scanner belongs to the object and does not keep it.
    let scanner = XMLScanner(separator: separator) { event in XMLHandlers.handle(currentThread(), o, event) }
    let state = XMLParserState(scanner: scanner)
    state.encoding = encoding
    layout(o).pointee.state = Unmanaged.passRetained(state)
    let handlers = makeDict()
    dictSet(t, handlers, "intern", stealing: intern?.retained() ?? makeDict())
    layout(o).pointee.handlers = handlers
    trackFresh(o)
    return o
  }

  // MARK: - Parsing

  /// A piece of the document. nil: an exception is set.
  static func parse(_ t: ThreadState, _ o: Object, _ data: Object, isFinal: Bool) -> Object? {
    guard let state = state(o) else { return nil }
    guard !state.isFinished else { return fail(t, state, .finished) }
    var bytes: [UInt8]
    if data.isKind(.str) {
      // Text is what it is, whatever its declaration says.
      if !state.isDecided { state.encoding = "utf-8" }
      bytes = Array(stringValue(data).utf8)
    } else {
      guard let given = ByteSource.required(t, data) else { return nil }
      bytes = given
    }
    guard let decoded = decode(t, state, bytes, isFinal: isFinal) else { return nil }
    state.scanner.text += decoded
    o.retain()
    defer { o.release() }
    do {
      try state.scanner.run(isFinal: isFinal)
    } catch let error as XMLError {
      guard XMLHandlers.flush(t, o, state) else { return nil }
      return fail(t, state, error)
    } catch {
      return nil
    }
    guard XMLHandlers.flush(t, o, state) else { return nil }
    state.isFinished = isFinal
    return makeInt(1)
  }

  private static func fail(_ t: ThreadState, _ state: XMLParserState, _ error: XMLError) -> Object? {
    let scanner = state.scanner
    let place = scanner.place(scanner.eventStart)
    state.errorCode = error.rawValue
    state.errorPlace = (place.line, place.column, scanner.cutBytes + scanner.eventStart)
    state.isFinished = true
    return ExpatModule.raise(t, error.rawValue, line: place.line, column: place.column)
  }

  /// The piece in UTF-8; nil: an exception is set. The first piece tells the encoding: by its marks, or by its declaration.
  private static func decode(_ t: ThreadState, _ state: XMLParserState, _ bytes: [UInt8], isFinal: Bool) -> [UInt8]? {
    var bytes = state.pendingBytes + bytes
    state.pendingBytes = []
    if !state.isDecided {
      guard bytes.count >= 4 || isFinal else {
        state.pendingBytes = bytes
        return []
      }
      state.isDecided = true
      if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
        bytes.removeFirst(3)
        state.encoding = state.encoding ?? "utf-8"
      } else if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
        state.encoding = bytes[0] == 0xFF ? "utf-16-le" : "utf-16-be"
        bytes.removeFirst(2)
      } else if state.encoding == nil {
        state.encoding = declared(bytes)
      }
    }
    let name = (state.encoding ?? "utf-8").lowercased()
    guard name != "utf-8", name != "utf8", name != "us-ascii", name != "ascii" else {
      return valid(state, bytes, isFinal: isFinal)
    }
    if name.hasPrefix("utf-16"), bytes.count % 2 == 1 { state.pendingBytes = [bytes.removeLast()] }
    let object = makeBytes(bytes)
    let encoding = makeString(name)
    defer {
      object.release()
      encoding.release()
    }
    guard let text = callMethod(t, object, "decode", encoding) else { return nil }
    defer { text.release() }
    return Array(stringValue(text).utf8)
  }

  /// What a declaration at the beginning says.
  private static func declared(_ bytes: [UInt8]) -> String? {
    guard bytes.starts(with: Array("<?xml".utf8)), let end = bytes.firstIndex(of: 0x3E) else { return nil }
    let head = String(decoding: bytes[..<end], as: UTF8.self)
    guard let key = head.split(separator: " ").first(where: { $0.hasPrefix("encoding=") }) else { return nil }
    return key.split(whereSeparator: { $0 == "\"" || $0 == "'" }).dropFirst().first.map(String.init)
  }

  /// UTF-8 as it is; a character that is cut off waits. What is no UTF-8 becomes a byte that no document has.
  private static func valid(_ state: XMLParserState, _ bytes: [UInt8], isFinal: Bool) -> [UInt8] {
    var tail = 0
    if !isFinal {
      for k in 1...3 where bytes.count >= k {
        let byte = bytes[bytes.count - k]
        if byte & 0xC0 == 0x80 { continue }
        let need = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
        if need > k { tail = k }
        break
      }
    }
    state.pendingBytes = Array(bytes.suffix(tail))
    let whole = bytes.dropLast(tail)
    if String(validating: whole, as: UTF8.self) != nil { return Array(whole) }
    var out: [UInt8] = []
    var i = whole.startIndex
    while i < whole.endIndex {
      let need = whole[i] >= 0xF0 ? 4 : whole[i] >= 0xE0 ? 3 : whole[i] >= 0xC0 ? 2 : 1
      let piece = whole[i..<min(i + need, whole.endIndex)]
      if String(validating: piece, as: UTF8.self) != nil {
        out += piece
        i += need
      } else {
        out.append(1)
        i += 1
      }
    }
    return out
  }
}
