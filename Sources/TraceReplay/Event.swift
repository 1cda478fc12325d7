// One record as the replay sees it: its kind and typed access to its words. The decoder has validated the words; nothing is copied.
// The places of the fields are EventSpec's; a test compares every accessor with that table.

import TraceFormat
import TraceModel

/// A view of one raw record, valid while the batch it came from is.
///
/// Safe: `words` points at a whole validated record; an accessor is meant for the kinds it names and reads only words that these have.
/// Every record has at least two words.
@safe @frozen public struct Event {
  @usableFromInline let words: UnsafePointer<UInt64>
  public let kind: EventKind

  @inlinable public init(words: UnsafePointer<UInt64>, kind: EventKind) {
    unsafe self.words = words
    self.kind = kind
  }

  @inlinable func word(_ index: Int) -> UInt64 { unsafe words[index] }
  @inlinable func lower(_ index: Int) -> UInt32 { UInt32(truncatingIfNeeded: word(index)) }
  @inlinable func upper(_ index: Int) -> UInt32 { UInt32(truncatingIfNeeded: word(index) >> 32) }
  @inlinable func small(_ shift: UInt64, _ width: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: word(0) >> shift & (1 << width &- 1))
  }

  /// The value of `field`, which must be one of this kind's row.
  public func value(_ field: EventField) -> UInt64 { field.extract(word: word(Int(field.word))) }
}

/// EventKind by its raw byte, without the synthesized initializer's search.
///
/// Safe: 256 values, written once before they are shared, never freed. Bytes of no kind hold `clock`; validated records have none.
@safe @frozen public struct EventKinds: @unchecked Sendable {
  @usableFromInline let table: UnsafePointer<EventKind>
  public static let shared = EventKinds()

  init() {
    let kinds = UnsafeMutablePointer<EventKind>.allocate(capacity: 256)
    unsafe kinds.initialize(repeating: .clock, count: 256)
    for kind in EventKind.allCases { unsafe kinds[Int(kind.rawValue)] = kind }
    unsafe table = UnsafePointer(kinds)
  }

  @inlinable public subscript(byte: UInt8) -> EventKind { unsafe table[Int(byte)] }
}

// Memory.
extension Event {
  /// The object in the upper half of word 0: most memory, collector, weakref and generator kinds.
  @inlinable public var object: UInt32 { upper(0) }
  /// The type in bits 8-31 of word 0: alloc, allocLarge, defineType, typeBase, typeMRO, typeAbstractName, generatorRaise, raise.
  @inlinable public var type: UInt32 { small(8, 24) }
  @inlinable public var allocSite: UInt32 { lower(1) & 0xFFF_FFFF }
  @inlinable public var allocSize: UInt64 { kind == .allocLarge ? word(2) : word(1) >> 28 & 0xFFF_FFFF }
  @inlinable public var allocFlags: UInt64 { word(1) >> 56 }
  @inlinable public var resizeSize: UInt64 { word(1) }
  @inlinable public var moveTo: UInt32 { lower(1) }
  @inlinable public var deathCause: DeathCause { DeathCause(rawValue: UInt64(small(8, 3))) ?? .refcount }
  @inlinable public var isDeathInPass: Bool { small(11, 1) != 0 }
  /// store, snapshotEdge, frameEdge.
  @inlinable public var field: UInt32 { small(8, 24) }
  @inlinable public var storeOld: UInt32 { lower(1) }
  @inlinable public var storeNew: UInt32 { upper(1) }
  @inlinable public var fillIndex: UInt32 { small(8, 24) }
  @inlinable public var fillFirst: UInt32 { lower(1) }
  @inlinable public var fillSecond: UInt32 { upper(1) }
  @inlinable public var edgeTarget: UInt32 { lower(1) }
  @inlinable public var shiftFirst: UInt32 { small(8, 24) }
  @inlinable public var shiftBy: Int64 { Int64(bitPattern: word(1)) }
  @inlinable public var rootKind: RootKind { RootKind(rawValue: UInt64(small(8, 8))) ?? .interpreter }
  @inlinable public var rootName: UInt32 { lower(1) }
  @inlinable public var rootOwner: UInt32 { upper(1) }
}

// Definitions.
extension Event {
  /// The id that a defineString, defineCode, defineNode or defineSite gives.
  @inlinable public var definedID: UInt32 { upper(0) }
  @inlinable public var definedTypeName: UInt32 { lower(1) }
  @inlinable public var definedTypeModule: UInt32 { upper(1) }
  @inlinable public var definedTypeMetaclass: UInt32 { lower(2) & 0xFF_FFFF }
  /// typeBase's base, typeMRO's entry.
  @inlinable public var relatedType: UInt32 { lower(1) & 0xFF_FFFF }
  @inlinable public var definedCodeName: UInt32 { lower(1) }
  @inlinable public var definedCodeQualifiedName: UInt32 { upper(1) }
  @inlinable public var definedCodeFile: UInt32 { lower(2) }
  @inlinable public var nodeParent: UInt32 { lower(1) }
  @inlinable public var nodeCode: UInt32 { upper(1) }
  @inlinable public var siteNode: UInt32 { lower(1) }
  /// functionCode.
  @inlinable public var functionCode: UInt32 { lower(1) }
}

// Process, threads, clock, output.
extension Event {
  /// Exact time, for kinds whose row has it; at most `timeMax`, so that a damaged one does not overflow what is reckoned from it.
  @inlinable public var time: UInt64 { min(word(1), Self.timeMax) }
  /// `Limits.timeMax`, where it is inlined.
  @inlinable public static var timeMax: UInt64 { 1 << 62 }
  /// processStart.
  @inlinable public var processID: UInt32 { upper(0) }
  @inlinable public var parentProcessID: UInt32 { lower(2) }
  /// threadStart, threadExit.
  @inlinable public var startedThread: UInt32 { small(8, 24) }
  @inlinable public var threadName: UInt32 { lower(2) }
  @inlinable public var kernelThread: UInt32 { upper(0) }
  @inlinable public var cpuNanoseconds: UInt64 { word(2) }
  @inlinable public var exitStatus: UInt32 { upper(0) }
  @inlinable public var residentBytes: UInt64 { word(3) }
  /// marker, counter.
  @inlinable public var markerName: UInt32 { upper(0) }
  @inlinable public var counterValue: Int64 { Int64(bitPattern: word(2)) }
  @inlinable public var outputDescriptor: UInt32 { small(8, 8) }
  @inlinable public var outputCutBytes: UInt32 { upper(0) }
  @inlinable public var lossCause: LossCause { LossCause(rawValue: UInt64(small(8, 8))) ?? .corruptChunk }
  @inlinable public var lossCount: UInt64 { word(2) }
  @inlinable public var stallNanoseconds: UInt64 { word(2) }
  @inlinable public var forkChild: UInt32 { upper(0) }
  /// Bytes of a kind with a payload.
  public var payload: UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(start: words + 2, count: Int(lower(1)))
  }
  /// The payload as text, with replacement characters for what is no UTF-8.
  public var payloadText: String { unsafe String(decoding: payload, as: UTF8.self) }
}

// The collector.
extension Event {
  /// collectBegin, collectEnd.
  @inlinable public var generation: Int { Int(small(8, 4)) }
  @inlinable public var collectReason: CollectReason { CollectReason(rawValue: UInt64(small(12, 4))) ?? .automatic }
  @inlinable public var collectorCall: CollectorCall { CollectorCall(rawValue: UInt64(small(8, 4))) ?? .enable }
  /// Arguments of a `setThreshold`: the other thresholds stay.
  @inlinable public var thresholdsGiven: Int { Int(small(12, 4)) }
  /// The thresholds after a collectSettings.
  @inlinable public var thresholds: (UInt32, UInt32, UInt32) { (upper(0), lower(1), upper(1)) }
  /// Counts and long-lived figures of a collectBegin.
  @inlinable public var beginCounts: (UInt32, UInt32, UInt32) { (upper(0), lower(2), upper(2)) }
  @inlinable public var beginLongLived: (pending: UInt64, total: UInt64) { (word(3), word(4)) }
  /// collectVerdict: nothing outside refers to it, and a root leads to it all the same (value 1 of its row's choice).
  @inlinable public var isRescued: Bool { small(8, 4) == 1 }
  @inlinable public var collected: UInt32 { upper(0) }
  @inlinable public var examined: UInt32 { lower(2) }
  @inlinable public var uncollectable: UInt32 { upper(2) }
  /// Survivors of a pass that moved to the next generation, of a collectEnd.
  @inlinable public var promoted: UInt32 { upper(4) }
  @inlinable public var endCounts: (UInt32, UInt32, UInt32) { (lower(3), upper(3), lower(4)) }
  @inlinable public var endLongLived: (pending: UInt32, total: UInt32) { (lower(5), upper(5)) }
  /// weakrefCreate, weakrefDereference, weakrefClear; the weakref itself is `object`.
  @inlinable public var weakrefTarget: UInt32 { lower(1) }
  @inlinable public var callbackFunction: UInt32 { lower(1) }
}

// Locks.
extension Event {
  @inlinable public var lock: UInt32 { upper(0) }
  /// lockBlock, lockAcquire, lockRelease, dropRequest.
  @inlinable public var lockThread: UInt32 { lower(2) }
  @inlinable public var lockKind: UInt32 { small(8, 4) }
  @inlinable public var lockSite: UInt32 { lower(1) & 0xFFF_FFFF }
  @inlinable public var hasWaited: Bool { small(8, 1) != 0 }
  @inlinable public var blockedNanoseconds: UInt64 { min(word(3), Self.timeMax) }
  @inlinable public var releaseReason: ReleaseReason { ReleaseReason(rawValue: UInt64(small(8, 4))) ?? .explicit }
  @inlinable public var blockingCall: BlockingCall { BlockingCall(rawValue: UInt64(small(8, 8))) ?? .other }
  @inlinable public var blockingBytes: UInt64 { word(2) }
}

// Generators, calls, lookups, exceptions.
extension Event {
  @inlinable public var generatorKind: GeneratorKind { GeneratorKind(rawValue: UInt64(small(8, 4))) ?? .generator }
  @inlinable public var generatorCode: UInt32 { lower(1) }
  @inlinable public var generatorSite: UInt32 { upper(1) & 0xFFF_FFFF }
  @inlinable public var resumeKind: ResumeKind { ResumeKind(rawValue: UInt64(small(8, 4))) ?? .next }
  @inlinable public var resumeValueKind: ValueKind { ValueKind(rawValue: UInt64(small(12, 4))) ?? .none }
  /// Value kind of a generatorYield or generatorReturn.
  @inlinable public var valueKind: ValueKind { ValueKind(rawValue: UInt64(small(8, 4))) ?? .none }
  @inlinable public var value: Int64 { Int64(bitPattern: word(2)) }
  /// Line of a generator event or a raise's code's line.
  @inlinable public var line: UInt32 { lower(1) }
  /// callBegin, callEnd.
  @inlinable public var node: UInt32 { upper(0) }
  @inlinable public var raiseCode: UInt32 { upper(0) }
  @inlinable public var lookupName: UInt32 { upper(0) }
  @inlinable public var lookupType: UInt32 { lower(1) & 0xFF_FFFF }
  @inlinable public var lookupFound: UInt32 { upper(1) & 0xFF_FFFF }
}
