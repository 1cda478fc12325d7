// The constants of `sys`: versions, limits of numbers, flags, paths.
import CRuntimeSupport
import Glibc
import PythonRuntime

extension SystemModule {
  /// The version of Python that we follow.
  static let version = (major: 3, minor: 13, micro: 0)
  static let hexVersion = 0x030D_00F0

  static func addValues(_ t: ThreadState, _ module: Object) {
    func set(_ name: String, _ value: Object) { moduleSet(t, module, name, stealing: value) }
    let prefix = readLink("/proc/self/exe") ?? "exuvia"
    set("version", makeString("3.13.0 (exuvia) [Swift]"))
    set("copyright", makeString("Exuvia, a Python runtime that records what it does."))
    set("hexversion", makeInt(hexVersion))
    set("api_version", makeInt(1013))
    set("maxsize", makeInt(Int.max))
    set("maxunicode", makeInt(0x10FFFF))
    set("byteorder", internString("little"))
    set("platform", internString("linux"))
    set("platlibdir", internString("lib"))
    set("float_repr_style", internString("short"))
    set("executable", makeString(prefix))
    set("_base_executable", makeString(prefix))
    for name in ["prefix", "exec_prefix", "base_prefix", "base_exec_prefix"] { set(name, makeString("/usr")) }
    set("_framework", makeString(""))
    set("_git", makeTuple([makeString("exuvia"), makeString(""), makeString("")]))
    set("abiflags", makeString(""))
    set("pycache_prefix", core.pointee.none)
    set("dont_write_bytecode", makeBool(true))
    set("argv", makeList())
    set("orig_argv", makeList())
    set("warnoptions", makeList())
    set("_xoptions", makeDict())
    set("path_hooks", makeList())
    set("meta_path", makeList())
    set("path_importer_cache", makeDict())
    set("stdlib_module_names", moduleNames(t))
    addStructures(t, module)
    addHookTypes(t, module)
  }

  private static func moduleNames(_ t: ThreadState) -> Object {
    let names = makeSet(core.pointee.types.frozenset)
    for name in StandardLibraryNames.all { _ = setAdd(t, names, internString(String(name))) }
    return names
  }

  private static func threadLibrary() -> Object {
    var buffer = [CChar](repeating: 0, count: 64)
    let count = confstr(Int32(_CS_GNU_LIBPTHREAD_VERSION), &buffer, buffer.count)
    return count > 0 ? makeString(String(cString: buffer)) : core.pointee.none
  }

  private static func readLink(_ path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: 4097)
    let count = readlink(path, &buffer, 4096)
    return count > 0 ? String(decoding: buffer[0..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
  }

  // MARK: - Named tuples

  private static func structure(_ t: ThreadState, _ module: Object, _ name: String, _ fields: [(String, Object)]) {
    let type = StructSequence.makeType(t, module: "sys", name: name, fields: fields.map(\.0))
    type.pointer.pointee.flags.insert(.disallowInstantiation)
    moduleSet(t, module, name, stealing: StructSequence.make(t, type, fields.map(\.1)))
  }

  private static func addStructures(_ t: ThreadState, _ module: Object) {
    structure(
      t, module, "version_info",
      [
        ("major", makeInt(version.major)), ("minor", makeInt(version.minor)), ("micro", makeInt(version.micro)),
        ("releaselevel", internString("final")), ("serial", makeInt(0)),
      ])
    let no = makeInt(0)
    structure(
      t, module, "flags",
      [
        ("debug", no), ("inspect", no), ("interactive", no), ("optimize", no), ("dont_write_bytecode", makeInt(1)),
        ("no_user_site", no), ("no_site", no), ("ignore_environment", no), ("verbose", no), ("bytes_warning", no),
        ("quiet", no), ("hash_randomization", makeInt(1)), ("isolated", no), ("dev_mode", makeBool(false)),
        ("utf8_mode", no), ("warn_default_encoding", no), ("safe_path", makeBool(false)),
        ("int_max_str_digits", makeInt(4300)),
      ])
    structure(
      t, module, "float_info",
      [
        ("max", makeFloat(Double.greatestFiniteMagnitude)), ("max_exp", makeInt(1024)), ("max_10_exp", makeInt(308)),
        ("min", makeFloat(Double.leastNormalMagnitude)), ("min_exp", makeInt(-1021)), ("min_10_exp", makeInt(-307)),
        ("dig", makeInt(15)), ("mant_dig", makeInt(53)), ("epsilon", makeFloat(Double.ulpOfOne)), ("radix", makeInt(2)),
        ("rounds", makeInt(1)),
      ])
    structure(
      t, module, "int_info",
      [
        ("bits_per_digit", makeInt(30)), ("sizeof_digit", makeInt(4)), ("default_max_str_digits", makeInt(4300)),
        ("str_digits_check_threshold", makeInt(640)),
      ])
    structure(
      t, module, "hash_info",
      [
        ("width", makeInt(64)), ("modulus", makeInt((1 << 61) - 1)), ("inf", makeInt(314159)), ("nan", makeInt(0)),
        ("imag", makeInt(1_000_003)), ("algorithm", internString("siphash13")), ("hash_bits", makeInt(64)),
        ("seed_bits", makeInt(128)), ("cutoff", makeInt(0)),
      ])
    structure(
      t, module, "thread_info",
      [("name", internString("pthread")), ("lock", internString("semaphore")), ("version", threadLibrary())])
    let namespace = SimpleNamespace.make(t)
    if let dict = moduleDict(module), let version = dictGet(t, dict, "version_info") {
      SimpleNamespace.set(t, namespace, "name", internString("exuvia"))
      SimpleNamespace.set(t, namespace, "cache_tag", core.pointee.none)
      SimpleNamespace.set(t, namespace, "version", version.retained())
      SimpleNamespace.set(t, namespace, "hexversion", makeInt(hexVersion))
      SimpleNamespace.set(t, namespace, "_multiarch", internString("x86_64-linux-gnu"))
    }
    moduleSet(t, module, "implementation", stealing: namespace)
  }
}
