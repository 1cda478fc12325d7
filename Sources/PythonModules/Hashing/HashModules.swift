// The modules `_md5`, `_sha1`, `_sha2` and `_sha3`.
import PythonRuntime
import PythonTypes

enum HashModules {
  /// The algorithms that take no parameters, with the module and the type that each has in CPython.
  private enum Algorithm: String, CaseIterable {
    case md5, sha1, sha224, sha256, sha384, sha512
    case sha3x224 = "sha3_224"
    case sha3x256 = "sha3_256"
    case sha3x384 = "sha3_384"
    case sha3x512 = "sha3_512"
    case shake128 = "shake_128"
    case shake256 = "shake_256"

    var module: String {
      switch self {
      case .md5: "_md5"
      case .sha1: "_sha1"
      case .sha224, .sha256, .sha384, .sha512: "_sha2"
      default: "_sha3"
      }
    }

    var typeName: String {
      switch self {
      case .sha224, .sha256, .sha384, .sha512: "SHA\(rawValue.dropFirst(3))Type"
      default: rawValue
      }
    }

    func start() -> HashState {
      switch self {
      case .md5: MD5State()
      case .sha1: SHA1State()
      case .sha224: SHA256State(short: true)
      case .sha256: SHA256State(short: false)
      case .sha384: SHA512State(short: true)
      case .sha512: SHA512State(short: false)
      case .sha3x224: KeccakState(capacity: 56, digestSize: 28)
      case .sha3x256: KeccakState(capacity: 64, digestSize: 32)
      case .sha3x384: KeccakState(capacity: 96, digestSize: 48)
      case .sha3x512: KeccakState(capacity: 128, digestSize: 64)
      case .shake128: KeccakState(capacity: 32, digestSize: 0)
      case .shake256: KeccakState(capacity: 64, digestSize: 0)
      }
    }
  }

  nonisolated(unsafe) private static var types: [Algorithm: TypeObject] = [:]

  /// `(string=b'', *, usedforsecurity=True)`.
  private static func make(_ t: ThreadState, _ algorithm: Algorithm, _ type: TypeObject, _ a: Arguments) -> Object? {
    guard
      let given = parseArguments(
        t, a, function: algorithm.rawValue, names: ["string", "usedforsecurity"], required: 0, maxPositional: 1)
    else { return nil }
    let state = algorithm.start()
    if let data = given[0], !HashObject.update(t, state, data) { return nil }
    return HashObject.make(type, state)
  }

  static func make(_ t: ThreadState, _ name: String) -> Object? {
    let module = makeModule(t, name)
    for algorithm in Algorithm.allCases where algorithm.module == name {
      let type = HashObject.makeType(
        t, algorithm.typeName, module: name, isExtendable: algorithm.start().digestSize == 0,
        new: name == "_sha3" ? constructor(algorithm) : nil)
      types[algorithm] = type
      addGetSet(t, type, "name", getter: UnaryFunction { t, o in makeString(self.name(of: o)) })
      if name == "_sha3" {
        moduleSet(t, module, algorithm.rawValue, type.object)
      } else {
        moduleAddFunctions(t, module, [NativeMethod(algorithm.rawValue, .keywords, constructor(algorithm))])
        moduleSet(
          t, module, name == "_sha2" ? algorithm.typeName : algorithm.rawValue.uppercased() + "Type", type.object)
      }
    }
    return module
  }

  private static func name(of o: Object) -> String {
    types.first { isSubtype(o.type, $0.value) }?.key.rawValue ?? o.type.nameText
  }

  /// A function without context for each algorithm.
  private static func constructor(_ algorithm: Algorithm) -> NativeFunction {
    switch algorithm {
    case .md5: NativeFunction { t, o, a in make(t, .md5, typeFor(o, .md5), a) }
    case .sha1: NativeFunction { t, o, a in make(t, .sha1, typeFor(o, .sha1), a) }
    case .sha224: NativeFunction { t, o, a in make(t, .sha224, typeFor(o, .sha224), a) }
    case .sha256: NativeFunction { t, o, a in make(t, .sha256, typeFor(o, .sha256), a) }
    case .sha384: NativeFunction { t, o, a in make(t, .sha384, typeFor(o, .sha384), a) }
    case .sha512: NativeFunction { t, o, a in make(t, .sha512, typeFor(o, .sha512), a) }
    case .sha3x224: NativeFunction { t, o, a in make(t, .sha3x224, typeFor(o, .sha3x224), a) }
    case .sha3x256: NativeFunction { t, o, a in make(t, .sha3x256, typeFor(o, .sha3x256), a) }
    case .sha3x384: NativeFunction { t, o, a in make(t, .sha3x384, typeFor(o, .sha3x384), a) }
    case .sha3x512: NativeFunction { t, o, a in make(t, .sha3x512, typeFor(o, .sha3x512), a) }
    case .shake128: NativeFunction { t, o, a in make(t, .shake128, typeFor(o, .shake128), a) }
    case .shake256: NativeFunction { t, o, a in make(t, .shake256, typeFor(o, .shake256), a) }
    }
  }

  /// `new` is given the class, a module's function the module.
  private static func typeFor(_ o: Object, _ algorithm: Algorithm) -> TypeObject {
    o.isKind(.type) ? TypeObject(unchecked: o) : types[algorithm] ?? core.pointee.types.object
  }
}
