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

      Examples:
        exuvia why o123 run.exv --at end
        exuvia why Order run.exv --at gc:7
        exuvia why '<__main__.Order>' run.exv --json
        exuvia why Cache run.exv --retained
        exuvia why o123 run.exv --life
      """)

  @Argument(help: "o123, 0xADDR or a type's name.")
  var object: String

  @Argument(help: "The trace.")
  var trace: String

  @Option(name: .long, help: "The moment: \(TimePoint.forms).")
  var at = "end"

  @Option(name: .long, help: "For a type: how many groups to show.")
  var top = 3

  @Flag(name: .long, help: "Also show what the object keeps alive that nothing else does, and what keeps it so.")
  var retained = false

  @Flag(name: .long, help: "Show the object's whole life instead.")
  var life = false

  @OptionGroup var memory: MemoryOptions
  @OptionGroup var options: AnalysisOptions

  /// Objects of a type that are looked at one by one; beyond, every nth is.
  private static let sampleMax = 2000

  func run() throws {
    let moment = try AnalysisOutput.moment(at)
    let session = try AnalysisOutput.open(trace, stream: options.stream)
    session.limit = memory.limit
    if life { return try writeLife(session, moment) }
    guard session.level.includes(.links) else {
      AnalysisOutput.note(
        "\(trace) was recorded at level \(session.level), which has no stores; record with --detail links or refs")
      throw AnalysisOutput.usage
    }
    let state = try AnalysisOutput.run { () throws(ReplayError) in try session.replay(until: moment, withLinks: true) }
    let (slots, total) = try targets(state, session.definitions)
    if retained { try checkNeed(state) }
    guard let paths = HeapPaths(state, names: session.definitions) else {
      AnalysisOutput.note("the system gives no memory for the paths")
      throw AnalysisOutput.unreadable
    }
    let text = PathText(names: session.definitions)
    var groups: [PathGroup] = []
    for slot in sample(slots) {
      let path = paths.path(to: slot, state)
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
      groups: groups, total: total, looked: sample(slots).count, level: session.level,
      retained: kept)
    if options.json {
      AnalysisOutput.write(text.json(result, top: top, losses: AnalysisOutput.json(state.losses)).text + "\n")
    } else {
      AnalysisOutput.write(text.text(result, top: top))
      AnalysisOutput.warn(state.losses)
    }
  }

  private func writeLife(_ session: TraceSession, _ moment: TimePoint) throws {
    var serial = object.hasPrefix("o") ? UInt64(object.dropFirst()) : nil
    if serial == nil {
      let state = try AnalysisOutput.run { () throws(ReplayError) in try session.replay(until: moment) }
      let (slots, total) = try targets(state, session.definitions)
      guard let first = slots.first else { return }
      serial = state.objects.serial(first)
      if total > 1 {
        AnalysisOutput.note(
          "note: \(total) objects of that type live at \(at); this is the life of the first of them")
      }
    }
    let found = try AnalysisOutput.run { () throws(ReplayError) in try session.life(ofSerial: serial ?? 0) }
    guard let found else { throw missing("there is no object o\(serial ?? 0) in the trace") }
    let text = LifeText(life: found, names: session.definitions, level: session.level)
    let losses = session.fileLosses
    AnalysisOutput.write(options.json ? text.json(losses: AnalysisOutput.json(losses)).text + "\n" : text.text())
    AnalysisOutput.warn(losses)
  }

  private func sample(_ slots: [UInt32]) -> [UInt32] {
    let step = max(1, (slots.count + Self.sampleMax - 1) / Self.sampleMax)
    return stride(from: 0, to: slots.count, by: step).map { slots[$0] }
  }

  /// What an object retains is worked out in memory: says what that takes where it is more than there may be.
  private func checkNeed(_ state: borrowing ReplayState) throws {
    let need = HeapDominators.bytesNeeded(state)
    guard let memory = memory.memory, need > memory.bytes else { return }
    AnalysisOutput.note(
      "--retained needs about \(Numbers.bytes(need)) for the \(Numbers.grouped(state.liveCount)) objects that live at \(at); raise --memory or leave it out"
    )
    throw AnalysisOutput.usage
  }

  /// Living slots that the argument names, every nth where there are many and not all are needed; and how many there are.
  private func targets(_ state: borrowing ReplayState, _ names: TraceNames) throws -> (slots: [UInt32], total: Int) {
    if object.hasPrefix("o"), let serial = UInt64(object.dropFirst()) {
      guard let slot = state.objects.slot(ofSerial: serial) else { throw missing("o\(serial) does not live at \(at)") }
      return ([slot], 1)
    }
    if object.hasPrefix("0x"), let slot = UInt32(object.dropFirst(2), radix: 16) {
      guard state.objects.isAlive(slot) else { throw missing("nothing lives in slot \(object) at \(at)") }
      return ([slot], 1)
    }
    let wanted = object.hasPrefix("<") && object.hasSuffix(">") ? String(object.dropFirst().dropLast()) : object
    let types = Set(
      names.types.indices.map { UInt32($0) }.filter {
        names.typeName($0) == wanted || names.plainTypeName($0) == wanted
      })
    guard !types.isEmpty else {
      throw missing("there is no type '\(wanted)' in the trace; `exuvia stats types` lists them")
    }
    var total = 0
    state.objects.forEachLiveCell { cell in if types.contains(cell.type) { total += 1 } }
    guard total > 0 else { throw missing("no object of type '\(wanted)' lives at \(at)") }
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
