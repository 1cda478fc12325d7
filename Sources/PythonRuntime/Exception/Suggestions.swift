// "Did you mean": the closest known name, by the edit distance that CPython uses (Lib/traceback.py describes the costs).

enum Suggestions {
  private static let moveCost = 2
  private static let caseCost = 1
  private static let sizeMax = 40
  private static let candidatesMax = 750

  /// The closest candidate, or nil when none is close.
  static func closest(to wrong: String, among candidates: [String]) -> String? {
    guard candidates.count <= candidatesMax, !wrong.isEmpty else { return nil }
    let name = Array(wrong.utf8)
    guard name.count <= sizeMax else { return nil }
    var best: String?
    var bestDistance = Int.max
    for candidate in candidates where candidate != wrong {
      let other = Array(candidate.utf8)
      var limit = (name.count + other.count + 3) * moveCost / 6
      limit = min(limit, bestDistance == Int.max ? limit : bestDistance - 1)
      let d = distance(name, other, limit: limit)
      if d > limit { continue }
      if best == nil || d < bestDistance {
        best = candidate
        bestDistance = d
      }
    }
    return best
  }

  private static func cost(_ a: UInt8, _ b: UInt8) -> Int {
    if a == b { return 0 }
    let (x, y) = (a >= 65 && a <= 90 ? a + 32 : a, b >= 65 && b <= 90 ? b + 32 : b)
    return x == y ? caseCost : moveCost
  }

  /// Levenshtein distance with weighted substitutions; anything above `limit` may be any larger number.
  private static func distance(_ a: [UInt8], _ b: [UInt8], limit: Int) -> Int {
    var a = a[...]
    var b = b[...]
    while let x = a.first, let y = b.first, x == y {
      a = a.dropFirst()
      b = b.dropFirst()
    }
    while let x = a.last, let y = b.last, x == y {
      a = a.dropLast()
      b = b.dropLast()
    }
    if a.isEmpty || b.isEmpty { return (a.count + b.count) * moveCost }
    if a.count > sizeMax || b.count > sizeMax { return limit + 1 }
    let (short, long) = a.count < b.count ? (Array(a), Array(b)) : (Array(b), Array(a))
    if (long.count - short.count) * moveCost > limit { return limit + 1 }
    var row = (1...short.count).map { $0 * moveCost }
    var result = 0
    for (j, y) in long.enumerated() {
      var diagonal = j * moveCost
      result = diagonal
      var smallest = Int.max
      for i in 0..<short.count {
        let substituted = diagonal + cost(y, short[i])
        diagonal = row[i]
        result = min(substituted, min(result, diagonal) + moveCost)
        row[i] = result
        smallest = min(smallest, result)
      }
      if smallest > limit { return limit + 1 }
    }
    return result
  }

  /// The hint for a NameError, AttributeError or ImportError, as it follows the message: `. Did you mean: 'x'?`.
  static func hint(_ t: ThreadState, _ exception: Object, frame: Frame?) -> String {
    let fields = exception.exceptionFields
    switch exception.exceptionFamily {
    case .NameError:
      guard let name = fields[ExceptionField.name], name.isKind(.str) else { return "" }
      let wrong = stringValue(name)
      var known: [String] = []
      if let frame {
        if let locals = frameLocals(t, frame) {
          known += names(t, locals)
          if let receiver = dictGet(t, locals, "self") {
            let found = getAttribute(t, receiver, name)
            if let found {
              found.release()
              locals.release()
              return ". Did you mean: 'self.\(wrong)'?"
            }
            t.clearRaised()
          }
          locals.release()
        }
        known += names(t, frame.pointer.pointee.globals) + names(t, frame.pointer.pointee.builtins)
      }
      t.clearRaised()
      if let close = closest(to: wrong, among: known) { return ". Did you mean: '\(close)'?" }
      if isStandardModule(wrong) { return ". Did you forget to import '\(wrong)'?" }
      return ""
    case .AttributeError:
      guard let name = fields[ExceptionField.name], name.isKind(.str), let object = fields[ExceptionField.object] else {
        return ""
      }
      return attributeHint(t, object, stringValue(name))
    case .ImportError:
      guard let name = fields[ExceptionField.importNameFrom], name.isKind(.str),
        let moduleName = fields[ExceptionField.importName], let modules = t.interpreter.modules,
        let module = dictGet(t, modules, moduleName)
      else { return "" }
      return attributeHint(t, module, stringValue(name))
    default: return ""
    }
  }

  private static func attributeHint(_ t: ThreadState, _ object: Object, _ wrong: String) -> String {
    guard let list = directory(t, object) else {
      t.clearRaised()
      return ""
    }
    defer { list.release() }
    var known = (0..<list.listCount).map { list.listItems[$0] }.filter { $0.isKind(.str) }.map { stringValue($0) }
    if !wrong.hasPrefix("_") { known = known.filter { !$0.hasPrefix("_") } }
    return closest(to: wrong, among: known).map { ". Did you mean: '\($0)'?" } ?? ""
  }

  private static func names(_ t: ThreadState, _ dict: Object) -> [String] {
    guard dict.isKind(.dict) else { return [] }
    var position = 0
    var result: [String] = []
    while let entry = dictNext(dict, &position) { if entry.key.isKind(.str) { result.append(stringValue(entry.key)) } }
    return result
  }

  private static func isStandardModule(_ name: String) -> Bool { standardModules.contains(name) }
  private static let standardModules: Set<String> = [
    "abc", "argparse", "array", "ast", "asyncio", "atexit", "base64", "bisect", "builtins", "cmath", "collections",
    "concurrent", "contextlib", "contextvars", "copy", "csv", "dataclasses", "datetime", "decimal", "dis", "enum",
    "errno",
    "fnmatch", "fractions", "functools", "gc", "glob", "hashlib", "heapq", "importlib", "inspect", "io", "itertools",
    "json",
    "keyword", "linecache", "logging", "math", "multiprocessing", "numbers", "operator", "os", "pathlib", "pickle",
    "platform",
    "pprint", "queue", "random", "re", "secrets", "select", "selectors", "shutil", "signal", "socket", "sqlite3", "ssl",
    "stat",
    "statistics", "string", "struct", "subprocess", "sys", "tempfile", "textwrap", "threading", "time", "timeit",
    "tokenize",
    "traceback", "types", "typing", "unicodedata", "unittest", "urllib", "uuid", "warnings", "weakref", "zlib",
  ]
}

/// `dir(o)`: a sorted list of names. New reference.
public func directory(_ t: ThreadState, _ o: Object) -> Object? {
  guard let method = lookupSpecial(t, o, internString("__dir__")) else {
    if !t.hasRaised { t.raise(.TypeError, "object does not provide __dir__") }
    return nil
  }
  defer { method.release() }
  guard let names = call0(t, method) else { return nil }
  defer { names.release() }
  guard let list = makeList(t, from: names) else { return nil }
  guard let done = callMethod(t, list, "sort") else {
    list.release()
    return nil
  }
  done.release()
  return list
}
