// The only file that writes events. Every probe is an inlined level check and an outlined writer.
//
// The level lies in a process-wide word (CRuntimeSupport); off costs one load and one predictable branch. The writer's stream is guarded by the
// GIL: whoever holds the GIL writes.
import CRuntimeSupport
import TraceModel

/// Raw values of RecordingLevel, for comparisons in inlined code.
public let probeLevelHeap: UInt8 = 1
@usableFromInline let probeLevelRefsValue: UInt8 = 4
/// Level at which increfs and decrefs are written. ORDER RecordingLevel
@inlinable @inline(__always) public var probeLevelRefs: UInt8 { 4 }
@inlinable @inline(__always) public var probeLevelLinks: UInt8 { 3 }

@inline(never) public func probeIncref(_ object: Object) { Probes.writePair(.incref, object) }
@inline(never) public func probeDecref(_ object: Object) { Probes.writePair(.decref, object) }

public enum Probes {
  static func writePair(_ kind: EventKind, _ object: Object) {
  }
}
