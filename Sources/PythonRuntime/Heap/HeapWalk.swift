// A walk over every living object of the heap, by looking at its memory: what checks and descriptions of the whole heap start from. It needs no
// register of objects, so it finds what the events or the collector's lists have forgotten.
//
// Free blocks, and those of objects that wait in a free list of their type, are left out by these lists: a dead tuple of a class looks like an
// instance of it. Any other block holds an object when, behind the 0, 16 or 32 bytes that its type puts before an instance, there stand a plausible
// count and the address of a type. Counts of living objects are positive and below 2**32 or the immortal one; lists of items and tables begin with
// addresses, which do not pass for a count; but the unused end of a list's items may still hold a dead object that lived there, so the memory that
// containers own is left out too.
import CRuntimeSupport

enum HeapWalk {
  /// Calls `body` with each living object, in order of addresses. `body` may not allocate or free objects.
  static func forEachObject(_ body: (Object) -> Void) {
    let arena = UnsafeMutableRawPointer(bitPattern: UInt(exuvia_arena())).unsafelyUnwrapped
    let pageCount = PageRuns.end
    let free = FreeBlocks(arena, bytes: pageCount * HeapLimits.pageBytes)
    defer { free.bits.deallocate() }
    forEachCandidate(arena, pageCount, free) { object in
      if let memory = object.ownedMemory, isInHeap(UInt(bitPattern: memory)) { free.add(memory) }
    }
    forEachCandidate(arena, pageCount, free, body)
  }

  private static func forEachCandidate(
    _ arena: UnsafeMutableRawPointer, _ pageCount: Int, _ free: FreeBlocks, _ body: (Object) -> Void
  ) {
    for page in 1..<max(pageCount, 1) {
      let sizeClass = Heap.pageClasses[page]
      guard sizeClass != 0 else { continue }
      let start = arena + page * HeapLimits.pageBytes
      guard sizeClass != Heap.largeClass else {
        if !free.contains(start), let object = object(in: start, size: HeapLimits.pageBytes) { body(object) }
        continue
      }
      let size = Int(sizeClass) * 16
      for i in 0..<HeapLimits.pageBytes / size {
        let block = start + i * size
        if !free.contains(block), let object = object(in: block, size: size) { body(object) }
      }
    }
  }

  /// The blocks of no living object, a bit for each 16 bytes of the arena.
  private struct FreeBlocks {
    let arena: UnsafeMutableRawPointer
    let bits: UnsafeMutablePointer<UInt8>

    init(_ arena: UnsafeMutableRawPointer, bytes: Int) {
      self.arena = arena
      bits = .allocate(capacity: bytes / 128 + 1)
      bits.initialize(repeating: 0, count: bytes / 128 + 1)
      for sizeClass in 0..<HeapLimits.classCount {
        var current = Heap.lists[sizeClass]
        while let block = current {
          add(block)
          current = block.load(as: UnsafeMutableRawPointer?.self)
        }
        guard var block = Heap.uncut[sizeClass] else { continue }
        let end = PageRuns.address(Heap.pageNumber(block) + 1)
        while block + sizeClass * 16 <= end {
          add(block)
          block += sizeClass * 16
        }
      }
      for list in FreeLists.all {
        var current = list.head
        while let object = current {
          add(object.address - CollectorLinks.size)
          current = list.next(object)
        }
      }
    }

    func add(_ block: UnsafeMutableRawPointer) {
      let place = (block - arena) >> 4
      bits[place >> 3] |= 1 << UInt8(place & 7)
    }
    func contains(_ block: UnsafeMutableRawPointer) -> Bool {
      let place = (block - arena) >> 4
      return bits[place >> 3] & (1 << UInt8(place & 7)) != 0
    }
  }

  /// The living object in a block.
  private static func object(in block: UnsafeMutableRawPointer, size: Int) -> Object? {
    for prefix in [0, 16, 32] where prefix + 16 <= size {
      let count = (block + prefix).load(as: Int.self)
      let isImmortal = count == ObjectHeader.immortalRefcount
      guard isCount(count) else { continue }
      let type = (block + prefix + 8).load(as: UInt.self)
      guard isType(type) else { continue }
      let object = Object(block + prefix)
      // The immortal containers of the start have room for the longest prefix.
      if isImmortal || object.type.prefixBytes == prefix { return object }
    }
    return nil
  }

  /// Whether a living object can have this count.
  private static func isCount(_ count: Int) -> Bool {
    count > 0 && count < 1 << 32 || count == ObjectHeader.immortalRefcount
  }

  private static func isInHeap(_ address: UInt) -> Bool {
    address & 15 == 0 && address > UInt(exuvia_arena()) && address < UInt(bitPattern: Heap.end)
  }

  /// Whether a living type object stands at `address`: its own type is `type`, or a metaclass whose type is.
  private static func isType(_ address: UInt) -> Bool {
    guard isInHeap(address), let memory = UnsafeRawPointer(bitPattern: address), isCount(memory.load(as: Int.self))
    else {
      return false
    }
    let root = UInt(bitPattern: core.pointee.types.type.pointer)
    let metatype = memory.load(fromByteOffset: 8, as: UInt.self)
    if metatype == root { return true }
    guard isInHeap(metatype), let meta = UnsafeRawPointer(bitPattern: metatype) else { return false }
    return meta.load(fromByteOffset: 8, as: UInt.self) == root
      && meta.load(fromByteOffset: 16, as: UInt8.self) == TypeKind.type.rawValue
  }
}

extension Object {
  /// Bytes that the object takes: itself, what stands before it, and the memory that is its alone (items of a list, the tables of dict and set).
  var heapBytes: Int {
    let type = self.type
    let ownBytes: Int
    switch type.kind {
    case .int, .bool: ownBytes = type.instanceSize(items: max(limbCount, 1))
    case .str: ownBytes = type.instanceSize(items: strLength * strKind + 1)
    case .bytes: ownBytes = type.instanceSize(items: bytesCount + 1)
    case .tuple: ownBytes = type.instanceSize(items: tupleCount)
    case .type: ownBytes = MemoryLayout<TypeLayout>.size
    case .code: ownBytes = MemoryLayout<CodeLayout>.size
    case .generator, .coroutine, .asyncGenerator:
      ownBytes = GeneratorLayout.frameOffset + generatorLayout.pointee.wordCount * 8
    case .frame: ownBytes = frameObjectHeaderSize + frameObjectLayout.pointee.wordCount * 8
    default: ownBytes = type.instanceSize()
    }
    let inlineBytes = type.flags.contains(.inlineValues) ? inlineValuesSize(Int(inlineHead.pointee.room)) : 0
    return type.prefixBytes + ownBytes + inlineBytes + ownedBytes
  }

  /// Where the memory beside the object stands that it alone owns.
  fileprivate var ownedMemory: UnsafeMutableRawPointer? {
    switch type.kind {
    case .list: listLayout.pointee.items.map { UnsafeMutableRawPointer($0) }
    case .dict: UnsafeMutableRawPointer(dictKeys)
    case .set, .frozenset: UnsafeMutableRawPointer(setLayout.pointee.table)
    case .bytearray: byteArrayLayout.pointee.data.map { UnsafeMutableRawPointer($0) }
    default: nil
    }
  }

  /// Bytes beside the object that it alone owns.
  private var ownedBytes: Int {
    switch type.kind {
    case .list: max(listLayout.pointee.capacity, 0) * 8
    case .dict: DictObject.bytes(dictKeys)
    case .set, .frozenset: (setLayout.pointee.mask + 1) * 16
    case .bytearray: byteArrayLayout.pointee.data == nil ? 0 : byteArrayLayout.pointee.capacity
    default: 0
    }
  }
}
