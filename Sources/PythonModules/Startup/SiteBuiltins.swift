// What CPython's `site` adds to builtins: `exit`, `quit` and `help`. Natively, so that no start loads the module; `help` loads `pydoc` when
// it is called.
import PythonRuntime

struct QuitterLayout {
  var header: ObjectHeader
  var name: Object?
}

enum SiteBuiltins {
  static func install(_ t: ThreadState, _ builtins: Object) {
    for type in [quitter, helper] { readyType(t, type) }
    addMember(t, quitter, "name", offset: MemoryLayout<QuitterLayout>.offset(of: \.name) ?? 0, readOnly: true)
    for name in ["exit", "quit"] {
      let o = allocateZeroed(quitter)
      o.layout(QuitterLayout.self).pointee.name = internString(name).retained()
      moduleSet(t, builtins, name, stealing: o)
    }
    moduleSet(t, builtins, "help", stealing: allocateZeroed(helper))
  }

  private static let quitter: TypeObject = makeBuiltinType(
    name: "Quitter", module: "_sitebuiltins", layoutSize: MemoryLayout<QuitterLayout>.size
  ) { p in
    p.pointee.dealloc = ObjectAction { o in
      take(&o.layout(QuitterLayout.self).pointee.name)
      freeInstance(o)
    }
    p.pointee.repr = UnaryFunction { _, o in
      let name = o.layout(QuitterLayout.self).pointee.name.map(stringValue) ?? ""
      return makeString("Use \(name)() or Ctrl-D (i.e. EOF) to exit")
    }
    p.pointee.call = NativeFunction { t, _, a in
      guard let v = parseArguments(t, a, function: "__call__", names: ["code"], required: 0) else { return nil }
      // A prompt that catches SystemExit notices the closed stream.
      if let system = t.interpreter.systemDict, let stream = dictGet(t, system, "stdin") {
        if let result = callMethod(t, stream, "close") { result.release() } else { t.clearRaised() }
      }
      guard let exit = call1(t, exceptionType(.SystemExit).object, v[0] ?? core.pointee.none) else { return nil }
      defer { exit.release() }
      return t.raiseObject(exit)
    }
  }

  private static let helper: TypeObject = makeBuiltinType(
    name: "_Helper", module: "_sitebuiltins", layoutSize: MemoryLayout<ObjectHeader>.size
  ) { p in
    p.pointee.repr = UnaryFunction { _, _ in
      makeString("Type help() for interactive help, or help(object) for help about object.")
    }
    p.pointee.call = NativeFunction { t, _, a in
      guard let module = importModule(t, "pydoc") else { return nil }
      defer { module.release() }
      guard let help = getAttribute(t, module, "help") else { return nil }
      defer { help.release() }
      return call(t, help, a)
    }
  }
}
