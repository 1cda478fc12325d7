// str: case conversions and the is... questions.
import PythonRuntime

enum StrCase {
  private static func mapped(_ o: Object, _ body: (Int, UInt32, (UInt32) -> Void) -> Void) -> Object {
    var points: [UInt32] = []
    points.reserveCapacity(o.strLength)
    for i in 0..<o.strLength { body(i, o.codePoint(i)) { points.append($0) } }
    return makeString(codePoints: points)
  }

  /// Lower case of the code point at `i`; a sigma at a word's end is a final one.
  private static func lower(_ o: Object, _ i: Int, _ c: UInt32, _ emit: (UInt32) -> Void) {
    guard c == 0x3A3 else { return CharacterClass.lower(c, emit) }
    var before = i - 1
    while before >= 0, isCaseIgnorable(o.codePoint(before)) { before -= 1 }
    var after = i + 1
    while after < o.strLength, isCaseIgnorable(o.codePoint(after)) { after += 1 }
    let isFinal =
      before >= 0 && CharacterClass.isCased(o.codePoint(before))
      && !(after < o.strLength && CharacterClass.isCased(o.codePoint(after)))
    emit(isFinal ? 0x3C2 : 0x3C3)
  }
  private static func isCaseIgnorable(_ c: UInt32) -> Bool { CharacterClass.properties(c)?.isCaseIgnorable ?? false }

  static func lower(_ o: Object) -> Object {
    o.isASCIIStr ? mappedASCII(o, first: 65) : mapped(o) { lower(o, $0, $1, $2) }
  }
  static func upper(_ o: Object) -> Object {
    o.isASCIIStr ? mappedASCII(o, first: 97) : mapped(o) { CharacterClass.upper($1, $2) }
  }

  /// An ASCII text with the 26 letters from `first` on in their other case.
  private static func mappedASCII(_ o: Object, first: UInt8) -> Object {
    let count = o.strLength
    if count <= 1 {
      return makeString(codePoints: (0..<count).map { flipped(UInt8(truncatingIfNeeded: o.codePoint($0)), first) })
    }
    let result = allocateStr(length: count, maximum: 0x7F)
    let (from, to) = (o.strData.assumingMemoryBound(to: UInt8.self), result.strData.assumingMemoryBound(to: UInt8.self))
    for i in 0..<count { to[i] = UInt8(flipped(from[i], first)) }
    return result
  }
  @inline(__always) private static func flipped(_ c: UInt8, _ first: UInt8) -> UInt32 {
    UInt32(c &- first < 26 ? c ^ 32 : c)
  }

  private static func title(_ o: Object) -> Object {
    var inWord = false
    return mapped(o) { i, c, emit in
      if inWord { lower(o, i, c, emit) } else { CharacterClass.title(c, emit) }
      inWord = CharacterClass.isCased(c)
    }
  }

  private static func all(_ o: Object, _ test: (UInt32) -> Bool) -> Object {
    for i in 0..<o.strLength where !test(o.codePoint(i)) { return core.pointee.false }
    return makeBool(o.strLength > 0)
  }
  /// Whether there are cased characters and all of them pass.
  private static func allCased(_ o: Object, _ wrong: (UInt32) -> Bool, _ right: (UInt32) -> Bool) -> Object {
    var found = false
    for i in 0..<o.strLength {
      let c = o.codePoint(i)
      if wrong(c) { return core.pointee.false }
      if right(c) { found = true }
    }
    return makeBool(found)
  }

  private static func isTitle(_ o: Object) -> Bool {
    var found = false
    var previousCased = false
    for i in 0..<o.strLength {
      let c = o.codePoint(i)
      if CharacterClass.isUpper(c) || CharacterClass.isTitle(c) {
        if previousCased { return false }
        previousCased = true
        found = true
      } else if CharacterClass.isLower(c) {
        if !previousCased { return false }
        found = true
      } else {
        previousCased = false
      }
    }
    return found
  }

  static func isIdentifier(_ o: Object) -> Bool {
    guard o.strLength > 0, CharacterClass.isIdentifierStart(o.codePoint(0)) else { return false }
    for i in 1..<max(o.strLength, 1) where !CharacterClass.isIdentifierPart(o.codePoint(i)) { return false }
    return true
  }

  static let methods: [NativeMethod] = [
    NativeMethod("lower", .noArguments) { _, o, _ in lower(o) },
    NativeMethod("upper", .noArguments) { _, o, _ in upper(o) },
    NativeMethod("title", .noArguments) { _, o, _ in title(o) },
    NativeMethod("casefold", .noArguments) { _, o, _ in mapped(o) { CharacterClass.fold($1, $2) } },
    NativeMethod("capitalize", .noArguments) { _, o, _ in
      mapped(o) { i, c, emit in
        if i == 0 { CharacterClass.title(c, emit) } else { lower(o, i, c, emit) }
      }
    },
    NativeMethod("swapcase", .noArguments) { _, o, _ in
      mapped(o) { i, c, emit in
        if CharacterClass.isUpper(c) {
          lower(o, i, c, emit)
        } else if CharacterClass.isLower(c) {
          CharacterClass.upper(c, emit)
        } else {
          emit(c)
        }
      }
    },
    NativeMethod("isalpha", .noArguments) { _, o, _ in all(o, CharacterClass.isAlpha) },
    NativeMethod("isalnum", .noArguments) { _, o, _ in all(o, CharacterClass.isAlnum) },
    NativeMethod("isdecimal", .noArguments) { _, o, _ in all(o) { CharacterClass.decimal($0) != nil } },
    NativeMethod("isdigit", .noArguments) { _, o, _ in all(o, CharacterClass.isDigit) },
    NativeMethod("isnumeric", .noArguments) { _, o, _ in all(o, CharacterClass.isNumeric) },
    NativeMethod("isspace", .noArguments) { _, o, _ in all(o, CharacterClass.isSpace) },
    NativeMethod("isascii", .noArguments) { _, o, _ in makeBool(o.isASCIIStr) },
    NativeMethod("isprintable", .noArguments) { _, o, _ in
      o.strLength == 0 ? core.pointee.true : all(o, CharacterClass.isPrintable)
    },
    NativeMethod("isidentifier", .noArguments) { _, o, _ in makeBool(isIdentifier(o)) },
    NativeMethod("islower", .noArguments) { _, o, _ in
      allCased(o, { CharacterClass.isUpper($0) || CharacterClass.isTitle($0) }, CharacterClass.isLower)
    },
    NativeMethod("isupper", .noArguments) { _, o, _ in
      allCased(o, { CharacterClass.isLower($0) || CharacterClass.isTitle($0) }, CharacterClass.isUpper)
    },
    NativeMethod("istitle", .noArguments) { _, o, _ in makeBool(isTitle(o)) },
  ]
}
