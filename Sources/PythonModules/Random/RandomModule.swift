// `_random`: the Mersenne twister of 2002, seeded as CPython seeds it, so that a seed gives the same numbers.
import Glibc
import PythonRuntime

struct RandomLayout {
  var header: ObjectHeader
  var state: UnsafeMutablePointer<UInt32>?
  var index: Int
}

public enum RandomModule {
  private static let size = 624

  private static let type: TypeObject = makeBuiltinType(
    name: "Random", module: "_random", layoutSize: MemoryLayout<RandomLayout>.size, flags: [.baseType]
  ) { p in
    p.pointee.new = NativeFunction { t, cls, _ in
      let o = allocateZeroed(TypeObject(unchecked: cls))
      let state = UnsafeMutablePointer<UInt32>.allocate(capacity: size)
      state.initialize(repeating: 0, count: size)
      o.layout(RandomLayout.self).pointee.state = state
      seedFromSystem(o)
      return o
    }
    p.pointee.initialize = InitFunction { t, o, a in
      guard a.count <= 1 else {
        t.raise(.TypeError, "Random() takes at most 1 argument (\(a.count) given)")
        return false
      }
      return seed(t, o, a.optional(0))
    }
    p.pointee.dealloc = ObjectAction { o in
      o.layout(RandomLayout.self).pointee.state?.deallocate()
      freeInstance(o)
    }
  }

  public static func make(_ t: ThreadState) -> Object? {
    readyType(t, type)
    addMethods(
      t, type,
      [
        NativeMethod("random", .noArguments) { _, o, _ in
          let high = Double(next(o) >> 5)
          let low = Double(next(o) >> 6)
          return makeFloat((high * 67_108_864.0 + low) * (1.0 / 9_007_199_254_740_992.0))
        },
        NativeMethod("seed", .positional(0, 1)) { t, o, a in seed(t, o, a.optional(0)) ? core.pointee.none : nil },
        NativeMethod("getrandbits", .oneArgument) { t, o, a in randomBits(t, o, a[0]) },
        NativeMethod("getstate", .noArguments) { _, o, _ in
          let p: UnsafeMutablePointer<RandomLayout> = o.layout()
          guard let state = p.pointee.state else { return nil }
          return makeTuple((0..<size).map { makeInt(Int(state[$0])) } + [makeInt(p.pointee.index)])
        },
        NativeMethod("setstate", .oneArgument) { t, o, a in setState(t, o, a[0]) },
      ])
    let module = makeModule(t, "_random")
    moduleSet(t, module, "Random", type.object)
    return module
  }

  // MARK: The generator

  private static func next(_ o: Object) -> UInt32 {
    let p: UnsafeMutablePointer<RandomLayout> = o.layout()
    guard let state = p.pointee.state else { return 0 }
    if p.pointee.index >= size {
      for k in 0..<size {
        let y = state[k] & 0x8000_0000 | state[(k + 1) % size] & 0x7FFF_FFFF
        state[k] = state[(k + 397) % size] ^ (y >> 1) ^ (y & 1 == 0 ? 0 : 0x9908_B0DF)
      }
      p.pointee.index = 0
    }
    var y = state[p.pointee.index]
    p.pointee.index += 1
    y ^= y >> 11
    y ^= (y << 7) & 0x9D2C_5680
    y ^= (y << 15) & 0xEFC6_0000
    return y ^ (y >> 18)
  }

  private static func seed(_ o: Object, words key: [UInt32]) {
    let p: UnsafeMutablePointer<RandomLayout> = o.layout()
    guard let state = p.pointee.state else { return }
    state[0] = 19_650_218
    for i in 1..<size { state[i] = 1_812_433_253 &* (state[i - 1] ^ (state[i - 1] >> 30)) &+ UInt32(i) }
    var (i, j) = (1, 0)
    func step() {
      i += 1
      if i >= size {
        state[0] = state[size - 1]
        i = 1
      }
    }
    for _ in 0..<max(size, key.count) {
      state[i] = (state[i] ^ ((state[i - 1] ^ (state[i - 1] >> 30)) &* 1_664_525)) &+ key[j] &+ UInt32(j)
      step()
      j += 1
      if j >= key.count { j = 0 }
    }
    for _ in 0..<(size - 1) {
      state[i] = (state[i] ^ ((state[i - 1] ^ (state[i - 1] >> 30)) &* 1_566_083_941)) &- UInt32(i)
      step()
    }
    state[0] = 0x8000_0000
    p.pointee.index = size
  }

  private static func seedFromSystem(_ o: Object) {
    seed(o, words: (0..<size).map { _ in UInt32.random(in: .min ... .max) })
  }

  private static func seed(_ t: ThreadState, _ o: Object, _ given: Object?) -> Bool {
    guard let given, given != core.pointee.none else {
      seedFromSystem(o)
      return true
    }
    var words: [UInt32] = []
    if given.isKind(.int) || given.isKind(.bool) {
      for i in 0..<given.limbCount {
        words.append(UInt32(truncatingIfNeeded: given.limbs[i]))
        words.append(UInt32(truncatingIfNeeded: given.limbs[i] >> 32))
      }
    } else {
      let value = hash(t, given)
      if value == -1 { return false }
      let bits = UInt64(bitPattern: Int64(value))
      words = [UInt32(truncatingIfNeeded: bits), UInt32(truncatingIfNeeded: bits >> 32)]
    }
    while words.count > 1, words.last == 0 { words.removeLast() }
    seed(o, words: words.isEmpty ? [0] : words)
    return true
  }

  private static func randomBits(_ t: ThreadState, _ o: Object, _ count: Object) -> Object? {
    guard let k = intValue(t, count) else { return nil }
    guard k >= 0 else { return t.raise(.ValueError, "number of bits must be non-negative") }
    if k == 0 { return makeInt(0) }
    if k <= 32 { return makeInt(Int(next(o) >> UInt32(32 - k))) }
    var words: [UInt32] = []
    var left = k
    while left > 0 {
      let word = next(o)
      words.append(left < 32 ? word >> UInt32(32 - left) : word)
      left -= 32
    }
    if words.count & 1 == 1 { words.append(0) }
    let limbs = stride(from: 0, to: words.count, by: 2).map { UInt64(words[$0]) | UInt64(words[$0 + 1]) << 32 }
    return limbs.withUnsafeBufferPointer { b in
      b.baseAddress.flatMap { makeInt(limbs: $0, count: b.count, negative: false) }
    }
  }

  private static func setState(_ t: ThreadState, _ o: Object, _ given: Object) -> Object? {
    guard given.isKind(.tuple) else { return t.raise(.TypeError, "state vector must be a tuple") }
    guard given.tupleCount == size + 1 else { return t.raise(.ValueError, "state vector is the wrong size") }
    var words: [UInt32] = []
    for i in 0..<size {
      guard let value = intValue(t, given.tupleItems[i]) else { return nil }
      words.append(UInt32(truncatingIfNeeded: value))
    }
    guard let index = intValue(t, given.tupleItems[size]) else { return nil }
    guard (0...size).contains(index) else { return t.raise(.ValueError, "invalid state") }
    let p: UnsafeMutablePointer<RandomLayout> = o.layout()
    guard let state = p.pointee.state else { return nil }
    for i in 0..<size { state[i] = words[i] }
    p.pointee.index = index
    return core.pointee.none
  }
}
