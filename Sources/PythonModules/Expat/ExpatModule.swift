// `pyexpat`: XML parsers as the library's xml packages use them, on a scanner of our own.
import PythonRuntime
import PythonTypes

enum ExpatModule {
  nonisolated(unsafe) private static var errorType: Object?
  /// The version of expat whose behaviour this follows.
  private static let version = [2, 6, 3]

  static func make(_ t: ThreadState) -> Object? {
    readyType(t, XMLParserObject.type)
    addMethods(t, XMLParserObject.type, methods)
    XMLParserAttributes.add(t, XMLParserObject.type)
    let module = makeModule(t, "pyexpat")
    guard let error = makeErrorType(t) else { return nil }
    moduleSet(t, module, "error", error)
    moduleSet(t, module, "ExpatError", error)
    moduleSet(t, module, "XMLParserType", XMLParserObject.type.object)
    moduleSet(t, module, "EXPAT_VERSION", stealing: makeString("expat_2.6.3"))
    moduleSet(t, module, "version_info", stealing: makeTuple(version.map { makeInt($0) }))
    moduleSet(t, module, "native_encoding", stealing: makeString("UTF-8"))
    moduleSet(t, module, "features", stealing: makeList())
    for (i, name) in ["NEVER", "UNLESS_STANDALONE", "ALWAYS"].enumerated() {
      moduleSet(t, module, "XML_PARAM_ENTITY_PARSING_\(name)", stealing: makeInt(i))
    }
    moduleSet(t, module, "errors", stealing: makeErrors(t))
    moduleSet(t, module, "model", stealing: makeModel(t))
    moduleAddFunctions(
      t, module,
      [
        NativeMethod("ParserCreate", .keywords) { t, _, a in create(t, a) },
        NativeMethod("ErrorString", .oneArgument) { t, _, a in
          guard let code = intValue(t, a[0]) else { return nil }
          return message(code).map { makeString($0) } ?? core.pointee.none
        },
      ])
    return module
  }

  private static func message(_ code: Int) -> String? {
    code >= 1 && code <= XMLError.messages.count ? XMLError.messages[code - 1] : nil
  }

  private static func makeErrorType(_ t: ThreadState) -> Object? {
    if let errorType { return errorType }
    let name = makeString("ExpatError")
    let bases = makeTuple([exceptionType(.Exception).object.retained()])
    let dict = makeDict()
    defer {
      name.release()
      bases.release()
      dict.release()
    }
    dictSet(t, dict, "__module__", stealing: makeString("xml.parsers.expat"))
    errorType = call3(t, core.pointee.types.type.object, name, bases, dict)
    return errorType
  }

  /// Sets an ExpatError with its number and place.
  static func raise(_ t: ThreadState, _ code: Int, line: Int, column: Int) -> Object? {
    guard let errorType else { return nil }
    let text = makeString("\(message(code) ?? ""): line \(line), column \(column)")
    defer { text.release() }
    guard let exception = call1(t, errorType, text) else { return nil }
    defer { exception.release() }
    for (name, value) in [("code", code), ("offset", column), ("lineno", line)] {
      let number = makeInt(value)
      defer { number.release() }
      guard setAttribute(t, exception, internString(name), number) else { return nil }
    }
    return t.raiseObject(exception)
  }

  private static func makeErrors(_ t: ThreadState) -> Object {
    let errors = makeModule(t, "pyexpat.errors")
    let (codes, messages) = (makeDict(), makeDict())
    for (i, text) in XMLError.messages.enumerated() {
      moduleSet(t, errors, "XML_ERROR_\(XMLError.names[i])", stealing: makeString(text))
      dictSet(t, codes, text, stealing: makeInt(i + 1))
      let number = makeInt(i + 1)
      let message = makeString(text)
      _ = dictSet(t, messages, number, message)
      number.release()
      message.release()
    }
    moduleSet(t, errors, "codes", stealing: codes)
    moduleSet(t, errors, "messages", stealing: messages)
    return errors
  }

  private static func makeModel(_ t: ThreadState) -> Object {
    let model = makeModule(t, "pyexpat.model")
    for (i, name) in ["EMPTY", "ANY", "MIXED", "NAME", "CHOICE", "SEQ"].enumerated() {
      moduleSet(t, model, "XML_CTYPE_\(name)", stealing: makeInt(i + 1))
    }
    for (i, name) in ["NONE", "OPT", "REP", "PLUS"].enumerated() {
      moduleSet(t, model, "XML_CQUANT_\(name)", stealing: makeInt(i))
    }
    return model
  }

  /// `(encoding=None, namespace_separator=None, intern=None)`.
  private static func create(_ t: ThreadState, _ a: Arguments) -> Object? {
    guard
      let given = parseArguments(
        t, a, function: "ParserCreate", names: ["encoding", "namespace_separator", "intern"], required: 0)
    else { return nil }
    var texts: [String?] = []
    for (i, name) in ["encoding", "namespace_separator"].enumerated() {
      guard let object = given[i], object != core.pointee.none else {
        texts.append(nil)
        continue
      }
      guard object.isKind(.str) else {
        return t.raise(
          .TypeError, "ParserCreate() argument '\(name)' must be str or None, not \(argumentTypeName(object))")
      }
      texts.append(stringValue(object))
    }
    guard (texts[1]?.unicodeScalars.count ?? 1) <= 1 else {
      return t.raise(.ValueError, "namespace_separator must be at most one character, omitted, or None")
    }
    return XMLParserObject.make(t, encoding: texts[0], separator: texts[1], intern: given[2])
  }

  private static let methods = [
    NativeMethod("Parse", .positional(1, 2)) { t, o, a in
      let isFinal = a.optional(1).map { isTrue(t, $0) } ?? 0
      return isFinal < 0 ? nil : XMLParserObject.parse(t, o, a[0], isFinal: isFinal == 1)
    },
    NativeMethod("ParseFile", .oneArgument) { t, o, a in
      let size = makeInt(65536)
      defer { size.release() }
      while true {
        guard let piece = callMethod(t, a[0], "read", size) else { return nil }
        defer { piece.release() }
        let isFinal = length(t, piece) == 0
        guard let done = XMLParserObject.parse(t, o, piece, isFinal: isFinal) else { return nil }
        if isFinal { return done }
        done.release()
      }
    },
    NativeMethod("SetBase", .oneArgument) { t, o, a in
      guard let state = XMLParserObject.state(o) else { return nil }
      state.base.release()
      state.base = a[0].retained()
      return core.pointee.none
    },
    NativeMethod("GetBase", .noArguments) { _, o, _ in
      XMLParserObject.state(o)?.base?.retained() ?? core.pointee.none
    },
    NativeMethod("GetInputContext", .noArguments) { _, _, _ in core.pointee.none },
    NativeMethod("UseForeignDTD", .positional(0, 1)) { _, _, _ in core.pointee.none },
    NativeMethod("SetParamEntityParsing", .oneArgument) { t, _, a in
      guard let how = intValue(t, a[0]) else { return nil }
      // Nothing outside of the document is read.
      return makeInt(how == 0 ? 1 : 0)
    },
    NativeMethod("SetReparseDeferralEnabled", .oneArgument) { t, o, a in
      let truth = isTrue(t, a[0])
      if truth < 0 { return nil }
      XMLParserObject.state(o)?.defersReparse = truth == 1
      return core.pointee.none
    },
    NativeMethod("GetReparseDeferralEnabled", .noArguments) { _, o, _ in
      makeBool(XMLParserObject.state(o)?.defersReparse ?? false)
    },
    NativeMethod("ExternalEntityParserCreate", .positional(1, 2)) { t, _, _ in
      t.raise(.NotImplementedError, "external entities are not supported by this runtime")
    },
  ]
}
