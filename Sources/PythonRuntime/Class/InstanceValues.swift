// Attributes of ordinary instances, kept inline: names are shared through the type, values lie behind the instance's own fields.
//
//     instance  header, slots ... basicSize | capacity u8, count u8, valid u8, room u8, 4 unused | capacity values | capacity order bytes
//     order     for the i-th inserted attribute its index in the shared keys, so that iteration is in insertion order
//
// The shared keys of a type only grow, up to `keysMax`. An attribute that finds no place, and a request for `__dict__`, move all values into a
// real dict, whose pointer stands before the collector links (TypeFlags.preHeader). The idea is PEP 412's; the layout is our own.

import CRuntimeSupport

/// The names that a type's instances share. In raw memory of its own; never shrinks, freed with its type.
struct SharedKeys {
  static let keysMax = 30
  var count: Int
  /// Inline capacity of the next instance.
  var capacity: Int
  /// Interned names, owned.
  var names: UnsafeMutablePointer<Object>

  /// The names that the class's own code assigns (`__static_attributes__`) are known at once. CPython's arithmetic: the first instances get
  /// room for 30 values, each later one a value less, down to one more than there are names; what finds no room gets a dict.
  static func create(known: [Object]) -> UnsafeMutableRawPointer {
    let keys = UnsafeMutablePointer<SharedKeys>.allocate(capacity: 1)
    let names = UnsafeMutablePointer<Object>.allocate(capacity: keysMax)
    let known = known.prefix(keysMax)
    for (i, name) in known.enumerated() { (names + i).initialize(to: name.retained()) }
    keys.initialize(to: SharedKeys(count: known.count, capacity: keysMax, names: names))
    return UnsafeMutableRawPointer(keys)
  }
  static func destroy(_ raw: UnsafeMutableRawPointer) {
    let keys = raw.assumingMemoryBound(to: SharedKeys.self)
    for i in 0..<keys.pointee.count { keys.pointee.names[i].release() }
    keys.pointee.names.deallocate()
    keys.deallocate()
  }
}

/// The head of an instance's inline values.
public struct InlineValuesHead {
  public var capacity: UInt8
  public var count: UInt8
  /// Zero once the values have moved into a dict.
  public var valid: UInt8
  /// The capacity that the block was allocated for: the capacity, or one more.
  var room: UInt8
  var unused: (UInt8, UInt8, UInt8, UInt8)
}

/// Bytes behind `basicSize` for `room` values: as many as in CPython, so that a new instance finds the memory of a dead one where it does there.
func inlineValuesSize(_ room: Int) -> Int { 8 + room * 8 + (room + 7) & ~7 }

extension TypeObject {
  @inline(__always) var sharedKeys: UnsafeMutablePointer<SharedKeys>? {
    pointer.pointee.sharedKeys?.assumingMemoryBound(to: SharedKeys.self)
  }
}

extension Object {
  @inline(__always) public var inlineHead: UnsafeMutablePointer<InlineValuesHead> {
    (address + type.pointer.pointee.basicSize).assumingMemoryBound(to: InlineValuesHead.self)
  }
  @inline(__always) public var inlineValues: UnsafeMutablePointer<Object?> {
    (address + type.pointer.pointee.basicSize + 8).assumingMemoryBound(to: Object?.self)
  }
  @inline(__always) var inlineOrder: UnsafeMutablePointer<UInt8> {
    let capacity = Int(inlineHead.pointee.capacity)
    return (address + type.pointer.pointee.basicSize + 8 + capacity * 8).assumingMemoryBound(to: UInt8.self)
  }
  @inline(__always) public var hasInlineValues: Bool {
    type.flags.contains(.inlineValues) && inlineHead.pointee.valid != 0
  }
  /// The materialised dict's place; only for instances whose type has a dict.
  @inline(__always) public var dictPlace: UnsafeMutablePointer<Object?>? {
    let offset = type.pointer.pointee.dictOffset
    return offset == 0 ? nil : (address + offset).assumingMemoryBound(to: Object?.self)
  }
}

/// Index of an interned name in the type's shared keys; -1: not there. Short linear search by identity.
@inline(__always) public func sharedKeyIndex(_ type: TypeObject, _ name: Object) -> Int {
  guard let keys = type.sharedKeys else { return -1 }
  let names = keys.pointee.names
  for i in 0..<keys.pointee.count where names[i] == name { return i }
  return -1
}

/// Prepares the inline values of a fresh instance.
func initializeInlineValues(_ o: Object, capacity: Int, room: Int) {
  o.inlineHead.pointee = InlineValuesHead(
    capacity: UInt8(capacity), count: 0, valid: 1, room: UInt8(room), unused: (0, 0, 0, 0))
  exuvia_clear_words(o.inlineValues, o.inlineValues + capacity)
}

/// Sets or deletes attribute `name` (interned) among the inline values. nil: no place, the caller materialises. False: deleting what is absent.
func setInlineValue(_ o: Object, _ name: Object, _ value: Object?) -> Bool? {
  var index = sharedKeyIndex(o.type, name)
  guard let value else {
    guard index >= 0, index < Int(o.inlineHead.pointee.capacity), let old = o.inlineValues[index] else { return false }
    o.inlineValues[index] = nil
    removeFromOrder(o, index)
    storeProbe(o, .attribute(name), old, nil)
    old.release()
    return true
  }
  if index < 0 {
    guard let keys = o.type.sharedKeys, keys.pointee.count < keys.pointee.capacity else { return nil }
    index = keys.pointee.count
    keys.pointee.names[index] = name.retained()
    keys.pointee.count += 1
    renewVersion(o.type)
  }
  guard index < Int(o.inlineHead.pointee.capacity) else { return nil }
  let old = o.inlineValues[index]
  o.inlineValues[index] = value.retained()
  if old == nil {
    o.inlineOrder[Int(o.inlineHead.pointee.count)] = UInt8(index)
    o.inlineHead.pointee.count += 1
  }
  storeProbe(o, .attribute(name), old, value)
  old.release()
  return true
}

private func removeFromOrder(_ o: Object, _ index: Int) {
  let order = o.inlineOrder
  let count = Int(o.inlineHead.pointee.count)
  var to = 0
  for from in 0..<count where Int(order[from]) != index {
    order[to] = order[from]
    to += 1
  }
  o.inlineHead.pointee.count = UInt8(to)
}

/// Moves the inline values into a dict, which the instance then owns.
func materializeDict(_ t: ThreadState, _ o: Object) -> Object? {
  let dict = makeDict()
  let order = o.inlineOrder
  guard let keys = o.type.sharedKeys else { return dict }
  for i in 0..<Int(o.inlineHead.pointee.count) {
    let index = Int(order[i])
    guard let value = o.inlineValues[index] else { continue }
    guard dictSet(t, dict, keys.pointee.names[index], value) else {
      dict.release()
      return nil
    }
  }
  for i in 0..<Int(o.inlineHead.pointee.count) {
    let index = Int(order[i])
    let value = o.inlineValues[index]
    o.inlineValues[index] = nil
    storeProbe(o, .attribute(keys.pointee.names[index]), value, nil)
    value.release()
  }
  o.inlineHead.pointee.valid = 0
  o.inlineHead.pointee.count = 0
  // Inline caches look at the capacity only.
  o.inlineHead.pointee.capacity = 0
  // The instance visits the dict's content itself, so the dict needs no place of its own in a generation.
  if dict.isTracked { untrack(dict) }
  return dict
}

/// The instance's `__dict__`, made on demand: borrowed. nil: an exception is set, or the type has none.
public func instanceDict(_ t: ThreadState, _ o: Object) -> Object? {
  guard let place = o.dictPlace else { return nil }
  if let dict = place.pointee { return dict }
  let dict: Object?
  if o.hasInlineValues { dict = materializeDict(t, o) } else { dict = makeDict() }
  guard let dict else { return nil }
  place.pointee = dict
  storeProbe(o, .internalField("__dict__"), nil, dict)
  return dict
}
