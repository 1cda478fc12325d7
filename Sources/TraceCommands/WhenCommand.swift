// `exuvia when`: the moments at which something became true.

import ArgumentParser
import TraceAnalysis
import TraceModel
import TraceReplay

struct WhenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "when", abstract: "Find the moments at which something became true.",
    discussion: """
      PREDICATE is a measure, a comparison and a number. Measures: live(TYPE) and bytes(TYPE), objects and bytes that live, of all types without TYPE; \
      pause(GENERATION), the length of a pass; waiting(lock), threads that wait at once for one lock other than the GIL, or for that with a number, as \
      waiting(lock 3); wait(gil) and wait(lock), the length of a wait. Comparisons: > >= < <=. Numbers: 1000, 200MB, 5ms.

      Amounts are told where they become true, passes and waits at their end. With an index (`exuvia index`) only chunks are decoded in which \
      that can happen. `exuvia heap --at '#EVENT'` shows the heap at a moment found. Of several traces each has its moments, under its path; with --json \
      each has a line.

      Examples:
        exuvia when 'live(Session) > 1000' run.exv
        exuvia when 'bytes() > 200MB' run.exv --last
        exuvia when 'pause() > 5ms' run.exv --each --top 50
        exuvia when 'waiting(lock) > 3' run.exv --from 10s --json
        exuvia when 'live(Session) > 1000' worker1.exv worker2.exv
      """)

  @Argument(help: "What becomes true, in quotes.")
  var predicate: String

  @Argument(help: ArgumentHelp("The trace, or several.", valueName: "trace"))
  var traces: [String]

  @Flag(name: .long, help: "Only the first moment (as without a choice).")
  var first = false

  @Flag(name: .long, help: "Every moment, up to --top of them, and how many there are.")
  var each = false

  @Flag(name: .long, help: "Only the last moment.")
  var last = false

  @Option(name: .long, help: "Moments that --each shows.")
  var top = 20

  @OptionGroup var window: WindowOptions
  @OptionGroup var memory: MemoryOptions
  @OptionGroup var options: AnalysisOptions

  func validate() throws {
    if [first, each, last].count(where: { $0 }) > 1 {
      throw ValidationError("choose one of --first, --each and --last")
    }
    if top < 1 { throw ValidationError("--top takes a positive number") }
  }

  private var choice: WhenChoice { each ? .each : last ? .last : .first }

  func run() throws {
    let wanted: Predicate
    do { wanted = try Predicate(predicate) } catch {
      AnalysisOutput.note(error.message)
      throw AnalysisOutput.usage
    }
    let (from, to) = try window.moments()
    let sessions = try AnalysisOutput.open(traces, stream: options.stream)
    guard sessions.contains(where: { $0.hasType(of: wanted) }) else {
      throw AnalysisOutput.missing(type: wanted.typeName ?? "", in: sessions)
    }
    try TraceAnswer.each(traces, sessions) { trace, session in
      session.limit = memory.limit
      let answer = try AnalysisOutput.run { () throws(ReplayError) in
        try session.when(wanted, choice, from: from, until: to, kept: top)
      }
      if options.json {
        trace.write(json(answer, wanted, session.definitions))
      } else {
        trace.write(text(answer, wanted, session.definitions))
        AnalysisOutput.warn(answer.losses, of: trace.name)
      }
    }
  }

  private func text(_ answer: WhenAnswer, _ predicate: Predicate, _ names: TraceNames) -> String {
    let certainty = AnalysisOutput.certainty(answer.isComplete)
    guard !answer.moments.isEmpty else {
      return "\(predicate.text): never (\(certainty))\n"
    }
    var table = Table("event", "time", "value", "<thread", "<what happened")
    for moment in answer.moments {
      table.add(
        moment.event.map { "#\($0)" } ?? "at once", Numbers.duration(moment.time), value(moment.value, predicate),
        moment.thread == 0 ? "-" : thread(moment.thread, answer.threads, names),
        words(moment.cause, answer.threads, names))
    }
    let rest = answer.count > answer.moments.count && each ? ", of which \(answer.moments.count) are shown" : ""
    let count =
      each
      ? "\(Numbers.grouped(answer.count)) \(answer.count == 1 ? "moment" : "moments")\(rest)"
      : "the \(choice.rawValue) moment"
    return table.text()
      + "\(predicate.text): \(count) (\(certainty)); \(Numbers.grouped(answer.decoded)) of \(Numbers.grouped(answer.searched)) events were decoded\n"
  }

  private func value(_ value: UInt64, _ predicate: Predicate) -> String {
    switch predicate.measure.unit {
    case .count: Numbers.grouped(value)
    case .bytes: Numbers.bytes(value)
    case .nanoseconds: Numbers.duration(value)
    }
  }

  private func thread(_ id: UInt32, _ threads: [ThreadState], _ names: TraceNames) -> String {
    let name = Int(id) < threads.count ? names.string(threads[Int(id)].name) ?? "" : ""
    return name.isEmpty ? "thread \(id)" : "\(id) \(name)"
  }

  private func words(_ cause: WhenMoment.Cause, _ threads: [ThreadState], _ names: TraceNames) -> String {
    switch cause {
    case .none: return "it is so from the begin on"
    case .birth(let type, let site):
      return "\(names.typeName(type)) born at \(names.place(ofSite: site) ?? "(no Python frame)")"
    case .death(let type): return "\(names.typeName(type)) dies"
    case .resize(let type): return "\(names.typeName(type)) gets another size"
    case .pass(let generation, let reason, let examined, let collected):
      return
        "generation \(generation), \(reason), \(Numbers.grouped(examined)) examined, \(Numbers.grouped(collected)) collected"
    case .lock(let waiter, let number, let site, let owner):
      let lock = number.map { "lock \($0) of \(names.place(ofSite: site) ?? "(no Python frame)")" } ?? "the GIL"
      let holder = owner.map { ", held by \(thread($0, threads, names))" } ?? ""
      return "\(thread(waiter, threads, names)), \(lock)\(holder)"
    }
  }

  private func json(_ answer: WhenAnswer, _ predicate: Predicate, _ names: TraceNames) -> JSON {
    let moments = answer.moments.map { moment -> JSON in
      .members([
        "event": moment.event.map { .unsigned($0) } ?? .null, "time_ns": .unsigned(moment.time),
        "value": .unsigned(moment.value), "thread": moment.thread == 0 ? .null : .unsigned(UInt64(moment.thread)),
        "what": .string(words(moment.cause, answer.threads, names)),
      ])
    }
    return .members([
      "predicate": .string(predicate.text), "choice": .string(choice.rawValue), "moments": .array(moments),
      "count": each ? .unsigned(UInt64(answer.count)) : .null, "events_decoded": .unsigned(answer.decoded),
      "events_searched": .unsigned(answer.searched),
      "certainty": .string(AnalysisOutput.certainty(answer.isComplete)), "losses": AnalysisOutput.json(answer.losses),
    ])
  }
}
