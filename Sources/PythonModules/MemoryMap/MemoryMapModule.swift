// `mmap`: the module and its constants; the type is in MemoryMapObject.
import Glibc
import PythonRuntime

enum MemoryMapModule {
  /// Linux's numbers, some of which the C library's headers keep to themselves.
  private static let constants: [(String, Int)] = [
    ("ACCESS_DEFAULT", 0), ("ACCESS_READ", 1), ("ACCESS_WRITE", 2), ("ACCESS_COPY", 3), ("PROT_READ", 1),
    ("PROT_WRITE", 2), ("PROT_EXEC", 4), ("MAP_SHARED", 1), ("MAP_PRIVATE", 2), ("MAP_32BIT", 64), ("MAP_ANON", 32),
    ("MAP_ANONYMOUS", 32), ("MAP_DENYWRITE", 2048), ("MAP_EXECUTABLE", 4096), ("MAP_NORESERVE", 16384),
    ("MAP_POPULATE", 32768), ("MAP_STACK", 131072), ("MADV_NORMAL", 0), ("MADV_RANDOM", 1), ("MADV_SEQUENTIAL", 2),
    ("MADV_WILLNEED", 3), ("MADV_DONTNEED", 4), ("MADV_FREE", 8), ("MADV_REMOVE", 9), ("MADV_DONTFORK", 10),
    ("MADV_DOFORK", 11), ("MADV_MERGEABLE", 12), ("MADV_UNMERGEABLE", 13), ("MADV_HUGEPAGE", 14),
    ("MADV_NOHUGEPAGE", 15), ("MADV_DONTDUMP", 16), ("MADV_DODUMP", 17), ("MADV_HWPOISON", 100),
  ]

  static func make(_ t: ThreadState) -> Object? {
    readyType(t, MemoryMapObject.type)
    addMethods(t, MemoryMapObject.type, MemoryMapMethods.all)
    addGetSet(
      t, MemoryMapObject.type, "closed",
      getter: UnaryFunction { _, o in makeBool(o.memoryMap.pointee.data == nil) })
    let module = makeModule(t, "mmap")
    moduleSet(t, module, "mmap", MemoryMapObject.type.object)
    moduleSet(t, module, "error", exceptionType(.OSError).object)
    for (name, value) in constants { moduleSet(t, module, name, stealing: makeInt(value)) }
    for name in ["PAGESIZE", "ALLOCATIONGRANULARITY"] {
      moduleSet(t, module, name, stealing: makeInt(sysconf(Int32(_SC_PAGESIZE))))
    }
    return module
  }
}
