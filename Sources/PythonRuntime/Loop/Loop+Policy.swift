// What the loop is compiled for, and the small steps that each of its forms takes in its own way: references, results of arithmetic, truth.
import CRuntimeSupport

/// The loop is compiled once for each policy, so that a form without events asks nowhere whether there are any.
protocol LoopPolicy {
  /// Whether any event may be written.
  static var records: Bool { get }
  /// Whether increfs and decrefs are written, or might be.
  static var recordsReferences: Bool { get }
  /// Whether the functions of `sys.settrace` and `sys.setprofile` are told of events. Each instruction is then taken by itself, as where references
  /// are recorded.
  static var traces: Bool { get }
}
extension LoopPolicy {
  @inline(__always) static var traces: Bool { false }
}
/// Nothing is recorded. The level cannot rise while such a loop runs: recording begins before the first frame, or in a fork of a recorded process.
enum SilentLoop: LoopPolicy {
  @inline(__always) static var records: Bool { false }
  @inline(__always) static var recordsReferences: Bool { false }
}
/// Levels below `refs`.
enum QuietLoop: LoopPolicy {
  @inline(__always) static var records: Bool { true }
  @inline(__always) static var recordsReferences: Bool { false }
}
/// Levels from `refs` on.
enum RecordingLoop: LoopPolicy {
  @inline(__always) static var records: Bool { true }
  @inline(__always) static var recordsReferences: Bool { true }
}
/// A thread with a trace or profile function, at any level.
enum TracingLoop: LoopPolicy {
  @inline(__always) static var records: Bool { true }
  @inline(__always) static var recordsReferences: Bool { true }
  @inline(__always) static var traces: Bool { true }
  /// Where references are told only from a level on.
  @inline(__always) static var isBelowReferences: Bool { exuvia_level() < probeLevelRefs }
}
/// Code outside of the loop, which asks for the level each time.
enum AnyLevel: LoopPolicy {
  @inline(__always) static var records: Bool { true }
  @inline(__always) static var recordsReferences: Bool { exuvia_level() >= probeLevelRefs }
}

// MARK: - References

@inline(__always) func keep<P: LoopPolicy>(_: P.Type, _ o: Object) {
  let count = o.refcount
  if count >= 0 {
    o.refcount = count &+ 1
    if P.recordsReferences, !(P.traces && TracingLoop.isBelowReferences) { probeIncref(o) }
  }
}
@inline(__always) func drop<P: LoopPolicy>(_: P.Type, _ o: Object) {
  let count = o.refcount
  if count >= 0 {
    o.refcount = count &- 1
    if P.recordsReferences, !(P.traces && TracingLoop.isBelowReferences) { probeDecref(o) }
    if count == 1 { deallocate(o) }
  }
}
/// `drop` of an exact int of at most one limb.
@inline(__always) func dropInt<P: LoopPolicy>(_: P.Type, _ o: Object) {
  let count = o.refcount
  if count >= 0 {
    o.refcount = count &- 1
    if P.recordsReferences, !(P.traces && TracingLoop.isBelowReferences) { probeDecref(o) }
    if count == 1 { freeNumber(o, size: intBytes, probed: P.records) }
  }
}
/// `drop` of an exact float.
@inline(__always) func dropFloat<P: LoopPolicy>(_: P.Type, _ o: Object) {
  let count = o.refcount
  if count >= 0 {
    o.refcount = count &- 1
    if P.recordsReferences, !(P.traces && TracingLoop.isBelowReferences) { probeDecref(o) }
    if count == 1 { freeNumber(o, size: floatBytes, probed: P.records) }
  }
}

// MARK: - The stack

/// Replaces the item below the top of the stack by `depth`, without releasing the old one.
@inline(__always) func poke(_ sp: UnsafeMutablePointer<Object?>, _ depth: Int, _ o: Object?) {
  // N.B. as raw bytes: the optimiser of Swift 6.3 drops a store to `(sp - 1).pointee` that a store to `sp.pointee` follows.
  UnsafeMutableRawPointer(sp).storeBytes(of: o, toByteOffset: -8 &* depth, as: Object?.self)
}

/// The item below the top of the stack by `depth`.
@inline(__always) func peek(_ sp: UnsafeMutablePointer<Object?>, _ depth: Int) -> Object {
  (sp - depth).pointee.unsafelyUnwrapped
}

/// Ends a test whose operands are gone: the conditional jump that follows it is taken at once, without a bool on the stack; else the bool is
/// pushed. The result is where the loop goes on. `next`: the instruction behind the test; `first`: the code's first.
@inline(__always) func settle<P: LoopPolicy>(
  _: P.Type, _ truth: Bool, _ next: UnsafeMutablePointer<UInt32>, _ first: UnsafeMutablePointer<UInt32>,
  _ sp: inout UnsafeMutablePointer<Object?>
) -> UnsafeMutablePointer<UInt32> {
  let word = next.pointee
  if !P.traces {
    if isInstruction(word, .popJumpIfFalse) { return truth ? next + 1 : first + Int(word &>> 8) }
    if isInstruction(word, .popJumpIfTrue) { return truth ? first + Int(word &>> 8) : next + 1 }
  }
  sp.pointee = truth ? core.pointee.true : core.pointee.false
  sp += 1
  return next
}

// MARK: - Results of arithmetic

@inline(__always) func areSmallInts(_ a: Object, _ b: Object) -> Bool {
  let int = core.pointee.types.int
  return a.type == int && b.type == int && a.isSmallInt && b.isSmallInt
}
@inline(__always) func areFloats(_ a: Object, _ b: Object) -> Bool {
  let float = core.pointee.types.float
  return a.type == float && b.type == float
}

/// The value of an exact int of at most one limb as the index of one of `count` items; -1: something else, or out of range.
@inline(__always) func itemIndex(_ key: Object, _ count: Int) -> Int {
  guard key.type == core.pointee.types.int, key.isSmallInt else { return -1 }
  let value = key.smallInt
  let index = value < 0 ? value &+ count : value
  return UInt(bitPattern: index) < UInt(bitPattern: count) ? index : -1
}

/// An int for a value that need not be fresh.
@inline(__always) func smallResult<P: LoopPolicy>(_: P.Type, _ value: Int) -> Object {
  if UInt(bitPattern: value &+ 5) <= 261 { return core.pointee.smallInts[value &+ 5] }
  return newInt(value, probed: P.records)
}

/// The int that two ints of at most one limb give; both are dropped, the right one first. While nothing is recorded the memory of a dying
/// left operand serves for the result: nobody can tell.
@inline(__always) func intResult<P: LoopPolicy>(_ policy: P.Type, _ value: Int, _ a: Object, _ b: Object) -> Object {
  if UInt(bitPattern: value &+ 5) <= 261 {
    dropInt(policy, b)
    dropInt(policy, a)
    return core.pointee.smallInts[value &+ 5]
  }
  if !P.records, a.refcount == 1 {
    let p = a.layout(IntLayout.self)
    p.pointee.size = value < 0 ? -1 : 1
    p.pointee.limb = UInt64(value.magnitude)
    dropInt(policy, b)
    return a
  }
  let result = newInt(value, probed: P.records)
  dropInt(policy, b)
  dropInt(policy, a)
  return result
}

/// The float that two floats give, as `intResult`; the right operand's memory may serve, too.
@inline(__always) func floatResult<P: LoopPolicy>(_ policy: P.Type, _ value: Double, _ a: Object, _ b: Object) -> Object
{
  if !P.records {
    if a.refcount == 1 {
      a.layout(FloatLayout.self).pointee.value = value
      dropFloat(policy, b)
      return a
    }
    if b.refcount == 1 {
      b.layout(FloatLayout.self).pointee.value = value
      dropFloat(policy, a)
      return b
    }
  }
  let result = newFloat(value, probed: P.records)
  dropFloat(policy, b)
  dropFloat(policy, a)
  return result
}
