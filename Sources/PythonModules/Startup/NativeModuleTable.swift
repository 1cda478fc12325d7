// The table of all native modules, in one place: what `import` finds before it looks into the library's folders.

/// Fills `NativeModules`; once, before the import system is installed.
enum NativeModuleTable {
  static func registerAll() {
    registerNativeModule("builtins") { t in BuiltinsModule.make(t) }
    registerSystemModules()
    registerNativeModule("_abc") { t in ABCModule.make(t) }
    registerNativeModule("_collections") { t in CollectionsModule.make(t) }
    registerNativeModule("_functools") { t in FunctoolsModule.make(t) }
    registerNativeModule("itertools") { t in ItertoolsModule.make(t) }
    registerNativeModule("_operator") { t in OperatorModule.make(t) }
    registerNativeModule("math") { t in MathModule.make(t) }
    registerNativeModule("cmath") { t in CmathModule.make(t) }
    registerNativeModule("_statistics") { t in StatisticsModule.make(t) }
    registerNativeModule("binascii") { t in BinasciiModule.make(t) }
    registerNativeModule("_md5") { t in HashModules.make(t, "_md5") }
    registerNativeModule("_sha1") { t in HashModules.make(t, "_sha1") }
    registerNativeModule("_sha2") { t in HashModules.make(t, "_sha2") }
    registerNativeModule("_sha3") { t in HashModules.make(t, "_sha3") }
    registerNativeModule("_blake2") { t in Blake2Module.make(t) }
    registerNativeModule("unicodedata") { t in UnicodedataModule.make(t) }
    registerNativeModule("_sre") { t in RegexModule.make(t) }
    registerNativeModule("_string") { t in StringModule.make(t) }
    registerNativeModule("_codecs") { t in CodecsModule.make(t) }
    registerNativeModule("_heapq") { t in HeapqModule.make(t) }
    registerNativeModule("_bisect") { t in BisectModule.make(t) }
    registerNativeModule("_random") { t in RandomModule.make(t) }
    registerNativeModule("array") { t in ArrayModule.make(t) }
    registerNativeModule("_struct") { t in StructModule.make(t) }
    registerNativeModule("_imp") { t in ImpModule.make(t) }
    registerNativeModule("_frozen_importlib") { t in ImportlibModules.makeBootstrap(t) }
    registerNativeModule("_frozen_importlib_external") { t in ImportlibModules.makeExternal(t) }
    registerNativeModule("_csv") { t in CsvModule.make(t) }
    registerNativeModule("_opcode") { t in OpcodeModule.make(t) }
    registerNativeModule("_symtable") { t in SymtableModule.make(t) }
    registerNativeModule("_ast") { t in SyntaxModule.make(t) }
    registerNativeModule("_asyncio") { t in AsyncioModule.make(t) }
    registerNativeModule("_contextvars") { t in ContextVars.make(t) }
    registerNativeModule("_typing") { t in TypingModule.make(t) }
    registerNativeModule("_warnings") { t in WarningsModule.make(t) }
    registerNativeModule("_socket") { t in SocketModule.make(t) }
    registerNativeModule("select") { t in SelectModule.make(t) }
    registerNativeModule("fcntl") { t in ControlModule.make(t) }
    registerNativeModule("pwd") { t in AccountModules.makeUsers(t) }
    registerNativeModule("grp") { t in AccountModules.makeGroups(t) }
    registerNativeModule("resource") { t in ResourceModule.make(t) }
    registerNativeModule("zlib") { t in ZlibModule.make(t) }
    registerNativeModule("_json") { t in JsonModule.make(t) }
    registerNativeModule("_posixsubprocess") { t in SubprocessModule.make(t) }
    registerNativeModule("marshal") { t in MarshalModule.make(t) }
    registerNativeModule("faulthandler") { t in FaulthandlerModule.make(t) }
    registerNativeModule("_multiprocessing") { t in MultiprocessingModule.make(t) }
    registerNativeModule("_posixshmem") { t in MultiprocessingModule.makeSharedMemory(t) }
    registerNativeModule("mmap") { t in MemoryMapModule.make(t) }
    registerNativeModule("_ctypes") { t in ForeignModule.make(t) }
    registerNativeModule("pyexpat") { t in ExpatModule.make(t) }
    registerNativeModule("_lsprof") { t in ProfilerModule.make(t) }
    registerNativeModule("_tokenize") { t in TokenizeModule.make(t) }
  }
}
