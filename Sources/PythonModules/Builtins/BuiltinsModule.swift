// The module `builtins`: types, exceptions, constants and functions that every program sees. The functions stand in Builtins+*.swift.
import PythonRuntime
import PythonTypes

public enum BuiltinsModule {
  public static func make(_ t: ThreadState) -> Object? {
    let module = makeModule(t, "builtins")
    let types = core.pointee.types
    for type in [
      types.object, types.type, types.int, types.bool, types.float, types.complex, types.str, types.bytes,
      types.bytearray,
      types.memoryview, types.tuple, types.list, types.dict, types.set, types.frozenset, types.slice, types.range,
      types.property, types.classMethod, types.staticMethod, types.superObject,
    ] {
      moduleSet(t, module, type.nameText, type.object)
    }
    for type in [
      LazyIterators.enumerate, LazyIterators.zip, LazyIterators.map, LazyIterators.filter, LazyIterators.reversed,
    ] { moduleSet(t, module, type.nameText, type.object) }
    for kind in ExceptionKind.allCases {
      let type = exceptionType(kind)
      moduleSet(t, module, type.nameText, type.object)
    }
    moduleSet(t, module, "EnvironmentError", exceptionType(.OSError).object)
    moduleSet(t, module, "IOError", exceptionType(.OSError).object)
    moduleSet(t, module, "None", core.pointee.none)
    moduleSet(t, module, "True", core.pointee.true)
    moduleSet(t, module, "False", core.pointee.false)
    moduleSet(t, module, "NotImplemented", core.pointee.notImplemented)
    moduleSet(t, module, "Ellipsis", core.pointee.ellipsis)
    moduleSet(t, module, "__debug__", core.pointee.true)
    moduleAddFunctions(
      t, module, objectFunctions + attributeFunctions + iterationFunctions + textFunctions + codeFunctions)
    moduleSet(t, module, "open", IOModule.openFunction(t))
    return module
  }

  /// A None result.
  static var none: Object { core.pointee.none }
}
