// builtins: `compile`, `eval`, `exec`.
import PythonRuntime

extension BuiltinsModule {
  static let codeFunctions: [NativeMethod] = [
    NativeMethod("compile", .keywords) { t, _, a in
      guard
        let v = parseArguments(
          t, a, function: "compile",
          names: ["source", "filename", "mode", "flags", "dont_inherit", "optimize", "_feature_version"], required: 3,
          positionalOnly: 0), let source = v[0], let file = v[1], let mode = v[2]
      else { return nil }
      guard mode.isKind(.str) else {
        return t.raise(.TypeError, "compile() argument 'mode' must be str, not \(argumentTypeName(mode))")
      }
      guard let name = fileName(t, file) else { return nil }
      let wanted: CompileMode
      switch stringValue(mode) {
      case "exec": wanted = .module
      case "eval": wanted = .expression
      case "single": wanted = .interactive
      default: return t.raise(.ValueError, "compile() mode must be 'exec', 'eval' or 'single'")
      }
      var flags = 0
      if let given = v[3] {
        guard let value = intValue(t, given) else { return nil }
        flags = value
      }
      if SyntaxModule.isNode(source) {
        if flags & SyntaxModule.onlyTree != 0 { return source.retained() }
        return TreeReader.compile(t, source, fileName: name, mode: wanted)
      }
      guard let bytes = sourceBytes(t, source, "compile") else { return nil }
      if flags & SyntaxModule.onlyTree != 0 {
        return SyntaxModule.tree(t, bytes, fileName: name, mode: wanted, flags: flags)
      }
      return compile(t, bytes, name, wanted, flags: flags)
    },
    NativeMethod("breakpoint", .keywords) { t, _, a in
      guard let system = t.interpreter.systemDict, let hook = dictGet(t, system, "breakpointhook") else {
        return t.raise(.RuntimeError, "lost sys.breakpointhook")
      }
      return call(t, hook, a)
    },
    NativeMethod("eval", .keywords) { t, _, a in run(t, a, "eval", .expression) },
    NativeMethod("exec", .keywords) { t, _, a in
      guard let result = run(t, a, "exec", .module) else { return nil }
      result.release()
      return none
    },
  ]

  private static func fileName(_ t: ThreadState, _ o: Object) -> String? {
    if o.isKind(.str) { return stringValue(o) }
    if o.isKind(.bytes) { return String(decoding: bytesOf(o), as: UTF8.self) }
    t.raise(.TypeError, "expected str, bytes or os.PathLike object, not \(typeName(o))")
    return nil
  }

  private static func bytesOf(_ o: Object) -> [UInt8] {
    o.isKind(.bytes) ? Array(UnsafeBufferPointer(start: o.bytesData, count: o.bytesCount)) : []
  }

  private static func sourceBytes(_ t: ThreadState, _ o: Object, _ function: String) -> [UInt8]? {
    let bytes: [UInt8]
    if o.isKind(.str) {
      bytes = fileSystemBytes(o)
    } else if o.isKind(.bytes) {
      bytes = bytesOf(o)
    } else {
      let number = function == "compile" ? "1" : "1"
      t.raise(
        .TypeError,
        "\(function)() arg \(number) must be a string, bytes\(function == "compile" ? " or AST" : " or code") object")
      return nil
    }
    guard !bytes.contains(0) else {
      t.raise(.SyntaxError, "source code string cannot contain null bytes")
      return nil
    }
    return bytes
  }

  private static func compile(
    _ t: ThreadState, _ source: [UInt8], _ name: String, _ mode: CompileMode, flags: Int = 0
  ) -> Object? {
    guard let hook = t.interpreter.compileHook else { return t.raise(.RuntimeError, "no compiler is installed") }
    return hook(t, source, name, mode, flags)
  }

  /// `eval` and `exec`: globals default to the caller's, locals to the globals.
  private static func run(_ t: ThreadState, _ a: Arguments, _ function: String, _ mode: CompileMode) -> Object? {
    guard
      let v = parseArguments(
        t, a, function: function,
        names: function == "exec" ? ["source", "globals", "locals", "closure"] : ["source", "globals", "locals"],
        required: 1, positionalOnly: 1), let source = v[0]
    else { return nil }
    let globalsGiven = v[1] == none ? nil : v[1]
    var localsGiven = v[2] == none ? nil : v[2]
    if let globalsGiven, !globalsGiven.isKind(.dict) {
      return t.raise(
        .TypeError,
        function == "exec" ? "exec() globals must be a dict, not \(typeName(globalsGiven))" : "globals must be a dict")
    }
    if let locals = localsGiven, !locals.isKind(.dict), locals.type.pointer.pointee.getItem == nil {
      return t.raise(
        .TypeError,
        function == "exec"
          ? "exec() locals must be a mapping or None, not \(typeName(locals))" : "locals must be a mapping")
    }
    guard let globals = globalsGiven ?? currentGlobals(t) else {
      return t.raise(.TypeError, "\(function) must be given globals and locals when called without a frame")
    }
    var ownLocals: Object?
    defer { ownLocals.release() }
    if localsGiven == nil {
      if globalsGiven != nil {
        localsGiven = globals
      } else {
        guard let made = frameLocals(t) else { return nil }
        ownLocals = made
        localsGiven = made
      }
    }
    guard let builtins = t.interpreter.builtinsDict else { return nil }
    let key = internString("__builtins__")
    if dictGet(t, globals, key) == nil, !dictSet(t, globals, key, builtins) { return nil }
    let code: Object
    if source.isKind(.code) {
      code = source.retained()
    } else {
      guard var bytes = sourceBytes(t, source, function) else { return nil }
      if mode == .expression { bytes = Array(bytes.drop { $0 == 0x20 || $0 == 0x09 }) }
      guard let made = compile(t, bytes, "<string>", mode) else { return nil }
      code = made
    }
    defer { code.release() }
    if code.codeLayout.pointee.freeCount > 0 {
      return t.raise(.TypeError, "code object passed to \(function)() may not contain free variables")
    }
    return evaluate(t, code, globals: globals, locals: localsGiven ?? globals)
  }
}
