// What `sys.getsizeof` says of objects whose memory is laid out otherwise than CPython's: CPython 3.13's figure, so that programs that add sizes up get
// the same sums. Events tell the real sizes.
//
// Asked of CPython 3.13 on a 64-bit machine; all figures are with the collector's two words where CPython has them.

public enum ReportedSizes {
  private static let byName: [String: Int] = {
    var sizes: [String: Int] = [:]
    for (size, names) in rows {
      for name in names.split(separator: " ") { sizes[String(name)] = size }
    }
    return sizes
  }()

  /// Types of modules whose sizes depend on the object, by their addresses.
  nonisolated(unsafe) private static var computed: [UInt: (Object) -> Int] = [:]

  private static let rows: [(Int, String)] = [
    (40, "range_iterator"),
    (
      48,
      "list_iterator tuple_iterator str_ascii_iterator list_reverseiterator reversed map filter callable_iterator"
    ),
    (48, "iterator repeat chain compress starmap filterfalse UnionType _grouper"),
    (56, "count dropwhile takewhile pairwise batched lock arrayiterator traceback"),
    (56, "async_generator_asend async_generator_athrow anext_awaitable"),
    (
      64,
      "zip cycle _tee RLock itemgetter Context method getset_descriptor member_descriptor Token memory_iterator"
    ),
    (
      72,
      "dict_reversekeyiterator dict_reversevalueiterator dict_reverseitemiterator enumerate islice accumulate"
    ),
    (
      72,
      "zip_longest _deque_iterator _local builtin_function_or_method method_descriptor wrapper_descriptor module"
    ),
    (72, "classmethod_descriptor TypeVarTuple"),
    (80, "odict_iterator partial methodcaller ContextVar GenericAlias BytesIO"), (160, "function"),
    (184, "StringIO"),
    (88, "ParamSpec"), (112, "TypeVar"), (168, "_lru_cache_wrapper"), (216, "TextIOWrapper"),
    (264, "SRE_Scanner"),
    (104, "BaseExceptionGroup AttributeError"),
    (96, "SystemExit NameError StopIteration UnboundLocalError"),
    (120, "ImportError ModuleNotFoundError ExceptionGroup"),
    (
      128,
      "OSError BlockingIOError ChildProcessError ConnectionError FileExistsError FileNotFoundError"
    ),
    (
      128,
      "InterruptedError IsADirectoryError NotADirectoryError PermissionError ProcessLookupError TimeoutError"
    ),
    (128, "BrokenPipeError ConnectionAbortedError ConnectionRefusedError ConnectionResetError"),
    (128, "UnicodeDecodeError UnicodeEncodeError UnicodeTranslateError"),
    (152, "SyntaxError IndentationError TabError _IncompleteInputError"),
  ]

  /// Says how the sizes of a type's objects are computed.
  public static func add(_ type: TypeObject, _ total: @escaping (Object) -> Int) {
    computed[UInt(bitPattern: type.object.address)] = total
  }

  /// The size without the collector's words, of which `getsizeof` adds those that the object has; nil: as it is laid out.
  static func size(_ o: Object) -> Int? {
    let type = nativeBase(o.type)
    return total(o, type).map { withoutLinks(o, $0, isCollected: true) }
  }

  /// What a `__sizeof__` answers for an object of `total` bytes. `isCollected`: whether the total has the collector's words in it.
  public static func answer(
    _ o: Object, _ total: Int, isCollected: Bool = true, isMetaclass: Bool = false
  ) -> Object {
    makeInt(
      isMetaclass
        ? total - (o.hasLinks ? CollectorLinks.size : 0)
        : withoutLinks(o, total, isCollected: isCollected))
  }

  private static func withoutLinks(_ o: Object, _ total: Int, isCollected: Bool) -> Int {
    guard o.type.flags.contains(.heapType) else {
      return total - (o.hasLinks ? CollectorLinks.size : 0)
    }
    // A class of the program adds its slots; its instances always have the collector's words.
    let slots = o.type.pointer.pointee.basicSize - nativeBase(o.type).pointer.pointee.basicSize
    return total - (isCollected ? CollectorLinks.size : 0) + slots
  }

  private static func nativeBase(_ type: TypeObject) -> TypeObject {
    var type = type
    while type.flags.contains(.heapType), let base = type.pointer.pointee.base {
      type = TypeObject(unchecked: base)
    }
    return type
  }

  private static func total(_ o: Object, _ type: TypeObject) -> Int? {
    switch type.kind {
    case .generator, .coroutine, .asyncGenerator:
      // With the frame inside: locals and the value stack.
      let code = (o.generatorLayout.pointee.finishedCode ?? o.generatorFrame.code).codeLayout
      return 160 + 8 * (code.pointee.localCount + code.pointee.stackSize)
    case .frame:
      let code = o.shownFrame.code.codeLayout
      return 152 + 8 * (code.pointee.localCount + code.pointee.stackSize)
    case .code: return (200 + 2 * o.compiledCode.unitCount + 7) & ~7
    case .memoryview:
      return 160 + 24 * Int(o.viewLayout.pointee.dimensionCount)
    default: break
    }
    if !computed.isEmpty, let find = computed[UInt(bitPattern: type.object.address)] {
      return find(o)
    }
    if let known = byName[type.nameText] { return known }
    return type.kind == .exception ? 88 : nil
  }
}
