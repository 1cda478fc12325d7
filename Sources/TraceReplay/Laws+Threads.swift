// Laws of threads, the GIL and other locks.

import TraceModel

final class OneGILOwner: Law {
  init() { super.init("one-gil-owner", "the GIL is acquired only while nobody holds it", on: [.lockAcquire]) }
  override func check(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    guard event.lock == 0, state.gilOwner != 0 else { return }
    report.add(
      name, event, state.eventNumber,
      "thread \(event.lockThread) acquires the GIL, which thread \(state.gilOwner) holds")
  }
}

final class GILAlternates: Law {
  init() { super.init("gil-released-by-owner", "the GIL is released by the thread that holds it", on: [.lockRelease]) }
  override func check(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    guard event.lock == 0, state.hasSeenGIL, state.gilOwner != event.lockThread else { return }
    let owner = state.gilOwner == 0 ? "nobody" : "thread \(state.gilOwner)"
    report.add(name, event, state.eventNumber, "thread \(event.lockThread) releases the GIL, which \(owner) holds")
  }
}

final class LockAlternates: Law {
  init() {
    super.init(
      "lock-alternates", "a lock is acquired only while free, and released only while held",
      on: [.lockAcquire, .lockRelease])
  }
  override func check(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    // A lock whose creation is not in the trace may have been held before.
    guard event.lock != 0, let lock = state.locks[event.lock] else { return }
    if event.kind == .lockAcquire, let owner = lock.owner {
      report.add(
        name, event, state.eventNumber,
        "thread \(event.lockThread) acquires lock \(lock.number), which thread \(owner) holds")
    }
    if event.kind == .lockRelease, lock.owner == nil {
      report.add(
        name, event, state.eventNumber, "thread \(event.lockThread) releases lock \(lock.number), which is free")
    }
    if event.kind == .lockRelease, lock.kind == 2, let owner = lock.owner, owner != event.lockThread {
      report.add(
        name, event, state.eventNumber,
        "thread \(event.lockThread) releases reentrant lock \(lock.number), which thread \(owner) holds")
    }
  }
}

final class ActsWithGIL: Law {
  init() {
    super.init(
      "acts-with-gil", "a thread acts only while it holds the GIL",
      on: [
        .alloc, .allocLarge, .dealloc, .store, .incref, .decref, .collectBegin, .generatorResume, .raise, .lockBlock,
        .lockAcquire, .lockRelease, .finalizerBegin, .finalizerCall, .collectSettings, .callBegin,
      ])
  }
  override func check(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    guard state.hasSeenGIL, !state.hasExited else { return }
    switch event.kind {
    case .lockBlock, .lockAcquire, .lockRelease:
      guard event.lock != 0, state.gilOwner != event.lockThread else { return }
      let owner = state.gilOwner == 0 ? "nobody" : "thread \(state.gilOwner)"
      report.add(
        name, event, state.eventNumber, "\(event.kind) by thread \(event.lockThread) while \(owner) holds the GIL")
    default:
      guard state.gilOwner == 0 else { return }
      report.add(name, event, state.eventNumber, "\(event.kind) while nobody holds the GIL")
    }
  }
}

final class BlockingAlternates: Law {
  init() {
    super.init(
      "blocking-alternates", "a thread's blocking calls begin and end in turn", on: [.blockingBegin, .blockingEnd])
  }
  override func check(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    guard state.hasSeenGIL else { return }
    let current = state.thread(state.gilOwner).blockingCall
    if event.kind == .blockingBegin, let current {
      report.add(
        name, event, state.eventNumber,
        "\(event.blockingCall) begins in thread \(state.gilOwner), which is in \(current)")
    }
    if event.kind == .blockingEnd, current != event.blockingCall {
      report.add(
        name, event, state.eventNumber,
        "\(event.blockingCall) ends in thread \(state.gilOwner), which is in \(current.map { "\($0)" } ?? "no blocking call")"
      )
    }
  }
}

final class ThreadLifecycle: Law {
  init() {
    super.init(
      "thread-lifecycle", "a thread starts once, and acts after its start and before its exit",
      on: [.threadStart, .threadExit, .lockAcquire, .lockBlock])
  }
  override func check(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    switch event.kind {
    case .threadStart:
      if state.thread(event.startedThread).isStarted {
        report.add(name, event, state.eventNumber, "thread \(event.startedThread) starts again")
      }
    case .threadExit:
      let thread = state.thread(event.startedThread)
      if !thread.isStarted || thread.hasExited {
        report.add(
          name, event, state.eventNumber,
          "thread \(event.startedThread) exits, but \(thread.hasExited ? "has exited already" : "never started")")
      }
    default:
      if state.thread(event.lockThread).hasExited {
        report.add(name, event, state.eventNumber, "\(event.kind) by thread \(event.lockThread), which has exited")
      }
    }
  }
}
