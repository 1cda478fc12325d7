// Laws of control flow: generators, finalizers, weakref callbacks, calls.

import TraceModel

final class GeneratorAlternates: Law {
  init() {
    super.init(
      "generator-alternates",
      "a generator is resumed only while suspended, and yields, returns or raises only while running",
      on: [.generatorResume, .generatorYield, .generatorReturn, .generatorRaise])
  }
  override func check(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    guard let generator = state.generators[event.object] else { return }
    let isRight: Bool
    if event.kind == .generatorResume {
      isRight = generator.phase == .created || generator.phase == .suspended
    } else {
      isRight = generator.phase == .running
    }
    if !isRight {
      report.add(
        name, event, state.eventNumber,
        "\(event.kind) of o\(state.objects.serial(event.object)), which is \(generator.phase); "
          + "expected \(event.kind == .generatorResume ? "created or suspended" : "running")")
    }
  }
}

final class GeneratorEnds: Law {
  init() {
    super.init(
      "generator-known", "a generator's events follow its creation",
      on: [.generatorResume, .generatorYield, .generatorDestroy])
  }
  override func check(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    let cell = state.objects[event.object]
    guard cell.isAlive, !cell.has(ObjectCell.hasGenerator) else { return }
    report.add(name, event, state.eventNumber, "\(event.kind) of o\(cell.serial), which was not created as a generator")
  }
}

/// Pairs of begin and end events, nested in each thread.
class NestingLaw: Law {
  private var open: [UInt32: [UInt32]] = [:]

  func begin(_ event: Event, _ value: UInt32, _ state: borrowing ReplayState) {
    open[state.gilOwner, default: []].append(value)
  }

  /// Pops the innermost; reports when it is not `value`.
  func end(
    _ event: Event, _ value: UInt32, _ state: borrowing ReplayState, _ report: inout ViolationReport, _ what: String
  ) {
    guard let innermost = open[state.gilOwner]?.popLast() else {
      report.add(name, event, state.eventNumber, "\(what) ends, but none has begun in this thread")
      return
    }
    if innermost != value {
      report.add(name, event, state.eventNumber, "\(what) \(value) ends while \(innermost) is the innermost")
    }
  }
}

final class FinalizersNest: NestingLaw {
  init() {
    super.init("finalizers-nest", "finalizers begin and end in a nested way", on: [.finalizerBegin, .finalizerEnd])
  }
  override func check(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    if event.kind == .finalizerBegin { return begin(event, event.object, state) }
    end(event, event.object, state, &report, "finalizer of slot")
  }
}

final class FinalizedOnce: Law {
  init() { super.init("finalized-once", "the finalizer of a container runs at most once", on: [.finalizerBegin]) }
  override func check(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    let cell = state.objects[event.object]
    guard cell.isAlive, cell.has(ObjectCell.container), cell.has(ObjectCell.finalized) else { return }
    report.add(name, event, state.eventNumber, "the finalizer of o\(cell.serial) runs a second time")
  }
}

final class CallbacksNest: NestingLaw {
  init() {
    super.init(
      "callbacks-nest", "weakref callbacks begin and end in a nested way",
      on: [.weakrefCallbackBegin, .weakrefCallbackEnd])
  }
  override func check(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    if event.kind == .weakrefCallbackBegin { return begin(event, event.object, state) }
    end(event, event.object, state, &report, "callback of slot")
  }
}

final class CallsNest: NestingLaw {
  init() { super.init("calls-nest", "calls begin and end in a nested way", on: [.callBegin, .callEnd]) }
  override func check(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    if event.kind == .callBegin { return begin(event, event.node, state) }
    end(event, event.node, state, &report, "call")
  }
}
