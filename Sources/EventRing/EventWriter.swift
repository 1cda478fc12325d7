// The write side of the ring: what the interpreter calls for every event. A record is stored, then the head moves past it in one releasing
// store; everything before the head is whole, whichever process dies. One writer at a time: the holder of the GIL. Waiting for room,
// dropping and waking stand in EventWriter+Room.swift, attaching and forking in EventWriter+Attach.swift.

import Synchronization
import TraceModel

/// Which classes of probes record. A byte, so that a probe is one load and one test.
public struct ProbeSet: OptionSet, Sendable {
  public let rawValue: UInt8
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }
  @inlinable public static var heap: ProbeSet { ProbeSet(rawValue: 1) }
  @inlinable public static var calls: ProbeSet { ProbeSet(rawValue: 2) }
  @inlinable public static var links: ProbeSet { ProbeSet(rawValue: 4) }
  @inlinable public static var refs: ProbeSet { ProbeSet(rawValue: 8) }
  @inlinable public static var lookups: ProbeSet { ProbeSet(rawValue: 16) }

  /// The probes that record at `level`.
  public init(_ level: RecordingLevel) {
    var set: ProbeSet = []
    if level.includes(.heap) { set.insert(.heap) }
    if level.includes(.calls) { set.insert(.calls) }
    if level.includes(.links) { set.insert(.links) }
    if level.includes(.refs) { set.insert(.refs) }
    if level.includes(.all) { set.insert(.lookups) }
    self = set
  }
}

/// What the writer needs at every record, in a page that a forked child finds zeroed (MADV_WIPEONFORK): all zero means silent, and
/// `limit` 0 sends even an unguarded write to the outlined half, which returns.
@unsafe public struct WriterState {
  /// Probes that record now; 0 is off.
  public var probes: UInt8
  /// 1 once attached to a ring.
  public var isAttached: UInt8
  /// 1 when the consumer is this process's parent, so that its end is seen even while it is a zombie.
  public var consumerIsParent: UInt8
  /// The process's own copy of the head.
  public var head: UInt64
  /// Up to here there is room in one piece, as far as known: never beyond the end of the lap or a step of the wake policy.
  public var limit: UInt64
  /// Capacity - 1.
  public var mask: UInt64
  /// Start of the mapping; meaningless when not attached.
  public var mapping: UnsafeMutableRawPointer
  /// Nanoseconds of CLOCK_MONOTONIC at the start.
  public var start: UInt64
  /// Dropped since the last loss record; cause of that loss.
  public var pendingLoss: UInt64
  public var pendingCause: UInt64
}

/// The handle of the process's event stream. Its value never changes after `make`, also not across a fork: copy it freely.
///
/// Safe: `state` is the first of two pages that live as long as the process; `mapping` in it is read only below `limit`, which is
/// above `head` only while the ring is mapped, and the mapping is as large as `mask` says.
@safe public struct EventWriter: @unchecked Sendable {
  public let state: UnsafeMutablePointer<WriterState>

  /// The handle again, from the `state` of another.
  @inlinable @inline(__always)
  public init(state: UnsafeMutablePointer<WriterState>) { unsafe self.state = state }

  /// The probes that record now.
  @inlinable @inline(__always)
  public var probes: ProbeSet { unsafe ProbeSet(rawValue: state.pointee.probes) }

  /// Whether probes of this class record now.
  @inlinable @inline(__always)
  public func records(_ probe: ProbeSet) -> Bool { unsafe state.pointee.probes & probe.rawValue != 0 }

  /// Writes a record of one unit. `w0` holds the kind in bits 0-7.
  @inlinable @inline(__always)
  public func write(_ w0: UInt64, _ w1: UInt64) {
    guard unsafe state.pointee.head &+ 16 <= state.pointee.limit || makeRoom(16, w0, w1) else { return }
    unsafe put(w0, w1, at: state.pointee.head)
  }

  /// The same when there is room as far as known; false, and nothing done, otherwise. Calls nothing.
  @inlinable @inline(__always)
  public func writeIfRoom(_ w0: UInt64, _ w1: UInt64) -> Bool {
    let head = unsafe state.pointee.head
    guard unsafe head &+ 16 <= state.pointee.limit else { return false }
    put(w0, w1, at: head)
    return true
  }

  /// A record of one unit where there is room.
  @inlinable @inline(__always)
  func put(_ w0: UInt64, _ w1: UInt64, at head: UInt64) {
    let place = unsafe place(head)
    unsafe place.storeBytes(of: w0, toByteOffset: 0, as: UInt64.self)
    unsafe place.storeBytes(of: w1, toByteOffset: 8, as: UInt64.self)
    commit(head &+ 16)
  }

  /// Writes a record of two units.
  @inlinable @inline(__always)
  public func write(_ w0: UInt64, _ w1: UInt64, _ w2: UInt64, _ w3: UInt64) {
    guard unsafe state.pointee.head &+ 32 <= state.pointee.limit || makeRoom(32, w0, w1) else { return }
    let head = unsafe state.pointee.head
    let place = unsafe place(head)
    unsafe place.storeBytes(of: w0, toByteOffset: 0, as: UInt64.self)
    unsafe place.storeBytes(of: w1, toByteOffset: 8, as: UInt64.self)
    unsafe place.storeBytes(of: w2, toByteOffset: 16, as: UInt64.self)
    unsafe place.storeBytes(of: w3, toByteOffset: 24, as: UInt64.self)
    commit(head &+ 32)
  }

  /// Writes a record of three units.
  @inlinable @inline(__always)
  public func write(_ w0: UInt64, _ w1: UInt64, _ w2: UInt64, _ w3: UInt64, _ w4: UInt64, _ w5: UInt64) {
    guard unsafe state.pointee.head &+ 48 <= state.pointee.limit || makeRoom(48, w0, w1) else { return }
    let head = unsafe state.pointee.head
    let place = unsafe place(head)
    unsafe place.storeBytes(of: w0, toByteOffset: 0, as: UInt64.self)
    unsafe place.storeBytes(of: w1, toByteOffset: 8, as: UInt64.self)
    unsafe place.storeBytes(of: w2, toByteOffset: 16, as: UInt64.self)
    unsafe place.storeBytes(of: w3, toByteOffset: 24, as: UInt64.self)
    unsafe place.storeBytes(of: w4, toByteOffset: 32, as: UInt64.self)
    unsafe place.storeBytes(of: w5, toByteOffset: 40, as: UInt64.self)
    commit(head &+ 48)
  }

  /// Writes a record with a payload: `w0`, the length in word 1, the bytes, zeros up to the next 16. Bytes beyond `payloadBytesMax` are cut;
  /// a caller that must say how many passes that in `w0`.
  @inline(never)
  public func writePayload(_ w0: UInt64, bytes: UnsafeRawBufferPointer) {
    let length = min(bytes.count, payloadBytesMax)
    let size = 16 + (length + 15) & ~15
    guard unsafe state.pointee.head &+ UInt64(size) <= state.pointee.limit || makeRoom(size, w0, 0) else { return }
    let head = unsafe state.pointee.head
    let place = unsafe place(head)
    unsafe place.storeBytes(of: w0, toByteOffset: 0, as: UInt64.self)
    unsafe place.storeBytes(of: UInt64(length), toByteOffset: 8, as: UInt64.self)
    if length > 0, let source = bytes.baseAddress {
      // The last unit first, so that its padding is zero.
      unsafe place.storeBytes(of: 0, toByteOffset: size - 16, as: UInt64.self)
      unsafe place.storeBytes(of: 0, toByteOffset: size - 8, as: UInt64.self)
      unsafe (place + 16).copyMemory(from: source, byteCount: length)
    }
    commit(head &+ UInt64(size))
  }

  /// Where ring position `position` stands.
  @inlinable @inline(__always)
  public func place(_ position: UInt64) -> UnsafeMutableRawPointer {
    unsafe state.pointee.mapping + RingLayout.dataOffset + Int(truncatingIfNeeded: position & state.pointee.mask)
  }

  /// Makes everything before `head` visible. The releasing store orders the record's bytes before it.
  @inlinable @inline(__always)
  public func commit(_ head: UInt64) {
    unsafe state.pointee.head = head
    let shared = unsafe (state.pointee.mapping + RingLayout.head).assumingMemoryBound(to: Atomic<UInt64>.self)
    unsafe shared.pointee.store(head, ordering: .releasing)
  }
}
