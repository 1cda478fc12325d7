// Laws of memory: births and deaths, the dead, reference counts, tracking, stores.

import TraceModel

final class OneBirthPerLife: Law {
  init() {
    super.init("one-birth-per-life", "an object is born only where nothing lives", on: [.alloc, .allocLarge])
  }
  override func check(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    guard state.objects.isAlive(event.object) else { return }
    report.add(
      name, event, state.eventNumber,
      "birth in slot \(event.object), where o\(state.objects.serial(event.object)) still lives")
  }
}

final class OneDeathPerBirth: Law {
  init() { super.init("one-death-per-birth", "an object that lives dies at most once", on: [.dealloc]) }
  override func check(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    // A slot without any birth may hold an object from before the recording.
    guard !state.objects.isAlive(event.object), state.objects.serial(event.object) != 0 else { return }
    report.add(
      name, event, state.eventNumber, "death of \(name(event.object, state)); expected a living object")
  }
}

final class DeadAreSilent: Law {
  init() {
    super.init(
      "dead-are-silent", "nothing happens to an object that does not live",
      on: [
        .resize, .move, .store, .fill, .shift, .incref, .decref, .track, .untrack, .snapshotEdge, .frameEdge,
        .functionCode, .root,
        .collectVerdict,
        .collectUnreachable, .finalizerBegin, .finalizerCall, .resurrect, .weakrefCreate, .weakrefDereference,
        .weakrefClear,
        .generatorCreate, .generatorResume, .generatorYield, .generatorReturn, .generatorRaise,
      ])
  }
  override func check(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    if event.object != 0 && isDead(event.object, state) {
      report.add(
        name, event, state.eventNumber, "\(event.kind) of \(name(event.object, state)); expected a living object")
    }
    let stored: UInt32
    switch event.kind {
    case .store: stored = event.storeNew
    case .fill: stored = event.fillFirst
    case .snapshotEdge, .frameEdge: stored = event.edgeTarget
    case .weakrefCreate: stored = event.weakrefTarget
    default: return
    }
    if stored != 0 && isDead(stored, state) {
      report.add(
        name, event, state.eventNumber, "\(event.kind) refers to \(name(stored, state)); expected a living object")
    }
  }
}

extension DeadAreSilent {
  /// A slot without any birth in the trace may hold an object from before the recording: its life is not known.
  private func isDead(_ slot: UInt32, _ state: borrowing ReplayState) -> Bool {
    let cell = state.objects[slot]
    return !cell.isAlive && cell.serial != 0
  }
}

final class LiveCount: Law {
  init() { super.init("live-count", "the living are the births less the deaths", on: []) }
  override func finish(_ last: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    var living: UInt64 = 0
    state.objects.forEachLive { _, _ in living += 1 }
    guard living &+ state.deaths != state.births else { return }
    report.add(
      name, last, state.eventNumber,
      "\(living) objects live at the end; expected \(state.births) births - \(state.deaths) deaths")
  }
}

final class RefcountZeroAtDeath: Law {
  init() {
    super.init(
      "refcount-zero-at-death", "an object that dies by reference count has count zero", needs: .refs, on: [.dealloc])
  }
  override func check(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    let cell = state.objects[event.object]
    guard event.deathCause == .refcount, cell.isAlive, cell.refcount != 0 else { return }
    report.add(name, event, state.eventNumber, "o\(cell.serial) dies with count \(cell.refcount); expected 0")
  }
}

final class RefcountNotNegative: Law {
  init() {
    super.init("refcount-not-negative", "a reference count never falls below zero", needs: .refs, on: [.decref])
  }
  override func check(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    let cell = state.objects[event.object]
    guard cell.isAlive, cell.refcount <= 0 else { return }
    report.add(
      name, event, state.eventNumber, "decref of o\(cell.serial), whose count is \(cell.refcount); expected at least 1")
  }
}

final class TrackAlternates: Law {
  init() {
    super.init(
      "track-alternates", "an object is tracked only while untracked, and untracked only while tracked", needs: .refs,
      on: [.track, .untrack])
  }
  override func check(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    let cell = state.objects[event.object]
    guard cell.isAlive else { return }
    if cell.has(ObjectCell.tracked) == (event.kind == .track) {
      report.add(
        name, event, state.eventNumber,
        "\(event.kind) of o\(cell.serial), which is \(event.kind == .track ? "tracked already" : "not tracked")")
    }
  }
}

final class StoreOldMatches: Law {
  init() {
    super.init(
      "store-old-matches", "a store replaces what the field held before", needs: .links, on: [.store])
  }
  override func check(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    // Many fields of a holder may have no name, and long payloads are cut, so that fields share a name there.
    let field = FieldName(rawValue: event.field)
    guard state.options.withLinks, field.payload < FieldName.payloadMax, field != .nameless else { return }
    let held = state.links.target(holder: event.object, field: event.field)
    // A field that was never stored to may hold what a holder got in another way: at its birth, or before the recording.
    guard held != event.storeOld, held != 0 || namesTheDead(event, state) else { return }
    let found = event.storeOld == 0 ? "nothing" : name(event.storeOld, state)
    let expected = held == 0 ? "nothing" : name(held, state)
    report.add(
      name, event, state.eventNumber,
      "store into \(name(event.object, state)) says the field held \(found); expected \(expected)")
  }

  /// Whether the event says that the field held an object that is dead.
  private func namesTheDead(_ event: Event, _ state: borrowing ReplayState) -> Bool {
    let old = state.objects[event.storeOld]
    return event.storeOld != 0 && !old.isAlive && old.serial != 0
  }
}

final class ShiftOntoEmpty: Law {
  init() {
    super.init(
      "shift-onto-empty", "items shift only onto places that stores have emptied", needs: .links, on: [.shift])
  }
  override func check(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    let first = Int64(event.shiftFirst)
    guard state.options.withLinks, event.shiftBy < 0 else { return }
    guard first + event.shiftBy >= 0 else {
      report.add(
        name, event, state.eventNumber,
        "items of \(name(event.object, state)) shift from \(first) by \(event.shiftBy), to a negative index")
      return
    }
    for index in UInt32(first + event.shiftBy)..<UInt32(first) where index < FieldName.payloadMax {
      let held = state.links.target(holder: event.object, field: FieldName(.item, index).rawValue)
      guard held != 0 else { continue }
      report.add(
        name, event, state.eventNumber,
        "items of \(name(event.object, state)) shift onto item \(index), which holds \(name(held, state))")
      return
    }
  }
}
