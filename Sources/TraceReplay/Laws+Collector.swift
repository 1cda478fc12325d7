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
  /// Weakref callbacks of the pass that runs: a weak reference that dies by its callback is counted as collected.
  private var callbacks = 0

  init() {
    super.init(
      "collected-count", "a pass has collected its unreachable set less the resurrected and uncollectable",
      on: [.collectBegin, .weakrefCallbackBegin, .collectEnd])
  }
  override func check(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    switch event.kind {
    case .collectBegin: callbacks = 0
    case .collectEnd: checkEnd(event, state, &report)
    default: callbacks += 1
    }
  }

  /// Members of the set that died by reference count may have died before the final set was made (a finalizer took the cycle apart: not
  /// collected) or as parts of others while it was cleared (collected).
  private func checkEnd(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    let collector = state.collector
    guard collector.isInPass else { return }
    let final = collector.unreachable.count - collector.resurrectedCount
    let found = Int(event.collected) + Int(event.uncollectable)
    guard found < final - collector.unreachableByRefcount || found > final + callbacks else { return }
    report.add(
      name, event, state.eventNumber,
      "collected \(event.collected) and \(event.uncollectable) uncollectable; expected \(collector.unreachable.count) unreachable"
        + " - \(collector.resurrectedCount) resurrected, of which \(collector.unreachableByRefcount) may not count")
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
    // A death after the end's event may still belong to the pass (callbacks); one inside it must say so.
    if state.collector.isInPass && !event.isDeathInPass {
      report.add(
        name, event, state.eventNumber, "o\(cell.serial)'s death says that it is not in a pass; one is running")
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
    // A dying object's own finalizer may resurrect it, in a pass or not.
    guard cell.isAlive, event.kind != .resurrect || !cell.has(ObjectCell.finalized) else { return }
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
  init() {
    super.init(
      "weakref-clear-of-dying",
      "a weak reference is cleared when its target is dying, in a pass's unreachable set or with count zero, or is in that set itself",
      needs: .refs, on: [.weakrefClear])
  }
  override func check(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    let target = state.objects[event.weakrefTarget]
    guard target.isAlive, target.refcount > 0 else { return }
    // A pass also clears the references that are trash themselves, so that their callbacks do not run.
    let weakref = state.objects[event.object]
    let isInSet = target.has(ObjectCell.unreachable) || weakref.isAlive && weakref.has(ObjectCell.unreachable)
    guard !state.collector.isInPass || !isInSet else { return }
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
