// What the command line and the environment ask of the interpreter before the program: filters of warnings, `-X` options.
import Glibc
import PythonRuntime

public enum StartOptions {
  /// Texts of `-W`, in their order.
  nonisolated(unsafe) public static var warnings: [String] = []
  /// Texts of `-X`: `name` or `name=value`.
  nonisolated(unsafe) public static var extended: [String] = []

  private static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Fills `sys.warnoptions` and `sys._xoptions`, and does what they and the environment say. False: an exception is set.
  static func apply(_ t: ThreadState, _ system: Object) -> Bool {
    guard let dict = moduleDict(system) else { return true }
    let filters = (variable("PYTHONWARNINGS")?.split(separator: ",").map(String.init) ?? []) + warnings
    if let list = dictGet(t, dict, "warnoptions") {
      for filter in filters {
        let text = makeString(filter)
        listAppend(t, list, text)
        text.release()
      }
    }
    if let options = dictGet(t, dict, "_xoptions") {
      for option in extended {
        let parts = option.split(separator: "=", maxSplits: 1).map(String.init)
        dictSet(t, options, parts[0], stealing: parts.count > 1 ? makeString(parts[1]) : makeBool(true))
      }
    }
    if variable("PYTHONFAULTHANDLER") != nil || extended.contains("faulthandler") {
      guard run(t, "faulthandler", "enable") else { return false }
    }
    guard !filters.isEmpty, let module = importModule(t, "warnings") else { return !t.hasRaised }
    module.release()
    return true
  }

  private static func run(_ t: ThreadState, _ module: String, _ function: String) -> Bool {
    guard let module = importModule(t, module) else { return false }
    defer { module.release() }
    guard let result = callMethod(t, module, function) else { return false }
    result.release()
    return true
  }
}
