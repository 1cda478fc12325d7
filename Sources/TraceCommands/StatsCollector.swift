// What `stats gc` says beside the table of generations: pauses, utilisation, the passes one by one, and other thresholds.

import TraceAnalysis
import TraceModel
import TraceReplay

struct StatsCollector {
  let report: TraceReport
  let details: CollectorDetails
  let top: Int

  /// Windows for which the utilisation is told, in nanoseconds.
  private static let windows: [UInt64] = [1_000_000, 10_000_000, 100_000_000, 1_000_000_000]
  private static let shares: [(name: String, share: Double)] = [
    ("half", 0.5), ("90 %", 0.9), ("99 %", 0.99), ("all", 1),
  ]

  private var passes: [PassRecord] { report.statistics.passes }
  private var end: UInt64 { passes.reduce(report.totals.time) { max($0, $1.endTime) } }

  private func utilisations(_ pauses: Pauses) -> [(window: UInt64, share: Double)] {
    Self.windows.compactMap { window in
      pauses.minimumUtilisation(window: window, end: end).map { (window, $0) }
    }
  }

  var text: String {
    let pauses = Pauses(passes)
    guard pauses.count > 0 else { return "" }
    var text = "\npauses (exact times): "
    text += Self.shares.map { "\($0.name) up to \(Numbers.duration(pauses.quantile($0.share)))" }.joined(
      separator: ", ")
    text += "\n"
    let utilisations = utilisations(pauses)
    if !utilisations.isEmpty {
      text += "minimum mutator utilisation: "
      text += utilisations.map { "\(Numbers.fixed($0.share * 100, 1)) % of any \(Numbers.duration($0.window))" }.joined(
        separator: ", ")
      text += "\n"
    }
    var table = Table(
      "pass", "event", "time", "generation", "<reason", "pause", "examined", "freed", "rescued", "resurrected",
      "promoted", "live after", "<fed by")
    let longest = passes.enumerated().sorted { ($0.element.pause, $1.offset) > ($1.element.pause, $0.offset) }.prefix(
      top)
    for (index, pass) in longest.sorted(by: { $0.offset < $1.offset }) {
      table.add(
        "\(index + 1)", "#\(pass.event)", Numbers.duration(pass.startTime), "\(pass.generation)", "\(pass.reason)",
        Numbers.duration(pass.pause), Numbers.grouped(pass.examined), Numbers.grouped(pass.collected),
        details.passes[index].rescued.map { Numbers.grouped($0) } ?? "-",
        Numbers.grouped(details.passes[index].resurrected), Numbers.grouped(pass.promoted),
        Numbers.grouped(pass.liveAfter), fed(details.passes[index]))
    }
    text += "\n" + table.text()
    if passes.count > longest.count {
      text += "the \(longest.count) longest of \(Numbers.grouped(passes.count)) passes; --top shows more\n"
    }
    return text + ages + siteAges
  }

  /// The sites whose containers, born since the pass before, a pass met most of.
  private func fed(_ pass: CollectorDetails.Pass) -> String {
    pass.feeders.map { "\(place($0.site)) \(Numbers.grouped($0.objects))" }.joined(separator: ", ")
  }

  private func place(_ site: UInt32) -> String { report.names.place(ofSite: site) ?? "(no Python frame)" }

  private var ageNames: [String] {
    let begins = CollectorDetails.ageBegins
    return begins.indices.map {
      guard $0 + 1 < begins.count else { return "\(begins[$0]) and more" }
      return begins[$0] + 1 == begins[$0 + 1] ? "\(begins[$0])" : "\(begins[$0])-\(begins[$0 + 1] - 1)"
    }
  }

  private var ages: String {
    var table = Table("passes lived", "containers", "died by count", "by collector", "living at the end")
    for (name, row) in zip(ageNames, details.ages) where row.objects > 0 {
      table.add(
        name, Numbers.grouped(row.objects), Numbers.grouped(row.byCount), Numbers.grouped(row.byCollector),
        Numbers.grouped(row.living))
    }
    return table.isEmpty ? "" : "\n" + table.text()
  }

  /// Sites by what outlives a pass, which is what passes have to look at again.
  private var longLived: [(site: UInt32, ages: [CollectorDetails.Survival], all: UInt64, old: UInt64)] {
    details.sites.enumerated().map { site, ages in
      let all = ages.reduce(0) { $0 + $1.objects }
      return (UInt32(site), ages, all, all - ages[0].objects)
    }.filter { $0.all > 0 }
  }

  private var siteAges: String {
    var table = Table("<site", "containers", "lived through a pass", "share", "died by collector", "living at the end")
    let rows = longLived
    for row in rows.top(top, by: \.old, name: { place($0.site) }) {
      table.add(
        place(row.site), Numbers.grouped(row.all), Numbers.grouped(row.old),
        "\(Numbers.fixed(Double(row.old) / Double(row.all) * 100, 1)) %",
        Numbers.grouped(row.ages.reduce(0) { $0 + $1.byCollector }),
        Numbers.grouped(row.ages.reduce(0) { $0 + $1.living }))
    }
    guard !table.isEmpty else { return "" }
    let more = rows.count > top ? "and \(Numbers.grouped(rows.count - top)) more sites; --top shows them\n" : ""
    return "\n" + table.text() + more
  }

  /// Members that follow the generations in the JSON.
  var members: [JSON.Member] {
    let pauses = Pauses(passes)
    let rows = zip(passes, details.passes).prefix(top).map { pass, detail -> JSON in
      .members([
        "event": .unsigned(pass.event), "begin_ns": .unsigned(pass.startTime), "pause_ns": .unsigned(pass.pause),
        "generation": JSON(pass.generation), "reason": .string("\(pass.reason)"),
        "examined": .unsigned(UInt64(pass.examined)),
        "collected": .unsigned(UInt64(pass.collected)), "promoted": .unsigned(UInt64(pass.promoted)),
        "resurrected": .unsigned(UInt64(detail.resurrected)),
        "rescued": detail.rescued.map { .unsigned(UInt64($0)) } ?? .null,
        "live_before": .unsigned(pass.liveBefore), "live_after": .unsigned(pass.liveAfter),
        "fed_by": .array(
          detail.feeders.map {
            .members(["where": JSON(report.names.place(ofSite: $0.site)), "containers": .unsigned(UInt64($0.objects))])
          }),
      ])
    }
    return [
      .init(
        name: "pauses",
        value: .members([
          "count": JSON(pauses.count), "p50_ns": .unsigned(pauses.quantile(0.5)),
          "p90_ns": .unsigned(pauses.quantile(0.9)),
          "p99_ns": .unsigned(pauses.quantile(0.99)), "longest_ns": .unsigned(pauses.quantile(1)),
        ])),
      .init(
        name: "minimum_utilisation",
        value: .array(
          utilisations(pauses).map {
            .members(["window_ns": .unsigned($0.window), "share": .double($0.share)])
          })),
      .init(name: "passes", value: .array(Array(rows))),
      .init(name: "survival", value: .array(zip(CollectorDetails.ageBegins, details.ages).map { json($0, $1) })),
      .init(
        name: "survival_by_site",
        value: .array(
          longLived.top(top, by: \.old, name: { place($0.site) }).map { row in
            .members([
              "where": JSON(report.names.place(ofSite: row.site)), "containers": .unsigned(row.all),
              "ages": .array(zip(CollectorDetails.ageBegins, row.ages).map { json($0, $1) }),
            ])
          })),
    ]
  }
}

extension StatsCollector {
  private func json(_ age: UInt32, _ row: CollectorDetails.Survival) -> JSON {
    .members([
      "passes_lived": .unsigned(UInt64(age)), "by_count": .unsigned(row.byCount),
      "by_collector": .unsigned(row.byCollector), "living": .unsigned(row.living),
    ])
  }
}

extension PassRecord {
  var pause: UInt64 { endTime >= startTime ? endTime - startTime : 0 }
}

/// The answer to `stats gc --what-if`.
struct WhatIfWords {
  let report: WhatIfReport

  private static func words(_ thresholds: CollectorThresholds) -> String {
    "\(thresholds.first),\(thresholds.second),\(thresholds.third)"
  }

  var text: String {
    var table = Table(
      "<generation", "passes predicted", "recorded", "modelled", "examined predicted", "recorded", "modelled")
    for generation in 0..<3 {
      add("\(generation)", report.predicted[generation], report.actual[generation], report.modelled[generation], &table)
    }
    add(
      "all", WhatIfReport.sum(report.predicted), WhatIfReport.sum(report.actual), WhatIfReport.sum(report.modelled),
      &table)
    var text = table.text()
    text +=
      "with \(Self.words(report.asked)) instead of \(Self.words(report.recorded)): passes to \(percent(report.passesError)), "
    text += "examined objects to \(percent(report.examinedError)) (estimated)\n"
    text +=
      "modelled: the same model with the recording's own thresholds; its distance from what was recorded is part of the error\n"
    if report.settings > 0 {
      text +=
        "the program itself turns the collector on or off or sets thresholds, \(Numbers.grouped(report.settings)) times: the models follow it, and what it sets counts from there on\n"
    }
    if !report.knowsTrash {
      text +=
        "without references (level refs) the model takes trash to be trash from its birth on: what is examined may be more\n"
    }
    return text
  }

  private func percent(_ error: Double) -> String { "\(Numbers.fixed(error * 100, 1)) %" }

  private func add(
    _ name: String, _ predicted: ModelPasses, _ actual: ModelPasses, _ modelled: ModelPasses, _ table: inout Table
  ) {
    table.add(
      name, Numbers.grouped(predicted.passes), Numbers.grouped(actual.passes), Numbers.grouped(modelled.passes),
      Numbers.grouped(predicted.examined), Numbers.grouped(actual.examined), Numbers.grouped(modelled.examined))
  }

  var json: JSON {
    func rows(_ rows: [ModelPasses]) -> JSON {
      .array(rows.map { .members(["passes": .unsigned($0.passes), "examined": .unsigned($0.examined)]) })
    }
    return .members([
      "thresholds": .string(Self.words(report.asked)), "recorded_thresholds": .string(Self.words(report.recorded)),
      "predicted": rows(report.predicted), "recorded": rows(report.actual), "modelled": rows(report.modelled),
      "passes_error": .double(report.passesError), "examined_error": .double(report.examinedError),
      "program_settings": .unsigned(report.settings), "certainty": .string("estimated"),
    ])
  }
}
