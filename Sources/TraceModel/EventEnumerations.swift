// The small enumerations that fields of kind `choice` hold, and the packed field name of a store. Append-only.

/// Names of the values of `choice` fields, by raw value. The enums beside it are their typed form.
public enum EventEnumerations {
  public static let lossCauses = LossCause.allCases.map { "\($0)" }
  public static let deathCauses = DeathCause.allCases.map { "\($0)" }
  public static let rootKinds = RootKind.allCases.map { "\($0)" }
  public static let collectReasons = CollectReason.allCases.map { "\($0)" }
  public static let collectorCalls = CollectorCall.allCases.map { "\($0)" }
  public static let releaseReasons = ReleaseReason.allCases.map { "\($0)" }
  public static let blockingCalls = BlockingCall.allCases.map { "\($0)" }
  public static let generatorKinds = GeneratorKind.allCases.map { "\($0)" }
  public static let resumeKinds = ResumeKind.allCases.map { "\($0)" }
  public static let valueKinds = ValueKind.allCases.map { "\($0)" }
  public static let variableRoles = VariableRole.allCases.map { "\($0)" }
  public static let lookupProtocols = LookupProtocol.allCases.map { "\($0)" }
}

/// Why events are missing.
public enum LossCause: UInt64, CaseIterable, Sendable {
  case ringFull, consumerDead, diskFull, sizeLimit, evicted, tornTail, corruptChunk, namesExhausted
}
/// Why an object died. `collector`: it was in the final unreachable set of a pass; cascades inside a pass are `refcount`.
public enum DeathCause: UInt64, CaseIterable, Sendable { case refcount, collector, shutdown }
/// What keeps an object alive from outside the heap.
public enum RootKind: UInt64, CaseIterable, Sendable {
  case moduleGlobal, frameLocal, thread, generatorFrame, traceback, interpreter
}
public enum CollectReason: UInt64, CaseIterable, Sendable { case automatic, manual, shutdown }
/// What a program tells the collector to do from now on.
public enum CollectorCall: UInt64, CaseIterable, Sendable { case enable, disable, setThreshold }
/// Why a lock was let go. For the GIL: `forced` by a drop request, `blocking` call, `threadExit`; for others `explicit`.
public enum ReleaseReason: UInt64, CaseIterable, Sendable { case explicit, forced, blocking, threadExit, fork }
public enum BlockingCall: UInt64, CaseIterable, Sendable { case sleep, read, write, lock, join, wait, other }
public enum GeneratorKind: UInt64, CaseIterable, Sendable { case generator, coroutine, asyncGenerator }
public enum ResumeKind: UInt64, CaseIterable, Sendable { case next, send, throwing, close }
/// How the `value` field is to be read: `int` as itself, `string` as a string id, `other` as a type id.
public enum ValueKind: UInt64, CaseIterable, Sendable { case none, no, yes, int, string, other }
/// What a name is to a code object: `positional` arguments in their order, arguments by keyword only, variables of enclosing functions in the
/// order of `__closure__`.
public enum VariableRole: UInt64, CaseIterable, Sendable { case positional, keywordOnly, free }
public enum LookupProtocol: UInt64, CaseIterable, Sendable { case attribute, special, superObject, dictionary }

/// Bits of `flags` of an allocation.
public enum AllocationFlags {
  /// Counted in generation 0's counter.
  public static let counted: UInt64 = 1
  /// Memory came from a free list of its type.
  public static let reused: UInt64 = 2
  /// The object has collector links.
  public static let container: UInt64 = 4
}

/// A field's name in 24 bits: 3 bits of kind, 21 bits of payload (cut to 21 bits when larger).
public struct FieldName: Sendable, Equatable {
  public enum Kind: UInt32, CaseIterable, Sendable {
    /// `[payload]` of a sequence; attribute, dict key and slot by string id; a dict key that is no string (payload: its ordinal); a cell's content;
    /// an internal field, by string id.
    case item, attribute, key, otherKey, cell, slot, internalField
    /// A local variable of a frame, by string id.
    case local
  }
  public static let payloadMax: UInt32 = (1 << 21) - 1
  public let rawValue: UInt32
  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }
  @inlinable public init(_ kind: Kind, _ payload: UInt32) {
    rawValue = kind.rawValue << 21 | Swift.min(payload, (1 << 21) - 1)
  }
  /// The name of a field that has none: a holder may have any number of them, known by what they hold. An `otherKey` of slot 0.
  public static let nameless = FieldName(.otherKey, 0)
  @inlinable public var kind: Kind? { Kind(rawValue: rawValue >> 21) }
  @inlinable public var payload: UInt32 { rawValue & ((1 << 21) - 1) }
}
