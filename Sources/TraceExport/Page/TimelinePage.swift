// `timeline --html`: a run as one self-contained page. It opens from disk and asks nothing of any network.

import TraceAnalysis
import TraceModel
import TraceReplay

public enum TimelinePage {
  /// Types that get an area of their own; the others are one more.
  private static let typesMax = 9
  /// Functions whose generators get a track.
  private static let generatorsMax = 12

  /// Makes the page of `session`. `write` gets its bytes in parts. Replays the trace twice: for what matters, then for the tracks.
  public static func write(
    _ session: TraceSession, from: TimePoint = .start, until point: TimePoint = .end,
    to write: (borrowing [UInt8]) -> Void
  ) throws(ReplayError) -> LossLedger {
    let report = try session.report(until: point)
    let types = topTypes(report)
    let generators = topGenerators(report)
    var collector = PageCollector(
      begin: try session.time(of: from), end: try session.time(of: point), types: types, generators: generators,
      names: session.definitions)
    let state = try session.replay(from: from, until: point, visitor: &collector)
    collector.finish(state)
    var data = PageData()
    add(collector, to: &data)
    let meta = describe(session, report, collector, types, generators, data.index)
    write(Array(PageTemplate.head(title: title(session)).utf8))
    write(escaped(meta.line))
    write(Array(PageTemplate.betweenDataAndColumns.utf8))
    write(data.text)
    write(Array(PageTemplate.tail.utf8))
    return report.totals.losses
  }

  private static func title(_ session: TraceSession) -> String {
    session.file.path.split(separator: "/").last.map { String($0) } ?? session.file.path
  }

  /// JSON inside of a script element: `<` may end it.
  private static func escaped(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    for byte in text.utf8 { if byte == 60 { bytes += "\\u003c".utf8 } else { bytes.append(byte) } }
    return bytes
  }

  /// By the bytes that may have lived at once: the most that lived, of mean size.
  private static func topTypes(_ report: TraceReport) -> [UInt32] {
    let rows = report.statistics.types.enumerated().filter { $0.element.births > 0 }
    let weighed = rows.map {
      (id: UInt32($0.offset), weight: $0.element.bytes / $0.element.births &* $0.element.peakLive)
    }
    return weighed.sorted { ($0.weight, $1.id) > ($1.weight, $0.id) }.prefix(typesMax).map(\.id)
  }

  private static func topGenerators(_ report: TraceReport) -> [UInt32] {
    let rows = report.statistics.generators.enumerated().filter { $0.element.created > 0 }
    return rows.sorted { ($0.element.resumes, $1.offset) > ($1.element.resumes, $0.offset) }.prefix(generatorsMax).map {
      UInt32($0.offset)
    }
  }

  private static func add(_ collector: borrowing PageCollector, to data: inout PageData) {
    data.add("events", collector.events)
    data.add("peak", collector.peakBytes, isDelta: true)
    data.add("live", collector.live, isDelta: true)
    for place in collector.typeBytes.indices { data.add("type\(place)", collector.typeBytes[place], isDelta: true) }
    for place in collector.generatorCounts.indices {
      data.add("generator\(place)", collector.generatorCounts[place], isDelta: true)
    }
    for generation in 0..<3 {
      data.add("passes\(generation)", collector.passCounts[generation])
      data.add("pause\(generation)", collector.passTimes[generation])
    }
    let passes = collector.passes
    data.add("pass.number", passes.map(\.number), isDelta: true)
    data.add("pass.begin", passes.map(\.begin), isDelta: true)
    data.add("pass.duration", passes.map(\.duration))
    data.add("pass.generation", passes.map { UInt64($0.generation) })
    data.add("pass.reason", passes.map(\.reason.rawValue))
    data.add("pass.examined", passes.map { UInt64($0.examined) })
    data.add("pass.collected", passes.map { UInt64($0.collected) })
    data.add("pass.live", passes.map(\.liveBefore), isDelta: true)
    data.add("pass.event", passes.map(\.event), isDelta: true)
    for id in collector.threads.indices {
      guard let thread = collector.threads[id] else { continue }
      data.add("hold\(id)", thread.holds)
      data.add("wait\(id)", thread.waits)
      data.add("block\(id)", thread.blocks)
      for (name, slices) in [("hold", thread.holdSlices), ("wait", thread.waitSlices), ("block", thread.blockSlices)] {
        let sorted = slices.slices.sorted { $0.begin < $1.begin }
        data.add("\(name)\(id).begin", sorted.map(\.begin), isDelta: true)
        data.add("\(name)\(id).duration", sorted.map(\.duration))
        data.add("\(name)\(id).what", sorted.map(\.what))
        if name == "wait" { data.add("\(name)\(id).other", sorted.map(\.other)) }
      }
    }
  }

  private static func describe(
    _ session: TraceSession, _ report: TraceReport, _ collector: borrowing PageCollector, _ types: [UInt32],
    _ generators: [UInt32], _ index: JSON
  ) -> JSON {
    let names = session.definitions
    var threads: [JSON] = []
    for id in collector.threads.indices {
      guard let track = collector.threads[id] else { continue }
      let thread = id < report.totals.threads.count ? report.totals.threads[id] : nil
      threads.append(
        .members([
          "id": JSON(id), "name": JSON(thread.flatMap { names.string($0.name) }),
          "left": .unsigned(track.holdSlices.left + track.waitSlices.left + track.blockSlices.left),
        ]))
    }
    let locks = report.totals.locks.prefix(10_000).map { lock in
      JSON.array([JSON(lock.number), .string(lock.kindName), JSON(names.place(ofSite: lock.site))])
    }
    return .members([
      "title": .string(title(session)), "stream": JSON(Int(session.stream)), "pid": JSON(Int(session.file.header.pid)),
      "program": .string(session.file.header.program), "begin": .unsigned(collector.begin),
      "width": .unsigned(collector.width), "columns": JSON(PageCollector.columnCount), "end": .unsigned(collector.end),
      "events": .unsigned(report.totals.events),
      "births": .unsigned(report.totals.births), "deaths": .unsigned(report.totals.deaths),
      "exact": .bool(report.totals.isComplete),
      "losses": .array(report.totals.losses.entries.prefix(20).map { .string($0.explanation) }),
      "types": .array(types.map { .string(names.typeName($0)) } + [.string("all other types")]),
      "generators": .array(
        generators.map { code in
          let row = report.statistics.generators[Int(code)]
          return .array([
            .string(names.codeName(code)), .unsigned(row.created), .unsigned(row.yields), .string("\(row.kind)"),
          ])
        }),
      "threads": .array(threads), "locks": .array(Array(locks)),
      "passesLeft": .unsigned(collector.passesLeft), "markersLeft": .unsigned(collector.markersLeft),
      "markers": .array(collector.markers.map { .array([.unsigned($0.time), JSON(names.string($0.name))]) }),
      "reasons": .array(EventEnumerations.collectReasons.map { .string($0) }),
      "releases": .array(EventEnumerations.releaseReasons.map { .string($0) }),
      "calls": .array(EventEnumerations.blockingCalls.map { .string($0) }),
      "sections": index,
    ])
  }
}
