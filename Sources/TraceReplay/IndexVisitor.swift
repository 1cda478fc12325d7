// Watches a replay for the rows of an index file: bounds by chunk and by type in it, passes, markers.

import TraceModel

/// Safe: `types` has `typeCount` rows and is indexed by what `row` makes of an id; freed only here.
@safe struct IndexVisitor: EventVisitor, ~Copyable {
  private struct Row {
    var live: UInt64 = 0
    var bytes: UInt64 = 0
    var liveBounds = Bounds(0)
    var bytesBounds = Bounds(0)
    /// Whether the type stands in `touched`.
    var isTouched = false
  }

  private let types: UnsafeMutablePointer<Row>
  private let typeCount: Int
  private var touched: [UInt32] = []
  private var chunk = ChunkBounds(
    chunk: 0, firstEvent: 0, eventCount: 0, live: Bounds(0), bytes: Bounds(0), waiting: Bounds(0), longestGILWait: 0,
    longestLockWait: 0)
  private var pass: (event: UInt64, time: UInt64, reason: CollectReason)?
  private var waiting = WaitCounter()
  private var markerNames: Set<UInt32> = []
  private var hasTeardown = false
  private var finishedChunk: ChunkBounds?
  private var passes: [PassRow] = []
  private(set) var markers: [MarkerRow] = []
  /// Beyond these, a marker is found by replaying.
  private static let markersMax = 1 << 16

  init(typeCount: Int) {
    self.typeCount = max(1, typeCount)
    unsafe types = .allocate(capacity: self.typeCount)
    unsafe types.initialize(repeating: Row(), count: self.typeCount)
  }

  deinit { unsafe types.deallocate() }

  /// An id that the trace does not define counts as unknown.
  private func row(_ id: UInt32) -> Int { Int(id) < typeCount ? Int(id) : 0 }

  var watched: WatchedKinds {
    WatchedKinds([
      .alloc, .allocLarge, .dealloc, .resize, .lockBlock, .lockAcquire, .collectBegin, .collectEnd, .marker,
      .processExit, .programEnd,
    ])
  }

  mutating func begin(chunk number: UInt32, _ state: borrowing ReplayState) {
    chunk = ChunkBounds(
      chunk: number, firstEvent: state.eventNumber, eventCount: 0, live: Bounds(state.liveCount),
      bytes: Bounds(state.liveBytes), waiting: Bounds(waiting.most), longestGILWait: 0, longestLockWait: 0)
  }

  mutating func end(_ state: borrowing ReplayState) {
    note(state)
    chunk.eventCount = state.eventNumber &- chunk.firstEvent
    finishedChunk = chunk
  }

  mutating func visit(_ event: Event, _ state: borrowing ReplayState) {
    switch event.kind {
    case .alloc, .allocLarge:
      note(state)
      let type = row(event.type)
      touch(type)
      unsafe types[type].live &+= 1
      unsafe types[type].bytes &+= event.allocSize
      add(type)
    case .dealloc:
      note(state)
      if event.deathCause == .shutdown { noteTeardown(event, state) }
      let cell = state.objects[event.object]
      guard cell.isAlive else { return }
      let type = row(cell.type)
      touch(type)
      unsafe types[type].live &-= min(1, types[type].live)
      unsafe types[type].bytes &-= min(cell.size, types[type].bytes)
      add(type)
    case .resize:
      note(state)
      let cell = state.objects[event.object]
      guard cell.isAlive else { return }
      let type = row(cell.type)
      touch(type)
      unsafe types[type].bytes = types[type].bytes &- min(cell.size, types[type].bytes) &+ event.resizeSize
      add(type)
    case .lockBlock, .lockAcquire:
      waiting.apply(event, state)
      chunk.waiting.add(waiting.most)
      guard event.kind == .lockAcquire else { return }
      if event.lock == 0 {
        chunk.longestGILWait = max(chunk.longestGILWait, event.blockedNanoseconds)
      } else {
        chunk.longestLockWait = max(chunk.longestLockWait, event.blockedNanoseconds)
      }
    case .collectBegin:
      if event.collectReason == .shutdown { noteTeardown(event, state) }
      pass = (state.eventNumber, event.time, event.collectReason)
    case .collectEnd:
      let begin = pass ?? (state.eventNumber, event.time, .automatic)
      passes.append(
        PassRow(
          beginEvent: begin.event, endEvent: state.eventNumber, beginTime: begin.time, endTime: event.time,
          generation: event.generation, reason: begin.reason, examined: event.examined, collected: event.collected))
      pass = nil
    case .marker:
      if markers.count < Self.markersMax, markerNames.insert(event.markerName).inserted {
        markers.append(MarkerRow(name: event.markerName, event: state.eventNumber))
      }
    case .processExit, .programEnd: noteTeardown(event, state)
    default: return
    }
  }

  private mutating func noteTeardown(_ event: Event, _ state: borrowing ReplayState) {
    guard !hasTeardown else { return }
    hasTeardown = true
    markers.append(MarkerRow(name: nil, event: state.eventNumber))
  }

  @inline(__always) private mutating func note(_ state: borrowing ReplayState) {
    chunk.live.add(state.liveCount)
    chunk.bytes.add(state.liveBytes)
  }

  @inline(__always) private mutating func touch(_ type: Int) {
    guard unsafe !types[type].isTouched else { return }
    unsafe types[type].isTouched = true
    unsafe types[type].liveBounds = Bounds(types[type].live)
    unsafe types[type].bytesBounds = Bounds(types[type].bytes)
    touched.append(UInt32(type))
  }

  @inline(__always) private func add(_ type: Int) {
    unsafe types[type].liveBounds.add(types[type].live)
    unsafe types[type].bytesBounds.add(types[type].bytes)
  }

  /// Hands the rows of the chunk that ended over.
  mutating func take(_ chunks: inout [ChunkBounds], _ passRows: inout [PassRow], _ typeRows: inout [TypeBounds]) {
    if let finishedChunk {
      chunks.append(finishedChunk)
      for type in touched.sorted() {
        let row = unsafe types[Int(type)]
        typeRows.append(
          TypeBounds(chunk: finishedChunk.chunk, type: type, live: row.liveBounds, bytes: row.bytesBounds))
        unsafe types[Int(type)].isTouched = false
      }
      touched.removeAll(keepingCapacity: true)
    }
    finishedChunk = nil
    passRows += passes
    passes.removeAll(keepingCapacity: true)
  }
}

/// How many threads wait for one lock other than the GIL, at most, at a moment.
public struct WaitCounter: Sendable {
  /// The most waiters that one lock has now.
  public private(set) var most: UInt64 = 0
  private var byLock: [UInt32: UInt64] = [:]

  public init() {}

  /// As `state`, at its moment, has it.
  public init(_ state: borrowing ReplayState) {
    for thread in state.threads {
      if let lock = thread.waitsFor, lock != 0 { byLock[lock, default: 0] += 1 }
    }
    most = byLock.values.max() ?? 0
  }

  /// Threads that wait for `lock`.
  public func waiters(_ lock: UInt32) -> UInt64 { byLock[lock] ?? 0 }

  /// To be called before the event, a `lockBlock` or `lockAcquire`, is applied to `state`.
  public mutating func apply(_ event: Event, _ state: borrowing ReplayState) {
    let waited = state.thread(event.lockThread).waitsFor
    switch event.kind {
    case .lockBlock:
      if let waited, waited != 0 { remove(waited) }
      if event.lock != 0 { byLock[event.lock, default: 0] += 1 }
    case .lockAcquire:
      // Who has a lock, or the GIL again, waits no more.
      if let waited, waited != 0, waited == event.lock || event.lock == 0 { remove(waited) }
    default: return
    }
    most = byLock.values.max() ?? 0
  }

  private mutating func remove(_ lock: UInt32) {
    guard let count = byLock[lock] else { return }
    byLock[lock] = count > 1 ? count - 1 : nil
  }
}
