// str in memory: code points of 1, 2 or 4 bytes each, the narrowest that holds them all, inline behind the header.
//
//     16  length   in code points
//     24  hash     -1: not computed yet
//     32  kind 1, 2 or 4 | ascii | interned
//     40  code points
import CRuntimeSupport
import Glibc

public struct StrLayout {
  public var header: ObjectHeader
  public var length: Int
  public var hash: Int
  public var kind: UInt8
  public var isASCII: Bool
  public var isInterned: Bool
  public static let base = 40
}

extension Object {
  @inlinable @inline(__always) public var strLayout: UnsafeMutablePointer<StrLayout> { layout(StrLayout.self) }
  @inlinable @inline(__always) public var strLength: Int { layout(StrLayout.self).pointee.length }
  @inlinable @inline(__always) public var strKind: Int { Int(layout(StrLayout.self).pointee.kind) }
  @inlinable @inline(__always) public var strData: UnsafeMutableRawPointer { address + 40 }
  @inlinable @inline(__always) public var isASCIIStr: Bool { layout(StrLayout.self).pointee.isASCII }

  /// The code point at `index`, which must be below the length.
  @inlinable @inline(__always) public func codePoint(_ index: Int) -> UInt32 {
    switch layout(StrLayout.self).pointee.kind {
    case 1: UInt32((address + 40).assumingMemoryBound(to: UInt8.self)[index])
    case 2: UInt32((address + 40).assumingMemoryBound(to: UInt16.self)[index])
    default: (address + 40).assumingMemoryBound(to: UInt32.self)[index]
    }
  }
  @inlinable @inline(__always) public func setCodePoint(_ index: Int, _ value: UInt32) {
    switch layout(StrLayout.self).pointee.kind {
    case 1: (address + 40).assumingMemoryBound(to: UInt8.self)[index] = UInt8(truncatingIfNeeded: value)
    case 2: (address + 40).assumingMemoryBound(to: UInt16.self)[index] = UInt16(truncatingIfNeeded: value)
    default: (address + 40).assumingMemoryBound(to: UInt32.self)[index] = value
    }
  }
}

/// A str of `length` code points up to `maximum`, which the caller fills; `maximum` must be the greatest one, so that the kind is the narrowest.
public func allocateStr(length: Int, maximum: UInt32, type: TypeObject? = nil) -> Object {
  let kind = maximum < 0x100 ? 1 : maximum < 0x10000 ? 2 : 4
  // One zero byte stands behind the text, for calls into C.
  let bytes = length &* kind &+ 1
  let object =
    type.map { allocateZeroed($0, items: bytes) } ?? allocateObject(core.pointee.types.str, size: 40 &+ bytes)
  let p = object.strLayout
  p.pointee.length = length
  p.pointee.hash = -1
  p.pointee.kind = UInt8(kind)
  p.pointee.isASCII = maximum < 0x80
  p.pointee.isInterned = false
  object.strData.storeBytes(of: 0, toByteOffset: length &* kind, as: UInt8.self)
  return object
}

/// The shared one-character str below U+0100, or a new one.
public func makeString(codePoint c: UInt32) -> Object {
  if c < 0x100 { return core.pointee.characters[Int(c)] }
  let object = allocateStr(length: 1, maximum: c)
  object.setCodePoint(0, c)
  return object
}

/// A str of ASCII bytes.
public func makeString(ascii base: UnsafePointer<UInt8>, count: Int) -> Object {
  if count == 0 { return core.pointee.emptyString }
  if count == 1 { return core.pointee.characters[Int(base[0])] }
  let object = allocateStr(length: count, maximum: 0x7F)
  memcpy(object.strData, base, count)
  return object
}

/// A str of Latin-1 bytes.
public func makeString(latin1 base: UnsafePointer<UInt8>, count: Int) -> Object {
  var maximum: UInt8 = 0
  for i in 0..<count { maximum |= base[i] }
  if maximum < 0x80 { return makeString(ascii: base, count: count) }
  if count == 1 { return core.pointee.characters[Int(base[0])] }
  let object = allocateStr(length: count, maximum: 0xFF)
  memcpy(object.strData, base, count)
  return object
}

/// A str of the code points (which may be lone surrogates).
public func makeString(codePoints: UnsafeBufferPointer<UInt32>) -> Object {
  if codePoints.isEmpty { return core.pointee.emptyString }
  if codePoints.count == 1 { return makeString(codePoint: codePoints[0]) }
  var maximum: UInt32 = 0
  for c in codePoints { maximum = max(maximum, c) }
  let object = allocateStr(length: codePoints.count, maximum: maximum)
  for i in 0..<codePoints.count { object.setCodePoint(i, codePoints[i]) }
  return object
}

public func makeString(codePoints: [UInt32]) -> Object { codePoints.withUnsafeBufferPointer(makeString(codePoints:)) }

public func makeString(_ s: String) -> Object {
  var s = s
  return s.withUTF8 { makeString(wellFormed: $0) }
}

/// A str of UTF-8 text that is known to be well formed.
public func makeString(wellFormed utf8: UnsafeBufferPointer<UInt8>) -> Object {
  guard let base = utf8.baseAddress, utf8.count > 0 else { return core.pointee.emptyString }
  var bits: UInt8 = 0
  for byte in utf8 { bits |= byte }
  if bits < 0x80 { return makeString(ascii: base, count: utf8.count) }
  var points: [UInt32] = []
  points.reserveCapacity(utf8.count)
  for scalar in String(decoding: utf8, as: UTF8.self).unicodeScalars { points.append(scalar.value) }
  return makeString(codePoints: points)
}

/// A str of bytes that may hold anything: ill-formed parts become lone surrogates, as `surrogateescape` does.
public func makeString(fileSystem bytes: [UInt8]) -> Object {
  var points: [UInt32] = []
  decodeUTF8(bytes) {
    points.append($0)
  } illFormed: {
    points.append(0xDC00 + UInt32($0))
  }
  return makeString(codePoints: points)
}

/// A str of UTF-8 text that may hold surrogates of three bytes each, as the compiler's constants do.
public func makeString(utf8 bytes: [UInt8]) -> Object {
  var points: [UInt32] = []
  points.reserveCapacity(bytes.count)
  decodeUTF8(bytes, surrogates: true) {
    points.append($0)
  } illFormed: {
    points.append(0xDC00 + UInt32($0))
  }
  return makeString(codePoints: points)
}

/// Decodes UTF-8 strictly: `good` gets each code point, `illFormed` each byte of an ill-formed sequence.
func decodeUTF8(_ bytes: [UInt8], surrogates: Bool = false, good: (UInt32) -> Void, illFormed: (UInt8) -> Void) {
  var i = 0
  while i < bytes.count {
    let b = bytes[i]
    if b < 0x80 {
      good(UInt32(b))
      i += 1
      continue
    }
    let length = b >= 0xC2 && b < 0xE0 ? 2 : b >= 0xE0 && b < 0xF0 ? 3 : b >= 0xF0 && b < 0xF5 ? 4 : 0
    var value = UInt32(b) & (length == 2 ? 0x1F : length == 3 ? 0x0F : 0x07)
    var valid = length > 0 && i + length <= bytes.count
    if valid {
      for k in 1..<length {
        if bytes[i + k] & 0xC0 != 0x80 { valid = false }
        value = value << 6 | UInt32(bytes[i + k] & 0x3F)
      }
      if length == 3 && (value < 0x800 || (!surrogates && (0xD800...0xDFFF).contains(value))) { valid = false }
      if length == 4 && (value < 0x10000 || value > 0x10FFFF) { valid = false }
    }
    if valid {
      good(value)
      i += length
    } else {
      illFormed(b)
      i += 1
    }
  }
}

/// The text of a str as a Swift String; lone surrogates become U+FFFD.
public func stringValue(_ o: Object) -> String {
  let length = o.strLength
  if o.isASCIIStr {
    return String(decoding: UnsafeRawBufferPointer(start: o.strData, count: length), as: UTF8.self)
  }
  var s = String.UnicodeScalarView()
  for i in 0..<length { s.append(Unicode.Scalar(o.codePoint(i)) ?? "\u{FFFD}") }
  return String(s)
}

/// The text of a str as bytes for the system: UTF-8, with escaped surrogates as the bytes they stand for.
public func fileSystemBytes(_ o: Object) -> [UInt8] {
  var out: [UInt8] = []
  for i in 0..<o.strLength {
    let c = o.codePoint(i)
    if (0xDC80...0xDCFF).contains(c) { out.append(UInt8(c - 0xDC00)) } else { appendUTF8(c, to: &out) }
  }
  return out
}

/// Appends the UTF-8 form of a code point; surrogates are written as three bytes.
public func appendUTF8(_ c: UInt32, to out: inout [UInt8]) {
  if c < 0x80 {
    out.append(UInt8(c))
  } else if c < 0x800 {
    out.append(UInt8(0xC0 | c >> 6))
    out.append(UInt8(0x80 | c & 0x3F))
  } else if c < 0x10000 {
    out.append(UInt8(0xE0 | c >> 12))
    out.append(UInt8(0x80 | (c >> 6) & 0x3F))
    out.append(UInt8(0x80 | c & 0x3F))
  } else {
    out.append(UInt8(0xF0 | c >> 18))
    out.append(UInt8(0x80 | (c >> 12) & 0x3F))
    out.append(UInt8(0x80 | (c >> 6) & 0x3F))
    out.append(UInt8(0x80 | c & 0x3F))
  }
}

/// The code points of `start..<end` as a str; the whole exact str is returned itself.
public func substring(_ o: Object, _ start: Int, _ end: Int) -> Object {
  let count = end - start
  if count <= 0 { return core.pointee.emptyString }
  if count == o.strLength && o.isExactly(.str) { return o.retained() }
  if count == 1 { return makeString(codePoint: o.codePoint(start)) }
  let kind = o.strKind
  if kind == 1 {
    let base = o.strData.assumingMemoryBound(to: UInt8.self) + start
    return o.isASCIIStr ? makeString(ascii: base, count: count) : makeString(latin1: base, count: count)
  }
  var maximum: UInt32 = 0
  for i in start..<end { maximum = max(maximum, o.codePoint(i)) }
  let result = allocateStr(length: count, maximum: maximum)
  if result.strKind == kind {
    memcpy(result.strData, o.strData + start * kind, count * kind)
  } else {
    for i in 0..<count { result.setCodePoint(i, o.codePoint(start + i)) }
  }
  return result
}

/// The upper bound that decides the kind of a text made from `o`.
@inlinable public func strMaximum(_ o: Object) -> UInt32 {
  o.isASCIIStr ? 0x7F : o.strKind == 1 ? 0xFF : o.strKind == 2 ? 0xFFFF : 0x10FFFF
}

/// Copies the text of `source` into `target` from `position` on; `target`'s kind is at least as wide.
public func copyText(_ source: Object, into target: Object, at position: Int) {
  let kind = target.strKind
  let length = source.strLength
  if source.strKind == kind {
    memcpy(target.strData + position * kind, source.strData, length * kind)
  } else {
    for i in 0..<length { target.setCodePoint(position + i, source.codePoint(i)) }
  }
}

/// The concatenation of two str objects.
public func concatenateStr(_ a: Object, _ b: Object) -> Object {
  if a.strLength == 0 && b.isExactly(.str) { return b.retained() }
  if b.strLength == 0 && a.isExactly(.str) { return a.retained() }
  let result = allocateStr(length: a.strLength + b.strLength, maximum: max(strMaximum(a), strMaximum(b)))
  copyText(a, into: result, at: 0)
  copyText(b, into: result, at: a.strLength)
  return result
}

/// Appends `b` to `a`, which nobody else may hold and whose text therefore may change, when the block has room; blocks are rounded up to 16 bytes, large
/// ones to pages. As CPython's `unicode_concatenate`.
func appendInPlace(_ a: Object, _ b: Object) -> Bool {
  #if EXUVIA_MALLOC_HEAP
    return false
  #else
    let p = a.strLayout
    let (length, added, kind) = (p.pointee.length, b.strLength, a.strKind)
    guard !p.pointee.isInterned, length > 0, b.strKind <= kind else { return false }
    let bytes = StrLayout.base &+ (length &+ added) &* kind &+ 1
    guard bytes <= Heap.blockBytes(StrLayout.base &+ length &* kind &+ 1) else { return false }
    p.pointee.length = length &+ added
    p.pointee.hash = -1
    p.pointee.isASCII = p.pointee.isASCII && b.isASCIIStr
    copyText(b, into: a, at: length)
    a.strData.storeBytes(of: 0, toByteOffset: (length &+ added) &* kind, as: UInt8.self)
    Probes.resized(a)
    return true
  #endif
}

/// Whether two str objects have the same text. Equal texts have equal kinds.
@inlinable @inline(__always) public func strEqual(_ a: Object, _ b: Object) -> Bool {
  if a == b { return true }
  let p = a.strLayout
  let q = b.strLayout
  guard p.pointee.length == q.pointee.length, p.pointee.kind == q.pointee.kind else { return false }
  return memcmp(a.strData, b.strData, p.pointee.length &* Int(p.pointee.kind)) == 0
}

/// Whether a str has the text of an ASCII literal.
public func strEqual(_ a: Object, ascii s: StaticString) -> Bool {
  a.isASCIIStr && a.strLength == s.utf8CodeUnitCount && memcmp(a.strData, s.utf8Start, a.strLength) == 0
}

/// -1, 0 or 1 by code points.
public func compareStr(_ a: Object, _ b: Object) -> Int {
  let n = min(a.strLength, b.strLength)
  if a.strKind == 1 && b.strKind == 1 {
    let order = memcmp(a.strData, b.strData, n)
    if order != 0 { return order < 0 ? -1 : 1 }
  } else {
    for i in 0..<n {
      let x = a.codePoint(i)
      let y = b.codePoint(i)
      if x != y { return x < y ? -1 : 1 }
    }
  }
  return (a.strLength - b.strLength).signum()
}

enum StrObject {
  static func dealloc(_ o: Object) { freeInstance(o, items: o.strLength &* o.strKind &+ 1) }

  static func hash(_: ThreadState, _ o: Object) -> Int { strHash(o) }
}

/// The cached hash of a str.
@inlinable @inline(__always) public func strHash(_ o: Object) -> Int {
  let known = o.strLayout.pointee.hash
  return known != -1 ? known : computeStrHash(o)
}

public func computeStrHash(_ o: Object) -> Int {
  let value = HashSecret.hash(o.strData, o.strLength &* o.strKind)
  o.strLayout.pointee.hash = value
  return value
}
