// `exuvia why`: what keeps an object alive at a moment. The words of a path stand in PathText.swift.

import ArgumentParser
import TraceAnalysis
import TraceModel
import TraceReplay

struct WhyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "why", abstract: "Show what keeps an object alive.",
    discussion: """
      Prints a shortest path of fields from a named root to the object. OBJECT is a serial number (o123), an address or slot \
      with 0x, or a type's name: then the living objects of the type are grouped by what keeps them. An object that no field of \
      the heap holds is held by a frame. Needs a trace of level links or refs.

      --retained adds what would go if the object went: bytes and objects, by type, and without which other objects it would not \
      live. --life tells an object's whole life instead: born where by which calls, held by which fields from when to when, \
      died of what; it needs no stores for birth and death.

      Of several traces each has its answer, under its path; with --json each has a line. OBJECT is then a type's name: a number is another object in \
      each trace.

      Examples:
        exuvia why o123 run.exv --at end
        exuvia why Order run.exv --at gc:7
        exuvia why '<__main__.Order>' run.exv --json
        exuvia why Cache run.exv --retained
        exuvia why o123 run.exv --life
        exuvia why Order worker1.exv worker2.exv
      """)

  @Argument(help: "o123, 0xADDR or a type's name.")
  var object: String

  @Argument(help: ArgumentHelp("The trace, or several.", valueName: "trace"))
  var traces: [String]

  @Option(name: .long, help: "The moment: \(TimePoint.forms).")
  var at = "end"

  @Option(name: .long, help: "For a type: how many groups to show.")
  var top = 3

  @Flag(name: .long, help: "Also show what the object keeps alive that nothing else does, and what keeps it so.")
  var retained = false

  @Flag(name: .long, help: "Show the object's whole life instead.")
  var life = false

  @OptionGroup var noPart: NoPartOptions
  @OptionGroup var memory: MemoryOptions
  @OptionGroup var options: AnalysisOptions

  /// Objects of a type that are looked at one by one; beyond, every nth is.
  private static let sampleMax = 2000

  /// What the argument names.
  private enum Wanted {
    case serial(UInt64)
    case slot(UInt32)
    case type(String)
  }

  private var wanted: Wanted {
    if object.hasPrefix("o"), let serial = UInt64(object.dropFirst()) { return .serial(serial) }
    if object.hasPrefix("0x"), let slot = UInt32(object.dropFirst(2), radix: 16) { return .slot(slot) }
    return .type(object.hasPrefix("<") && object.hasSuffix(">") ? String(object.dropFirst().dropLast()) : object)
  }

  func validate() throws {
    try OptionRules.check(top: top)
    if life, retained { throw ValidationError("--life and --retained exclude each other") }
    if traces.count > 1, wantedType == nil {
      throw ValidationError("\(object) is another object in each trace: give one trace, or a type's name")
    }
  }

  private var wantedType: String? { if case .type(let name) = wanted { name } else { nil } }

  func run() throws {
    let moment = try AnalysisOutput.moment(at)
    let sessions = try AnalysisOutput.open(traces, stream: options.stream)
    if let type = wantedType, sessions.allSatisfy({ types(named: type, $0.definitions).isEmpty }) {
      throw AnalysisOutput.missing(type: type, in: sessions)
    }
    try TraceAnswer.each(traces, sessions) { trace, session in
      session.limit = memory.limit
      if life { try writeLife(trace, session, moment) } else { try writePaths(trace, session, moment) }
    }
  }

  private func writePaths(_ trace: TraceAnswer, _ session: TraceSession, _ moment: TimePoint) throws {
    guard session.level.includes(.links) else {
      AnalysisOutput.note(
        "\(trace.path) was recorded at level \(session.level), which has no stores; record with --detail links or refs")
      throw AnalysisOutput.usage
    }
    let state = try AnalysisOutput.run { () throws(ReplayError) in try session.replay(until: moment, withLinks: true) }
    let (slots, total) = try targets(state, session.definitions)
    let text = PathText(names: session.definitions)
    guard total > 0 else {
      let nothing = PathAnswer(groups: [], total: 0, looked: 0, level: session.level, retained: nil)
      return try writeNone(trace, text.json(nothing, top: top, losses: AnalysisOutput.json(state.losses)))
    }
    if retained { try checkNeed(state) }
    guard let paths = HeapPaths(state, names: session.definitions) else {
      AnalysisOutput.note("the system gives no memory for the paths")
      throw AnalysisOutput.unreadable
    }
    var groups: [PathGroup] = []
    var (budget, looked) = (PathBudget(), 0)
    for slot in sample(slots) where !budget.isSpent {
      let path = paths.path(to: slot, state)
      budget.spend(path)
      looked += 1
      let shape = text.words.shape(path)
      if let index = groups.firstIndex(where: { $0.shape == shape }) {
        groups[index].count += 1
      } else {
        let cell = state.objects[slot]
        groups.append(
          PathGroup(shape: shape, path: path, count: 1, holders: Int(cell.holders), refcount: Int(cell.refcount)))
      }
    }
    groups.sort { ($0.count, $1.shape) > ($1.count, $0.shape) }
    let kept = retained ? RetainedAnswer(state, slots, groups, session.definitions) : nil
    let result = PathAnswer(
      groups: groups, total: total, looked: looked, level: session.level,
      retained: kept)
    if options.json {
      trace.write(text.json(result, top: top, losses: AnalysisOutput.json(state.losses)))
    } else {
      trace.write(text.text(result, top: top))
      AnalysisOutput.warn(state.losses, of: trace.name)
    }
  }

  /// One trace without an object of the type is a mistake; one of several is an answer.
  private func writeNone(_ trace: TraceAnswer, _ document: JSON) throws {
    let text = "no object of type '\(wantedType ?? object)' lives at \(at)"
    if trace.name == nil { throw missing(text) }
    if options.json { trace.write(document) } else { trace.write(text + "\n") }
  }

  private func writeLife(_ trace: TraceAnswer, _ session: TraceSession, _ moment: TimePoint) throws {
    var serial: UInt64
    if case .serial(let number) = wanted {
      serial = number
    } else {
      let state = try AnalysisOutput.run { () throws(ReplayError) in try session.replay(until: moment) }
      let (slots, total) = try targets(state, session.definitions)
      guard let first = slots.first else {
        let losses = AnalysisOutput.json(state.losses)
        return try writeNone(trace, .members(["object": .null, "losses": losses]))
      }
      serial = state.objects.serial(first)
      if total > 1 {
        let subject = trace.name.map { "\($0): " } ?? ""
        AnalysisOutput.note(
          "note: \(subject)\(total) objects of that type live at \(at); this is the life of the first of them")
      }
    }
    let found = try AnalysisOutput.run { () throws(ReplayError) in try session.life(ofSerial: serial) }
    guard let found else { throw missing("there is no object o\(serial) in the trace") }
    let text = LifeText(life: found, names: session.definitions, level: session.level)
    let losses = session.fileLosses
    if options.json { trace.write(text.json(losses: AnalysisOutput.json(losses))) } else { trace.write(text.text()) }
    AnalysisOutput.warn(losses, of: trace.name)
  }

  /// Every nth, in an order that is spread over all of them from the start: not each one may be looked at.
  private func sample(_ slots: [UInt32]) -> [UInt32] {
    let step = max(1, (slots.count + Self.sampleMax - 1) / Self.sampleMax)
    let chosen = stride(from: 0, to: slots.count, by: step).map { slots[$0] }
    let parts = Self.spread
    return (0..<parts).flatMap { part in stride(from: part, to: chosen.count, by: parts).map { chosen[$0] } }
  }
  private static let spread = 64

  /// What an object retains is worked out in memory: says what that takes where it is more than there may be.
  private func checkNeed(_ state: borrowing ReplayState) throws {
    let need = HeapDominators.bytesNeeded(state)
    guard let memory = memory.memory, need > memory.bytes else { return }
    AnalysisOutput.note(
      "--retained needs about \(Numbers.bytes(need)) for the \(Numbers.grouped(state.liveCount)) objects that live at \(at); raise --memory or leave it out"
    )
    throw AnalysisOutput.usage
  }

  private func types(named name: String, _ names: TraceNames) -> Set<UInt32> {
    Set(
      names.types.indices.map { UInt32($0) }.filter {
        names.typeName($0) == name || names.plainTypeName($0) == name
      })
  }

  /// Living slots that the argument names, every nth where there are many and not all are needed; and how many there are.
  private func targets(_ state: borrowing ReplayState, _ names: TraceNames) throws -> (slots: [UInt32], total: Int) {
    let types: Set<UInt32>
    switch wanted {
    case .serial(let serial):
      guard let slot = state.objects.slot(ofSerial: serial) else { throw missing("o\(serial) does not live at \(at)") }
      return ([slot], 1)
    case .slot(let slot):
      guard state.objects.isAlive(slot) else { throw missing("nothing lives in slot \(object) at \(at)") }
      return ([slot], 1)
    case .type(let name): types = self.types(named: name, names)
    }
    var total = 0
    state.objects.forEachLiveCell { cell in if types.contains(cell.type) { total += 1 } }
    let step = retained ? 1 : max(1, (total + Self.sampleMax - 1) / Self.sampleMax)
    var (slots, number) = ([UInt32](), 0)
    state.objects.forEachLive { slot, cell in
      guard types.contains(cell.type) else { return }
      if number % step == 0 { slots.append(slot) }
      number += 1
    }
    return (slots, total)
  }

  private func missing(_ text: String) -> ExitCode {
    AnalysisOutput.note(text)
    return AnalysisOutput.usage
  }
}
