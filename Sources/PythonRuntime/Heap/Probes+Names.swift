// Ids of strings, types and code objects in the stream, and their definitions, written before the first use.
import CRuntimeSupport
import EventRing
import PythonBytecode
import TraceModel

extension Probes {
  /// Distinct names that the trace may hold; later ones are id 0, "unknown".
  static let stringsMax = 1 << 20
  nonisolated(unsafe) private static var strings = IDTable(entriesMax: stringsMax)
  /// By address, of immortal str objects only: these never die, so an address stays theirs.
  nonisolated(unsafe) private static var immortalStrings = IDTable(entriesMax: 1 << 18)
  nonisolated(unsafe) private static var nextType: UInt32 = 1
  nonisolated(unsafe) static var nextCode: UInt32 = 1
  /// Programs of the library lie below this path: `origin` of types and code.
  nonisolated(unsafe) public static var libraryPath = ""

  /// All ids start anew: the stream is a new one. Types and code objects carry theirs, so all that live are visited.
  static func forgetNames() {
    strings = IDTable(entriesMax: stringsMax)
    immortalStrings = IDTable(entriesMax: 1 << 18)
    forgetSites()
    nextType = 1
    nextCode = 1
    for code in definedCodes { code.pointee.traceID = 0 }
    for type in definedTypes { type.pointee.traceID = 0 }
    definedCodes = []
    definedTypes = []
  }
  /// Who has an id. A freed one takes itself out.
  nonisolated(unsafe) private static var definedTypes: Set<UnsafeMutablePointer<TypeLayout>> = []
  nonisolated(unsafe) private static var definedCodes: Set<UnsafeMutablePointer<CodeLayout>> = []

  /// A type or code object with an id dies.
  static func forget(_ object: Object) {
    if object.type.kind == .type { definedTypes.remove(object.layout()) } else { definedCodes.remove(object.layout()) }
  }

  // MARK: - Strings

  /// The id of a text by its bytes. The key is a 64-bit hash of them.
  static func stringID(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    hash ^= UInt64(bytes.count) << 56
    if hash == 0 { hash = 1 }
    let known = strings.find(hash)
    if known != 0 { return known }
    let id = UInt32(strings.count + 1)
    guard strings.insert(hash, id) else { return 0 }
    writer.writePayload(word(.defineString, upper: id), bytes: bytes)
    return id
  }

  static func stringID(_ text: String) -> UInt32 {
    var text = text
    return text.withUTF8 { stringID(UnsafeRawBufferPointer($0)) }
  }
  static func stringID(_ text: StaticString) -> UInt32 {
    let key = UInt64(UInt(bitPattern: text.utf8Start))
    let known = immortalStrings.find(key)
    if known != 0 { return known }
    let id = stringID(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    if id != 0 { _ = immortalStrings.insert(key, id) }
    return id
  }
  /// Of a str object; anything else is 0.
  static func stringID(_ object: Object?) -> UInt32 {
    guard let object, object.type.kind == .str else { return 0 }
    let key = UInt64(UInt(bitPattern: object.address))
    if object.isImmortal {
      let known = immortalStrings.find(key)
      if known != 0 { return known }
    }
    let id =
      object.isASCIIStr
      ? stringID(UnsafeRawBufferPointer(start: object.strData, count: object.strLength)) : stringID(stringValue(object))
    if object.isImmortal, id != 0 { _ = immortalStrings.insert(key, id) }
    return id
  }

  // MARK: - Types

  @inline(__always) static func typeID(_ type: TypeObject) -> UInt32 {
    let id = type.pointer.pointee.traceID
    return id != 0 ? id : defineType(type)
  }

  @inline(never) static func defineType(_ type: TypeObject) -> UInt32 {
    guard nextType < 1 << 24 else { return 0 }
    let id = nextType
    nextType += 1
    let p = type.pointer
    p.pointee.traceID = id
    definedTypes.insert(p)
    let metaclass = UInt64(typeID(type.object.type))
    let module = moduleName(type)
    let name = UInt64(stringID(p.pointee.qualifiedName ?? p.pointee.name))
    let moduleID = module.map { UInt64(stringID($0)) } ?? UInt64(stringID("builtins" as StaticString))
    let origin: UInt64 =
      !type.flags.contains(.heapType) ? 0 : module.map { strEqual($0, ascii: "__main__") } == true ? 2 : 1
    let size = UInt64(UInt32(clamping: p.pointee.basicSize))
    writer.write(
      word(.defineType, type.object) | UInt64(id) << 8, name | moduleID << 32, metaclass | origin << 24 | size << 32, 0)
    writeTypeTuple(.typeBase, id, p.pointee.bases)
    writeTypeTuple(.typeMRO, id, p.pointee.mro)
    return id
  }

  private static func writeTypeTuple(_ kind: EventKind, _ id: UInt32, _ tuple: Object?) {
    guard let tuple, tuple.type.kind == .tuple else { return }
    for i in 0..<tuple.tupleCount where tuple.tupleItems[i].type.kind == .type {
      let entry = typeID(TypeObject(unchecked: tuple.tupleItems[i]))
      writer.write(word(kind, upper: UInt32(i)) | UInt64(id) << 8, UInt64(entry))
    }
  }

  /// `__module__` of a type's own dict, borrowed.
  static func moduleName(_ type: TypeObject) -> Object? {
    guard let dict = type.pointer.pointee.dict, dict.isExactly(.dict) else { return nil }
    let found = dictGet(currentThread(), dict, Name.dunderModule)
    guard let found, found.type.kind == .str else { return nil }
    return found
  }

  /// A class has abstract methods: names as in `__abstractmethods__`.
  public static func abstractNames(_ type: TypeObject, _ names: [String]) {
    guard isOn else { return }
    let id = UInt64(typeID(type))
    for name in names { writer.write(word(.typeAbstractName, upper: stringID(name)) | id << 8, 0) }
  }

  // MARK: - Code objects

  /// The id of a code object, which keeps it.
  @inline(__always) static func codeID(_ code: Object) -> UInt32 {
    let id = code.codeLayout.pointee.traceID
    return id != 0 ? id : defineCode(code)
  }

  @inline(never) private static func defineCode(_ code: Object) -> UInt32 {
    let c = code.codeLayout
    let id = nextCode
    nextCode += 1
    c.pointee.traceID = id
    definedCodes.insert(c)
    let file = code.compiledCode.fileName
    let isLibrary = !libraryPath.isEmpty && file.hasPrefix(libraryPath)
    let origin: UInt64 = file.hasPrefix("<frozen") ? 0 : isLibrary ? 1 : 2
    writer.write(
      word(.defineCode, upper: id) | origin << 8,
      UInt64(stringID(c.pointee.name)) | UInt64(stringID(c.pointee.qualifiedName)) << 32,
      UInt64(stringID(file)) | UInt64(UInt32(clamping: code.compiledCode.firstLine)) << 32, 0)
    if exuvia_level() >= probeLevelLinks { writeVariables(id, code.compiledCode) }
    return id
  }

  /// Names by which `__defaults__`, `__kwdefaults__` and `__closure__` are read.
  private static func writeVariables(_ id: UInt32, _ code: Code) {
    func write(_ role: VariableRole, _ names: some Sequence<String>) {
      for (index, name) in names.enumerated() {
        writer.write(
          word(.codeVariable, upper: id) | role.rawValue << 8, UInt64(stringID(name)) | UInt64(index) << 32)
      }
    }
    write(.positional, code.localNames.prefix(code.argCount))
    write(.keywordOnly, code.localNames.dropFirst(code.argCount).prefix(code.kwOnlyArgCount))
    write(.free, code.freeNames)
  }

  // MARK: - Values

  /// A value as generator events show it: its kind and the 64 bits of `value`.
  @inline(__always) static func describe(_ object: Object?) -> (kind: UInt64, value: UInt64) {
    guard let object else { return (ValueKind.none.rawValue, 0) }
    let types = core
    if object == types.pointee.none { return (ValueKind.none.rawValue, 0) }
    if object.type == types.pointee.types.int, object.isSmallInt {
      return (ValueKind.int.rawValue, UInt64(bitPattern: Int64(object.smallInt)))
    }
    return describeOther(object)
  }

  @inline(never) private static func describeOther(_ object: Object) -> (kind: UInt64, value: UInt64) {
    let known = core.pointee
    if object == known.true { return (ValueKind.yes.rawValue, 1) }
    if object == known.false { return (ValueKind.no.rawValue, 0) }
    if object.isExactly(.int), let small = object.wordValue {
      return (ValueKind.int.rawValue, UInt64(bitPattern: Int64(small)))
    }
    if object.isExactly(.str), object.strLength <= 64 {
      return (ValueKind.string.rawValue, UInt64(stringID(object)))
    }
    return (ValueKind.other.rawValue, UInt64(typeID(object.type)))
  }
}
