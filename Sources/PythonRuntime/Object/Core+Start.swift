// Makes the well-known objects: memory and slots of every built-in type, the singletons, the cached integers and characters.
//
// Types get here their layout, flags, dealloc, traverse and clear; names, methods and the rest of the slots come when the types are readied. All
// of these objects are immortal and written to no event stream.
import CRuntimeSupport

extension Core {
  /// Once per process, after `Heap.start`.
  public static func start() {
    TupleObject.start()
    MethodCache.start()
    AttributeCache.start()
    DictObject.start()
    InternTable.start()
    let block = Heap.allocate(MemoryLayout<Core>.size)
    block.initializeMemory(as: UInt8.self, repeating: 0, count: MemoryLayout<Core>.size)
    exuvia_set_core(block)
    CoreTypes.fill(&core.pointee.types)
    makeSingletons()
    makeSmallInts()
    makeCharacters()
    CoreTypes.fillNames(&core.pointee.types)
  }

  /// Immortal zeroed memory of an instance, unseen by counters and events.
  static func immortal(_ type: TypeObject, size: Int) -> Object {
    let prefix = type.isContainer ? 32 : 0
    let block = Heap.allocate(size + prefix)
    block.initializeMemory(as: UInt8.self, repeating: 0, count: size + prefix)
    let object = Object(block + prefix)
    object.header.pointee = ObjectHeader(refcount: ObjectHeader.immortalRefcount, type: type)
    return object
  }

  private static func makeSingletons() {
    let types = core.pointee.types
    core.pointee.none = immortal(types.none, size: 16)
    core.pointee.notImplemented = immortal(types.notImplemented, size: 16)
    core.pointee.ellipsis = immortal(types.ellipsis, size: 16)
    core.pointee.true = immortalInt(1, types.bool)
    core.pointee.false = immortalInt(0, types.bool)
    core.pointee.emptyTuple = immortal(types.tuple, size: 24)
    let text = immortal(types.str, size: 48)
    text.strLayout.pointee.kind = 1
    text.strLayout.pointee.isASCII = true
    text.strLayout.pointee.hash = 0
    core.pointee.emptyString = internString(stealing: text)
    let bytes = immortal(types.bytes, size: 40)
    bytes.layout(BytesLayout.self).pointee.hash = -1
    core.pointee.emptyBytes = bytes
  }

  private static func immortalInt(_ value: Int, _ type: TypeObject) -> Object {
    let o = immortal(type, size: 32)
    o.layout(IntLayout.self).pointee.size = value.signum()
    o.layout(IntLayout.self).pointee.limb = UInt64(value.magnitude)
    return o
  }

  private static func makeSmallInts() {
    let ints = UnsafeMutablePointer<Object>.allocate(capacity: 262)
    for i in 0..<262 { (ints + i).initialize(to: immortalInt(i - 5, core.pointee.types.int)) }
    core.pointee.smallInts = ints
  }

  private static func makeCharacters() {
    let characters = UnsafeMutablePointer<Object>.allocate(capacity: 256)
    let bytes = UnsafeMutablePointer<Object>.allocate(capacity: 256)
    for i in 0..<256 {
      let c = immortal(core.pointee.types.str, size: 48)
      c.strLayout.pointee.length = 1
      c.strLayout.pointee.kind = 1
      c.strLayout.pointee.isASCII = i < 128
      c.strLayout.pointee.hash = -1
      c.setCodePoint(0, UInt32(i))
      (characters + i).initialize(to: internString(stealing: c))
      let b = immortal(core.pointee.types.bytes, size: 40)
      b.layout(BytesLayout.self).pointee.count = 1
      b.layout(BytesLayout.self).pointee.hash = -1
      b.bytesData[0] = UInt8(i)
      (bytes + i).initialize(to: b)
    }
    core.pointee.characters = characters
    core.pointee.singleBytes = bytes
  }
}
