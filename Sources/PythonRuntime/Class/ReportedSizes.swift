// What `sys.getsizeof` says of objects whose memory is laid out otherwise than CPython's: CPython 3.13's figure, so that programs that add sizes up get
// the same sums. Events tell the real sizes.
//
// Asked of CPython 3.13 on a 64-bit machine, the collector's two words included.

enum ReportedSizes {
  private static let byName: [String: Int] = {
    var sizes: [String: Int] = [:]
    for (size, names) in rows {
      for name in names.split(separator: " ") { sizes[String(name)] = size }
    }
    return sizes
  }()

  private static let rows: [(Int, String)] = [
    (40, "range_iterator"),
    (48, "list_iterator tuple_iterator str_ascii_iterator list_reverseiterator reversed map filter callable_iterator"),
    (48, "iterator repeat chain compress starmap filterfalse UnionType"),
    (56, "count dropwhile takewhile pairwise batched lock arrayiterator traceback"),
    (64, "zip cycle _tee RLock itemgetter Context method getset_descriptor member_descriptor"),
    (72, "dict_reversekeyiterator dict_reversevalueiterator dict_reverseitemiterator enumerate islice accumulate"),
    (72, "zip_longest _deque_iterator _local builtin_function_or_method method_descriptor wrapper_descriptor module"),
    (80, "odict_iterator partial methodcaller ContextVar GenericAlias BytesIO"), (160, "function"), (184, "StringIO"),
    (104, "BaseExceptionGroup ExceptionGroup AttributeError"),
    (96, "SystemExit NameError StopIteration UnboundLocalError"),
    (120, "ImportError ModuleNotFoundError"),
    (128, "OSError BlockingIOError ChildProcessError ConnectionError FileExistsError FileNotFoundError"),
    (128, "InterruptedError IsADirectoryError NotADirectoryError PermissionError ProcessLookupError TimeoutError"),
    (128, "BrokenPipeError ConnectionAbortedError ConnectionRefusedError ConnectionResetError"),
    (128, "UnicodeDecodeError UnicodeEncodeError UnicodeTranslateError"),
    (152, "SyntaxError IndentationError TabError _IncompleteInputError"),
  ]

  /// The size without the collector's words, of which `getsizeof` adds those that the object has; nil: as it is laid out.
  static func size(_ o: Object) -> Int? {
    let type = o.type
    guard !type.flags.contains(.heapType) else { return nil }
    let links = o.hasLinks ? CollectorLinks.size : 0
    switch type.kind {
    case .generator, .coroutine, .asyncGenerator:
      // With the frame inside: locals and the value stack.
      let code = (o.generatorLayout.pointee.finishedCode ?? o.generatorFrame.code).codeLayout
      return 160 + 8 * (code.pointee.localCount + code.pointee.stackSize) - links
    default: break
    }
    if let known = byName[type.nameText] { return known - links }
    return type.kind == .exception ? 88 - links : nil
  }
}
