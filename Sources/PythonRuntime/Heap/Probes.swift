// The only place from which events are written; the files Probes+... group them by subject. Every probe is an inlined level check and an
// outlined writer.
//
// The level lies in a process-wide word (CRuntimeSupport); off costs one load and one predictable branch. The stream is guarded by the GIL:
// whoever holds the GIL writes. A name is defined in the stream before its first use.
import CRuntimeSupport
import EventRing
import TraceModel

/// ORDER RecordingLevel
@inlinable @inline(__always) public var probeLevelHeap: UInt8 { 1 }
@inlinable @inline(__always) public var probeLevelCalls: UInt8 { 2 }
/// Level at which stores of references are written.
@inlinable @inline(__always) public var probeLevelLinks: UInt8 { 3 }
/// Level at which increfs and decrefs are written.
@inlinable @inline(__always) public var probeLevelRefs: UInt8 { 4 }
@inlinable @inline(__always) public var probeLevelAll: UInt8 { 5 }

// Most of what level `refs` writes: leaf functions where there is room.
@inline(never) public func probeIncref(_ object: Object) {
  if !Probes.writer.writeIfRoom(Probes.word(.incref, object), 0) { Probes.writePair(.incref, object) }
}
@inline(never) public func probeDecref(_ object: Object) {
  if !Probes.writer.writeIfRoom(Probes.word(.decref, object), 0) { Probes.writePair(.decref, object) }
}

public enum Probes {
  /// The process's stream. Set before the level leaves 0.
  @inline(__always) static var writer: EventWriter {
    EventWriter(state: exuvia_writer().unsafelyUnwrapped.assumingMemoryBound(to: WriterState.self))
  }
  /// Memory events until the next clock record.
  nonisolated(unsafe) static var untilClock = 0
  static let clockInterval = 512
  /// Deaths by reference count belong to the teardown of the interpreter.
  nonisolated(unsafe) static var isTearingDown = false { didSet { renewDeath() } }
  /// Word 0 of a death by reference count, without its object.
  nonisolated(unsafe) private static var death = UInt64(EventKind.dealloc.rawValue)

  /// Whether events are written.
  @inlinable public static var isOn: Bool { exuvia_level() != 0 }
  /// Whether calls and returns are written: levels `calls` and `all`, which are not neighbours.
  @inlinable @inline(__always) public static var recordsCalls: Bool {
    let level = exuvia_level()
    return level == 2 || level == 5
  }

  /// Word 0 of a record about an object.
  @inline(__always) static func word(_ kind: EventKind, _ object: Object) -> UInt64 {
    UInt64(kind.rawValue) | UInt64(object.slot) << 32
  }
  @inline(__always) static func word(_ kind: EventKind, upper: UInt32) -> UInt64 {
    UInt64(kind.rawValue) | UInt64(upper) << 32
  }
  @inline(__always) static func slot(_ object: Object?) -> UInt64 { object.map { UInt64($0.slot) } ?? 0 }

  // MARK: - Starting and stopping

  /// Makes `stream` the process's stream and starts to record at the level that its ring asks for. What lives already is written first.
  public static func start(_ stream: EventWriter) {
    exuvia_set_writer(stream.state)
    let level = stream.detail
    guard level != .off else { return }
    exuvia_set_level(level.rawValue)
    writeProcessStart()
    for thread in Threads.all { threadStart(thread, name: thread.pointer.pointee.traceID == 1 ? "MainThread" : "") }
    gilAcquired(currentThread(), waited: false, blockedFor: 0)
    writeLivingObjects()
  }

  /// Records into the ring that the environment names, if it names one.
  static func startFromEnvironment() {
    do throws(RingError) {
      let stream = try EventWriter.fromEnvironment()
      if stream.isAttached { start(stream) }
    } catch {
      writeError("exuvia: nothing is recorded: \(error)\n")
    }
  }

  /// Ends the stream with the process's exit.
  public static func finish(status: Int32) {
    guard isOn else { return }
    writeProcessExit(status)
    exuvia_set_level(0)
    writer.end(status: status)
  }

  /// The program cannot begin (its source does not compile): what was recorded so far is a trace of nothing.
  public static func withdraw() {
    guard isOn else { return }
    exuvia_set_level(0)
    writer.withdraw()
  }

  /// In a forked child with a ring of its own: a new stream, in which nothing has been named yet.
  static func startChild(_ t: ThreadState) {
    forgetNames()
    writeProcessStart()
    threadStart(t, name: "MainThread")
    gilAcquired(t, waited: false, blockedFor: 0)
    writeLivingObjects()
    writeLivingWeakrefs()
    writeRunningCalls(t)
  }

  // MARK: - Records of one object

  @inline(never) static func writePair(_ kind: EventKind, _ object: Object) { writer.write(word(kind, object), 0) }

  /// An untracked object is tracked: its fields are set.
  @usableFromInline @inline(never) static func tracked(_ object: Object) {
    if exuvia_level() >= probeLevelRefs { writePair(.track, object) }
    holding(object)
  }
  /// The fields of a new object are set: what it holds is part of its birth. Types whose fields have probes of their own say it themselves.
  @usableFromInline @inline(never) static func holding(_ object: Object) {
    guard exuvia_level() >= probeLevelLinks, !Referents.haveProbes(object), !Referents.storeVisited(object) else {
      return
    }
    if object.type.kind == .function { functionCode(object) }
    Referents.forEach(object) { field, child in store(object, field, nil, child) }
  }
  /// Which code a function runs, so that a reader knows its name and what its defaults and cells are called.
  static func functionCode(_ function: Object) {
    writer.write(word(.functionCode, function), UInt64(codeID(function.functionLayout.pointee.code)))
  }
  static func functionCodeChanged(_ function: Object) {
    if exuvia_level() >= probeLevelLinks { functionCode(function) }
  }
  /// The loop gave a function what the operand of its instruction says.
  @inline(never) static func functionAttribute(_ function: Object, _ operand: Int, _ value: Object) {
    switch operand {
    case 1: storeProbe(function, .internalField("__defaults__"), nil, value)
    case 2: storeProbe(function, .internalField("__kwdefaults__"), nil, value)
    case 4: storeProbe(function, .internalField("__annotations__"), nil, value)
    default: storeProbe(function, .internalField("__closure__"), nil, value)
    }
  }
  @usableFromInline @inline(never) static func untracked(_ object: Object) { writePair(.untrack, object) }

  @inline(__always) static func tick() {
    untilClock &-= 1
    if untilClock < 0 { writeClock() }
  }

  @inline(never) static func writeClock() {
    untilClock = clockInterval
    writer.write(UInt64(EventKind.clock.rawValue), writer.now())
  }

  // MARK: - Memory

  // Births and deaths are most of what level `heap` writes, a few nanoseconds each. Their common case is a leaf function: whatever needs a
  // call (a clock record, a new type, node or site, room in the ring) goes to the slow half as a whole.

  /// `type` is the object's, which the caller has at hand.
  @inlinable @inline(__always)
  public static func alloc(_ object: Object, _ type: TypeObject, _ size: Int, _ flags: UInt64) {
    if UInt(bitPattern: size) < 1 << 28 {
      writeAlloc(object, type, UInt64(UInt(bitPattern: size)) << 28 | flags << 56)
    } else {
      writeLargeAlloc(object, size, flags)
    }
  }

  /// `sizeAndFlags` as in word 1.
  @usableFromInline @inline(never)
  static func writeAlloc(_ object: Object, _ type: TypeObject, _ sizeAndFlags: UInt64) {
    let id = UInt64(type.pointer.pointee.traceID)
    let site = UInt64(knownSite(currentThread()) & 0xFFF_FFFF)
    guard untilClock > 0, id != 0, site != 0, writer.writeIfRoom(word(.alloc, object) | id << 8, site | sizeAndFlags)
    else { return writeAllocSlowly(object, sizeAndFlags) }
    untilClock &-= 1
  }

  @inline(never) private static func writeAllocSlowly(_ object: Object, _ sizeAndFlags: UInt64) {
    tick()
    let type = UInt64(typeID(object.type))
    let site = UInt64(site(currentThread()) & 0xFFF_FFFF)
    writer.write(word(.alloc, object) | type << 8, site | sizeAndFlags)
  }

  @usableFromInline @inline(never) static func writeLargeAlloc(_ object: Object, _ size: Int, _ flags: UInt64) {
    tick()
    let type = UInt64(typeID(object.type))
    let site = UInt64(site(currentThread()) & 0xFFF_FFFF)
    writer.write(word(.allocLarge, object) | type << 8, site | flags << 56, UInt64(size), 0)
  }

  /// What deaths have in common changed.
  static func renewDeath() {
    let cause: DeathCause = isTearingDown ? .shutdown : .refcount
    death = UInt64(EventKind.dealloc.rawValue) | cause.rawValue << 8 | (Collector.isCollecting ? 1 << 11 : 0)
  }

  @inline(never) public static func dealloc(_ object: Object, fromCollector: Bool) {
    var record = death | UInt64(object.slot) << 32
    if fromCollector, Collector.isClearing {
      record = word(.dealloc, object) | DeathCause.collector.rawValue << 8 | 1 << 11
    }
    guard untilClock > 0, !object.type.kind.hasMoreToSayAtDeath, writer.writeIfRoom(record, 0) else {
      return deallocSlowly(object, record)
    }
    untilClock &-= 1
  }

  /// `dealloc` of an object that is no container and has no more to say.
  @inline(never) public static func deallocNumber(_ object: Object) {
    let record = death | UInt64(object.slot) << 32
    guard untilClock > 0, writer.writeIfRoom(record, 0) else { return deallocSlowly(object, record) }
    untilClock &-= 1
  }

  @inline(never) private static func deallocSlowly(_ object: Object, _ record: UInt64) {
    tick()
    switch object.type.kind {
    case .type, .code: forget(object)
    case .generator, .coroutine, .asyncGenerator: writePair(.generatorDestroy, object)
    default: break
    }
    writer.write(record, 0)
  }

  /// The memory that is the object's alone changed: the items of a list, the table of a dict. The event's size counts all of it.
  @inlinable @inline(__always) public static func resized(_ object: Object) {
    if exuvia_level() != 0 { writeResize(object) }
  }
  @usableFromInline @inline(never) static func writeResize(_ object: Object) {
    writer.write(word(.resize, object), UInt64(object.heapBytes))
  }

  /// A birth with its first two items: what a fresh tuple or list holds.
  @inlinable public static func fill(_ holder: Object, _ index: Int, _ first: Object?, _ second: Object?) {
    if exuvia_level() >= probeLevelLinks { writeFill(holder, index, first, second) }
  }
  @usableFromInline @inline(never)
  static func writeFill(_ holder: Object, _ index: Int, _ first: Object?, _ second: Object?) {
    writer.write(word(.fill, holder) | UInt64(index & 0xFF_FFFF) << 8, slot(first) | slot(second) << 32)
  }

  @inline(never) public static func store(_ holder: Object, _ field: StoreField, _ old: Object?, _ new: Object?) {
    let name = UInt64(field.packed.rawValue & 0xFF_FFFF)
    writer.write(word(.store, holder) | name << 8, slot(old) | slot(new) << 32)
  }

  @inline(never) public static func shift(_ holder: Object, _ first: Int, _ change: Int) {
    writer.write(
      word(.shift, holder) | UInt64(min(first, 0xFF_FFFF)) << 8, UInt64(bitPattern: Int64(change)))
  }
}

extension TypeKind {
  /// Whether an object's death ends something else that the stream or its reader keeps.
  @inline(__always) fileprivate var hasMoreToSayAtDeath: Bool {
    switch self {
    case .type, .code, .generator, .coroutine, .asyncGenerator: true
    default: false
    }
  }
}

/// Which field of its holder a reference was stored in.
public enum StoreField {
  case item(Int)
  /// By a str, or in a dict by any key.
  case attribute(Object)
  case key(Object)
  case slot(Object)
  case cell
  case internalField(StaticString)
  case local(Object)
  /// Any number of references may be stored without a name: each is known by what it refers to.
  case nameless

  var packed: FieldName {
    switch self {
    case .item(let index): FieldName(.item, UInt32(clamping: index))
    case .attribute(let name): FieldName(.attribute, Probes.stringID(name))
    case .local(let name): FieldName(.local, Probes.stringID(name))
    case .slot(let name): FieldName(.slot, Probes.stringID(name))
    case .key(let key):
      key.type.kind == .str ? FieldName(.key, Probes.stringID(key)) : FieldName(.otherKey, key.slot)
    case .cell: FieldName(.cell, 0)
    case .internalField(let name): FieldName(.internalField, Probes.stringID(name))
    case .nameless: .nameless
    }
  }
}

/// A reference in `holder` was replaced: the one probe of all stores. Called after the store, before the old value is released.
@inlinable @inline(__always)
public func storeProbe(_ holder: Object, _ field: StoreField, _ old: Object?, _ new: Object?) {
  if exuvia_level() >= probeLevelLinks { Probes.store(holder, field, old, new) }
}
@inlinable @inline(__always)
public func storeProbe(_ holder: Object, _ index: Int, _ old: Object?, _ new: Object?) {
  if exuvia_level() >= probeLevelLinks { Probes.store(holder, .item(index), old, new) }
}
@inlinable @inline(__always)
public func storeProbe(_ holder: Object, _ key: Object, _ old: Object?, _ new: Object?) {
  if exuvia_level() >= probeLevelLinks { Probes.store(holder, .key(key), old, new) }
}
