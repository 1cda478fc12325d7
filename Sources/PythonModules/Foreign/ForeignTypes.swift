// The abstract classes of C data, from `_SimpleCData` to `CFuncPtr`, and their metaclasses.
//
// A metaclass's `__init__` computes what a new class is (ForeignType); its methods are those that ctypes' classes have: `from_buffer`, `from_param`, `*`.
import Glibc
import PythonRuntime
import PythonTypes

enum ForeignTypes {
  private static func metaclass(
    _ name: String, base: TypeObject? = nil, _ initialize: InitFunction? = nil,
    _ configure: (UnsafeMutablePointer<TypeLayout>) -> Void = { _ in }
  ) -> TypeObject {
    makeBuiltinType(
      name: name, module: "_ctypes", kind: .type, base: base ?? core.pointee.types.type,
      layoutSize: MemoryLayout<TypeLayout>.size, flags: [.container, .baseType]
    ) { p in
      let type = core.pointee.types.type.pointer
      p.pointee.weakrefOffset = type.pointee.weakrefOffset
      p.pointee.dealloc = type.pointee.dealloc
      p.pointee.traverse = type.pointee.traverse
      p.pointee.clear = type.pointee.clear
      p.pointee.new = type.pointee.new
      p.pointee.initialize = initialize ?? type.pointee.initialize
      p.pointee.repeated = IndexFunction { t, o, n in ForeignArray.makeClass(t, TypeObject(unchecked: o), n)?.object }
      configure(p)
    }
  }

  private static func aggregateMetaclass(_ name: String) -> TypeObject {
    metaclass(name, base: anyMetaclass, InitFunction(ForeignStructure.initializeClass)) { p in
      p.pointee.setAttribute = StoreFunction(ForeignStructure.setClassAttribute)
    }
  }

  static let anyMetaclass = metaclass("CType_Type")
  static let simpleMetaclass = metaclass("PyCSimpleType", base: anyMetaclass, InitFunction(initializeSimple))
  static let arrayMetaclass = metaclass("PyCArrayType", base: anyMetaclass, InitFunction(ForeignArray.initializeClass))
  static let structureMetaclass = aggregateMetaclass("PyCStructType")
  static let unionMetaclass = aggregateMetaclass("UnionType")
  static let pointerMetaclass = metaclass(
    "PyCPointerType", base: anyMetaclass, InitFunction(ForeignPointer.initializeClass))
  static let functionMetaclass = metaclass(
    "PyCFuncPtrType", base: anyMetaclass, InitFunction(ForeignFunction.initializeClass))

  private static func abstract(
    _ name: String, _ metaclass: TypeObject, base: TypeObject? = nil,
    _ configure: (UnsafeMutablePointer<TypeLayout>) -> Void = { _ in }
  ) -> TypeObject {
    makeBuiltinType(
      name: name, module: "_ctypes", base: base ?? data, layoutSize: MemoryLayout<ForeignLayout>.size,
      flags: [.container, .baseType]
    ) { p in
      ForeignObject.configure(p)
      configure(p)
      p.pointee.header.type = metaclass
    }
  }

  static let data = abstract("_CData", anyMetaclass, base: core.pointee.types.object)
  static let simple = abstract("_SimpleCData", simpleMetaclass, ForeignSimple.configure)
  static let array = abstract("Array", arrayMetaclass, ForeignArray.configure)
  static let structure = abstract("Structure", structureMetaclass, ForeignStructure.configure)
  static let union = abstract("Union", unionMetaclass, ForeignStructure.configure)
  static let pointer = abstract("_Pointer", pointerMetaclass, ForeignPointer.configure)
  static let function = abstract("CFuncPtr", functionMetaclass, ForeignFunction.configure)

  static func start(_ t: ThreadState) {
    let metaclasses = [
      anyMetaclass, simpleMetaclass, arrayMetaclass, structureMetaclass, unionMetaclass, pointerMetaclass,
      functionMetaclass,
    ]
    for type in metaclasses { readyType(t, type) }
    addMethods(t, anyMetaclass, ForeignClassMethods.all)
    ForeignPointer.addClassMethods(t, pointerMetaclass)
    for type in [data, simple, array, structure, union, pointer, function, ForeignStructure.fieldType] {
      readyType(t, type)
    }
    ForeignClassMethods.addAttributes(t, data)
    ForeignSimple.addAttributes(t, simple)
    ForeignStructure.addAttributes(t)
    ForeignPointer.addAttributes(t, pointer)
    ForeignFunction.addAttributes(t, function)
    addMethods(
      t, array,
      [
        NativeMethod("__class_getitem__", .oneArgument, binding: .classMethod) { t, cls, a in
          GenericAlias.make(t, cls, a[0])
        }
      ])
  }

  /// The class's own or inherited attribute, new reference; nil without an exception: it has none.
  static func attribute(_ t: ThreadState, _ cls: Object, _ name: String) -> Object? {
    var failed = false
    return findAttribute(t, cls, internString(name), failed: &failed)
  }

  // MARK: - Simple types

  private static func initializeSimple(_ t: ThreadState, _ cls: Object, _ a: Arguments) -> Bool {
    guard let code = attribute(t, cls, "_type_") else {
      return t.hasRaised ? false : t.fail(.AttributeError, "class must define a '_type_' attribute")
    }
    defer { code.release() }
    guard code.isKind(.str) else { return t.fail(.TypeError, "class must define a '_type_' string attribute") }
    guard code.strLength == 1 else {
      return t.fail(.ValueError, "class must define a '_type_' attribute which must be a string of length 1")
    }
    let letter = UInt8(truncatingIfNeeded: code.codePoint(0))
    guard ForeignValue.letters.unicodeScalars.contains(where: { $0.value == code.codePoint(0) }),
      let size = ForeignValue.size(letter)
    else {
      return t.fail(
        .AttributeError,
        "class must define a '_type_' attribute which must be\na single character string containing one of '\(ForeignValue.letters)'."
      )
    }
    let type = TypeObject(unchecked: cls)
    type.nativeState = ForeignType(.simple, size: size, alignment: size, code: letter)
    // Structures of this machine's byte order take the class as it is.
    if type.isPlainSimple { addAttribute(t, type, "__ctype_le__", cls) }
    return true
  }
}
