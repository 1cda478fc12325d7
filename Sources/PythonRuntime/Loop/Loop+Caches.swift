// Inline caches of attribute loads and stores, and of calls: what the special forms of these instructions have learnt.
//
//   LOAD_ATTR    word 1 version of the type, of the class itself, or of a module's keys | 2, 3 by form | 4, 5 object | 6 times that it was filled
//   STORE_ATTR   word 1 version of the type | 2, 3 by form | 4 times that it was filled
//   CALL         word 1 version of the class | 2, 3 its `__init__`, or the table entry of a native function
//
//   form             word 2                                              word 3
//   inline value     offset of the inline values' head                   index
//   type's attribute offset of that head, 0: no inline values            offset of the dict's place, 0: none
//   in dict          index of the entry                                  offset of the dict's place
//   slot             offset of the slot
//   of a module      index of the entry
//
// A cache is trusted only while the type's version is the recorded one, so an object in it is alive: the type's MRO holds it. The version changes as
// well when the instances' shared keys get a name more (`renewVersion`).
import PythonBytecode

enum AttributeCache {
  /// After so many fillings a place is known to meet many types and learns only now and then.
  private static var fillingsMax: UInt32 { 16 }

  // MARK: - Reading

  @inline(__always) static func object(_ pc: UnsafeMutablePointer<UInt32>) -> Object {
    Object(UnsafeMutableRawPointer(bitPattern: UInt(pc[4]) | UInt(pc[5]) &<< 32).unsafelyUnwrapped)
  }
  @inline(__always) static func inlineHead(_ pc: UnsafeMutablePointer<UInt32>, _ o: Object)
    -> UnsafeMutablePointer<InlineValuesHead>
  {
    (o.address + Int(pc[2])).assumingMemoryBound(to: InlineValuesHead.self)
  }
  @inline(__always) static func values(_ head: UnsafeMutablePointer<InlineValuesHead>) -> UnsafeMutablePointer<Object?>
  {
    (UnsafeMutableRawPointer(head) + 8).assumingMemoryBound(to: Object?.self)
  }
  /// An inline value that had none got one: it is the last in the order of insertion.
  @inline(__always) static func noteInserted(_ head: UnsafeMutablePointer<InlineValuesHead>, _ index: Int) {
    let order = UnsafeMutableRawPointer(head) + 8 + 8 &* Int(head.pointee.capacity)
    order.storeBytes(of: UInt8(truncatingIfNeeded: index), toByteOffset: Int(head.pointee.count), as: UInt8.self)
    head.pointee.count &+= 1
  }

  /// The value of a `loadAttrInline`, borrowed; nil: its condition fails. A capacity of 0 says that the values have moved into a dict.
  @inline(__always) static func inlineValue(_ pc: UnsafeMutablePointer<UInt32>, _ o: Object) -> Object? {
    guard o.type.pointer.pointee.version == pc[1] else { return nil }
    let head = inlineHead(pc, o)
    let index = Int(pc[3])
    guard index < Int(head.pointee.capacity) else { return nil }
    return values(head)[index]
  }

  /// Whether no value of the instance itself can hide the type's attribute.
  @inline(__always) static func typeDecides(_ pc: UnsafeMutablePointer<UInt32>, _ o: Object) -> Bool {
    guard o.type.pointer.pointee.version == pc[1] else { return false }
    if pc[2] != 0 { return inlineHead(pc, o).pointee.valid != 0 }
    return pc[3] == 0 || dictPlace(pc, o).pointee == nil
  }

  @inline(__always) private static func dictPlace(_ pc: UnsafeMutablePointer<UInt32>, _ o: Object)
    -> UnsafeMutablePointer<Object?>
  {
    (o.address + Int(Int32(bitPattern: pc[3]))).assumingMemoryBound(to: Object?.self)
  }

  /// The value of a `loadAttrInDict`, borrowed; nil: its condition fails.
  @inline(__always) static func dictValue(_ pc: UnsafeMutablePointer<UInt32>, _ o: Object, _ name: Object) -> Object? {
    guard o.type.pointer.pointee.version == pc[1], let dict = dictPlace(pc, o).pointee else { return nil }
    let keys = dict.dictKeys
    let index = Int(pc[2])
    guard index < keys.pointee.entryCount, keys.pointee.entries[index].key == name else { return nil }
    return keys.pointee.entries[index].value
  }

  /// The getter of the property in the cache, when it is a plain Python function of one parameter; borrowed.
  @inline(__always) static func getter(_ pc: UnsafeMutablePointer<UInt32>) -> Object? { plainGetter(object(pc)) }

  @inline(__always) private static func plainGetter(_ property: Object) -> Object? {
    guard let getter = property.layout(PropertyLayout.self).pointee.getter,
      getter.type == core.pointee.types.function
    else { return nil }
    let code = getter.functionLayout.pointee.code.codeLayout
    return code.pointee.isSimple && code.pointee.argumentCount == 1 ? getter : nil
  }

  // MARK: - The table behind

  /// What LOAD_ATTR has learnt about a type and a name, for the places that meet many types: they fill their cache from here. A key names the type
  /// by its version, so nothing here is ever wrong, only unused.
  private struct Known {
    var version: UInt32
    var form: Instruction
    var second, third: UInt32
    var name: UnsafeMutableRawPointer?
    var object: UnsafeMutableRawPointer?
  }
  private static let knownCount = 1024
  /// Set by `start`. The first value is a constant, so that no access asks whether it is initialised.
  nonisolated(unsafe) private static var known = UnsafeMutablePointer<Known>(bitPattern: 16).unsafelyUnwrapped

  static func start() {
    known = .allocate(capacity: knownCount)
    known.initialize(
      repeating: Known(version: 0, form: .loadAttr, second: 0, third: 0, name: nil, object: nil), count: knownCount)
  }

  /// A load for a call learns other things than a plain one: bit 0 of the instruction's operand tells them apart.
  @inline(__always)
  private static func place(_ version: UInt32, _ name: Object, _ word: UInt32) -> UnsafeMutablePointer<Known> {
    let mixed = UInt(version) &* 0x9E37 ^ UInt(bitPattern: name.address) >> 4 ^ UInt(word &>> 8 & 1)
    return known + Int(mixed & UInt(knownCount - 1))
  }

  /// Fills the cache at `pc` with what is known about the owner's type, if that holds for the owner.
  @inline(__always)
  static func recall(_ pc: UnsafeMutablePointer<UInt32>, _ word: UInt32, _ owner: Object, _ name: Object) -> Bool {
    let version = owner.type.pointer.pointee.version
    let entry = place(version, name, word)
    guard version != 0, entry.pointee.version == version, entry.pointee.name == name.address else { return false }
    let address = UInt(bitPattern: entry.pointee.object)
    pc[1] = version
    pc[2] = entry.pointee.second
    pc[3] = entry.pointee.third
    pc[4] = UInt32(truncatingIfNeeded: address)
    pc[5] = UInt32(truncatingIfNeeded: address >> 32)
    let holds: Bool
    switch entry.pointee.form {
    case .loadAttrInline: holds = inlineValue(pc, owner) != nil
    case .loadAttrMethod: holds = word &>> 8 & 1 == 1 && typeDecides(pc, owner)
    case .loadAttrOfType: holds = typeDecides(pc, owner)
    default: holds = false
    }
    if holds { become(pc, word, entry.pointee.form) }
    return holds
  }

  // MARK: - Learning

  /// Whether to learn at the `count`th time.
  @inline(__always) private static func learns(_ count: UnsafeMutablePointer<UInt32>) -> Bool {
    count.pointee &+= 1
    return count.pointee <= fillingsMax || count.pointee & 63 == 0
  }

  /// Learns from a load that went the long way and gave `value`.
  static func fill(
    _ t: ThreadState, _ pc: UnsafeMutablePointer<UInt32>, _ owner: Object, _ name: Object, _ value: Object
  ) {
    if learns(pc + 6) { learn(t, pc, owner, name, value) }
  }

  @inline(never)
  private static func learn(
    _ t: ThreadState, _ pc: UnsafeMutablePointer<UInt32>, _ owner: Object, _ name: Object, _ value: Object
  ) {
    let type = owner.type
    if type == core.pointee.types.module { return learnModule(pc, owner, name) }
    if type == core.pointee.types.type { return learnClass(t, pc, TypeObject(unchecked: owner), name, value) }
    guard type.pointer.pointee.getAttribute == core.pointee.types.object.pointer.pointee.getAttribute,
      assignVersion(type)
    else { return }
    let descriptor = typeLookup(t, type, name)
    if t.hasRaised { return t.clearRaised() }
    if let descriptor {
      let d = descriptor.type.pointer
      if d.pointee.descriptorSet != nil { return learnDescriptor(pc, type, descriptor) }
      guard let (head, place) = hidingPlaces(owner, name) else { return }
      if descriptor.type.flags.contains(.methodDescriptor), value == descriptor {
        // Only a load for a call gives the function itself.
        set(pc, .loadAttrMethod, type, head, place, descriptor, name: name)
      } else if d.pointee.descriptorGet == nil {
        set(pc, .loadAttrOfType, type, head, place, descriptor, name: name)
      }
      return
    }
    if owner.hasInlineValues {
      let index = sharedKeyIndex(type, name)
      if index >= 0 { set(pc, .loadAttrInline, type, type.pointer.pointee.basicSize, index, nil, name: name) }
    } else if let place = owner.dictPlace, let dict = place.pointee, let index = dictEntryIndex(dict, name: name),
      dict.dictKeys.pointee.entries[index].key == name
    {
      set(pc, .loadAttrInDict, type, index, type.pointer.pointee.dictOffset, nil)
    }
  }

  /// Words 2 and 3 for an attribute of the type; nil: the instance itself has the name, or its dict may have it.
  private static func hidingPlaces(_ o: Object, _ name: Object) -> (head: Int, place: Int)? {
    let type = o.type
    if type.pointer.pointee.dictOffset == 0 { return (0, 0) }
    if o.hasInlineValues { return sharedKeyIndex(type, name) < 0 ? (type.pointer.pointee.basicSize, 0) : nil }
    guard !type.flags.contains(.inlineValues), o.dictPlace?.pointee == nil else { return nil }
    return (0, type.pointer.pointee.dictOffset)
  }

  /// A data descriptor of the type: a slot or a property.
  private static func learnDescriptor(_ pc: UnsafeMutablePointer<UInt32>, _ type: TypeObject, _ descriptor: Object) {
    if descriptor.type == core.pointee.types.memberDescriptor,
      descriptor.layout(MemberLayout.self).pointee.offset != MemberLayout.inDict
    {
      set(pc, .loadAttrSlot, type, descriptor.layout(MemberLayout.self).pointee.offset, 0, nil)
    } else if descriptor.type == core.pointee.types.property, pc.pointee &>> 8 & 1 == 0, plainGetter(descriptor) != nil
    {
      set(pc, .loadAttrProperty, type, 0, 0, descriptor)
    }
  }

  /// An attribute of a class whose metaclass is `type`: found on the class's own MRO, and nothing that binds.
  private static func learnClass(
    _ t: ThreadState, _ pc: UnsafeMutablePointer<UInt32>, _ owner: TypeObject, _ name: Object, _ value: Object
  ) {
    let meta = typeLookup(t, core.pointee.types.type, name)
    guard !t.hasRaised, meta.map({ $0.type.pointer.pointee.descriptorSet == nil }) ?? true, assignVersion(owner),
      let found = typeLookup(t, owner, name), found == value,
      found.type.pointer.pointee.descriptorGet == nil || found.type == core.pointee.types.function
    else { return t.clearRaised() }
    set(pc, .loadAttrOfClass, owner, 0, 0, found)
  }

  private static func learnModule(_ pc: UnsafeMutablePointer<UInt32>, _ owner: Object, _ name: Object) {
    guard let dict = moduleDict(owner), let index = dictEntryIndex(dict, name: name) else { return }
    let version = dictKeysVersion(dict)
    guard version != 0 else { return }
    pc[1] = version
    pc[2] = UInt32(truncatingIfNeeded: index)
    become(pc, pc.pointee, .loadAttrOfModule)
  }

  private static func set(
    _ pc: UnsafeMutablePointer<UInt32>, _ form: Instruction, _ type: TypeObject, _ second: Int, _ third: Int,
    _ object: Object?, name: Object? = nil
  ) {
    let address = object.map { UInt(bitPattern: $0.address) } ?? 0
    pc[1] = type.pointer.pointee.version
    pc[2] = UInt32(truncatingIfNeeded: second)
    pc[3] = UInt32(truncatingIfNeeded: third)
    pc[4] = UInt32(truncatingIfNeeded: address)
    pc[5] = UInt32(truncatingIfNeeded: address >> 32)
    become(pc, pc.pointee, form)
    guard let name else { return }
    place(pc[1], name, pc.pointee).pointee = Known(
      version: pc[1], form: form, second: pc[2], third: pc[3], name: name.address, object: object?.address)
  }

  /// Learns from a store that went the long way.
  static func fillStore(_ t: ThreadState, _ pc: UnsafeMutablePointer<UInt32>, _ owner: Object, _ name: Object) {
    if learns(pc + 4) { learnStore(t, pc, owner, name) }
  }

  @inline(never)
  private static func learnStore(_ t: ThreadState, _ pc: UnsafeMutablePointer<UInt32>, _ owner: Object, _ name: Object)
  {
    let type = owner.type
    guard type.pointer.pointee.setAttribute == core.pointee.types.object.pointer.pointee.setAttribute,
      assignVersion(type)
    else { return }
    let descriptor = typeLookup(t, type, name)
    if t.hasRaised { return t.clearRaised() }
    var (form, second, third) = (Instruction.storeAttr, 0, 0)
    if let descriptor, descriptor.type.pointer.pointee.descriptorSet != nil {
      let member = descriptor.layout(MemberLayout.self)
      guard descriptor.type == core.pointee.types.memberDescriptor, !member.pointee.readOnly,
        member.pointee.offset != MemberLayout.inDict
      else { return }
      (form, second) = (.storeAttrSlot, member.pointee.offset)
    } else {
      let index = sharedKeyIndex(type, name)
      guard owner.hasInlineValues, index >= 0 else { return }
      (form, second, third) = (.storeAttrInline, type.pointer.pointee.basicSize, index)
    }
    pc[1] = type.pointer.pointee.version
    pc[2] = UInt32(truncatingIfNeeded: second)
    pc[3] = UInt32(truncatingIfNeeded: third)
    become(pc, pc.pointee, form)
  }
}

enum CallCache {
  @inline(__always) private static func address(_ pc: UnsafeMutablePointer<UInt32>) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(bitPattern: UInt(pc[2]) | UInt(pc[3]) &<< 32).unsafelyUnwrapped
  }
  /// The `__init__` of the class whose version word 1 holds.
  @inline(__always) static func initializer(_ pc: UnsafeMutablePointer<UInt32>) -> Object { Object(address(pc)) }
  /// The table entry of a native function; entries live as long as the process.
  @inline(__always) static func entry(_ pc: UnsafeMutablePointer<UInt32>) -> UnsafeMutablePointer<NativeEntry> {
    address(pc).assumingMemoryBound(to: NativeEntry.self)
  }

  static func remember(_ pc: UnsafeMutablePointer<UInt32>, _ entry: UnsafeMutablePointer<NativeEntry>) {
    store(pc, version: 0, UInt(bitPattern: entry))
  }

  private static func store(_ pc: UnsafeMutablePointer<UInt32>, version: UInt32, _ address: UInt) {
    pc[1] = version
    pc[2] = UInt32(truncatingIfNeeded: address)
    pc[3] = UInt32(truncatingIfNeeded: address >> 32)
  }

  /// Learns a class whose instances are plain and whose `__init__` is a Python function.
  @inline(never) static func fill(_ t: ThreadState, _ pc: UnsafeMutablePointer<UInt32>, _ type: TypeObject) {
    pc[1] = 0
    let p = type.pointer
    guard type.flags.contains(.heapType), !type.flags.contains(.abstract), type.isContainer,
      let new = p.pointee.new, let plain = core.pointee.types.object.pointer.pointee.new, new == plain,
      type.heapExtra.pointee.solidBase == core.pointee.types.object, assignVersion(type),
      let initializer = typeLookup(t, type, Name.dunderInit), initializer.type == core.pointee.types.function
    else {
      t.clearRaised()
      return
    }
    store(pc, version: p.pointee.version, UInt(bitPattern: initializer.address))
  }
}
