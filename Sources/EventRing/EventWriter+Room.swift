// The outlined half of a write: finding room, padding a lap's end, waking the consumer, waiting, dropping and counting what was dropped.
//
// 1. `limit` is never beyond the end of the lap and never more than an eighth of the ring ahead, so this runs eight times a lap at least.
// 2. With room, a pending stall or loss is written first, then the record's room is claimed.
// 3. Without room, `block` waits while the consumer lives and moves the tail; else, and in mode `drop`, the record is counted as lost. Losses end when a
//    quarter of the ring is free again.
// 4. In mode `drop` a sixteenth of the ring is kept for definitions, and these wait as in `block`: a lost name would spoil every later record.

import Glibc
import TraceModel

extension EventWriter {
  /// Room for the stall and loss records that may go before a record.
  private static let preamble: UInt64 = 64
  /// A consumer that moves nothing for so long is stuck.
  private static let patienceNanoseconds: UInt64 = 10_000_000_000
  private static let waitNanoseconds: UInt64 = 100_000_000
  /// Shorter waits are not worth a record.
  private static let stallNanoseconds: UInt64 = 1_000_000

  /// Makes `bytes` writable at the head, in one piece, for the record that begins with the two words. False: it is not to be written.
  @inline(never)
  public func makeRoom(_ bytes: Int, _ word0: UInt64, _ word1: UInt64) -> Bool {
    guard let mapping else { return false }
    let kind = UInt8(truncatingIfNeeded: word0)
    let isDefinition = kind != 0 && kind < 16
    let isDropMode = mapping.load32(RingLayout.mode) == RingMode.drop.rawValue
    let keepsReserve = isDropMode && !isDefinition
    let reserve = keepsReserve ? mapping.capacity / 16 : 0
    let resumes = unsafe state.pointee.pendingLoss != 0 && !isDefinition
    let need = contiguousNeed(UInt64(bytes) + Self.preamble, capacity: mapping.capacity)
    let wanted = max(need + reserve, resumes ? mapping.capacity / 4 : 0)

    // When the wait begins. The time of a record that has one was taken before: what goes before it may not be later.
    let time = EventSpec.table[Int(kind)]?.hasTime == true ? word1 : now()
    wakeIfWorthwhile(mapping)
    var stalled: UInt64 = 0
    if free(mapping) < wanted {
      let mayWait = !keepsReserve && mapping.load32(RingLayout.dropping) != RingLayout.droppingForever
      guard mayWait, let waited = waitForRoom(mapping, wanted) else {
        drop(mapping, time, isDefinition: isDefinition, cause: keepsReserve ? .ringFull : .consumerDead)
        return false
      }
      stalled = waited
    }
    mapping.store32(RingLayout.dropping, 0)
    padIfNeeded(mapping, UInt64(bytes) + Self.preamble)
    writePreamble(mapping, stalled: stalled, time)
    setLimit(mapping, atLeast: UInt64(bytes), reserve: isDropMode ? mapping.capacity / 16 : 0)
    return true
  }

  /// Writes what was lost so far, if there is room: at the end of a stream no later record would say it.
  func settleLoss() {
    guard let mapping, unsafe state.pointee.pendingLoss != 0 else { return }
    guard free(mapping) >= contiguousNeed(Self.preamble, capacity: mapping.capacity) else { return }
    padIfNeeded(mapping, Self.preamble)
    writePreamble(mapping, stalled: 0, now())
  }

  private func free(_ mapping: RingMapping) -> UInt64 {
    mapping.capacity &- (unsafe state.pointee.head &- mapping.load64(RingLayout.tail))
  }

  /// `bytes`, and the rest of the lap when they do not fit into it.
  private func contiguousNeed(_ bytes: UInt64, capacity: UInt64) -> UInt64 {
    let rest = unsafe capacity &- (state.pointee.head & state.pointee.mask)
    return bytes <= rest ? bytes : bytes + rest
  }

  private func padIfNeeded(_ mapping: RingMapping, _ bytes: UInt64) {
    let head = unsafe state.pointee.head
    let rest = unsafe mapping.capacity &- (head & state.pointee.mask)
    guard bytes > rest else { return }
    store(RingLayout.padKind | rest << 8, 0)
    commit(head &+ rest)
  }

  private func store(_ words: UInt64...) {
    let place = unsafe place(state.pointee.head)
    for (index, word) in words.enumerated() {
      unsafe place.storeBytes(of: word, toByteOffset: index * 8, as: UInt64.self)
    }
  }

  /// Step 2. The room is there.
  private func writePreamble(_ mapping: RingMapping, stalled: UInt64, _ time: UInt64) {
    if stalled >= Self.stallNanoseconds {
      store(UInt64(EventKind.stall.rawValue), time, stalled, 0)
      commit(unsafe state.pointee.head &+ 32)
    }
    let lost = unsafe state.pointee.pendingLoss
    guard lost != 0 else { return }
    store(UInt64(EventKind.loss.rawValue) | (unsafe state.pointee.pendingCause) << 8, time, lost, 0)
    commit(unsafe state.pointee.head &+ 32)
    unsafe state.pointee.pendingLoss = 0
    mapping.store64(RingLayout.pendingLoss, 0)
  }

  private func setLimit(_ mapping: RingMapping, atLeast bytes: UInt64, reserve: UInt64) {
    let head = unsafe state.pointee.head
    let lapEnd = unsafe head &+ (mapping.capacity &- (head & state.pointee.mask))
    let end = mapping.load64(RingLayout.tail) &+ mapping.capacity &- reserve
    let step = head &+ mapping.capacity / 8
    unsafe state.pointee.limit = max(head &+ bytes, min(lapEnd, end, step))
  }

  private func drop(_ mapping: RingMapping, _ time: UInt64, isDefinition: Bool, cause: LossCause) {
    mapping.store32(RingLayout.dropping, cause == .consumerDead ? RingLayout.droppingForever : 1)
    mapping.add64(RingLayout.droppedEvents, 1)
    if isDefinition { mapping.add64(RingLayout.droppedDefinitions, 1) }
    if unsafe state.pointee.pendingLoss == 0 { mapping.store64(RingLayout.pendingLossTime, time) }
    unsafe state.pointee.pendingLoss &+= 1
    mapping.store64(RingLayout.pendingLoss, unsafe state.pointee.pendingLoss)
    unsafe state.pointee.pendingCause = cause.rawValue
    // Every later record comes here too, until there is room.
    unsafe state.pointee.limit = state.pointee.head
  }

  // MARK: Waking and waiting

  private func wakeIfWorthwhile(_ mapping: RingMapping) {
    guard unsafe state.pointee.head &- mapping.load64(RingLayout.tail) > mapping.capacity / 4 else { return }
    wakeConsumer()
  }

  /// The consumer sleeps on the root ring's word, whichever ring this is.
  func wakeConsumer() {
    guard let session = unsafe origin.pointee.session else { return }
    let root = unsafe RingMapping(base: session, capacity: 0)
    guard root.load32(RingLayout.consumerSleeps) != 0 else { return }
    root.store32(RingLayout.consumerSleeps, 0)
    root.wake32(RingLayout.consumerSleeps)
  }

  /// Waits until `wanted` bytes are free. Returns how long, or nil when the consumer is dead or stuck. Time counts only in steps of
  /// `waitNanoseconds`, so that a stopped process group does not look like a stuck consumer.
  private func waitForRoom(_ mapping: RingMapping, _ wanted: UInt64) -> UInt64? {
    let begin = clockNanoseconds(CLOCK_MONOTONIC)
    var idle: UInt64 = 0
    var lastTail = mapping.load64(RingLayout.tail)
    var time = begin
    mapping.store32(RingLayout.writerWaits, 1)
    defer {
      mapping.store32(RingLayout.writerWaits, 0)
      mapping.add64(RingLayout.stalledNanoseconds, clockNanoseconds(CLOCK_MONOTONIC) &- begin)
    }
    while true {
      let seen = mapping.load32(RingLayout.drainCount)
      if free(mapping) >= wanted { return clockNanoseconds(CLOCK_MONOTONIC) &- begin }
      let tail = mapping.load64(RingLayout.tail)
      if tail != lastTail { (lastTail, idle) = (tail, 0) }
      if idle >= Self.patienceNanoseconds || consumerIsGone(mapping) { return nil }
      wakeConsumer()
      continueConsumer(mapping)
      _ = mapping.wait32(RingLayout.drainCount, seen, nanoseconds: Self.waitNanoseconds)
      let after = clockNanoseconds(CLOCK_MONOTONIC)
      idle += min(after &- time, Self.waitNanoseconds)
      time = after
    }
  }

  /// The consumer stops when the program is stopped; continued alone, the program must wake it up.
  private func continueConsumer(_ mapping: RingMapping) {
    guard let session = unsafe origin.pointee.session else { return }
    let root = unsafe RingMapping(base: session, capacity: 0)
    guard root.load32(RingLayout.consumerStopped) != 0 else { return }
    kill(pid_t(bitPattern: mapping.load32(RingLayout.consumerPid)), SIGCONT)
  }

  private func consumerIsGone(_ mapping: RingMapping) -> Bool {
    let pid = mapping.load32(RingLayout.consumerPid)
    if unsafe state.pointee.consumerIsParent != 0, UInt32(getppid()) != pid { return true }
    return pid == 0 || (kill(pid_t(bitPattern: pid), 0) != 0 && errno == ESRCH)
  }
}
