// The life of an object as text and JSON, for `why --life`.

import TraceAnalysis
import TraceModel
import TraceReplay

struct LifeText {
  let life: ObjectLife
  let names: TraceNames
  let level: RecordingLevel

  private static let holdingsShown = 30

  /// The functions on the way to the birth, outermost first.
  private var callPath: [String] {
    var path: [String] = []
    var node = names.site(life.site)?.node ?? 0
    while let entry = names.node(node), path.count < 100 {
      path.append(names.codeName(entry.code))
      guard entry.parent != node else { break }
      node = entry.parent
    }
    return path.reversed()
  }

  func text() -> String {
    var text = "<\(names.typeName(life.type)) o\(life.serial)>, \(Numbers.bytes(life.size))\n"
    text += "  born  #\(life.birth.event) at \(Numbers.duration(life.birth.time))"
    if let place = names.place(ofSite: life.site) { text += " in \(place)" }
    text += "\n"
    if callPath.count > 1 { text += "        called by \(callPath.joined(separator: " > "))\n" }
    for holding in life.holdings.prefix(Self.holdingsShown) { text += "  held  \(line(holding))\n" }
    let more = UInt64(max(0, life.holdings.count - Self.holdingsShown)) + life.omitted
    if more > 0 { text += "        and by \(Numbers.grouped(more)) more fields\n" }
    if !level.includes(.links) { text += "  held  unknown: the trace has level \(level), no stores\n" }
    for line in happenings { text += "  \(line)\n" }
    return text + "  " + end + "\n"
  }

  private func line(_ holding: Holding) -> String {
    let field = names.isAnonymous(holding.field) ? "" : " \(names.fieldText(holding.field))"
    let end =
      switch holding.until {
      case nil: "to the end"
      case let event?: holding.endedByDeath ? "until the holder died, #\(event)" : "until #\(event)"
      }
    return "by <\(names.typeName(holding.holderType)) o\(holding.holder)>\(field) from #\(holding.from) \(end)"
  }

  private var happenings: [String] {
    var lines: [String] = []
    if life.resizes > 0 { lines.append("resized \(Numbers.grouped(life.resizes)) times") }
    if life.resumes > 0 {
      lines.append("resumed \(Numbers.grouped(life.resumes)) times, yielded \(Numbers.grouped(life.yields)) values")
    }
    if level.includes(.refs) { lines.append("most references at once: \(life.mostReferences)") }
    let passes = life.passes.reduce(0, +)
    if passes > 0 {
      lines.append(
        "\(Numbers.grouped(passes)) passes went by, of generation 0, 1, 2: \(life.passes.map { "\($0)" }.joined(separator: ", "))"
      )
    }
    if life.wasUnreachable { lines.append("found unreachable by a pass") }
    if life.wasFinalized { lines.append("its finalizer was called") }
    if life.wasResurrected { lines.append("came back to life") }
    return lines
  }

  private var end: String {
    guard let death = life.death else { return "lives at the end of the trace" }
    let cause =
      switch death.cause {
      case .refcount: "its last reference went"
      case .collector: "the collector took it out of a cycle"
      case .shutdown: "the interpreter was torn down"
      }
    let pass = death.pass.map { ", in pass \($0)" } ?? ""
    return "died  #\(death.event) at \(Numbers.duration(death.time)): \(cause)\(pass)"
  }

  func json(losses: JSON) -> JSON {
    let holdings: [JSON] = life.holdings.map {
      .members([
        "holder": .string("o\($0.holder)"), "type": .string(names.typeName($0.holderType)),
        "field": names.isAnonymous($0.field) ? .null : .string(names.fieldText($0.field)), "from": .unsigned($0.from),
        "until": $0.until.map { .unsigned($0) } ?? .null, "holder_died": .bool($0.endedByDeath),
      ])
    }
    let death: JSON =
      life.death.map {
        .members([
          "event": .unsigned($0.event), "time": .unsigned($0.time), "cause": .string("\($0.cause)"),
          "pass": $0.pass.map { .unsigned($0) } ?? .null,
        ])
      } ?? .null
    return .members([
      "object": .string("o\(life.serial)"), "type": .string(names.typeName(life.type)), "bytes": .unsigned(life.size),
      "born": .members([
        "event": .unsigned(life.birth.event), "time": .unsigned(life.birth.time),
        "where": JSON(names.place(ofSite: life.site)),
        "call_path": .array(callPath.map { .string($0) }),
      ]),
      "holdings": .array(holdings), "omitted_holdings": .unsigned(life.omitted),
      "most_references": level.includes(.refs) ? .int(Int64(life.mostReferences)) : .null,
      "passes": .array(life.passes.map { .unsigned($0) }), "death": death, "losses": losses,
    ])
  }
}
