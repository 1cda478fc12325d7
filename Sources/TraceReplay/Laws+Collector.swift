// Laws of the collector and of weak references.

import TraceModel

final class PassesNest: Law {
  init() {
    super.init(
      "passes-nest", "a pass begins only outside of a pass, and ends the pass that began",
      on: [.collectBegin, .collectEnd])
  }
  override func check(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    let collector = state.collector
    if event.kind == .collectBegin {
      if collector.isInPass {
        report.add(name, event, state.eventNumber, "a pass begins inside the one of #\(collector.startEvent)")
      }
    } else if !collector.isInPass {
      report.add(name, event, state.eventNumber, "a pass ends, but none has begun")
    } else if collector.generation != event.generation {
      report.add(
        name, event, state.eventNumber,
        "a pass of generation \(event.generation) ends; expected generation \(collector.generation), begun at #\(collector.startEvent)"
      )
    }
  }
}

final class CollectedCount: Law {
  init() {
    super.init(
      "collected-count", "a pass has collected its unreachable set less the resurrected and uncollectable",
      on: [.collectEnd])
  }
  override func check(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    let collector = state.collector
    guard collector.isInPass else { return }
    let unreachable = collector.unreachable.count
    let expected = unreachable - collector.resurrectedCount - Int(event.uncollectable)
    guard Int(event.collected) != expected else { return }
    report.add(
      name, event, state.eventNumber,
      "collected \(event.collected); expected \(unreachable) unreachable - \(collector.resurrectedCount) resurrected"
        + " - \(event.uncollectable) uncollectable = \(expected)")
  }
}

final class UnreachableDie: Law {
  init() {
    super.init(
      "unreachable-die",
      "an object dies by the collector only in a pass, as one of its final unreachable set, whose others are kept as uncollectable",
      on: [.dealloc, .collectEnd])
  }
  override func check(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    if event.kind == .dealloc { return checkDeath(event, state, &report) }
    var survivors = 0
    let final = state.collector.unreachable.count - state.collector.resurrectedCount
    for slot in state.collector.unreachable {
      let cell = state.objects[slot]
      if cell.isAlive && cell.has(ObjectCell.unreachable) { survivors += 1 }
    }
    // With DEBUG_SAVEALL the whole set is kept in gc.garbage and counted as collected.
    guard survivors != 0, survivors != Int(event.uncollectable), survivors != final else { return }
    report.add(
      name, event, state.eventNumber,
      "\(survivors) of \(final) unreachable objects still live at the pass's end; expected \(event.uncollectable) uncollectable"
    )
  }

  private func checkDeath(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    let cell = state.objects[event.object]
    guard cell.isAlive else { return }
    if event.isDeathInPass != state.collector.isInPass {
      report.add(
        name, event, state.eventNumber,
        "o\(cell.serial)'s death says \(event.isDeathInPass ? "it is" : "it is not") in a pass; expected the opposite")
    } else if event.deathCause == .collector, !state.collector.isInPass {
      report.add(name, event, state.eventNumber, "o\(cell.serial) dies by the collector outside of a pass")
    } else if event.deathCause == .collector, !cell.has(ObjectCell.unreachable) {
      report.add(
        name, event, state.eventNumber,
        "o\(cell.serial) dies by the collector, but is not in the pass's unreachable set")
    }
  }
}

final class UnreachableInPass: Law {
  init() {
    super.init(
      "unreachable-in-pass", "objects become unreachable once in a pass, and only unreachable ones are resurrected",
      on: [.collectUnreachable, .resurrect])
  }
  override func check(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    let cell = state.objects[event.object]
    guard cell.isAlive else { return }
    if !state.collector.isInPass {
      report.add(name, event, state.eventNumber, "\(event.kind) of o\(cell.serial) outside of a pass")
    } else if cell.has(ObjectCell.unreachable) == (event.kind == .collectUnreachable) {
      report.add(
        name, event, state.eventNumber,
        "\(event.kind) of o\(cell.serial), which is \(event.kind == .resurrect ? "not in the unreachable set" : "in the set already")"
      )
    }
  }
}

final class WeakrefClearOfDying: Law {
  /// Cleared, by slot, with the number of the event: must die (or be found in the unreachable set) before anything else refers to it.
  init() {
    super.init(
      "weakref-clear-of-dying",
      "a weak reference is cleared when its target is dying: in a pass's unreachable set, or with count zero",
      needs: .refs, on: [.weakrefClear])
  }
  override func check(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    let target = state.objects[event.weakrefTarget]
    guard target.isAlive, target.refcount > 0 else { return }
    let isInSet = state.collector.isInPass && target.has(ObjectCell.unreachable)
    guard !isInSet else { return }
    report.add(
      name, event, state.eventNumber,
      "a weakref to o\(target.serial) is cleared, which has count \(target.refcount) and is in no pass's unreachable set"
    )
  }
}

final class WeakrefKnown: Law {
  private var targets: [UInt32: UInt32] = [:]
  init() {
    super.init(
      "weakref-target", "a weak reference is dereferenced and cleared with the target that it was created for",
      on: [.weakrefCreate, .weakrefDereference, .weakrefClear, .dealloc])
  }
  override func check(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    switch event.kind {
    case .weakrefCreate: targets[event.object] = event.weakrefTarget
    case .dealloc: if !targets.isEmpty { targets[event.object] = nil }
    default:
      guard let target = targets[event.object] else {
        report.add(
          name, event, state.eventNumber, "\(event.kind) of a weakref in slot \(event.object) that was not created")
        return
      }
      // A dead weakref gives None: target 0.
      if event.weakrefTarget != 0 && event.weakrefTarget != target {
        report.add(
          name, event, state.eventNumber,
          "\(event.kind) with target slot \(event.weakrefTarget); it was created for slot \(target)")
      }
    }
  }
}
