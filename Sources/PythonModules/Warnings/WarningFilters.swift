// Whether a warning is shown, and how: the filters, the registries of what was shown already, and the hand-over to the library's `warnings`.
//
//   1. the registry knows (text, category, line) since the filters last changed: nothing
//   2. the first filter that matches names an action
//   3. the action decides between an exception, nothing, and showing it once per place, per module, in all, or always
import PythonRuntime

enum WarningFilters {
  /// Both live as long as the process; `warnings` shares them.
  static let filters = makeList()
  static let onceRegistry = makeDict()
  /// Counts changes of the filters; a registry of another version is out of date.
  nonisolated(unsafe) static var version = 0

  /// The default filters of a release build.
  static func start(_ t: ThreadState) {
    guard filters.listCount == 0 else { return }
    let rows: [(String, ExceptionKind, String?)] = [
      ("default", .DeprecationWarning, "__main__"), ("ignore", .DeprecationWarning, nil),
      ("ignore", .PendingDeprecationWarning, nil), ("ignore", .ImportWarning, nil), ("ignore", .ResourceWarning, nil),
    ]
    for (action, kind, module) in rows {
      listAppend(
        filters,
        stealing: makeTuple([
          internString(action).retained(), core.pointee.none, exceptionType(kind).object.retained(),
          module.map { internString($0).retained() } ?? core.pointee.none, makeInt(0),
        ]))
    }
  }

  // MARK: - One warning

  /// Arguments borrowed. None, or nil with the exception that the warning became.
  static func warn(
    _ t: ThreadState, _ message: Object, _ category: Object, _ place: WarningsModule.Place, source: Object?
  ) -> Object? {
    if let registry = place.registry, !registry.isKind(.dict) {
      return t.raise(.TypeError, "'registry' must be a dict or None")
    }
    let isInstance = isSubtype(message.type, exceptionType(.Warning))
    guard let text = isInstance ? str(t, message) : message.retained() else { return nil }
    defer { text.release() }
    let kind = isInstance ? message.type.object : category
    guard let warning = isInstance ? message.retained() : call1(t, kind, message) else { return nil }
    defer { warning.release() }
    let module = place.module?.retained() ?? moduleName(place.file)
    defer { module.release() }
    // 1.
    let key = makeTuple([text.retained(), kind.retained(), makeInt(place.line)])
    defer { key.release() }
    if let registry = place.registry {
      let known = isKnown(t, registry, key, remember: false)
      if known != 0 { return known < 0 ? nil : core.pointee.none }
    }
    // 2.
    guard let (action, item) = action(t, text, kind, place.line, module) else { return nil }
    defer { item.release() }
    // 3.
    switch action {
    case "error":
      t.raiseObject(warning)
      return nil
    case "ignore": return core.pointee.none
    case "always", "all": break
    default:
      if let registry = place.registry, !dictSet(t, registry, key, makeBool(true)) { return nil }
      var known = 0
      switch action {
      case "default": break
      case "once": known = update(t, place.registry ?? onceRegistryNow(t), text, kind)
      case "module": known = place.registry.map { update(t, $0, text, kind) } ?? 0
      default:
        return t.raise(
          .RuntimeError, "Unrecognized action ('\(action)') in warnings.filters:\n \(reprString(t, item) ?? "?")")
      }
      if known != 0 { return known < 0 ? nil : core.pointee.none }
    }
    return show(t, warning, text, kind, place, source) ? core.pointee.none : nil
  }

  /// A file's name without `.py`, for warnings of no module.
  private static func moduleName(_ file: Object) -> Object {
    let name = stringValue(file)
    if name.isEmpty { return makeString("<unknown>") }
    return name.hasSuffix(".py") ? makeString(String(name.dropLast(3))) : file.retained()
  }

  /// `registry[(text, category)]`, or of all lines: 1 when it was there, -1: an exception is set.
  private static func update(_ t: ThreadState, _ registry: Object, _ text: Object, _ category: Object) -> Int {
    let key = makeTuple([text.retained(), category.retained(), makeInt(0)])
    defer { key.release() }
    return isKnown(t, registry, key, remember: true)
  }

  private static func isKnown(_ t: ThreadState, _ registry: Object, _ key: Object, remember: Bool) -> Int {
    let versionKey = internString("version")
    let current = dictGet(t, registry, versionKey)
    if t.hasRaised { return -1 }
    if let current, current.isExactly(.int), intValue(t, current) == version {
      if let known = dictGet(t, registry, key) {
        let truth = isTrue(t, known)
        if truth != 0 { return truth }
      } else if t.hasRaised {
        return -1
      }
    } else {
      if t.hasRaised { t.clearRaised() }
      dictClear(registry)
      let number = makeInt(version)
      defer { number.release() }
      if !dictSet(t, registry, versionKey, number) { return -1 }
    }
    if remember, !dictSet(t, registry, key, makeBool(true)) { return -1 }
    return 0
  }

  // MARK: - Filters

  /// An attribute of the library's `warnings` if that is loaded; new reference.
  private static func attribute(_ t: ThreadState, _ name: String, imports: Bool = false) -> Object? {
    if imports, let module = importModule(t, "warnings") {
      module.release()
    } else if t.hasRaised {
      t.clearRaised()
    }
    guard let modules = t.interpreter.modules, let module = dictGet(t, modules, "warnings") else { return nil }
    var failed = false
    let value = findAttribute(t, module, internString(name), failed: &failed)
    if failed { t.clearRaised() }
    return value
  }

  private static func onceRegistryNow(_ t: ThreadState) -> Object {
    guard let registry = attribute(t, "onceregistry") else { return onceRegistry }
    // `warnings` keeps it.
    registry.release()
    return registry.isKind(.dict) ? registry : onceRegistry
  }

  /// The action of the first filter that matches, and that filter. nil: an exception is set.
  private static func action(
    _ t: ThreadState, _ text: Object, _ category: Object, _ line: Int, _ module: Object
  ) -> (String, Object)? {
    let list = attribute(t, "filters") ?? filters.retained()
    defer { list.release() }
    guard list.isKind(.list) else {
      t.raise(.ValueError, "_warnings.filters must be a list")
      return nil
    }
    var i = 0
    // The list may change while a filter's pattern runs.
    while i < list.listCount {
      let item = list.listItems[i].retained()
      guard item.isKind(.tuple), item.tupleCount == 5, item.tupleItems[0].isKind(.str) else {
        item.release()
        t.raise(.ValueError, "_warnings.filters item \(i) isn't a 5-tuple")
        return nil
      }
      let parts = item.tupleItems
      let isKind = isSubclass(t, category, parts[2])
      let number = isKind < 0 ? nil : indexValue(t, parts[4])
      let fits =
        number == nil ? -1 : isKind == 0 || (number != 0 && number != line) ? 0 : matches(t, parts[1], text)
      let result = fits == 1 ? matches(t, parts[3], module) : fits
      if result != 0 {
        if result == 1 { return (stringValue(parts[0]), item) }
        item.release()
        return nil
      }
      item.release()
      i += 1
    }
    let fallback = attribute(t, "defaultaction") ?? makeString("default")
    guard fallback.isKind(.str) else {
      defer { fallback.release() }
      t.raise(.TypeError, "_warnings.defaultaction must be a string, not '\(fallback.typeName)'")
      return nil
    }
    return (stringValue(fallback), fallback)
  }

  /// Whether a pattern (None, a str, or an object with `match`) fits: 1, 0, or -1 with an exception.
  private static func matches(_ t: ThreadState, _ pattern: Object, _ text: Object) -> Int {
    if pattern == core.pointee.none { return 1 }
    if pattern.isExactly(.str) { return compareBool(t, pattern, text, .equal) }
    guard let result = callMethod(t, pattern, "match", text) else { return -1 }
    defer { result.release() }
    return isTrue(t, result)
  }

  // MARK: - Showing

  private static func show(
    _ t: ThreadState, _ warning: Object, _ text: Object, _ category: Object, _ place: WarningsModule.Place,
    _ source: Object?
  ) -> Bool {
    let given = source == core.pointee.none ? nil : source
    guard let shower = attribute(t, "_showwarnmsg", imports: given != nil) else {
      return showPlainly(t, text, category, place)
    }
    defer { shower.release() }
    guard isCallable(shower) else { return t.fail(.TypeError, "warnings._showwarnmsg() must be set to a callable") }
    guard let type = attribute(t, "WarningMessage") else {
      return t.fail(.RuntimeError, "unable to get warnings.WarningMessage")
    }
    defer { type.release() }
    let line = makeInt(place.line)
    defer { line.release() }
    let none = core.pointee.none
    guard let message = callWithObjects(t, type, [warning, category, place.file, line, none, none, given ?? none])
    else {
      return false
    }
    defer { message.release() }
    guard let result = call1(t, shower, message) else { return false }
    result.release()
    return true
  }

  /// Without the library: `file:line: Category: text` and the source line.
  private static func showPlainly(_ t: ThreadState, _ text: Object, _ category: Object, _ place: WarningsModule.Place)
    -> Bool
  {
    let file = stringValue(place.file)
    var lines = "\(file):\(place.line): \(TypeObject(unchecked: category).nameText): \(strString(t, text) ?? "")\n"
    if let source = SourceLines.line(file, place.line) {
      lines += "  \(String(source.drop { $0 == " " || $0 == "\t" || $0 == "\u{c}" }))\n"
    }
    if t.hasRaised { t.clearRaised() }
    writeError(t, lines)
    return true
  }
}
