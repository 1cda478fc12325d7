// Which tables there are, and what each column says: the schema that `exuvia query --schema` prints and docs/query.md shows.

/// All tables, in the order of the documentation.
public enum QuerySchema {
  static let tables: [QueryTable] = [
    EventRows.table, ObjectRows.table, DefinitionTables.types, DefinitionTables.sites, DefinitionTables.functions,
    RunTables.threads, RunTables.processes, PassRows.table, RunTables.locks, LockWaitRows.table, GILSliceRows.table,
    GeneratorRows.table, StoreRows.table, RootRows.table, MarkerRows.table, RunTables.losses,
  ]

  public static var tableNames: [String] { tables.map(\.name) }

  /// The schema for people: each table, its columns, what they say. Hidden columns in brackets.
  public static var text: String {
    var text = ""
    for table in tables {
      text += (text.isEmpty ? "" : "\n") + "\(table.name): \(table.note)\n"
      let fields = table.columns.filter { $0.isHidden && $0.note.hasPrefix("the field of this name") }
      let shown = table.columns.filter { column in !fields.contains { $0.name == column.name } }
      let width = shown.map { $0.name.count + ($0.isHidden ? 2 : 0) }.max() ?? 0
      for column in shown {
        let name = column.isHidden ? "[\(column.name)]" : column.name
        let fill = String(repeating: " ", count: width - name.count)
        text +=
          "  \(name)\(fill)  \(column.type.rawValue.lowercased())\(column.type == .text ? "   " : "")  \(column.note)\n"
      }
      if !fields.isEmpty {
        text += "  and the fields of all kinds, in brackets as well: \(fields.map(\.name).joined(separator: ", "))\n"
      }
    }
    return text
  }
}
