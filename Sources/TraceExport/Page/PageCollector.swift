// What the timeline page shows, gathered in one replay of bounded memory: columns of equal time for everything that is counted, and single slices for as
// many as fit. Of slices beyond that the longest are kept; the columns have all of them.

import TraceAnalysis
import TraceModel
import TraceReplay

/// A stretch of time on a track.
struct PageSlice {
  var begin: UInt64
  var duration: UInt64
  /// Holds: why given up, raw + 1, 0 for not. Waits: the lock's number. Blocking calls: the raw kind.
  var what: UInt32
  /// Waits: the thread that had the lock, 0 for unknown.
  var other: UInt32 = 0
}

/// Slices in order of their end, at most `countMax`: beyond that the shorter half goes.
struct PageSlices {
  static let countMax = 100_000
  private(set) var slices: [PageSlice] = []
  /// Slices shorter than this are not kept.
  private(set) var shortest: UInt64 = 0
  private(set) var left: UInt64 = 0

  mutating func add(_ slice: PageSlice) {
    guard slice.duration >= shortest else {
      left += 1
      return
    }
    slices.append(slice)
    guard slices.count > Self.countMax else { return }
    let middle = slices.map(\.duration).sorted()[slices.count / 2]
    // Equal durations on both sides of the middle must not keep everything.
    shortest = max(middle, shortest) + 1
    let before = slices.count
    slices.removeAll { $0.duration < shortest }
    left += UInt64(before - slices.count)
  }
}

/// One thread: the nanoseconds of each column by what it did, and the slices.
struct PageThread {
  var holds: [UInt32]
  var waits: [UInt32]
  var blocks: [UInt32]
  var holdSlices = PageSlices()
  var waitSlices = PageSlices()
  var blockSlices = PageSlices()

  init(_ columns: Int) {
    holds = .init(repeating: 0, count: columns)
    waits = holds
    blocks = holds
  }
}

struct PagePass {
  let number: UInt64
  let begin: UInt64
  let duration: UInt64
  let generation: Int
  let reason: CollectReason
  let examined: UInt32
  let collected: UInt32
  let liveBefore: UInt64
  let event: UInt64
}

struct PageMarker {
  let time: UInt64
  let name: UInt32
}

/// The visitor. `types` and `generators` are the ids that get tracks of their own.
struct PageCollector: EventVisitor, ~Copyable {
  static let columnCount = 8192
  static let passesMax = 20_000
  static let markersMax = 2000
  /// Threads that get a track.
  static let threadsMax = 128

  let begin: UInt64
  let end: UInt64
  /// Nanoseconds of a column; at most what 32 bits can count.
  let width: UInt64
  private(set) var events: [UInt32]
  private(set) var peakBytes: [UInt64]
  private(set) var live: [UInt64]
  /// By place in `types`, then those of all other types: bytes at each column's end.
  private(set) var typeBytes: [[UInt64]]
  /// By place in `generators`: how many lived at each column's end.
  private(set) var generatorCounts: [[UInt32]]
  private(set) var passCounts: [[UInt32]]
  private(set) var passTimes: [[UInt32]]
  private(set) var threads: [PageThread?] = []
  private(set) var passes: [PagePass] = []
  private(set) var passesLeft: UInt64 = 0
  private(set) var shortestPass: UInt64 = 0
  private(set) var markers: [PageMarker] = []
  private(set) var markersLeft: UInt64 = 0

  private let placeOfType: [Int]
  private let placeOfCode: [Int]
  private var bytesNow: [UInt64]
  private var generatorsNow: [UInt32]
  private var column = 0
  private var holdBegin: UInt64 = 0
  private var passBegin: (time: UInt64, event: UInt64, live: UInt64, reason: CollectReason) = (0, 0, 0, .automatic)
  private var passNumber: UInt64 = 0
  private var blockBegin: [UInt32: UInt64] = [:]
  private var lastHolder: UInt32 = 0
  private var holderAtBlock: [UInt32: UInt32] = [:]

  init(begin: UInt64, end: UInt64, types: [UInt32], generators: [UInt32], names: TraceNames) {
    let count = Self.columnCount
    self.begin = begin
    self.end = max(end, begin + 1)
    width = max(1, (max(end, begin + 1) - begin + UInt64(count) - 1) / UInt64(count))
    events = .init(repeating: 0, count: count)
    peakBytes = .init(repeating: 0, count: count)
    live = peakBytes
    typeBytes = .init(repeating: peakBytes, count: types.count + 1)
    generatorCounts = .init(repeating: events, count: generators.count)
    passCounts = .init(repeating: events, count: 3)
    passTimes = passCounts
    bytesNow = .init(repeating: 0, count: types.count + 1)
    generatorsNow = .init(repeating: 0, count: generators.count)
    var places = [Int](repeating: types.count, count: names.types.count)
    for (place, type) in types.enumerated() where Int(type) < places.count { places[Int(type)] = place }
    placeOfType = places
    var codes = [Int](repeating: -1, count: names.codes.count)
    for (place, code) in generators.enumerated() where Int(code) < codes.count { codes[Int(code)] = place }
    placeOfCode = codes
  }

  /// What lives as the part that is shown begins.
  mutating func begin(_ state: borrowing ReplayState) {
    var bytes = bytesNow
    let (places, others) = (placeOfType, bytesNow.count - 1)
    state.objects.forEachLive { _, cell in
      bytes[Int(cell.type) < places.count ? places[Int(cell.type)] : others] &+= cell.size
    }
    bytesNow = bytes
    for generator in state.generators.rows where generator.phase != .finished {
      if let place = generatorPlace(generator.code) { generatorsNow[place] &+= 1 }
    }
    holdBegin = max(begin, state.time)
    passNumber = state.collector.passCount
    lastHolder = state.gilOwner
  }

  mutating func visit(_ event: Event, _ state: borrowing ReplayState) {
    switch event.kind {
    case .alloc, .allocLarge:
      bytesNow[place(event.type)] &+= event.allocSize
      let bytes = state.liveBytes &+ event.allocSize
      if bytes > peakBytes[column] { peakBytes[column] = bytes }
    case .dealloc:
      let cell = state.objects[event.object]
      if cell.isAlive { take(cell.size, place(cell.type)) }
      if cell.has(ObjectCell.hasGenerator), let generator = state.generators[event.object], generator.phase != .finished
      {
        endGenerator(generator.code)
      }
    case .resize:
      let cell = state.objects[event.object]
      if cell.isAlive {
        take(cell.size, place(cell.type))
        bytesNow[place(cell.type)] &+= event.resizeSize
      }
    case .generatorCreate:
      if let place = generatorPlace(event.generatorCode) { generatorsNow[place] &+= 1 }
    case .generatorReturn, .generatorRaise:
      if let generator = state.generators[event.object], generator.phase != .finished { endGenerator(generator.code) }
    case .lockBlock: holderAtBlock[event.lockThread] = state.locks[event.lock]?.owner ?? 0
    case .lockAcquire: acquire(event, state)
    case .lockRelease: release(event, state)
    case .blockingBegin: blockBegin[state.gilOwner] = event.time
    case .blockingEnd: endBlocking(event, state)
    case .collectBegin: passBegin = (event.time, state.eventNumber, state.liveCount, event.collectReason)
    case .collectEnd: endPass(event)
    case .marker: mark(event)
    default: break
    }
    // Definitions do not count as events.
    if event.kind.rawValue >= EventKind.processStart.rawValue { events[column] &+= 1 }
    if TimedKinds.shared.contains(event.kind) { advance(to: event.time, state) }
  }

  /// Closes what is open at the end.
  mutating func finish(_ state: borrowing ReplayState) {
    if state.gilOwner != 0, state.time > holdBegin {
      add(state.gilOwner, \.holds, \.holdSlices, PageSlice(begin: holdBegin, duration: state.time - holdBegin, what: 0))
    }
    close(column, Self.columnCount - 1, state)
  }

  private func place(_ type: UInt32) -> Int {
    Int(type) < placeOfType.count ? placeOfType[Int(type)] : bytesNow.count - 1
  }

  private func generatorPlace(_ code: UInt32) -> Int? {
    guard Int(code) < placeOfCode.count, placeOfCode[Int(code)] >= 0 else { return nil }
    return placeOfCode[Int(code)]
  }

  private mutating func take(_ bytes: UInt64, _ place: Int) { bytesNow[place] &-= min(bytes, bytesNow[place]) }

  private mutating func endGenerator(_ code: UInt32) {
    if let place = generatorPlace(code), generatorsNow[place] > 0 { generatorsNow[place] -= 1 }
  }

  private func index(_ time: UInt64) -> Int {
    guard time > begin else { return 0 }
    return Int(min((time - begin) / width, UInt64(Self.columnCount - 1)))
  }

  private mutating func advance(to time: UInt64, _ state: borrowing ReplayState) {
    let next = index(time)
    guard next > column else { return }
    close(column, next - 1, state)
    column = next
    peakBytes[next] = max(peakBytes[next], state.liveBytes)
  }

  /// Writes what stands now into the columns `first` to `last`.
  private mutating func close(_ first: Int, _ last: Int, _ state: borrowing ReplayState) {
    for column in first...max(first, last) {
      live[column] = state.liveCount
      peakBytes[column] = max(peakBytes[column], state.liveBytes)
      for place in bytesNow.indices { typeBytes[place][column] = bytesNow[place] }
      for place in generatorsNow.indices { generatorCounts[place][column] = generatorsNow[place] }
    }
  }

  private mutating func acquire(_ event: Event, _ state: borrowing ReplayState) {
    let waited = min(event.blockedNanoseconds, event.time &- min(begin, event.time))
    if waited > 0 {
      let holder = event.lock == 0 ? lastHolder : holderAtBlock[event.lockThread] ?? 0
      let number = UInt32(clamping: state.locks[event.lock]?.number ?? 0)
      add(
        event.lockThread, \.waits, \.waitSlices,
        PageSlice(begin: event.time - waited, duration: waited, what: number, other: holder))
    }
    if event.lock == 0 { holdBegin = event.time }
  }

  private mutating func release(_ event: Event, _ state: borrowing ReplayState) {
    guard event.lock == 0, state.gilOwner == event.lockThread else { return }
    lastHolder = event.lockThread
    add(
      event.lockThread, \.holds, \.holdSlices,
      PageSlice(
        begin: holdBegin, duration: event.time &- min(holdBegin, event.time),
        what: UInt32(event.releaseReason.rawValue) + 1))
  }

  private mutating func endBlocking(_ event: Event, _ state: borrowing ReplayState) {
    guard let start = blockBegin.removeValue(forKey: state.gilOwner), event.time >= start else { return }
    add(
      state.gilOwner, \.blocks, \.blockSlices,
      PageSlice(begin: start, duration: event.time - start, what: UInt32(event.blockingCall.rawValue)))
  }

  private mutating func endPass(_ event: Event) {
    guard event.generation < 3, event.time >= passBegin.time else { return }
    let duration = event.time - passBegin.time
    passNumber += 1
    passCounts[event.generation][index(passBegin.time)] &+= 1
    spread(passBegin.time, event.time) { $0.passTimes[event.generation][$1] &+= $2 }
    guard duration >= shortestPass else {
      passesLeft += 1
      return
    }
    passes.append(
      PagePass(
        number: passNumber, begin: passBegin.time, duration: duration, generation: event.generation,
        reason: passBegin.reason, examined: event.examined, collected: event.collected, liveBefore: passBegin.live,
        event: passBegin.event))
    guard passes.count > Self.passesMax else { return }
    shortestPass = max(shortestPass, passes.map(\.duration).sorted()[passes.count / 2]) + 1
    let before = passes.count
    passes.removeAll { $0.duration < shortestPass }
    passesLeft += UInt64(before - passes.count)
  }

  private mutating func mark(_ event: Event) {
    guard markers.count < Self.markersMax else {
      markersLeft += 1
      return
    }
    markers.append(PageMarker(time: event.time, name: event.markerName))
  }

  private mutating func add(
    _ thread: UInt32, _ columns: WritableKeyPath<PageThread, [UInt32]>,
    _ slices: WritableKeyPath<PageThread, PageSlices>,
    _ slice: PageSlice
  ) {
    guard slice.duration > 0, thread < Self.threadsMax else { return }
    while threads.count <= Int(thread) { threads.append(nil) }
    if threads[Int(thread)] == nil { threads[Int(thread)] = PageThread(Self.columnCount) }
    threads[Int(thread)]?[keyPath: slices].add(slice)
    spread(slice.begin, slice.begin &+ slice.duration) { $0.threads[Int(thread)]?[keyPath: columns][$1] &+= $2 }
  }

  /// Cuts an interval at the columns' borders.
  private mutating func spread(_ start: UInt64, _ end: UInt64, _ put: (inout PageCollector, Int, UInt32) -> Void) {
    guard end > start else { return }
    for place in index(start)...index(end) {
      let low = max(start, begin + UInt64(place) * width)
      let high = min(end, begin + UInt64(place) * width + width)
      if high > low { put(&self, place, UInt32(clamping: high - low)) }
    }
  }
}
