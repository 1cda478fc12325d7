// The JSON of `exuvia stats --json`: exact numbers, nanoseconds and bytes.

import TraceAnalysis
import TraceModel
import TraceReplay

struct StatsJSON {
  let report: TraceReport
  /// Where the subject is gc.
  let details: CollectorDetails?
  let top: Int

  private var statistics: Statistics { report.statistics }
  private var totals: Totals { report.totals }
  private var names: TraceNames { report.names }

  func document(_ subject: StatsCommand.Subject?) -> JSON {
    let body: JSON =
      switch subject {
      case nil: overview
      case .types: allocations(statistics.types) { .string(names.typeName($0)) }
      case .sites: allocations(statistics.sites) { JSON(names.place(ofSite: $0)) }
      case .gc: collector
      case .gil: gil
      case .locks: locks
      case .generators: generators
      }
    var members: [JSON.Member] = [.init(name: subject?.rawValue ?? "overview", value: body)]
    if subject == .locks { members.append(.init(name: "waiting", value: waiters)) }
    if let details { members += StatsCollector(report: report, details: details, top: top).members }
    if subject == .generators { members.append(.init(name: "created_at", value: generatorPlaces)) }
    if subject == .gil { members.append(.init(name: "forced", value: forced)) }
    if subject == .gil || subject == .locks {
      members.append(.init(name: "waits", value: waits(ofGIL: subject == .gil)))
    }
    if subject == .locks {
      members.append(.init(name: "convoys", value: convoys))
      members.append(.init(name: "inversions", value: inversions))
    }
    members.append(.init(name: "certainty", value: .string(AnalysisOutput.certainty(totals.isComplete))))
    members.append(.init(name: "losses", value: AnalysisOutput.json(totals.losses)))
    return .object(members)
  }

  private func waits(ofGIL: Bool) -> JSON {
    .array(
      statistics.relations.waits.filter { ($0.lock == 0) == ofGIL }
        .top(top, by: \.nanoseconds, name: { "\($0.waiter) \($0.lock)" }).map {
          .members([
            "waiter": .unsigned(UInt64($0.waiter)), "holder": $0.holder.map { .unsigned(UInt64($0)) } ?? .null,
            "lock": JSON($0.lock), "waits": .unsigned($0.waits), "wait_ns": .unsigned($0.nanoseconds),
            "longest_ns": .unsigned($0.longestNanoseconds), "longest_event": .unsigned($0.longestEvent),
          ])
        })
  }

  private var convoys: JSON {
    .array(
      statistics.relations.convoys.enumerated().filter { $0.element.count > 0 }.map { index, convoy in
        .members([
          "lock": JSON(index + 1), "count": .unsigned(convoy.count), "longest": .unsigned(convoy.longest),
          "longest_event": .unsigned(convoy.longestEvent),
        ])
      })
  }

  private var inversions: JSON {
    .array(
      statistics.relations.inversions.prefix(top).map { ring in
        .array(
          ring.map {
            .members([
              "holding": JSON($0.first), "asked_for": JSON($0.second), "count": .unsigned($0.count),
              "thread": .unsigned(UInt64($0.thread)), "event": .unsigned($0.event),
            ])
          })
      })
  }

  private var waiters: JSON {
    .array(
      report.waiters.map { waiter -> JSON in
        let number = waiter.lock == 0 ? nil : waiter.state.map { UInt64($0.number) }
        return .members([
          "thread": .unsigned(UInt64(waiter.thread)), "kernel_thread": .unsigned(UInt64(waiter.kernelThread)),
          "lock": number.map { .unsigned($0) } ?? .null, "kind": .string(waiter.state?.kindName ?? "gil"),
          "created_at": JSON(waiter.state.flatMap { names.place(ofSite: $0.site) }),
          "since_ns": .unsigned(waiter.since), "owner": waiter.owner.map { .unsigned(UInt64($0)) } ?? .null,
        ])
      })
  }

  private var forced: JSON {
    let forced = statistics.forced
    return .members([
      "count": .unsigned(forced.count), "held_ns": .unsigned(forced.sumNanoseconds),
      "shortest_ns": forced.count == 0 ? .null : .unsigned(forced.shortestNanoseconds),
      "longest_ns": .unsigned(forced.longestNanoseconds),
    ])
  }

  private var overview: JSON {
    var kinds: [JSON.Member] = []
    for kind in EventKind.allCases where statistics.kinds[Int(kind.rawValue)] > 0 {
      kinds.append(.init(name: "\(kind)", value: .unsigned(statistics.kinds[Int(kind.rawValue)])))
    }
    return .members([
      "events": .unsigned(totals.events), "level": .string("\(report.level)"), "duration_ns": .unsigned(totals.time),
      "births": .unsigned(totals.births), "deaths": .unsigned(totals.deaths),
      "deaths_refcount": .unsigned(totals.deathsByCause.refcount),
      "deaths_collector": .unsigned(totals.deathsByCause.collector),
      "deaths_shutdown": .unsigned(totals.deathsByCause.shutdown), "live": .unsigned(statistics.endLive),
      "live_bytes": .unsigned(statistics.endLiveBytes), "peak_live": .unsigned(totals.peakLive),
      "peak_bytes": .unsigned(totals.peakBytes),
      "increfs": .unsigned(totals.increfs), "decrefs": .unsigned(totals.decrefs), "stores": .unsigned(totals.stores),
      "finalizers": .unsigned(statistics.finalizers), "output_bytes": .unsigned(statistics.outputBytes),
      "exit_status": statistics.exitStatus.map { .unsigned(UInt64($0)) } ?? .null, "kinds": .object(kinds),
    ])
  }

  private func allocations(_ rows: [AllocationCounts], _ name: (UInt32) -> JSON) -> JSON {
    let used = rows.enumerated().filter { $0.element.births > 0 }
    return .array(
      used.top(top, by: { $0.element.births }, name: { "\($0.offset)" }).map { id, row in
        .members([
          "name": name(UInt32(id)), "births": .unsigned(row.births), "bytes": .unsigned(row.bytes),
          "deaths_refcount": .unsigned(row.deathsByRefcount), "deaths_collector": .unsigned(row.deathsByCollector),
          "deaths_shutdown": .unsigned(row.deathsByShutdown), "live": .unsigned(row.endLive),
          "live_bytes": .unsigned(row.endLiveBytes),
          "peak_live": .unsigned(row.peakLive),
        ])
      })
  }

  private var collector: JSON {
    .array(
      statistics.generations.enumerated().map { generation, row in
        .members([
          "generation": JSON(generation), "passes": .unsigned(row.passes), "manual": .unsigned(row.manual),
          "examined": .unsigned(row.examined), "collected": .unsigned(row.collected),
          "uncollectable": .unsigned(row.uncollectable), "resurrected": .unsigned(row.resurrected),
          "pause_ns": .unsigned(row.pauseNanoseconds), "longest_ns": .unsigned(row.longestNanoseconds),
        ])
      })
  }

  private func lock(_ row: LockCounts, _ first: [JSON.Member]) -> JSON {
    let rest: KeyValuePairs<String, JSON> = [
      "acquired": .unsigned(row.acquisitions), "waits": .unsigned(row.waits), "wait_ns": .unsigned(row.waitNanoseconds),
      "longest_wait_ns": .unsigned(row.longestWaitNanoseconds), "hold_ns": .unsigned(row.holdNanoseconds),
      "longest_hold_ns": .unsigned(row.longestHoldNanoseconds),
    ]
    let releases = row.releases.enumerated().map {
      JSON.Member(name: "released_\(ReleaseReason.allCases[$0.offset])", value: .unsigned($0.element))
    }
    return .object(first + rest.map { JSON.Member(name: $0.key, value: $0.value) } + releases)
  }

  private var gil: JSON {
    .array(
      statistics.gil.enumerated().filter { $0.element.acquisitions > 0 }.map { thread, row in
        let name = thread < totals.threads.count ? names.string(totals.threads[thread].name) : nil
        let kernel = thread < totals.threads.count ? totals.threads[thread].kernelThread : 0
        return lock(
          row,
          [
            .init(name: "thread", value: JSON(thread)), .init(name: "name", value: JSON(name)),
            .init(name: "kernel_thread", value: kernel == 0 ? .null : .unsigned(UInt64(kernel))),
          ])
      })
  }

  private var locks: JSON {
    let rows = statistics.locks.enumerated().filter {
      $0.offset >= totals.locks.count || totals.locks[$0.offset].lock != 0
    }
    return .array(
      rows.top(top, by: { $0.element.waitNanoseconds }, name: { "\($0.offset)" }).map { index, row in
        let state = index < totals.locks.count ? totals.locks[index] : nil
        return lock(
          row,
          [
            .init(name: "lock", value: JSON(index + 1)), .init(name: "kind", value: .string(state?.kindName ?? "lock")),
            .init(name: "created_at", value: JSON(state.flatMap { names.place(ofSite: $0.site) })),
          ])
      })
  }

  private var generators: JSON {
    let rows = statistics.generators.enumerated().filter { $0.element.created > 0 || $0.element.resumes > 0 }
    return .array(
      rows.top(top, by: { $0.element.resumes }, name: { "\($0.offset)" }).map { code, row in
        .members([
          "function": .string(names.codeName(UInt32(code))), "kind": .string("\(row.kind)"),
          "created": .unsigned(row.created),
          "started": .unsigned(row.started), "resumes": .unsigned(row.resumes), "yields": .unsigned(row.yields),
          "returns": .unsigned(row.returns), "raises": .unsigned(row.raises), "thrown_into": .unsigned(row.throwsIn),
          "closed": .unsigned(row.closes), "left_suspended": .unsigned(row.suspended),
          "drained_at_once": .unsigned(row.drained), "never_started": .unsigned(row.unstarted),
        ])
      })
  }

  private var generatorPlaces: JSON {
    .array(
      statistics.generatorPlaces.sorted { $0.key < $1.key }.top(top, by: \.value.yields, name: { "\($0.key)" }).map {
        .members([
          "created_at": JSON(names.place(ofSite: $0.key)), "function": .string(names.codeName($0.value.code)),
          "created": .unsigned($0.value.created), "yields": .unsigned($0.value.yields),
          "drained_at_once": .unsigned($0.value.drained), "left_suspended": .unsigned($0.value.suspended),
        ])
      })
  }
}
