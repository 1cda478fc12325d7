// tuple in memory: a count and the items inline. Freed tuples of 1 ... 20 items wait in free lists, as CPython's do.
import CRuntimeSupport

public struct TupleLayout {
  public var header: ObjectHeader
  public var count: Int
  /// Bytes before the items.
  public static let base = 24
}

extension Object {
  @inlinable @inline(__always) public var tupleCount: Int { layout(TupleLayout.self).pointee.count }
  @inlinable @inline(__always) public var tupleItems: UnsafeMutablePointer<Object> {
    (address + 24).assumingMemoryBound(to: Object.self)
  }
}

/// A tracked tuple whose items the caller must set before anything else runs.
public func makeTuple(count: Int) -> Object {
  if count == 0 { return core.pointee.emptyTuple }
  let size = 24 &+ 8 &* count
  let object: Object
  if count <= TupleObject.cachedLengthMax, let reused = TupleObject.freeLists[count].take() {
    object = reused
    reuseContainer(object, size: size)
  } else {
    object = allocateContainer(core.pointee.types.tuple, size: size)
  }
  object.layout(TupleLayout.self).pointee.count = count
  track(object)
  return object
}

/// A tuple of the items. Steals them.
public func makeTuple(_ items: [Object]) -> Object {
  let object = makeTuple(count: items.count)
  let target = object.tupleItems
  for i in 0..<items.count { target[i] = items[i] }
  filledTuple(object)
  return object
}

/// A tuple of `count` items at `base`. Steals them.
public func makeTuple(stealing base: UnsafePointer<Object>, count: Int) -> Object {
  let object = makeTuple(count: count)
  object.tupleItems.update(from: base, count: count)
  filledTuple(object)
  return object
}

/// A tuple of `count` borrowed items at `base`.
public func makeTuple(borrowing base: UnsafePointer<Object>, count: Int) -> Object {
  let object = makeTuple(count: count)
  let target = object.tupleItems
  for i in 0..<count { target[i] = base[i].retained() }
  filledTuple(object)
  return object
}

public func makeTuple(stealing a: Object, _ b: Object) -> Object {
  let object = makeTuple(count: 2)
  object.tupleItems[0] = a
  object.tupleItems[1] = b
  filledTuple(object)
  return object
}

/// Records the items of a tuple that was just filled.
@inlinable @inline(__always) public func filledTuple(_ object: Object) {
  if exuvia_level() >= probeLevelLinks { recordFill(object, object.tupleItems, object.tupleCount) }
}

/// The birth items of a sequence, two an event.
@inline(never) public func recordFill(_ object: Object, _ items: UnsafePointer<Object>, _ count: Int) {
  for i in stride(from: 0, to: count, by: 2) { Probes.fill(object, i, items[i], i + 1 < count ? items[i + 1] : nil) }
}

/// A chain of freed objects of one size, linked through the word behind the header.
struct ObjectFreeList {
  var head: Object?
  var count = 0
  @inline(__always) mutating func take() -> Object? {
    guard let object = head else { return nil }
    #if EXUVIA_MALLOC_HEAP
      exuvia_show(object.address - 16, 24)
    #endif
    head = (object.address + 16).load(as: Object?.self)
    count &-= 1
    return object
  }
  /// The object behind one that is in the list.
  func next(_ object: Object) -> Object? { (object.address + 16).load(as: Object?.self) }
  @inline(__always) mutating func put(_ object: Object) {
    (object.address + 16).storeBytes(of: head, as: Object?.self)
    head = object
    count &+= 1
    #if EXUVIA_MALLOC_HEAP
      // Links and count: nobody may touch an object that waits here.
      exuvia_hide(object.address - 16, 24)
    #endif
  }
}

enum TupleObject {
  static let cachedLengthMax = 20
  static let cachedCountMax = 2000
  /// By length; set by `start`. The first value is a constant, so that no access asks whether it is initialised.
  nonisolated(unsafe) static var freeLists = UnsafeMutablePointer<ObjectFreeList>(bitPattern: 16).unsafelyUnwrapped

  static func start() {
    freeLists = .allocate(capacity: cachedLengthMax + 1)
    freeLists.initialize(repeating: ObjectFreeList(), count: cachedLengthMax + 1)
  }

  static func dealloc(_ o: Object) {
    untrack(o)
    let count = o.tupleCount
    let items = o.tupleItems
    // From the last to the first, as CPython releases them.
    var i = count
    while i > 0 {
      i &-= 1
      items[i].release()
    }
    if count > 0 && count <= cachedLengthMax && o.type == core.pointee.types.tuple
      && freeLists[count].count < cachedCountMax
    {
      parkContainer(o)
      freeLists[count].put(o)
    } else {
      freeInstance(o, items: count)
    }
  }

  static func traverse(_ o: Object, _ visit: Visitor) -> Bool {
    var i = o.tupleCount
    let items = o.tupleItems
    while i > 0 {
      i &-= 1
      if visit(items[i]) { return true }
    }
    return false
  }

  /// xxHash-based, as CPython's: hashes of tuples of ints agree.
  static func hash(_ t: ThreadState, _ o: Object) -> Int {
    var accumulator: UInt = 2_870_177_450_012_600_261
    let items = o.tupleItems
    let count = o.tupleCount
    for i in 0..<count {
      let lane = PythonRuntime.hash(t, items[i])
      if lane == -1 { return -1 }
      accumulator = accumulator &+ UInt(bitPattern: lane) &* 14_029_467_366_897_019_727
      accumulator = accumulator << 31 | accumulator >> 33
      accumulator = accumulator &* 11_400_714_785_074_694_791
    }
    accumulator = accumulator &+ (UInt(count) ^ (2_870_177_450_012_600_261 ^ 3_527_539))
    return accumulator == UInt.max ? 1_546_275_796 : Int(bitPattern: accumulator)
  }
}

/// Untracks a tuple that can be in no cycle: the collector calls it for every tuple of a pass.
public func tupleMaybeUntrack(_ o: Object) {
  guard o.isExactly(.tuple), o.isTracked else { return }
  for i in 0..<o.tupleCount where mayBeTracked(o.tupleItems[i]) { return }
  untrack(o)
}

/// Whether an object can take part in a cycle: a container that the collector can know, except an untracked tuple. Static types are unknown to it.
@inlinable public func mayBeTracked(_ o: Object) -> Bool {
  o.hasLinks && (!o.isExactly(.tuple) || o.isTracked)
}

/// The hash of a tuple; -1 with an exception set.
public func tupleHash(_ t: ThreadState, _ o: Object) -> Int { TupleObject.hash(t, o) }
