// The table of native modules: name to a function that makes the module object.

import PythonRuntime

/// Makes a native module; nil: an exception is set.
public typealias NativeModuleMaker = (ThreadState) -> Object?

public enum NativeModules {
  nonisolated(unsafe) private static var makers: [String: NativeModuleMaker] = [:]
  nonisolated(unsafe) private static var order: [String] = []

  /// Registers a module; later imports make it. Once per name, at start-up.
  public static func register(_ name: String, _ maker: @escaping NativeModuleMaker) {
    if makers.updateValue(maker, forKey: name) == nil { order.append(name) }
  }

  public static func maker(_ name: String) -> NativeModuleMaker? { makers[name] }

  /// `sys.builtin_module_names`.
  public static var names: [String] { order.sorted() }
}

/// Shorter form for the modules' files.
public func registerNativeModule(_ name: String, _ maker: @escaping NativeModuleMaker) {
  NativeModules.register(name, maker)
}
