// `_warnings`: what the library's `warnings` builds on. Here are the functions' arguments and the place that a warning is about; whether it is
// shown is WarningFilters.swift.
import PythonRuntime

public enum WarningsModule {
  public static func make(_ t: ThreadState) -> Object? {
    WarningFilters.start(t)
    let module = makeModule(t, "_warnings")
    moduleSet(t, module, "filters", WarningFilters.filters)
    moduleSet(t, module, "_onceregistry", WarningFilters.onceRegistry)
    moduleSet(t, module, "_defaultaction", stealing: makeString("default"))
    moduleAddFunctions(
      t, module,
      [
        NativeMethod("warn", .keywords) { t, _, a in warn(t, a) },
        NativeMethod("warn_explicit", .keywords) { t, _, a in warnExplicit(t, a) },
        NativeMethod("_filters_mutated", .noArguments) { _, _, _ in
          WarningFilters.version += 1
          return core.pointee.none
        },
      ])
    return module
  }

  private static func warn(_ t: ThreadState, _ a: Arguments) -> Object? {
    guard
      let v = parseArguments(
        t, a, function: "warn", names: ["message", "category", "stacklevel", "source", "skip_file_prefixes"],
        required: 1,
        maxPositional: 4), let message = v[0]
    else { return nil }
    var level = 1
    if let given = v[2] {
      guard let number = indexValue(t, given) else { return nil }
      level = number
    }
    var prefixes: [String] = []
    if let given = v[4] {
      guard given.isKind(.tuple) else {
        return t.raise(.TypeError, "warn() argument 'skip_file_prefixes' must be tuple, not \(argumentTypeName(given))")
      }
      for i in 0..<given.tupleCount {
        guard given.tupleItems[i].isKind(.str) else {
          return t.raise(.TypeError, "Found non-str '\(given.tupleItems[i].typeName)' in skip_file_prefixes.")
        }
        prefixes.append(stringValue(given.tupleItems[i]))
      }
      if !prefixes.isEmpty { level = max(level, 2) }
    }
    guard let category = category(t, message, v[1]) else { return nil }
    guard let place = Place(t, level: level, skipping: prefixes) else { return nil }
    defer { place.release() }
    return WarningFilters.warn(t, message, category, place, source: v[3])
  }

  private static func warnExplicit(_ t: ThreadState, _ a: Arguments) -> Object? {
    let names = ["message", "category", "filename", "lineno", "module", "registry", "module_globals", "source"]
    guard let v = parseArguments(t, a, function: "warn_explicit", names: names, required: 4), let message = v[0],
      let category = v[1], let file = v[2], let line = v[3]
    else { return nil }
    guard file.isKind(.str) else {
      return t.raise(.TypeError, "warn_explicit() argument 'filename' must be str, not \(argumentTypeName(file))")
    }
    guard let number = indexValue(t, line) else { return nil }
    let none = core.pointee.none
    if let globals = v[6], globals != none, !globals.isKind(.dict) {
      return t.raise(.TypeError, "module_globals must be a dict, not '\(globals.typeName)'")
    }
    let place = Place(
      file: file.retained(), line: number, module: v[4] == none ? nil : v[4].map { $0.retained() },
      registry: v[5] == none ? nil : v[5].map { $0.retained() })
    defer { place.release() }
    return WarningFilters.warn(t, message, category, place, source: v[7])
  }

  /// The class of the warning; borrowed.
  private static func category(_ t: ThreadState, _ message: Object, _ given: Object?) -> Object? {
    let warning = exceptionType(.Warning)
    if isSubtype(message.type, warning) { return message.type.object }
    guard let given, given != core.pointee.none else { return exceptionType(.UserWarning).object }
    guard given.isExceptionType, isSubtype(TypeObject(unchecked: given), warning) else {
      return t.raise(.TypeError, "category must be a Warning subclass, not '\(given.typeName)'")
    }
    return given
  }

  /// What a warning is about. Owns its parts.
  struct Place {
    let file: Object
    let line: Int
    /// nil: derived from the file's name.
    let module: Object?
    let registry: Object?

    init(file: Object, line: Int, module: Object?, registry: Object?) {
      self.file = file
      self.line = line
      self.module = module
      self.registry = registry
    }

    /// The caller `level` frames up; frames of the import system do not count. Beyond the outermost frame it is `sys`.
    init?(_ t: ThreadState, level: Int, skipping prefixes: [String]) {
      var frame = t.frame?.firstComplete
      var left = level
      if frame.map(Self.isImportSystem) ?? false {
        while left > 1, let here = frame {
          frame = here.previous?.firstComplete
          left -= 1
        }
      } else {
        while left > 1, frame != nil {
          repeat { frame = frame?.previous?.firstComplete } while frame.map { Self.isSkipped($0, prefixes) } ?? false
          left -= 1
        }
      }
      let globals: Object
      if let frame {
        globals = frame.pointer.pointee.globals
        file = frame.code.codeLayout.pointee.fileName.retained()
        line = frame.line
      } else {
        guard let dict = t.interpreter.systemDict else { return nil }
        globals = dict
        file = makeString("<sys>")
        line = 0
      }
      if let known = dictGet(t, globals, internString("__warningregistry__")) {
        registry = known.retained()
      } else {
        let fresh = makeDict()
        registry = fresh
        guard !t.hasRaised, dictSet(t, globals, internString("__warningregistry__"), fresh) else {
          fresh.release()
          file.release()
          return nil
        }
      }
      let name = dictGet(t, globals, internString("__name__"))
      module = name?.isKind(.str) == true ? name?.retained() : makeString("<string>")
    }

    private static func isImportSystem(_ frame: Frame) -> Bool {
      let file = stringValue(frame.code.codeLayout.pointee.fileName)
      return file.contains("importlib") && file.contains("_bootstrap")
    }

    private static func isSkipped(_ frame: Frame, _ prefixes: [String]) -> Bool {
      if isImportSystem(frame) { return true }
      let file = stringValue(frame.code.codeLayout.pointee.fileName)
      return prefixes.contains { file.hasPrefix($0) }
    }

    func release() {
      file.release()
      module.release()
      registry.release()
    }
  }
}
