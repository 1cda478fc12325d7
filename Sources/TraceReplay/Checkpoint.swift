// A replay's state without its objects as the bytes of an index file's `state` and `locks` sections, both directions. What the bytes mean
// stands in docs/FORMAT.md, section 9; the objects are CheckpointCells.swift. Links (who holds whom) are not kept: a replay that needs them
// begins at the start.

import TraceFormat
import TraceModel

enum CheckpointState {
  /// Rows of locks in a section.
  static let locksPerSection = 1 << 17

  static func write(_ state: borrowing ReplayState, to writer: inout PackedWriter) {
    writer.put(state.eventNumber)
    writer.put(state.time)
    for number in [state.births, state.deaths, state.unknownDeaths] { writer.put(number) }
    let causes = state.deathsByCause
    for number in [causes.refcount, causes.collector, causes.shutdown] { writer.put(number) }
    for number in [state.liveBytes, state.peakLive, state.peakBytes] { writer.put(number) }
    for number in [state.increfs, state.decrefs, state.stores] { writer.put(number) }
    writer.put(state.gilOwner)
    for flag in [state.hasSeenGIL, state.hasExited, state.isComplete] { writer.put(flag) }
    write(state.collector, to: &writer)
    writer.put(state.threads.count)
    for thread in state.threads { write(thread, to: &writer) }
    writer.put(state.roots.count)
    for root in state.roots {
      writer.put(root.kind.rawValue)
      for number in [root.object, root.name, root.owner] { writer.put(number) }
    }
    writer.put(state.losses.foldedCount)
    writer.put(state.losses.entries.count)
    for entry in state.losses.entries { write(entry, to: &writer) }
  }

  /// Puts what was written into a new state. False when the bytes are no state.
  static func read(_ bytes: UnsafeRawBufferPointer, into state: inout ReplayState) -> Bool {
    var reader = unsafe PackedReader(bytes)
    state.eventNumber = reader.take()
    state.time = reader.take()
    (state.births, state.deaths, state.unknownDeaths) = (reader.take(), reader.take(), reader.take())
    state.deathsByCause = (reader.take(), reader.take(), reader.take())
    (state.liveBytes, state.peakLive, state.peakBytes) = (reader.take(), reader.take(), reader.take())
    (state.increfs, state.decrefs, state.stores) = (reader.take(), reader.take(), reader.take())
    state.gilOwner = reader.take(UInt32.self)
    (state.hasSeenGIL, state.hasExited, state.isComplete) = (reader.takeFlag(), reader.takeFlag(), reader.takeFlag())
    readCollector(&reader, into: &state.collector)
    for _ in 0..<reader.takeCount() where !reader.hasFailed { state.threads.append(readThread(&reader)) }
    for _ in 0..<reader.takeCount() where !reader.hasFailed {
      let kind = RootKind(rawValue: reader.take()) ?? .interpreter
      let (object, name, owner) = (reader.take(UInt32.self), reader.take(UInt32.self), reader.take(UInt32.self))
      state.addRoot(HeapRoot(kind: kind, object: object, name: name, owner: owner))
    }
    state.losses.foldedCount = reader.takeInt()
    for _ in 0..<reader.takeCount() where !reader.hasFailed { state.losses.add(readLoss(&reader)) }
    return reader.isAtEnd
  }

  private static func write(_ collector: CollectorState, to writer: inout PackedWriter) {
    writer.put(collector.isInPass)
    writer.put(collector.generation)
    writer.put(collector.reason.rawValue)
    for number in [collector.startTime, collector.startEvent, collector.deaths, collector.passCount] {
      writer.put(number)
    }
    for number in [collector.resurrectedCount, collector.unreachableByRefcount] { writer.put(number) }
    for number in [collector.begunCount, collector.lastOldPass] { writer.put(number) }
    for count in collector.passesByGeneration { writer.put(count) }
    writer.put(collector.unreachable.count)
    for slot in collector.unreachable { writer.put(slot) }
  }

  private static func readCollector(_ reader: inout PackedReader, into collector: inout CollectorState) {
    collector.isInPass = reader.takeFlag()
    collector.generation = reader.takeInt()
    collector.reason = CollectReason(rawValue: reader.take()) ?? .automatic
    (collector.startTime, collector.startEvent) = (reader.take(), reader.take())
    (collector.deaths, collector.passCount) = (reader.take(), reader.take())
    (collector.resurrectedCount, collector.unreachableByRefcount) = (reader.takeInt(), reader.takeInt())
    (collector.begunCount, collector.lastOldPass) = (reader.take(UInt32.self), reader.take(UInt32.self))
    for generation in collector.passesByGeneration.indices { collector.passesByGeneration[generation] = reader.take() }
    for _ in 0..<reader.takeCount() where !reader.hasFailed { collector.unreachable.append(reader.take(UInt32.self)) }
  }

  private static func write(_ thread: ThreadState, to writer: inout PackedWriter) {
    for number in [thread.name, thread.kernelThread] { writer.put(number) }
    for flag in [thread.isStarted, thread.hasExited] { writer.put(flag) }
    for number in [thread.startTime, thread.exitTime, thread.cpuNanoseconds] { writer.put(number) }
    writer.put(thread.waitsFor.map { UInt64($0) + 1 } ?? 0)
    writer.put(thread.waitsSince)
    writer.put(thread.blockingCall.map { $0.rawValue + 1 } ?? 0)
    writer.put(thread.blockingSince)
  }

  private static func readThread(_ reader: inout PackedReader) -> ThreadState {
    var thread = ThreadState(name: reader.take(UInt32.self), kernelThread: reader.take(UInt32.self))
    (thread.isStarted, thread.hasExited) = (reader.takeFlag(), reader.takeFlag())
    (thread.startTime, thread.exitTime, thread.cpuNanoseconds) = (reader.take(), reader.take(), reader.take())
    let lock = reader.take()
    thread.waitsFor = lock == 0 ? nil : UInt32(truncatingIfNeeded: lock - 1)
    thread.waitsSince = reader.take()
    let call = reader.take()
    thread.blockingCall = call == 0 ? nil : BlockingCall(rawValue: call - 1)
    thread.blockingSince = reader.take()
    return thread
  }

  private static func write(_ entry: LossEntry, to writer: inout PackedWriter) {
    for text in [entry.cause, entry.unit, entry.explanation] { writer.put(text) }
    for number in [entry.events, entry.at] {
      writer.put(number != nil)
      writer.put(number ?? 0)
    }
  }

  private static func readLoss(_ reader: inout PackedReader) -> LossEntry {
    let (cause, unit, explanation) = (reader.takeText(), reader.takeText(), reader.takeText())
    let (hasEvents, events) = (reader.takeFlag(), reader.take())
    let (hasPlace, place) = (reader.takeFlag(), reader.take())
    return LossEntry(
      cause: cause, events: hasEvents ? events : nil, unit: unit, at: hasPlace ? place : nil, explanation: explanation)
  }

  static func write(_ locks: ArraySlice<LockState>, to writer: inout PackedWriter) {
    for lock in locks {
      for number in [lock.lock, lock.kind, lock.site] { writer.put(number) }
      writer.put(lock.owner.map { UInt64($0) + 1 } ?? 0)
      writer.put(lock.ownedSince)
      writer.put(lock.waiters)
    }
  }

  static func readLocks(_ bytes: UnsafeRawBufferPointer, count: Int, into state: inout ReplayState) -> Bool {
    var reader = unsafe PackedReader(bytes)
    for _ in 0..<count where !reader.hasFailed {
      let (id, kind, site) = (reader.take(UInt32.self), reader.take(UInt32.self), reader.take(UInt32.self))
      let owner = reader.take()
      let (since, waiters) = (reader.take(), reader.takeInt())
      state.locks.create(id, kind: kind, site: site)
      state.locks.update(id) {
        $0.owner = owner == 0 ? nil : UInt32(truncatingIfNeeded: owner - 1)
        $0.ownedSince = since
        $0.waiters = waiters
      }
    }
    return reader.isAtEnd
  }
}
