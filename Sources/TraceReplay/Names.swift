// How types, functions, sites and objects are called in answers: one place, so that every command says the same.

import TraceFormat
import TraceModel

extension Definitions {
  /// `name` for built-in types, else `module.name`; `type 7` when the trace does not define it.
  public func typeName(_ id: UInt32) -> String {
    guard let entry = type(id) else { return id == 0 ? "unknown type" : "type \(id)" }
    let name = string(entry.name) ?? "type \(id)"
    guard let module = string(entry.module), !module.isEmpty, module != "builtins" else { return name }
    return "\(module).\(name)"
  }

  /// The type's own name, without its module.
  public func plainTypeName(_ id: UInt32) -> String {
    type(id).flatMap { string($0.name) } ?? typeName(id)
  }

  /// Qualified name of a function's code.
  public func codeName(_ id: UInt32) -> String {
    guard let entry = code(id) else { return id == 0 ? "unknown code" : "code \(id)" }
    return string(entry.qualifiedName) ?? string(entry.name) ?? "code \(id)"
  }

  public func codeOfNode(_ node: UInt32) -> UInt32 { self.node(node)?.code ?? 0 }
  public func codeOfSite(_ site: UInt32) -> UInt32 { self.site(site).map { codeOfNode($0.node) } ?? 0 }

  /// `file:function:line` of a site, or nil.
  public func place(ofSite id: UInt32) -> String? {
    guard let site = site(id) else { return nil }
    let code = codeOfNode(site.node)
    return "\(fileName(ofCode: code)):\(codeName(code)):\(site.line)"
  }

  /// Last part of the path of a code's file.
  public func fileName(ofCode id: UInt32) -> String {
    guard let entry = code(id), let path = string(entry.file) else { return "?" }
    return path.split(separator: "/").last.map { String($0) } ?? path
  }

  /// Whether the code belongs to the program (not to the library, not built in).
  public func isProgramCode(_ id: UInt32) -> Bool { code(id)?.origin == 2 }
  /// Whether the class was defined by the program.
  public func isProgramType(_ id: UInt32) -> Bool { type(id)?.origin == 2 }
  /// Whether the class's instances are classes.
  public func isMetaclass(_ id: UInt32) -> Bool {
    type(id)?.mro.contains { type($0)?.origin == 0 && plainTypeName($0) == "type" } ?? false
  }

  /// Whether a link's field has no name, see `Link.isAnonymous`.
  public func isAnonymous(_ field: UInt32) -> Bool { field & Link.anonymousBit != 0 }

  /// A field's name as Python would write it: `.name`, `['key']`, `[3]`.
  public func fieldText(_ raw: UInt32) -> String {
    if raw & Link.anonymousBit != 0 { return "(a field without a name)" }
    let field = FieldName(rawValue: raw)
    let text = string(field.payload) ?? "#\(field.payload)"
    return switch field.kind {
    case .item: "[\(field.payload)]"
    case .attribute, .slot: ".\(text)"
    case .key: "['\(text)']"
    case .otherKey: "[key in slot \(field.payload)]"
    case .cell: ".cell_contents"
    case .internalField: "(\(text))"
    case .local: "(local \(text))"
    case nil: "?"
    }
  }
}

/// The names of a trace, for targets that do not import the format.
public typealias TraceNames = Definitions
