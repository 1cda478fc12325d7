// Writes what a program did as JSON lines that do not depend on the runtime: lifetimes of the program's objects, finalizers, weakref
// callbacks, collector passes, generator events, raises, output, in order. Two runtimes that agree with CPython write the same lines.
//
//     {"e":"new","t":"Foo","id":1}   {"e":"gen","op":"yield","k":"gen","id":1,"f":"f","line":5,"v":40}   {"e":"out","s":"40\n"}
//
// Only classes, functions and generators of the program appear; of generators those that ran.

import TraceAnalysis
import TraceModel
import TraceReplay

public enum SemanticExport {
  /// Replays the trace twice and hands the lines to `write`, some at a time. Returns what was lost.
  public static func run(_ session: TraceSession, write: @escaping (borrowing [UInt8]) -> Void) throws(ReplayError)
    -> LossLedger
  {
    var ran = RanGenerators(names: session.definitions)
    _ = try session.replay(visitor: &ran)
    var writer = SemanticWriter(names: session.definitions, ran: ran.serials, write: write)
    let state = try session.replay(visitor: &writer)
    writer.flush()
    return state.losses
  }
}

/// Serial numbers of the program's generators that were ever resumed: one that never ran leaves no line, not even its birth.
struct RanGenerators: EventVisitor {
  let names: TraceNames
  var serials: Set<UInt64> = []

  mutating func visit(_ event: Event, _ state: borrowing ReplayState) {
    guard event.kind == .generatorResume, let generator = state.generators[event.object] else { return }
    // Closing a generator that never started runs nothing.
    if generator.phase == .created && event.resumeKind == .close { return }
    if !generator.hasRun && names.isProgramCode(generator.code) { serials.insert(generator.serial) }
  }
}

struct SemanticWriter: EventVisitor {
  private let names: TraceNames
  private let ran: Set<UInt64>
  private let write: (borrowing [UInt8]) -> Void
  /// For each type id: whether its instances are shown.
  private let isShown: [Bool]
  /// Qualified names of the program's functions.
  private let programFunctions: Set<String>
  private var ids: [String: Int] = [:]
  /// Name and id of what is shown and lives, by slot.
  private var shown: [UInt32: (name: String, id: Int)] = [:]
  private var line: [UInt8] = []
  /// Bytes of an unfinished UTF-8 sequence of the program's output.
  private var outputRest: [UInt8] = []
  private var thread: UInt32 = 1
  private var writtenThread: UInt32 = 1
  private var isHiddenPass = false
  /// Types of observers that the recording put into `gc.callbacks`. With one, a pass shows when the observer is called.
  private let observers: Set<UInt32>
  /// The line of the running pass's begin or end that waits for the observer's call.
  private var heldPass: String?
  /// The lines of a generator that was just resumed. CPython tells of it behind the check for a due pass, which comes first then.
  private var heldResume: [UInt8] = []
  private var heldFor = Held.anyEvent
  private enum Held { case anyEvent, pass, nextLine }

  private static let bufferBytes = 1 << 16

  init(names: TraceNames, ran: Set<UInt64>, write: @escaping (borrowing [UInt8]) -> Void) {
    self.names = names
    self.ran = ran
    self.write = write
    programFunctions = Set(
      names.codes.indices.filter { names.isProgramCode(UInt32($0)) }.compactMap {
        names.string(names.codes[$0].qualifiedName)
      })
    // Classes that a metaclass of the program makes are none of its objects.
    observers = Set(
      names.types.indices.map { UInt32($0) }.filter {
        names.type($0)?.origin == 0 && names.typeName($0) == "exuvia.CollectorObserver"
      })
    isShown = names.types.indices.map { names.isProgramType(UInt32($0)) && !names.isMetaclass(UInt32($0)) }
  }

  mutating func visit(_ event: Event, _ state: borrowing ReplayState) {
    if !heldResume.isEmpty { order(event) }
    write(event, state)
  }

  /// Writes the held lines, unless a pass begins that was due as the generator was resumed: then they come behind it. No pass falls due without
  /// an allocation.
  private mutating func order(_ event: Event) {
    switch event.kind {
    case .alloc, .allocLarge: if heldFor == .anyEvent { writeHeldResume() }
    case .collectBegin: if event.collectReason == .automatic { heldFor = .pass } else { writeHeldResume() }
    case .collectEnd: heldFor = .nextLine
    default: return
    }
  }

  private mutating func writeHeldResume() {
    line += heldResume
    heldResume.removeAll(keepingCapacity: true)
    heldFor = .anyEvent
  }

  private mutating func write(_ event: Event, _ state: borrowing ReplayState) {
    switch event.kind {
    case .alloc, .allocLarge:
      guard Int(event.type) < isShown.count, isShown[Int(event.type)] else { return }
      birth(event.object, names.plainTypeName(event.type))
    case .dealloc:
      let cell = state.objects[event.object]
      guard Int(cell.type) < isShown.count, isShown[Int(cell.type)] || cell.has(ObjectCell.hasGenerator) else { return }
      if let (name, id) = shown.removeValue(forKey: event.object) { instance("free", name, id) }
    case .move:
      if let entry = shown.removeValue(forKey: event.object) { shown[event.moveTo] = entry }
    case .finalizerCall:
      guard !state.objects[event.object].has(ObjectCell.hasGenerator), let (name, id) = shown[event.object] else {
        return
      }
      instance("del", name, id)
    case .weakrefCallbackBegin:
      // A callback of the library, or a native one, is none of the program's events.
      guard let function = names.string(event.callbackFunction), programFunctions.contains(function) else { return }
      begin("wrcb")
      member("f", function)
      end()
    case .collectBegin:
      // The last pass of the teardown calls no callbacks, so no program can know of it.
      isHiddenPass = event.collectReason == .shutdown
      if !isHiddenPass { pass(event) }
    case .collectEnd: if !isHiddenPass { pass(event) }
    case .collectCallback:
      guard let line = heldPass, observers.contains(state.objects[event.object].type) else { return }
      heldPass = nil
      begin("gc")
      raw(line)
      end()
    case .generatorCreate:
      if ran.contains(state.objects.serial(event.object)) { birth(event.object, Self.typeName(event.generatorKind)) }
    case .generatorResume: resume(event, state)
    case .generatorYield: suspend("yield", event, state)
    case .generatorReturn: suspend("return", event, state)
    case .generatorRaise: unwind(event, state)
    case .raise:
      guard names.isProgramCode(event.raiseCode) else { return }
      begin("raise")
      member("t", exceptionName(event.type))
      member("f", names.codeName(event.raiseCode))
      member("line", Int64(event.line))
      end()
    case .output: output(event)
    case .lockAcquire: if event.lock == 0 { thread = event.lockThread }
    default: return
    }
  }

  /// Writes what is left.
  mutating func flush() {
    writeHeldResume()
    drain()
  }

  private mutating func drain() {
    if !line.isEmpty { write(line) }
    line.removeAll(keepingCapacity: true)
  }
}

// Lifetimes, passes, output.
extension SemanticWriter {
  private mutating func birth(_ slot: UInt32, _ qualifiedName: String) {
    // CPython's trace has `__name__`, not the qualified name.
    let name = qualifiedName.split(separator: ".").last.map(String.init) ?? qualifiedName
    let id = ids[name, default: 0] + 1
    ids[name] = id
    shown[slot] = (name, id)
    instance("new", name, id)
  }

  private mutating func instance(_ what: String, _ name: String, _ id: Int) {
    begin(what)
    member("t", name)
    member("id", Int64(id))
    end()
  }

  private mutating func pass(_ event: Event) {
    let isStart = event.kind == .collectBegin
    var text = ",\"p\":\"\(isStart ? "start" : "stop")\",\"g\":\(event.generation)"
    if !isStart { text += ",\"coll\":\(event.collected),\"unc\":\(event.uncollectable)" }
    let counts = isStart ? event.beginCounts : event.endCounts
    let longLived =
      isStart
      ? event.beginLongLived : (pending: UInt64(event.endLongLived.pending), total: UInt64(event.endLongLived.total))
    text += ",\"cnt\":[\(counts.0),\(counts.1),\(counts.2)],\"ll\":[\(longLived.pending),\(longLived.total)]"
    guard observers.isEmpty else {
      heldPass = text
      return
    }
    begin("gc")
    raw(text)
    end()
  }

  private mutating func output(_ event: Event) {
    guard event.outputDescriptor == 1 else { return }
    let bytes = unsafe outputRest + Array(event.payload)
    // An unfinished sequence at the end waits for the next write.
    var whole = bytes.count
    for back in 1...3 where bytes.count >= back {
      let byte = bytes[bytes.count - back]
      let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
      if length > 1 {
        if length > back { whole = bytes.count - back }
        break
      }
      if byte < 0x80 { break }
    }
    outputRest = Array(bytes[whole...])
    guard whole > 0 else { return }
    begin("out")
    raw(",\"s\":")
    JSON.quote(bytes[..<whole], into: &line)
    end()
  }
}

// Generators.
extension SemanticWriter {
  static func typeName(_ kind: GeneratorKind) -> String {
    switch kind {
    case .generator: "generator"
    case .coroutine: "coroutine"
    case .asyncGenerator: "async_generator"
    }
  }

  private static func shortName(_ kind: GeneratorKind) -> String {
    switch kind {
    case .generator: "gen"
    case .coroutine: "coro"
    case .asyncGenerator: "asyncgen"
    }
  }

  /// Begins the line of a generator's event; false when the generator is not shown.
  private mutating func generator(_ operation: String, _ event: Event, _ generator: GeneratorState, line number: Int64)
    -> Bool
  {
    guard let (_, id) = shown[event.object] else { return false }
    begin("gen")
    member("op", operation)
    member("k", Self.shortName(generator.kind))
    member("id", Int64(id))
    member("f", names.codeName(generator.code))
    member("line", number)
    return true
  }

  /// Line 0 is "no line of its own": the function's first line, or -1 in the tail that only an exception reaches.
  private func line(_ event: Event, _ generator: GeneratorState) -> Int64 {
    event.line != 0 ? Int64(event.line) : Int64(names.code(generator.code)?.firstLine ?? 0)
  }

  private mutating func resume(_ event: Event, _ state: borrowing ReplayState) {
    guard let generator = state.generators[event.object] else { return }
    let isThrow = event.resumeKind == .throwing || event.resumeKind == .close
    if isThrow && generator.phase == .created && event.resumeKind == .close { return }
    let operation = isThrow ? "throw" : generator.phase == .created ? "start" : "resume"
    let start = line.count
    guard self.generator(operation, event, generator, line: line(event, generator)) else { return }
    if isThrow {
      member(
        "vt", event.resumeValueKind == .other ? exceptionName(UInt32(truncatingIfNeeded: event.value)) : "GeneratorExit"
      )
    }
    // What a finalizer resumes within the pass comes at once.
    guard heldFor != .pass else { return end() }
    raw("}\n")
    heldResume += line[start...]
    line.removeLast(line.count - start)
  }

  private mutating func suspend(_ operation: String, _ event: Event, _ state: borrowing ReplayState) {
    guard let generator = state.generators[event.object],
      self.generator(operation, event, generator, line: line(event, generator))
    else { return }
    switch event.valueKind {
    case .none: raw(",\"v\":null")
    case .no: raw(",\"v\":false")
    case .yes: raw(",\"v\":true")
    case .int: member("v", event.value)
    case .string: member("v", names.string(UInt32(truncatingIfNeeded: event.value)) ?? "")
    case .other: member("vt", exceptionName(UInt32(truncatingIfNeeded: event.value)))
    }
    end()
  }

  private mutating func unwind(_ event: Event, _ state: borrowing ReplayState) {
    let number: Int64 = event.line == 0 || event.line == UInt32.max ? -1 : Int64(event.line)
    guard let generator = state.generators[event.object], self.generator("unwind", event, generator, line: number)
    else { return }
    member("vt", exceptionName(event.type))
    end()
  }

  /// A type as CPython's C name has it: with its module for types of C modules, alone for Python's and built-in ones.
  private func exceptionName(_ type: UInt32) -> String {
    names.type(type)?.origin == 0 ? names.typeName(type) : names.plainTypeName(type)
  }
}

// Lines.
extension SemanticWriter {
  private mutating func begin(_ what: String) {
    if heldFor == .anyEvent || heldFor == .nextLine && what != "gc" { writeHeldResume() }
    if thread != writtenThread {
      raw("{\"e\":\"thr\",\"n\":\(thread == 0 ? 0 : thread - 1)}\n")
      writtenThread = thread
    }
    raw("{\"e\":\"\(what)\"")
  }

  private mutating func member(_ name: String, _ value: String) {
    raw(",\"\(name)\":")
    JSON.quote(value.utf8, into: &line)
  }

  private mutating func member(_ name: String, _ value: Int64) { raw(",\"\(name)\":\(value)") }
  private mutating func raw(_ text: String) { line += text.utf8 }

  private mutating func end() {
    raw("}\n")
    if line.count >= Self.bufferBytes { drain() }
  }
}
