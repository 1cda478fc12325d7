// Arrays of characters as one string: their attributes `value` and `raw`, and what a structure's field of such a class gives and takes.
import Glibc
import PythonRuntime
import PythonTypes

enum ForeignText {
  /// `c` or `u`, what the array's items are; 0: no array of characters.
  static func letter(_ cls: TypeObject) -> UInt8 {
    guard let type = cls.foreign, type.kind == .array, let element = type.element, element.isPlainSimple,
      let code = element.foreign?.code, code == 0x63 || code == 0x75
    else { return 0 }
    return code
  }

  /// The text at `data`, up to a zero.
  static func load(_ cls: TypeObject, _ data: UnsafeMutableRawPointer) -> Object {
    let size = cls.foreign?.size ?? 0
    guard letter(cls) == 0x75 else {
      let count = strnlen(UnsafeRawPointer(data).assumingMemoryBound(to: CChar.self), size)
      return makeBytes(data.assumingMemoryBound(to: UInt8.self), count)
    }
    let end = (0..<size / 4).first { (data + $0 * 4).load(as: UInt32.self) == 0 } ?? size / 4
    return ForeignValue.wideString(data, count: end)
  }

  /// A structure's field. False: an exception is set.
  static func storeField(
    _ t: ThreadState, _ cls: TypeObject, _ data: UnsafeMutableRawPointer, _ value: Object
  ) -> Bool {
    let size = cls.foreign?.size ?? 0
    guard letter(cls) == 0x75 else {
      guard value.isKind(.bytes) else { return t.fail(.TypeError, "expected bytes, \(typeName(value)) found") }
      let count = value.bytesCount
      guard count <= size else {
        return t.fail(.ValueError, "bytes too long (\(count), maximum length \(size))")
      }
      return store(t, cls, data, Array(value.byteView), unit: 1)
    }
    guard value.isKind(.str) else {
      return t.fail(.TypeError, "unicode string expected instead of \(typeName(value)) instance")
    }
    guard value.strLength <= size / 4 else {
      return t.fail(.ValueError, "string too long (\(value.strLength), maximum length \(size / 4))")
    }
    return store(t, cls, data, ForeignValue.wideBytes(value), unit: 4)
  }

  /// Text and, where there is room, one zero of `unit` bytes behind it.
  private static func store(
    _ t: ThreadState, _ cls: TypeObject, _ data: UnsafeMutableRawPointer?, _ bytes: [UInt8], unit: Int
  ) -> Bool {
    let size = cls.foreign?.size ?? 0
    guard bytes.count <= size, let data else {
      return t.fail(.ValueError, unit == 4 ? "string too long" : "byte string too long")
    }
    memcpy(data, bytes, bytes.count)
    if bytes.count + unit <= size { memset(data + bytes.count, 0, unit) }
    return true
  }

  /// `value`, and of bytes `raw`, where the class is one of characters.
  static func addAttributes(_ t: ThreadState, _ type: TypeObject) {
    let letter = letter(type)
    guard letter != 0 else { return }
    addGetSet(
      t, type, "value",
      getter: UnaryFunction { _, o in o.foreign.pointee.data.map { load(o.type, $0) } ?? core.pointee.none },
      setter: StoreFunction { t, o, _, value in setValue(t, o, value) })
    guard letter == 0x63 else { return }
    addGetSet(
      t, type, "raw",
      getter: UnaryFunction { _, o in
        let data = o.foreign.pointee.data.map { UnsafePointer($0.assumingMemoryBound(to: UInt8.self)) }
        return makeBytes(data, o.foreign.pointee.size)
      },
      setter: StoreFunction { t, o, _, value in
        guard let value else { return t.fail(.AttributeError, "cannot delete attribute") }
        guard let bytes = ByteSource.required(t, value) else { return false }
        return store(t, o.type, o.foreign.pointee.data, bytes, unit: 0)
      })
  }

  private static func setValue(_ t: ThreadState, _ o: Object, _ value: Object?) -> Bool {
    guard let value else { return t.fail(.TypeError, "can't delete attribute") }
    if letter(o.type) == 0x75 {
      guard value.isKind(.str) else {
        return t.fail(.TypeError, "unicode string expected instead of \(typeName(value)) instance")
      }
      return store(t, o.type, o.foreign.pointee.data, ForeignValue.wideBytes(value), unit: 4)
    }
    guard value.isKind(.bytes) else {
      return t.fail(.TypeError, "bytes expected instead of \(typeName(value)) instance")
    }
    return store(t, o.type, o.foreign.pointee.data, Array(value.byteView), unit: 1)
  }
}
