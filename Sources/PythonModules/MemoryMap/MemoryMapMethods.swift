// The methods of `mmap.mmap`: a file's read, write and seek, searches, and what the kernel is told of the memory.
import CRuntimeSupport
import Glibc
import PythonRuntime
import PythonTypes

enum MemoryMapMethods {
  static let all = reading + writing + management

  /// An argument as a number, `value` when it was not given or is None; nil: an exception is set.
  private static func number(_ t: ThreadState, _ a: Arguments, _ i: Int, default value: Int) -> Int? {
    guard let object = a.optional(i), object != core.pointee.none else { return value }
    return intValue(t, object)
  }

  // MARK: - Reading

  /// The next bytes, at most `count`, and the position behind them.
  private static func take(_ o: Object, _ count: Int) -> Object {
    let p = o.memoryMap
    let start = p.pointee.position
    p.pointee.position += count
    return makeBytes(p.pointee.data.map { ($0 + start).assumingMemoryBound(to: UInt8.self) }, count)
  }

  private static func rest(_ o: Object) -> Int { max(o.memoryMap.pointee.size - o.memoryMap.pointee.position, 0) }

  private static func line(_ o: Object) -> Object {
    let bytes = o.memoryMapBytes
    let start = min(o.memoryMap.pointee.position, bytes.count)
    let end = bytes[start...].firstIndex(of: 0x0A).map { $0 + 1 } ?? bytes.count
    return take(o, end - start)
  }

  /// `(sub[, start[, end]])`: from the position on, unless said; -1: not there.
  private static func find(_ t: ThreadState, _ o: Object, _ a: Arguments, backwards: Bool) -> Object? {
    guard MemoryMapObject.isOpen(t, o), let wanted = ByteSource.required(t, a[0]),
      var start = number(t, a, 1, default: o.memoryMap.pointee.position),
      var end = number(t, a, 2, default: o.memoryMap.pointee.size), MemoryMapObject.isOpen(t, o)
    else { return nil }
    let size = o.memoryMap.pointee.size
    start = min(max(start < 0 ? start + size : start, 0), size)
    end = min(max(end < 0 ? end + size : end, 0), size)
    guard start <= end, end - start >= wanted.count, let data = o.memoryMap.pointee.data else { return makeInt(-1) }
    let last = end - wanted.count
    let places = backwards ? stride(from: last, through: start, by: -1) : stride(from: start, through: last, by: 1)
    for place in places where memcmp(data + place, wanted, wanted.count) == 0 { return makeInt(place) }
    return makeInt(-1)
  }

  private static let reading = [
    NativeMethod("read", .positional(0, 1)) { t, o, a in
      guard MemoryMapObject.isOpen(t, o), let wanted = number(t, a, 0, default: Int.max) else { return nil }
      guard MemoryMapObject.isOpen(t, o) else { return nil }
      return take(o, wanted < 0 ? rest(o) : min(wanted, rest(o)))
    },
    NativeMethod("read_byte", .noArguments) { t, o, _ in
      guard MemoryMapObject.isOpen(t, o) else { return nil }
      guard rest(o) > 0 else { return t.raise(.ValueError, "read byte out of range") }
      o.memoryMap.pointee.position += 1
      return makeInt(Int(o.memoryMapBytes[o.memoryMap.pointee.position - 1]))
    },
    NativeMethod("readline", .noArguments) { t, o, _ in MemoryMapObject.isOpen(t, o) ? line(o) : nil },
    NativeMethod("find", .positional(1, 3)) { t, o, a in find(t, o, a, backwards: false) },
    NativeMethod("rfind", .positional(1, 3)) { t, o, a in find(t, o, a, backwards: true) },
    NativeMethod("tell", .noArguments) { t, o, _ in
      MemoryMapObject.isOpen(t, o) ? makeInt(o.memoryMap.pointee.position) : nil
    },
    NativeMethod("seekable", .noArguments) { _, _, _ in core.pointee.true },
    NativeMethod("seek", .positional(1, 2)) { t, o, a in
      guard MemoryMapObject.isOpen(t, o), let distance = intValue(t, a[0]), let how = number(t, a, 1, default: 0) else {
        return nil
      }
      let from: Int
      switch how {
      case 0: from = 0
      case 1: from = o.memoryMap.pointee.position
      case 2: from = o.memoryMap.pointee.size
      default: return t.raise(.ValueError, "unknown seek type")
      }
      let (place, overflow) = from.addingReportingOverflow(distance)
      guard !overflow, place >= 0, place <= o.memoryMap.pointee.size else {
        return t.raise(.ValueError, "seek out of range")
      }
      o.memoryMap.pointee.position = place
      return makeInt(place)
    },
    NativeMethod("size", .noArguments) { t, o, _ in
      guard MemoryMapObject.isOpen(t, o) else { return nil }
      var found = stat()
      guard fstat(o.memoryMap.pointee.descriptor, &found) == 0 else { return t.raiseOSError(errno: exuvia_errno()) }
      return makeInt(Int(found.st_size))
    },
  ]

  // MARK: - Writing

  private static let writing = [
    NativeMethod("write", .oneArgument) { t, o, a in
      guard MemoryMapObject.isOpen(t, o), let bytes = ByteSource.required(t, a[0]), MemoryMapObject.isOpen(t, o),
        MemoryMapObject.isWritable(t, o)
      else { return nil }
      let p = o.memoryMap
      guard p.pointee.position <= p.pointee.size, rest(o) >= bytes.count else {
        return t.raise(.ValueError, "data out of range")
      }
      if let data = p.pointee.data { memcpy(data + p.pointee.position, bytes, bytes.count) }
      p.pointee.position += bytes.count
      return makeInt(bytes.count)
    },
    NativeMethod("write_byte", .oneArgument) { t, o, a in
      guard MemoryMapObject.isOpen(t, o), let value = intValue(t, a[0]) else { return nil }
      guard (0...255).contains(value) else {
        let side = value < 0 ? "less than minimum" : "greater than maximum"
        return t.raise(.OverflowError, "unsigned byte integer is \(side)")
      }
      guard MemoryMapObject.isOpen(t, o), MemoryMapObject.isWritable(t, o) else { return nil }
      guard rest(o) > 0 else { return t.raise(.ValueError, "write byte out of range") }
      o.memoryMapBytes[o.memoryMap.pointee.position] = UInt8(value)
      o.memoryMap.pointee.position += 1
      return core.pointee.none
    },
    NativeMethod("move", .positional(3, 3)) { t, o, a in
      guard MemoryMapObject.isOpen(t, o), let target = intValue(t, a[0]), let source = intValue(t, a[1]),
        let count = intValue(t, a[2]), MemoryMapObject.isOpen(t, o), MemoryMapObject.isWritable(t, o)
      else { return nil }
      let size = o.memoryMap.pointee.size
      guard target >= 0, source >= 0, count >= 0, size - target >= count, size - source >= count else {
        return t.raise(.ValueError, "source, destination, or count out of range")
      }
      if let data = o.memoryMap.pointee.data { memmove(data + target, data + source, count) }
      return core.pointee.none
    },
  ]

  // MARK: - The memory as a whole

  private static func resize(_ t: ThreadState, _ o: Object, _ wanted: Int) -> Object? {
    let p = o.memoryMap
    guard p.pointee.exports == 0 else {
      return t.raise(.BufferError, "mmap can't resize with extant pointers exported.")
    }
    guard p.pointee.tracksDescriptor else { return t.raise(.ValueError, "mmap can't resize with trackfd=False.") }
    guard p.pointee.access == MemoryMapObject.plain || p.pointee.access == MemoryMapObject.writing else {
      return t.raise(.TypeError, "mmap can't resize a readonly or copy-on-write memory map.")
    }
    guard wanted >= 0, wanted <= Int.max - p.pointee.offset else {
      return t.raise(.ValueError, "new size out of range")
    }
    if p.pointee.descriptor >= 0, ftruncate(p.pointee.descriptor, p.pointee.offset + wanted) != 0 {
      return t.raiseOSError(errno: exuvia_errno())
    }
    guard let moved = exuvia_remap(p.pointee.data, p.pointee.size, wanted) else {
      return t.raiseOSError(errno: exuvia_errno())
    }
    p.pointee.data = moved
    p.pointee.size = wanted
    return core.pointee.none
  }

  private static func advise(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    guard MemoryMapObject.isOpen(t, o), let option = intValue(t, a[0]), let start = number(t, a, 1, default: 0),
      let length = number(t, a, 2, default: o.memoryMap.pointee.size), MemoryMapObject.isOpen(t, o)
    else { return nil }
    let size = o.memoryMap.pointee.size
    guard start >= 0, start < size else { return t.raise(.ValueError, "madvise start out of bounds") }
    guard length >= 0 else { return t.raise(.ValueError, "madvise length invalid") }
    guard length <= Int.max - start else { return t.raise(.OverflowError, "madvise length too large") }
    guard let data = o.memoryMap.pointee.data,
      madvise(data + start, min(length, size - start), Int32(truncatingIfNeeded: option)) == 0
    else { return t.raiseOSError(errno: exuvia_errno()) }
    return core.pointee.none
  }

  private static let management = [
    NativeMethod("flush", .positional(0, 2)) { t, o, a in
      guard MemoryMapObject.isOpen(t, o), let offset = number(t, a, 0, default: 0),
        let count = number(t, a, 1, default: o.memoryMap.pointee.size), MemoryMapObject.isOpen(t, o)
      else { return nil }
      let p = o.memoryMap
      guard count >= 0, offset >= 0, p.pointee.size - offset >= count else {
        return t.raise(.ValueError, "flush values out of range")
      }
      if p.pointee.access == MemoryMapObject.readOnly || p.pointee.access == MemoryMapObject.copying {
        return core.pointee.none
      }
      guard let data = p.pointee.data, msync(data + offset, count, Int32(MS_SYNC)) == 0 else {
        return t.raiseOSError(errno: exuvia_errno())
      }
      return core.pointee.none
    },
    NativeMethod("resize", .oneArgument) { t, o, a in
      guard MemoryMapObject.isOpen(t, o), let wanted = intValue(t, a[0]), MemoryMapObject.isOpen(t, o) else {
        return nil
      }
      return resize(t, o, wanted)
    },
    NativeMethod("madvise", .positional(1, 3)) { t, o, a in advise(t, o, a) },
    NativeMethod("close", .noArguments) { t, o, _ in close(t, o) },
    NativeMethod("__enter__", .noArguments) { t, o, _ in MemoryMapObject.isOpen(t, o) ? o.retained() : nil },
    NativeMethod("__exit__", .positional(0, -1)) { t, o, _ in close(t, o) },
  ]

  private static func close(_ t: ThreadState, _ o: Object) -> Object? {
    guard o.memoryMap.pointee.exports == 0 else {
      return t.raise(.BufferError, "cannot close exported pointers exist")
    }
    MemoryMapObject.close(o)
    return core.pointee.none
  }
}
