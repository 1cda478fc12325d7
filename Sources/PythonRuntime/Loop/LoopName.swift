// Interned names that instructions look up.

enum LoopName {
  static let all = internString("__all__")
  static let annotations = internString("__annotations__")
  static let asyncEnter = internString("__aenter__")
  static let asyncExit = internString("__aexit__")
  static let buildClass = internString("__build_class__")
  static let close = internString("close")
  static let dict = internString("__dict__")
  static let dunderName = internString("__name__")
  static let enter = internString("__enter__")
  static let exit = internString("__exit__")
  static let file = internString("__file__")
  static let get = internString("get")
  static let importFunction = internString("__import__")
  static let initializing = internString("_initializing")
  static let keys = internString("keys")
  static let matchArguments = internString("__match_args__")
  static let module = internString("__module__")
  static let qualname = internString("__qualname__")
  static let spec = internString("__spec__")
  static let throwing = internString("throw")
}
