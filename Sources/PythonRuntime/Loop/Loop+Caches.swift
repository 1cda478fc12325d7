// Inline caches of attribute loads and stores, and the arithmetic that the loop does itself.
//
//   LOAD_ATTR    word 1 type version | 2 kind, index << 8 | 3 count of shared keys or version of a module's keys | 4, 5 object
//   STORE_ATTR   word 1 type version | 2 index of the inline value
//
// A cache is trusted only while the type's version is the recorded one, so an object in it is alive: the type's MRO holds it.
import PythonBytecode

enum AttributeCache {
  enum Kind: UInt8 { case none, inlineValue, method, typeAttribute, module, slot }

  @inline(__always) static func kind(_ pc: UnsafeMutablePointer<UInt32>) -> Kind {
    unsafeBitCast(UInt8(truncatingIfNeeded: pc[2]), to: Kind.self)
  }
  @inline(__always) static func index(_ pc: UnsafeMutablePointer<UInt32>) -> Int { Int(pc[2] &>> 8) }
  @inline(__always) static func object(_ pc: UnsafeMutablePointer<UInt32>) -> Object {
    Object(UnsafeMutableRawPointer(bitPattern: UInt(pc[4]) | UInt(pc[5]) &<< 32).unsafelyUnwrapped)
  }

  /// Whether no value of the instance itself can hide the type's attribute.
  @inline(__always) static func instanceLacksName(_ pc: UnsafeMutablePointer<UInt32>, _ o: Object) -> Bool {
    let type = o.type
    if type.pointer.pointee.dictOffset == 0 { return true }
    if o.hasInlineValues {
      return type.pointer.pointee.sharedKeys?.assumingMemoryBound(to: Int.self).pointee == Int(pc[3])
    }
    // An instance that may have a dict but never had an attribute.
    return !type.flags.contains(.inlineValues) && o.dictPlace?.pointee == nil
  }

  /// Learns from a load that went the long way and gave `value`.
  @inline(never)
  static func fill(
    _ t: ThreadState, _ pc: UnsafeMutablePointer<UInt32>, _ owner: Object, _ name: Object, _ value: Object
  ) {
    let type = owner.type
    pc[1] = 0
    if type == core.pointee.types.module { return fillModule(pc, owner, name) }
    guard type.pointer.pointee.getAttribute == core.pointee.types.object.pointer.pointee.getAttribute,
      assignVersion(type)
    else { return }
    let version = type.pointer.pointee.version
    let descriptor = typeLookup(t, type, name)
    if t.hasRaised {
      t.clearRaised()
      return
    }
    if let descriptor {
      let d = descriptor.type.pointer
      if d.pointee.descriptorSet != nil {
        guard descriptor.type == core.pointee.types.memberDescriptor else { return }
        let member = descriptor.layout(MemberLayout.self)
        guard member.pointee.offset < 1 << 24 else { return }
        return set(pc, version, .slot, member.pointee.offset, 0, nil)
      }
      guard hidesNothing(owner, name) else { return }
      let keys = type.pointer.pointee.sharedKeys?.assumingMemoryBound(to: Int.self).pointee ?? 0
      if descriptor.type.flags.contains(.methodDescriptor), value == descriptor {
        return set(pc, version, .method, 0, keys, descriptor)
      }
      if d.pointee.descriptorGet == nil { set(pc, version, .typeAttribute, 0, keys, descriptor) }
      return
    }
    guard owner.hasInlineValues else { return }
    let index = sharedKeyIndex(type, name)
    if index >= 0 { set(pc, version, .inlineValue, index, 0, nil) }
  }

  private static func hidesNothing(_ o: Object, _ name: Object) -> Bool {
    let type = o.type
    if type.pointer.pointee.dictOffset == 0 { return true }
    if o.hasInlineValues { return sharedKeyIndex(type, name) < 0 }
    return !type.flags.contains(.inlineValues) && o.dictPlace?.pointee == nil
  }

  private static func fillModule(_ pc: UnsafeMutablePointer<UInt32>, _ owner: Object, _ name: Object) {
    let type = owner.type
    guard let dict = moduleDict(owner), assignVersion(type), let index = dictEntryIndex(dict, name: name) else {
      return
    }
    let keys = dictKeysVersion(dict)
    guard keys != 0, index < 1 << 24 else { return }
    set(pc, type.pointer.pointee.version, .module, index, Int(keys), nil)
  }

  private static func set(
    _ pc: UnsafeMutablePointer<UInt32>, _ version: UInt32, _ kind: Kind, _ index: Int, _ extra: Int, _ object: Object?
  ) {
    let address = object.map { UInt(bitPattern: $0.address) } ?? 0
    pc[1] = version
    pc[2] = UInt32(kind.rawValue) | UInt32(truncatingIfNeeded: index) << 8
    pc[3] = UInt32(truncatingIfNeeded: extra)
    pc[4] = UInt32(truncatingIfNeeded: address)
    pc[5] = UInt32(truncatingIfNeeded: address >> 32)
  }

  /// Learns from a store that went the long way.
  @inline(never)
  static func fillStore(_ t: ThreadState, _ pc: UnsafeMutablePointer<UInt32>, _ owner: Object, _ name: Object) {
    let type = owner.type
    pc[1] = 0
    guard type.pointer.pointee.setAttribute == core.pointee.types.object.pointer.pointee.setAttribute,
      owner.hasInlineValues, assignVersion(type)
    else { return }
    if let descriptor = typeLookup(t, type, name), descriptor.type.pointer.pointee.descriptorSet != nil { return }
    if t.hasRaised {
      t.clearRaised()
      return
    }
    let index = sharedKeyIndex(type, name)
    guard index >= 0 else { return }
    pc[1] = type.pointer.pointee.version
    pc[2] = UInt32(index)
  }
}

/// CALL of a class: word 1 version of the class | 2, 3 its `__init__`.
enum InitializerCache {
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
    let address = UInt(bitPattern: initializer.address)
    pc[1] = p.pointee.version
    pc[2] = UInt32(truncatingIfNeeded: address)
    pc[3] = UInt32(truncatingIfNeeded: address >> 32)
  }
}

enum FastNumber {
  /// `x op y` of machine words; nil: not a case for here (overflow, zero divisor, another operator).
  @inline(__always) static func integers(_ operation: Int, _ x: Int, _ y: Int) -> Object? {
    switch operation {
    case BinaryOperation.add.rawValue, BinaryOperation.inplaceAdd.rawValue:
      let (result, overflow) = x.addingReportingOverflow(y)
      return overflow ? nil : makeInt(result)
    case BinaryOperation.subtract.rawValue, BinaryOperation.inplaceSubtract.rawValue:
      let (result, overflow) = x.subtractingReportingOverflow(y)
      return overflow ? nil : makeInt(result)
    case BinaryOperation.multiply.rawValue, BinaryOperation.inplaceMultiply.rawValue:
      let (result, overflow) = x.multipliedReportingOverflow(by: y)
      return overflow ? nil : makeInt(result)
    case BinaryOperation.and.rawValue, BinaryOperation.inplaceAnd.rawValue: return makeInt(x & y)
    case BinaryOperation.or.rawValue, BinaryOperation.inplaceOr.rawValue: return makeInt(x | y)
    case BinaryOperation.xor.rawValue, BinaryOperation.inplaceXor.rawValue: return makeInt(x ^ y)
    case BinaryOperation.floorDivide.rawValue, BinaryOperation.inplaceFloorDivide.rawValue:
      guard y > 0 else { return nil }
      let quotient = x / y
      return makeInt(x % y < 0 ? quotient &- 1 : quotient)
    case BinaryOperation.remainder.rawValue, BinaryOperation.inplaceRemainder.rawValue:
      guard y > 0 else { return nil }
      let rest = x % y
      return makeInt(rest < 0 ? rest &+ y : rest)
    case BinaryOperation.rightShift.rawValue, BinaryOperation.inplaceRightShift.rawValue:
      guard y >= 0 else { return nil }
      return makeInt(y > 63 ? (x < 0 ? -1 : 0) : x &>> y)
    default: return nil
    }
  }

  @inline(__always) static func floats(_ operation: Int, _ x: Double, _ y: Double) -> Object? {
    switch operation {
    case BinaryOperation.add.rawValue, BinaryOperation.inplaceAdd.rawValue: return makeFloat(x + y)
    case BinaryOperation.subtract.rawValue, BinaryOperation.inplaceSubtract.rawValue: return makeFloat(x - y)
    case BinaryOperation.multiply.rawValue, BinaryOperation.inplaceMultiply.rawValue: return makeFloat(x * y)
    case BinaryOperation.trueDivide.rawValue, BinaryOperation.inplaceTrueDivide.rawValue:
      return y == 0 ? nil : makeFloat(x / y)
    default: return nil
    }
  }
}
