// Private names: `__name` inside `class Point` is `_Point__name`.

enum NameMangling {
  static func mangle(_ name: String, inClass className: String?) -> String {
    guard let className, name.utf8.starts(with: "__".utf8) else { return name }
    if name.hasSuffix("__") { return name }
    // Dotted names of imports stay as they are.
    if name.utf8.contains(UInt8(ascii: ".")) { return name }
    let stripped = className.drop { $0 == "_" }
    return stripped.isEmpty ? name : "_" + stripped + name
  }
}
