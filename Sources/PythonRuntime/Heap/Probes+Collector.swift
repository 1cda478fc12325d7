// Events of the collector, finalizers and weak references, and the description of what lives when a recording starts.
import CRuntimeSupport
import EventRing
import TraceModel

extension Probes {
  // MARK: - Passes

  static func collectBegin(generation: Int, reason: CollectReason, counts: (Int, Int, Int), pending: Int, total: Int) {
    guard isOn else { return }
    writer.write(
      word(.collectBegin, upper: UInt32(clamping: counts.0)) | UInt64(generation) << 8 | reason.rawValue << 12,
      writer.now(), UInt64(UInt32(clamping: counts.1)) | UInt64(UInt32(clamping: counts.2)) << 32, UInt64(pending),
      UInt64(total), 0)
  }

  /// `given`: thresholds that the program named.
  static func collectSettings(_ call: CollectorCall, given: Int = 0) {
    guard isOn else { return }
    writer.write(
      word(.collectSettings, upper: UInt32(clamping: exuvia_threshold0())) | call.rawValue << 8 | UInt64(given) << 12,
      UInt64(UInt32(clamping: Collector.threshold1)) | UInt64(UInt32(clamping: Collector.threshold2)) << 32)
  }

  static func collectEnd(_ pass: PassResult) {
    guard isOn else { return }
    func pair(_ low: Int, _ high: Int) -> UInt64 {
      UInt64(UInt32(clamping: low)) | UInt64(UInt32(clamping: high)) << 32
    }
    writer.write(
      word(.collectEnd, upper: UInt32(clamping: pass.collected)) | UInt64(pass.generation) << 8, writer.now(),
      pair(pass.examined, pass.uncollectable), pair(pass.counts.0, pass.counts.1), pair(pass.counts.2, pass.promoted),
      pair(pass.pending, pass.total))
  }

  /// ORDER EventSpec collectVerdict
  enum Verdict: UInt64 { case root, rescued, unreachable }

  static func verdict(_ object: Object, _ verdict: Verdict, gcRefs: Int) {
    writer.write(
      word(.collectVerdict, object) | verdict.rawValue << 8,
      UInt64(UInt32(clamping: object.refcount)) | UInt64(UInt32(clamping: gcRefs)) << 32)
  }

  static func unreachable(_ object: Object) { writer.write(word(.collectUnreachable, object), 0) }

  static func collectCallback(_ callback: Object, isStop: Bool) {
    guard isOn else { return }
    writer.write(word(.collectCallback, callback) | (isStop ? 1 << 8 : 0), 0)
  }

  // MARK: - Finalizers and weak references

  static func finalizerBegin(_ object: Object, inPass: Bool) {
    guard isOn else { return }
    writer.write(word(.finalizerBegin, object) | (inPass ? 1 << 8 : 0), 0)
  }
  static func finalizerEnd(_ object: Object) { if isOn { writePair(.finalizerEnd, object) } }
  /// A function named `__del__` starts with the object as its first argument: the runtime called it, or the program did, as `super().__del__()` does.
  @inline(never) static func finalizerCall(_ locals: UnsafeMutablePointer<Object?>, count: Int) {
    guard isOn, count > 0, let argument = locals.pointee else { return }
    // An argument that an inner function uses lies in a cell by now.
    let object = argument.isKind(.cell) ? argument.cellLayout.pointee.content : argument
    if let object { writePair(.finalizerCall, object) }
  }
  static func resurrect(_ object: Object) { if isOn { writePair(.resurrect, object) } }

  static func weakrefCreate(_ weakref: Object, _ target: Object) {
    guard isOn else { return }
    writer.write(word(.weakrefCreate, weakref), slot(target))
  }
  static func weakrefDereference(_ weakref: Object, _ target: Object?) {
    guard exuvia_level() >= probeLevelAll else { return }
    writer.write(word(.weakrefDereference, weakref), slot(target))
  }
  static func weakrefClear(_ weakref: Object, _ target: Object) {
    guard isOn else { return }
    writer.write(word(.weakrefClear, weakref), slot(target))
  }
  static func weakrefCallbackBegin(_ weakref: Object, _ callback: Object) {
    guard isOn else { return }
    var name: UInt32 = 0
    if callback.type.kind == .function { name = stringID(callback.functionLayout.pointee.qualifiedName) }
    writer.write(word(.weakrefCallbackBegin, weakref), UInt64(name))
  }
  static func weakrefCallbackEnd(_ weakref: Object) { if isOn { writePair(.weakrefCallbackEnd, weakref) } }

  // MARK: - Frames that outlive their call, or wait

  /// What a frame object or a suspended generator holds by its frame. `frame` does not run.
  @inline(never) static func frameEdges(_ holder: Object, _ frame: Frame) {
    let names = frame.code.codeLayout.pointee.localTuple
    let locals = frame.stackBase - frame.fastLocals
    func edge(_ field: StoreField, _ target: Object?) {
      guard let target else { return }
      writer.write(word(.frameEdge, holder) | UInt64(field.packed.rawValue & 0xFF_FFFF) << 8, slot(target))
    }
    var place = frame.fastLocals
    var index = 0
    while place < frame.pointer.pointee.stackTop {
      edge(index < locals ? .local(names.tupleItems[index]) : .item(index - locals), place.pointee)
      place += 1
      index += 1
    }
    edge(.internalField("f_locals"), frame.pointer.pointee.locals)
    edge(.internalField("f_func"), frame.pointer.pointee.function)
  }

  /// A call ended whose frame object lives on.
  static func frameKept(_ object: Object, _ frame: Frame) {
    guard exuvia_level() >= probeLevelLinks else { return }
    writer.write(word(.functionCode, object), UInt64(codeID(frame.code)))
    frameEdges(object, frame)
    if let back = object.frameObjectLayout.pointee.back {
      writer.write(
        word(.frameEdge, object) | UInt64(StoreField.internalField("f_back").packed.rawValue) << 8, slot(back))
    }
  }
  static func frameEmptied(_ object: Object) {
    if exuvia_level() >= probeLevelLinks { writePair(.frameEdge, object) }
  }

  /// What the suspended generators hold: between yields it changes without events, so it is told now and then.
  static func describeGenerators() {
    guard exuvia_level() >= probeLevelLinks else { return }
    // The collector's lists have them all, and tell what they have faster than the heap.
    Collector.forEachTracked { object in
      switch object.type.kind {
      case .generator, .coroutine, .asyncGenerator:
        switch object.generatorLayout.pointee.state {
        case .created, .suspended, .suspendedYieldFrom: frameEdges(object, object.generatorFrame)
        case .running, .finished: break
        }
      default: break
      }
    }
  }

  /// The program's own code has ended; the interpreter's teardown begins.
  static func programEnd() {
    guard isOn else { return }
    describeGenerators()
    writer.write(UInt64(EventKind.programEnd.rawValue), writer.now())
  }

  // MARK: - What lives at the start

  /// Writes births of all objects that live, with their count, and at level links who holds whom.
  static func writeLivingObjects() {
    var living: [Object] = []
    HeapWalk.forEachObject { living.append($0) }
    let level = exuvia_level()
    for object in living {
      let type = UInt64(typeID(object.type))
      let isContainer = object.hasLinks
      let flags = isContainer ? AllocationFlags.container : 0
      let size = UInt64(object.heapBytes)
      if size < 1 << 28 {
        writer.write(word(.alloc, object) | type << 8, size << 28 | flags << 56)
      } else {
        writer.write(word(.allocLarge, object) | type << 8, flags << 56, size, 0)
      }
      if level >= probeLevelRefs && isContainer && object.isTracked { writePair(.track, object) }
    }
    guard level >= probeLevelLinks else { return }
    for holder in living {
      if level >= probeLevelRefs && !holder.isImmortal {
        var count = holder.refcount
        while count > 1 {
          writePair(.incref, holder)
          count -= 1
        }
      }
      if holder.type.kind == .function { functionCode(holder) }
      Referents.forEach(holder) { writeEdge(holder, $0, $1) }
    }
  }

  /// The weak references that a forked process has from the one before it; 0 is a target that is gone.
  static func writeLivingWeakrefs() {
    HeapWalk.forEachObject { object in
      if Weakref.isReference(object) {
        writer.write(word(.weakrefCreate, object), slot(object.weakref.pointee.referent))
      }
    }
  }

  private static func writeEdge(_ holder: Object, _ field: StoreField, _ target: Object) {
    writer.write(word(.snapshotEdge, holder) | UInt64(field.packed.rawValue & 0xFF_FFFF) << 8, slot(target))
  }
}
