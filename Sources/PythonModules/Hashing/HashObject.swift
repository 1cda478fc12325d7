// Hash objects of `_md5`, `_sha1`, `_sha2`, `_sha3` and `_blake2`: what `hashlib` takes where OpenSSL is not there.
import PythonRuntime
import PythonTypes

struct HashLayout {
  var header: ObjectHeader
  var state: Unmanaged<HashState>?
}

extension Object {
  var hashState: HashState? { layout(HashLayout.self).pointee.state?.takeUnretainedValue() }
}

enum HashObject {
  /// A type of hash objects whose instances have the digest's name `name`.
  static func makeType(
    _ t: ThreadState, _ typeName: String, module: String, isExtendable: Bool = false, new: NativeFunction? = nil
  ) -> TypeObject {
    let type = makeBuiltinType(
      name: typeName, module: module, layoutSize: MemoryLayout<HashLayout>.size,
      flags: new == nil ? [.disallowInstantiation] : [.baseType]
    ) { p in
      p.pointee.dealloc = ObjectAction { o in
        o.layout(HashLayout.self).pointee.state?.release()
        o.layout(HashLayout.self).pointee.state = nil
        freeInstance(o)
      }
      if let new {
        p.pointee.new = new
        p.pointee.initialize = InitFunction { _, _, _ in true }
      }
    }
    readyType(t, type)
    addMethods(t, type, isExtendable ? common + extendable : common + fixed)
    addGetSet(
      t, type, "digest_size", getter: UnaryFunction { _, o in makeInt(o.hashState?.digestSize ?? 0) })
    addGetSet(t, type, "block_size", getter: UnaryFunction { _, o in makeInt(o.hashState?.blockSize ?? 0) })
    return type
  }

  static func make(_ type: TypeObject, _ state: HashState) -> Object {
    let o = allocateZeroed(type)
    o.layout(HashLayout.self).pointee.state = Unmanaged.passRetained(state)
    return o
  }

  /// Feeds an argument's bytes. False: an exception is set.
  static func update(_ t: ThreadState, _ state: HashState, _ data: Object) -> Bool {
    if data.isKind(.str) { return t.fail(.TypeError, "Strings must be encoded before hashing") }
    guard let bytes = ByteSource.view(data) else {
      return t.fail(.TypeError, "object supporting the buffer API required")
    }
    bytes.withUnsafeBufferPointer { state.update($0) }
    return true
  }

  private static func hex(_ bytes: [UInt8]) -> Object {
    let digits = Array("0123456789abcdef".utf8)
    return makeString(String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self))
  }

  private static func digest(_ o: Object, _ length: Int) -> [UInt8]? { o.hashState?.copy().finish(length) }

  private static let common = [
    NativeMethod("update", .oneArgument) { t, o, a in
      guard let state = o.hashState, update(t, state, a[0]) else { return nil }
      return core.pointee.none
    },
    NativeMethod("copy", .noArguments) { _, o, _ in o.hashState.map { make(o.type, $0.copy()) } },
  ]

  private static let fixed = [
    NativeMethod("digest", .noArguments) { _, o, _ in digest(o, o.hashState?.digestSize ?? 0).map { makeBytes($0) } },
    NativeMethod("hexdigest", .noArguments) { _, o, _ in digest(o, o.hashState?.digestSize ?? 0).map { hex($0) } },
  ]

  /// Longer digests of SHAKE than this are refused, as CPython refuses them.
  private static let maximumLength = 1 << 29

  private static func length(_ t: ThreadState, _ a: Arguments, _ name: String) -> Int? {
    guard let given = parseArguments(t, a, function: name, names: ["length"], required: 1), let object = given[0],
      let length = intValue(t, object)
    else { return nil }
    guard length >= 0 else {
      t.raise(.ValueError, "value must be positive")
      return nil
    }
    guard length < maximumLength else {
      t.raise(.ValueError, "length is too large")
      return nil
    }
    return length
  }

  private static let extendable = [
    NativeMethod("digest", .keywords) { t, o, a in
      length(t, a, "digest").flatMap { digest(o, $0) }.map { makeBytes($0) }
    },
    NativeMethod("hexdigest", .keywords) { t, o, a in
      length(t, a, "hexdigest").flatMap { digest(o, $0) }.map { hex($0) }
    },
  ]
}
