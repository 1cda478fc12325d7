// The module `_blake2`: `blake2b` and `blake2s` with all their parameters.
import PythonRuntime
import PythonTypes

enum Blake2Module {
  /// The two variants differ in sizes only.
  private struct Limits {
    let digest: Int
    let key: Int
    let salt: Int
    let nodeOffset: UInt64
    static let b = Limits(digest: 64, key: 64, salt: 16, nodeOffset: UInt64.max)
    static let s = Limits(digest: 32, key: 32, salt: 8, nodeOffset: 0xFFFF_FFFF_FFFF)
  }

  static func make(_ t: ThreadState) -> Object? {
    let module = makeModule(t, "_blake2")
    add(t, module, "blake2b", .b, NativeFunction { t, cls, a in new(t, cls, a, "blake2b", .b) })
    add(t, module, "blake2s", .s, NativeFunction { t, cls, a in new(t, cls, a, "blake2s", .s) })
    return module
  }

  private static func add(_ t: ThreadState, _ module: Object, _ name: String, _ limits: Limits, _ new: NativeFunction) {
    let type = HashObject.makeType(t, name, module: "_blake2", new: new)
    addGetSet(
      t, type, "name",
      getter: UnaryFunction { _, o in makeString((o.hashState?.blockSize ?? 0) == 128 ? "blake2b" : "blake2s") })
    let constants = [
      ("SALT_SIZE", limits.salt), ("PERSON_SIZE", limits.salt), ("MAX_KEY_SIZE", limits.key),
      ("MAX_DIGEST_SIZE", limits.digest),
    ]
    for (constant, value) in constants {
      let number = makeInt(value)
      addAttribute(t, type, constant, number)
      moduleSet(t, module, name.uppercased() + "_" + constant, number)
      number.release()
    }
    moduleSet(t, module, name, type.object)
  }

  private static func new(_ t: ThreadState, _ cls: Object, _ a: Arguments, _ name: String, _ limits: Limits) -> Object?
  {
    guard
      let given = parseArguments(
        t, a, function: name,
        names: [
          "data", "digest_size", "key", "salt", "person", "fanout", "depth", "leaf_size", "node_offset", "node_depth",
          "inner_size", "last_node", "usedforsecurity",
        ], required: 0, maxPositional: 1)
    else { return nil }
    // 1. Numbers, each with its default and its limits.
    func number(_ i: Int, _ fallback: Int, _ range: ClosedRange<Int>, _ message: String) -> Int? {
      guard let object = given[i] else { return fallback }
      guard let value = intValue(t, object) else { return nil }
      if range.contains(value) { return value }
      t.raise(.ValueError, message)
      return nil
    }
    let size = limits.digest
    guard
      let digest = number(
        1, size, 1...size,
        "digest_size for \(name == "blake2b" ? "Blake2b" : "Blake2s") must be between 1 and \(size) bytes, here it is \(given[1].map(clampedIntValue) ?? 0)"
      ),
      let fanout = number(5, 1, 0...255, "fanout must be between 0 and 255"),
      let depth = number(6, 1, 1...255, "depth must be between 1 and 255"),
      let leaf = number(7, 0, 0...0xFFFF_FFFF, "leaf_size is too large"),
      let nodeDepth = number(9, 0, 0...255, "node_depth must be between 0 and 255"),
      let inner = number(10, 0, 0...size, "inner_size must be between 0 and is \(size)")
    else { return nil }
    var offset: UInt64 = 0
    if let object = given[8] {
      guard let value = index(t, object) else { return nil }
      defer { value.release() }
      guard value.intSize >= 0 else { return t.raise(.OverflowError, "can't convert negative value to unsigned int") }
      guard value.limbCount <= 1 else {
        return t.raise(.OverflowError, "Python int too large to convert to C unsigned long")
      }
      offset = value.limbCount == 0 ? 0 : value.limbs[0]
      guard offset <= limits.nodeOffset else { return t.raise(.OverflowError, "node_offset is too large") }
    }
    var isLastNode = false
    if let object = given[11] {
      let truth = isTrue(t, object)
      if truth < 0 { return nil }
      isLastNode = truth == 1
    }
    // 2. Bytes.
    func bytes(_ i: Int, _ most: Int, _ what: String) -> [UInt8]? {
      guard let object = given[i] else { return [] }
      guard let value = ByteSource.required(t, object) else { return nil }
      if value.count <= most { return value }
      t.raise(.ValueError, "maximum \(what) length is \(most) bytes")
      return nil
    }
    guard let salt = bytes(3, limits.salt, "salt"), let person = bytes(4, limits.salt, "person"),
      let key = bytes(2, limits.key, "key")
    else { return nil }
    // 3. The block of parameters (RFC 7693, section 2.5, and the tree parameters of the paper).
    var block: [UInt8] = [UInt8(digest), UInt8(key.count), UInt8(fanout), UInt8(depth)]
    withUnsafeBytes(of: UInt32(leaf).littleEndian) { block += $0 }
    withUnsafeBytes(of: offset.littleEndian) { block += $0.prefix(name == "blake2b" ? 8 : 6) }
    block += [UInt8(nodeDepth), UInt8(inner)]
    if name == "blake2b" { block += [UInt8](repeating: 0, count: 14) }
    for part in [salt, person] { block += part + [UInt8](repeating: 0, count: limits.salt - part.count) }
    let state: HashState =
      name == "blake2b"
      ? Blake2State<UInt64>(parameters: block, digestSize: digest, key: key, isLastNode: isLastNode)
      : Blake2State<UInt32>(parameters: block, digestSize: digest, key: key, isLastNode: isLastNode)
    if let data = given[0], !HashObject.update(t, state, data) { return nil }
    return HashObject.make(TypeObject(unchecked: cls), state)
  }
}
