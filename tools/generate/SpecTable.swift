// The table of events as docs/FORMAT.md has it, from EventSpec.

import TraceModel

func printTable() {
  print("| kind | name | level | words | extra | fields |")
  print("|---|---|---|---|---|---|")
  for kind in EventKind.allCases {
    let spec = EventSpec.spec(kind)
    let fields = spec.fields.map { field in
      let choices = field.choices.isEmpty ? "" : "(\(field.choices.joined(separator: ",")))"
      return "\(field.name):\(field.kind)\(choices)@\(field.word).\(field.shift)+\(field.width)"
    }
    let extra = spec.hasTime ? "time" : spec.hasPayload ? "payload" : "-"
    print(
      "| \(kind.rawValue) | \(kind) | \(spec.level) | \(spec.words) | \(extra) | \(fields.joined(separator: " ")) |")
  }
}
