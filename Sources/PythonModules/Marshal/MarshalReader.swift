// Bytes of marshal to values. See MarshalWriter for the format.
import PythonBytecode
import PythonRuntime
import PythonTypes

struct MarshalReader {
  let t: ThreadState
  let bytes: [UInt8]
  private(set) var position = 0
  /// What was written with bit 7; owned. nil: not complete yet.
  private var known: [Object?] = []
  private var depth = 0

  private let allowsCode: Bool

  init(_ t: ThreadState, _ bytes: [UInt8], allowsCode: Bool = true) {
    self.t = t
    self.bytes = bytes
    self.allowsCode = allowsCode
  }

  /// The next value. nil: an exception is set.
  mutating func read() -> Object? {
    defer {
      for object in known { object.release() }
      known = []
    }
    guard let value = object() else {
      return t.hasRaised ? nil : t.raise(.TypeError, "NULL object in marshal data for object")
    }
    return value
  }

  // MARK: - Bytes

  private mutating func byte() -> UInt8? {
    guard position < bytes.count else {
      t.raise(.EOFError, "marshal data too short")
      return nil
    }
    position += 1
    return bytes[position - 1]
  }

  private mutating func chunk(_ count: Int) -> [UInt8]? {
    guard count >= 0, count <= bytes.count - position else {
      t.raise(.EOFError, "marshal data too short")
      return nil
    }
    position += count
    return Array(bytes[position - count..<position])
  }

  private mutating func number32() -> Int? {
    guard let word = chunk(4) else { return nil }
    return Int(Int32(bitPattern: word.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }))
  }

  private mutating func size(_ what: String) -> Int? {
    guard let count = number32() else { return nil }
    guard count >= 0 else {
      t.raise(.ValueError, "bad marshal data (\(what) size out of range)")
      return nil
    }
    return count
  }

  private mutating func sized(_ what: String, isShort: Bool = false) -> [UInt8]? {
    guard let count = isShort ? byte().map({ Int($0) }) : size(what) else { return nil }
    return chunk(count)
  }

  // MARK: - Values

  /// nil without an exception: the mark at a dict's end.
  private mutating func object() -> Object? {
    guard position < bytes.count else { return t.raise(.EOFError, "EOF read where object expected") }
    position += 1
    let code = bytes[position - 1]
    depth += 1
    defer { depth -= 1 }
    guard depth <= MarshalWriter.maximumDepth else { return t.raise(.ValueError, "recursion limit exceeded") }
    let isKnown = code & 0x80 != 0
    let type = Character(Unicode.Scalar(code & 0x7F))
    if let plain = singleton(type) { return plain.retained() }
    switch type {
    case "0": return nil
    case "r":
      guard let number = number32() else { return nil }
      guard known.indices.contains(number), let found = known[number] else {
        return t.raise(.ValueError, "bad marshal data (invalid reference)")
      }
      return found.retained()
    case "(", ")", "[", "{", "<", ">": return container(type, isKnown)
    case "c": return codeObject(isKnown)
    default:
      guard let value = leaf(type) else { return nil }
      if isKnown { known.append(value.retained()) }
      return value
    }
  }

  private func singleton(_ type: Character) -> Object? {
    switch type {
    case "N": core.pointee.none
    case "S": exceptionType(.StopIteration).object
    case ".": core.pointee.ellipsis
    case "F": core.pointee.false
    case "T": core.pointee.true
    default: nil
    }
  }

  private mutating func leaf(_ type: Character) -> Object? {
    switch type {
    case "i": return number32().map { makeInt($0) }
    case "l": return long()
    case "g": return double().map { makeFloat($0) }
    case "f": return textDouble().map { makeFloat($0) }
    case "y":
      guard let real = double(), let imaginary = double() else { return nil }
      return makeComplex(real, imaginary)
    case "x":
      guard let real = textDouble(), let imaginary = textDouble() else { return nil }
      return makeComplex(real, imaginary)
    case "s": return sized("bytes object").map { makeBytes($0) }
    case "u", "t", "a", "A", "z", "Z":
      guard let text = sized("string", isShort: type == "z" || type == "Z") else { return nil }
      let string = type == "u" || type == "t" ? makeString(utf8: text) : latin1(text)
      return type == "t" || type == "A" || type == "Z" ? internString(stealing: string) : string
    default: return t.raise(.ValueError, "bad marshal data (unknown type code)")
    }
  }

  private func latin1(_ text: [UInt8]) -> Object {
    text.withUnsafeBufferPointer { b in
      b.baseAddress.map { makeString(latin1: $0, count: b.count) } ?? core.pointee.emptyString
    }
  }

  private mutating func double() -> Double? {
    chunk(8).map { Double(bitPattern: $0.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }) }
  }

  private mutating func textDouble() -> Double? {
    guard let count = byte(), let text = chunk(Int(count)) else { return nil }
    if let value = Double(String(decoding: text, as: UTF8.self)) { return value }
    t.raise(.ValueError, "could not convert string to float: '\(String(decoding: text, as: UTF8.self))'")
    return nil
  }

  private mutating func long() -> Object? {
    guard let count = number32() else { return nil }
    guard let digits = chunk(2 * abs(count)) else { return nil }
    var bits: [UInt8] = []
    var (buffer, width) = (UInt64(0), UInt64(0))
    var hexadecimal = ""
    for i in 0..<abs(count) {
      let digit = UInt64(digits[2 * i]) | UInt64(digits[2 * i + 1]) << 8
      guard digit < 0x8000 else { return t.raise(.ValueError, "bad marshal data (digit out of range in long)") }
      if i == abs(count) - 1, digit == 0 {
        return t.raise(.ValueError, "bad marshal data (unnormalized long data)")
      }
      buffer |= digit << width
      width += 15
      while width >= 8 {
        bits.append(UInt8(truncatingIfNeeded: buffer))
        buffer >>= 8
        width -= 8
      }
    }
    bits.append(UInt8(truncatingIfNeeded: buffer))
    for byte in bits.reversed() { hexadecimal += (byte < 16 ? "0" : "") + String(byte, radix: 16) }
    let text = makeString((count < 0 ? "-0x" : "0x") + hexadecimal)
    let base = makeInt(16)
    defer { text.release() }
    return call2(t, core.pointee.types.int.object, text, base)
  }

  // MARK: - Containers

  private mutating func container(_ type: Character, _ isKnown: Bool) -> Object? {
    // Room for a value that may be met inside of itself is kept before its items are read.
    let number = known.count
    if isKnown { known.append(nil) }
    if type == "{" { return dict(isKnown ? number : nil) }
    guard let count = type == ")" ? byte().map({ Int($0) }) : size(name(type)) else { return nil }
    // A list or set is there before its items.
    let whole: Object? = type == "[" ? makeList() : type == "<" ? makeSet() : nil
    if isKnown, let whole { known[number] = whole.retained() }
    var items: [Object] = []
    for _ in 0..<count {
      guard let item = object() else {
        for item in items { item.release() }
        whole.release()
        return t.hasRaised ? nil : t.raise(.TypeError, "NULL object in marshal data for \(name(type))")
      }
      items.append(item)
    }
    defer { for item in items { item.release() } }
    var result: Object
    switch type {
    case "(", ")": result = items.isEmpty ? core.pointee.emptyTuple : makeTuple(items.map { $0.retained() })
    case "[":
      result = whole ?? makeList()
      for item in items { listAppend(t, result, item) }
    default:
      result = whole ?? makeSet(core.pointee.types.frozenset)
      for item in items where !setAdd(t, result, item) {
        result.release()
        return nil
      }
    }
    if isKnown, whole == nil { known[number] = result.retained() }
    return result
  }

  private func name(_ type: Character) -> String {
    switch type {
    case "[": "list"
    case "<", ">": "set"
    default: "tuple"
    }
  }

  private mutating func dict(_ number: Int?) -> Object? {
    let result = makeDict()
    if let number { known[number] = result.retained() }
    while let key = object() {
      defer { key.release() }
      guard let value = object() else { break }
      defer { value.release() }
      guard dictSet(t, result, key, value) else { break }
    }
    if !t.hasRaised { return result }
    result.release()
    return nil
  }

  // MARK: - Code objects

  /// A code object, as MarshalWriter lays it out; its instructions are verified before anybody may run them.
  private mutating func codeObject(_ isKnown: Bool) -> Object? {
    guard allowsCode else { return t.raise(.ValueError, "unmarshalling code objects is disallowed") }
    let place = known.count
    if isKnown { known.append(nil) }
    guard let mark = number32() else { return nil }
    guard mark == MarshalWriter.codeMark else {
      return t.raise(.ValueError, "bad marshal data (code objects of CPython mean nothing to this runtime)")
    }
    var numbers: [Int] = []
    for _ in 0..<5 {
      guard let number = number32() else { return nil }
      numbers.append(number)
    }
    guard let instructions = words("instructions") else { return nil }
    var parts: [Object] = []
    defer { for part in parts { part.release() } }
    for _ in 0..<3 {
      guard let part = tuple() else { return nil }
      parts.append(part)
    }
    guard let kinds = sized("kinds of locals"), let file = text(), let name = text(), let qualname = text(),
      let line = number32(), let positions = words("positions"), let ranges = words("exception table")
    else { return nil }
    guard positions.count % 5 == 0, ranges.count % 5 == 0 else { return bad("the length of a table") }
    guard let names = strings(parts[1]), let locals = strings(parts[2]) else { return bad("a name that is no str") }
    let isDocumented = parts[0].tupleCount > 0 && parts[0].tupleItems[0].isKind(.str)
    let constants: [Constant] = (0..<parts[0].tupleCount).map { $0 == 0 && isDocumented ? .string([]) : .none }
    let code = Code(
      name: name, qualname: qualname, fileName: file, firstLine: Int32(truncatingIfNeeded: line),
      flags: CodeFlags(rawValue: UInt32(truncatingIfNeeded: numbers[4])), argCount: numbers[0],
      posOnlyArgCount: numbers[1], kwOnlyArgCount: numbers[2], localNames: locals,
      localKinds: kinds.map { LocalKind(rawValue: $0) }, stackSize: numbers[3], instructions: instructions,
      constants: constants, names: names,
      exceptionTable: stride(from: 0, to: ranges.count, by: 5).map { Self.exceptionRange(ranges, $0) },
      positions: stride(from: 0, to: positions.count, by: 5).map { Self.positionRun(positions, $0) })
    guard numbers.prefix(4).allSatisfy({ $0 >= 0 }), numbers[0] + numbers[2] <= locals.count else {
      return bad("the number of arguments")
    }
    do throws(VerificationError) { try Verifier.verify(code) } catch { return bad(error.description) }
    let made = makeCodeObject(t, code, constants: parts[0])
    if isKnown { known[place] = made.retained() }
    return made
  }

  private static func exceptionRange(_ words: [UInt32], _ i: Int) -> ExceptionRange {
    ExceptionRange(
      begin: words[i], end: words[i + 1], target: words[i + 2], depth: words[i + 3],
      pushesLastInstruction: words[i + 4] != 0)
  }

  private static func positionRun(_ words: [UInt32], _ i: Int) -> PositionRun {
    func number(_ k: Int) -> Int32 { Int32(bitPattern: words[i + k]) }
    let place = SourcePosition(line: number(1), endLine: number(2), column: number(3), endColumn: number(4))
    return PositionRun(begin: words[i], position: place)
  }

  private func bad(_ what: String) -> Object? { t.raise(.ValueError, "bad marshal data (\(what))") }

  private mutating func words(_ what: String) -> [UInt32]? {
    guard let bytes = sized(what) else { return nil }
    guard bytes.count % 4 == 0 else {
      _ = bad("\(what) size out of range")
      return nil
    }
    return bytes.withUnsafeBytes { raw in
      (0..<bytes.count / 4).map { UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)) }
    }
  }

  private mutating func tuple() -> Object? {
    guard let value = object() else { return nil }
    if value.isExactly(.tuple) { return value }
    value.release()
    return bad("a field of a code object is no tuple")
  }

  private mutating func text() -> String? {
    guard let value = object() else { return nil }
    defer { value.release() }
    guard value.isKind(.str) else {
      _ = bad("a field of a code object is no str")
      return nil
    }
    return stringValue(value)
  }

  /// nil without an exception: there is something else than str.
  private func strings(_ tuple: Object) -> [String]? {
    var found: [String] = []
    for i in 0..<tuple.tupleCount {
      guard tuple.tupleItems[i].isKind(.str) else { return nil }
      found.append(stringValue(tuple.tupleItems[i]))
    }
    return found
  }
}
