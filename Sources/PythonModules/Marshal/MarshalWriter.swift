// Values to bytes in CPython's format of marshal, versions 0 to 4.
//
//     one byte: the type, with bit 7 set when later values may refer to this one (version 3 and up)
//     its contents; sizes are four bytes, little-endian, or one byte for short strings and small tuples (version 4)
//
// `(1, 'a')` in version 4:  A9 02  E9 01 00 00 00  DA 01 61
import PythonRuntime
import PythonTypes

struct MarshalWriter {
  enum Problem { case unmarshallable, tooDeep, code }

  let t: ThreadState
  let version: Int
  private let allowsCode: Bool
  private(set) var bytes: [UInt8] = []
  private(set) var problem: Problem?
  /// Numbers of the values that were written with bit 7.
  private var known: [Object: Int] = [:]
  private var depth = 0

  static let maximumDepth = 2000

  init(_ t: ThreadState, version: Int, allowsCode: Bool = true) {
    self.t = t
    self.version = version
    self.allowsCode = allowsCode
  }

  mutating func write(_ o: Object) {
    if depth > Self.maximumDepth {
      problem = problem ?? .tooDeep
      return
    }
    depth += 1
    defer { depth -= 1 }
    if o == core.pointee.none { return put("N") }
    if o == exceptionType(.StopIteration).object { return put("S") }
    if o == core.pointee.ellipsis { return put(".") }
    if o == core.pointee.false { return put("F") }
    if o == core.pointee.true { return put("T") }
    var flag: UInt8 = 0
    // What only one place holds cannot be met again.
    if version >= 3, o.refcount != 1 {
      if let number = known[o] {
        put("r")
        return put32(number)
      }
      known[o] = known.count
      flag = 0x80
    }
    writeValue(o, flag)
  }

  private mutating func writeValue(_ o: Object, _ flag: UInt8) {
    if o.isExactly(.int) {
      writeInt(o, flag)
    } else if o.isExactly(.float) {
      writeFloat(o.double, flag)
    } else if o.isExactly(.complex), let value = complexValue(t, o) {
      if version > 1 {
        put("y", flag)
        put(value.real)
        put(value.imaginary)
      } else {
        put("x", flag)
        putText(value.real)
        putText(value.imaginary)
      }
    } else if o.isExactly(.bytes) {
      put("s", flag)
      put(sized: Array(o.byteView))
    } else if o.isExactly(.str) {
      writeString(o, flag)
    } else if o.isExactly(.tuple) {
      if version >= 4, o.tupleCount < 256 {
        put(")", flag)
        bytes.append(UInt8(o.tupleCount))
      } else {
        put("(", flag)
        put32(o.tupleCount)
      }
      for i in 0..<o.tupleCount { write(o.tupleItems[i]) }
    } else if o.isExactly(.list) {
      put("[", flag)
      put32(o.listCount)
      for i in 0..<o.listCount { write(o.listItems[i]) }
    } else if o.isExactly(.dict) {
      put("{", flag)
      var place = 0
      while let entry = dictNext(o, &place) {
        write(entry.key)
        write(entry.value)
      }
      put("0")
    } else if o.isExactly(.set) || o.isExactly(.frozenset) {
      writeSet(o, flag)
    } else if o.isExactly(.code) {
      if allowsCode { writeCode(o, flag) } else { problem = problem ?? .code }
    } else if let memory = ByteSource.view(o) {
      put("s", flag)
      put(sized: memory)
    } else {
      problem = problem ?? .unmarshallable
      put("?")
    }
  }

  /// The items in the order of their own bytes, so that equal sets give equal bytes.
  private mutating func writeSet(_ o: Object, _ flag: UInt8) {
    var items: [(bytes: [UInt8], item: Object)] = []
    var place = 0
    while let entry = setNext(o, &place) {
      var writer = MarshalWriter(t, version: version)
      writer.write(entry.key)
      items.append((writer.bytes, entry.key))
      problem = problem ?? writer.problem
    }
    items.sort { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    put(o.isExactly(.set) ? "<" : ">", flag)
    put32(items.count)
    for entry in items { write(entry.item) }
  }

  // MARK: - Numbers and text

  private mutating func writeInt(_ o: Object, _ flag: UInt8) {
    if let value = o.wordValue, Int(Int32(truncatingIfNeeded: value)) == value {
      put("i", flag)
      return put32(value)
    }
    // Digits of 15 bits, the number of them with the sign.
    put("l", flag)
    var digits: [UInt16] = []
    guard let hexadecimal = callMethod(t, o, "__format__", internString("x")) else { return }
    defer { hexadecimal.release() }
    let magnitude = stringValue(hexadecimal).utf8.filter { $0 != 0x2D }
    var (buffer, bits) = (UInt32(0), UInt32(0))
    for digit in magnitude.reversed() {
      buffer |= UInt32(digit < 0x3A ? digit - 0x30 : digit - 0x57) << bits
      bits += 4
      if bits >= 15 {
        digits.append(UInt16(buffer & 0x7FFF))
        buffer >>= 15
        bits -= 15
      }
    }
    if buffer > 0 { digits.append(UInt16(buffer)) }
    while digits.last == 0 { digits.removeLast() }
    put32(o.intSize < 0 ? -digits.count : digits.count)
    for digit in digits { bytes += [UInt8(digit & 0xFF), UInt8(digit >> 8)] }
  }

  private mutating func writeFloat(_ value: Double, _ flag: UInt8) {
    if version > 1 {
      put("g", flag)
      put(value)
    } else {
      put("f", flag)
      putText(value)
    }
  }

  private mutating func writeString(_ o: Object, _ flag: UInt8) {
    let isInterned = o.strLayout.pointee.isInterned
    if version >= 4, o.isASCIIStr {
      let text = Array(UnsafeRawBufferPointer(start: o.strData, count: o.strLength))
      if text.count < 256 {
        put(isInterned ? "Z" : "z", flag)
        bytes.append(UInt8(text.count))
        bytes += text
      } else {
        put(isInterned ? "A" : "a", flag)
        put(sized: text)
      }
      return
    }
    var text: [UInt8] = []
    for i in 0..<o.strLength { appendUTF8(o.codePoint(i), to: &text) }
    put(version >= 3 && isInterned ? "t" : "u", flag)
    put(sized: text)
  }

  // MARK: - Bytes

  /// `c` and, so that nobody takes it for CPython's, a mark; then the fields in CPython's order, with our instructions and tables.
  private mutating func writeCode(_ o: Object, _ flag: UInt8) {
    let code = o.compiledCode
    let p = o.codeLayout
    put("c", flag)
    for number in [
      Self.codeMark, code.argCount, code.posOnlyArgCount, code.kwOnlyArgCount, code.stackSize, Int(code.flags.rawValue),
    ] { put32(number) }
    put(sized: Self.bytes(code.instructions))
    for part in [p.pointee.constantTuple, p.pointee.nameTuple, p.pointee.localTuple] { write(part) }
    put(sized: code.localKinds.map(\.rawValue))
    for part in [p.pointee.fileName, p.pointee.name, p.pointee.qualifiedName] { write(part) }
    put32(Int(code.firstLine))
    put(
      sized: Self.bytes(
        code.positions.flatMap { run in
          let place = run.position
          return [run.begin]
            + [place.line, place.endLine, place.column, place.endColumn].map { UInt32(bitPattern: $0) }
        }))
    put(
      sized: Self.bytes(
        code.exceptionTable.flatMap { [$0.begin, $0.end, $0.target, $0.depth, $0.pushesLastInstruction ? 1 : 0] }))
  }

  /// "EXU" and the version of the layout.
  static let codeMark = 0x4558_5501

  private static func bytes(_ words: [UInt32]) -> [UInt8] {
    words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
  }

  private mutating func put(_ type: Character, _ flag: UInt8 = 0) { bytes.append((type.asciiValue ?? 0) | flag) }

  private mutating func put32(_ value: Int) {
    let word = UInt32(truncatingIfNeeded: value)
    for shift in stride(from: UInt32(0), to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
  }

  private mutating func put(sized text: [UInt8]) {
    put32(text.count)
    bytes += text
  }

  private mutating func put(_ value: Double) {
    for shift in stride(from: UInt64(0), to: 64, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> shift))
    }
  }

  /// With 17 significant digits, as the oldest versions have it.
  private mutating func putText(_ value: Double) {
    let number = makeFloat(value)
    let form = makeString(".17g")
    defer {
      number.release()
      form.release()
    }
    guard let text = format(t, number, form) else { return }
    defer { text.release() }
    let digits = Array(stringValue(text).utf8)
    bytes.append(UInt8(digits.count))
    bytes += digits
  }
}
