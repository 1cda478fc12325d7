// `mmap.mmap`: memory that a file or nothing stands behind, as a sequence of bytes.
import CRuntimeSupport
import Glibc
import PythonRuntime
import PythonTypes

struct MemoryMapLayout {
  var header: ObjectHeader
  /// nil: closed.
  var data: UnsafeMutableRawPointer?
  var size: Int
  var position: Int
  /// Live views: the memory may not move or go while there are any.
  var exports: Int
  /// Where in the file the memory begins.
  var offset: Int
  /// A duplicate of the file's descriptor, -1: none.
  var descriptor: Int32
  var access: Int32
  var tracksDescriptor: Bool
  var weakrefs: Object?
}

extension Object {
  var memoryMap: UnsafeMutablePointer<MemoryMapLayout> { layout() }
  /// The memory of an open map.
  var memoryMapBytes: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: memoryMap.pointee.data, count: memoryMap.pointee.size)
  }
}

enum MemoryMapObject {
  /// The values of `access`.
  static let (plain, readOnly, writing, copying): (Int32, Int32, Int32, Int32) = (0, 1, 2, 3)

  static let type: TypeObject = makeBuiltinType(
    name: "mmap", module: "mmap", layoutSize: MemoryLayout<MemoryMapLayout>.size, flags: [.container, .baseType]
  ) { p in
    p.pointee.weakrefOffset = MemoryLayout<MemoryMapLayout>.offset(of: \.weakrefs) ?? 0
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      clearWeakrefs(o)
      close(o)
      freeInstance(o)
    }
    p.pointee.new = NativeFunction(new)
    p.pointee.repr = UnaryFunction(repr)
    p.pointee.length = MeasureFunction { t, o in isOpen(t, o) ? o.memoryMap.pointee.size : -1 }
    p.pointee.item = IndexFunction { t, o, i in
      guard isOpen(t, o) else { return nil }
      guard i >= 0, i < o.memoryMap.pointee.size else { return t.raise(.IndexError, "mmap index out of range") }
      return makeBytes([o.memoryMapBytes[i]])
    }
    p.pointee.getItem = BinaryFunction(getItem)
    p.pointee.setItem = StoreFunction(setItem)
    p.pointee.buffer = BufferFunction { t, o, change in
      if change == 0, !isOpen(t, o) { return nil }
      let p = o.memoryMap
      p.pointee.exports += change
      return BufferView(p.pointee.data, count: p.pointee.size, readOnly: p.pointee.access == readOnly)
    }
  }

  /// False: ValueError is set.
  static func isOpen(_ t: ThreadState, _ o: Object) -> Bool {
    o.memoryMap.pointee.data != nil || t.fail(.ValueError, "mmap closed or invalid")
  }

  /// False: TypeError is set.
  static func isWritable(_ t: ThreadState, _ o: Object) -> Bool {
    o.memoryMap.pointee.access != readOnly || t.fail(.TypeError, "mmap can't modify a readonly memory map.")
  }

  static func close(_ o: Object) {
    let p = o.memoryMap
    if let data = p.pointee.data {
      munmap(data, p.pointee.size)
      if p.pointee.descriptor >= 0 { Glibc.close(p.pointee.descriptor) }
    }
    p.pointee.data = nil
    p.pointee.descriptor = -1
  }

  private static func repr(_ t: ThreadState, _ o: Object) -> Object? {
    let p = o.memoryMap
    let name = o.type == type ? "mmap.mmap" : typeName(o)
    guard p.pointee.data != nil else { return makeString("<\(name) closed=True>") }
    let access = ["DEFAULT", "READ", "WRITE", "COPY"][Int(p.pointee.access)]
    return makeString(
      "<\(name) closed=False, access=ACCESS_\(access), length=\(p.pointee.size), pos=\(p.pointee.position), offset=\(p.pointee.offset)>"
    )
  }

  // MARK: - Making

  /// `(fileno, length, flags, prot, access, offset, *, trackfd)`.
  private static func new(_ t: ThreadState, _ cls: Object, _ a: Arguments) -> Object? {
    let names = ["fileno", "length", "flags", "prot", "access", "offset", "trackfd"]
    guard a.count + (a.keywordNames?.tupleCount ?? 0) > 0 else {
      return t.raise(.TypeError, "function missing required argument 'fileno' (pos 1)")
    }
    guard let given = parseArguments(t, a, function: "mmap", names: names, required: 2, maxPositional: 6) else {
      return nil
    }
    var numbers = [0, 0, Int(MAP_SHARED), Int(PROT_READ | PROT_WRITE), 0, 0]
    for (i, object) in given.prefix(6).enumerated() {
      guard let object else { continue }
      guard let value = intValue(t, object) else { return nil }
      numbers[i] = value
    }
    let tracks = given[6].map { isTrue(t, $0) } ?? 1
    if tracks < 0 { return nil }
    let descriptor = Int32(truncatingIfNeeded: numbers[0])
    var length = numbers[1]
    let offset = numbers[5]
    guard length >= 0 else { return t.raise(.OverflowError, "memory mapped length must be positive") }
    guard offset >= 0 else { return t.raise(.OverflowError, "memory mapped offset must be positive") }
    guard let plan = plan(t, flags: numbers[2], protection: numbers[3], access: numbers[4]),
      measure(t, descriptor, offset, &length)
    else { return nil }
    return map(t, cls, descriptor, length: length, offset: offset, plan, tracks: tracks == 1)
  }

  private typealias Plan = (flags: Int32, protection: Int32, access: Int32)

  /// What `access` means for the flags, or the protection for `access`; nil: ValueError is set.
  private static func plan(_ t: ThreadState, flags: Int, protection: Int, access: Int) -> Plan? {
    let (read, write) = (PROT_READ, PROT_WRITE)
    if access != 0, flags != Int(MAP_SHARED) || protection != Int(read | write) {
      t.raise(.ValueError, "mmap can't specify both access, flags and prot.")
      return nil
    }
    let asked = Int32(truncatingIfNeeded: protection)
    switch access {
    case 0:
      let isBoth = asked & read != 0 && asked & write != 0
      return (
        Int32(truncatingIfNeeded: flags), asked, isBoth ? plain : asked & write != 0 ? writing : readOnly
      )
    case 1: return (MAP_SHARED, read, readOnly)
    case 2: return (MAP_SHARED, read | write, writing)
    case 3: return (MAP_PRIVATE, read | write, copying)
    default:
      t.raise(.ValueError, "mmap invalid access parameter.")
      return nil
    }
  }

  /// Holds the length to what a regular file has; 0 becomes the rest of it. False: an exception is set.
  private static func measure(_ t: ThreadState, _ descriptor: Int32, _ offset: Int, _ length: inout Int) -> Bool {
    guard descriptor != -1 else { return true }
    var found = stat()
    guard fstat(descriptor, &found) == 0 else {
      t.raiseOSError(errno: exuvia_errno())
      return false
    }
    guard found.st_mode & S_IFMT == S_IFREG else { return true }
    let size = Int(found.st_size)
    if length == 0 {
      guard size > 0 else { return t.fail(.ValueError, "cannot mmap an empty file") }
      guard offset < size else { return t.fail(.ValueError, "mmap offset is greater than file size") }
      length = size - offset
    }
    guard offset <= size, size - offset >= length else {
      return t.fail(.ValueError, "mmap length is greater than file size")
    }
    return true
  }

  private static func map(
    _ t: ThreadState, _ cls: Object, _ descriptor: Int32, length: Int, offset: Int, _ plan: Plan, tracks: Bool
  ) -> Object? {
    var own: Int32 = -1
    if descriptor != -1, tracks {
      own = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
      guard own >= 0 else { return t.raiseOSError(errno: exuvia_errno()) }
    }
    let flags = descriptor == -1 ? plan.flags | Int32(MAP_ANONYMOUS) : plan.flags
    let data = mmap(nil, length, plan.protection, flags, descriptor, offset)
    guard let data, data != MAP_FAILED else {
      let failure = exuvia_errno()
      if own >= 0 { Glibc.close(own) }
      return t.raiseOSError(errno: failure)
    }
    let o = allocateZeroed(TypeObject(unchecked: cls))
    let p = o.memoryMap
    p.pointee.data = data
    p.pointee.size = length
    p.pointee.offset = offset
    p.pointee.descriptor = own
    p.pointee.access = plan.access
    p.pointee.tracksDescriptor = tracks
    trackFresh(o)
    return o
  }

  // MARK: - Items

  private static func place(_ t: ThreadState, _ o: Object, _ key: Object) -> Int? {
    guard var i = indexValue(t, key) else { return nil }
    if i < 0 { i += o.memoryMap.pointee.size }
    // The index's own code may have closed the map.
    guard isOpen(t, o) else { return nil }
    if i >= 0, i < o.memoryMap.pointee.size { return i }
    t.raise(.IndexError, "mmap index out of range")
    return nil
  }

  private static func getItem(_ t: ThreadState, _ o: Object, _ key: Object) -> Object? {
    guard isOpen(t, o) else { return nil }
    if isIndex(key) { return place(t, o, key).map { makeInt(Int(o.memoryMapBytes[$0])) } }
    guard key.isKind(.slice) else { return t.raise(.TypeError, "mmap indices must be integers") }
    guard let bounds = sliceBounds(t, key), isOpen(t, o) else { return nil }
    let s = adjustSlice(o.memoryMap.pointee.size, bounds)
    let bytes = o.memoryMapBytes
    if s.step == 1 {
      return makeBytes(bytes.baseAddress.map { ($0 + s.start).assumingMemoryBound(to: UInt8.self) }, s.count)
    }
    return makeBytes((0..<s.count).map { bytes[s.start + $0 * s.step] })
  }

  private static func setItem(_ t: ThreadState, _ o: Object, _ key: Object, _ value: Object?) -> Bool {
    guard isOpen(t, o), isWritable(t, o) else { return false }
    if isIndex(key) {
      guard let i = place(t, o, key) else { return false }
      guard let value else { return t.fail(.TypeError, "mmap doesn't support item deletion") }
      guard isIndex(value) else { return t.fail(.TypeError, "mmap item value must be an int") }
      guard let number = indexValue(t, value) else { return false }
      guard (0...255).contains(number) else {
        return t.fail(.ValueError, "mmap item value must be in range(0, 256)")
      }
      guard isOpen(t, o) else { return false }
      o.memoryMapBytes[i] = UInt8(number)
      return true
    }
    guard key.isKind(.slice) else { return t.fail(.TypeError, "mmap indices must be integers") }
    guard let bounds = sliceBounds(t, key) else { return false }
    guard let value else { return t.fail(.TypeError, "mmap object doesn't support slice deletion") }
    guard let new = ByteSource.required(t, value), isOpen(t, o) else { return false }
    let s = adjustSlice(o.memoryMap.pointee.size, bounds)
    guard new.count == s.count else { return t.fail(.IndexError, "mmap slice assignment is wrong size") }
    let bytes = o.memoryMapBytes
    for (k, byte) in new.enumerated() { bytes[s.start + k * s.step] = byte }
    return true
  }
}
