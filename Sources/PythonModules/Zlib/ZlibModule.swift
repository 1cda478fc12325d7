// `zlib`: compression by the system's library. Compression of much data lets other threads run.
import CZlib
import Glibc
import PythonRuntime
import PythonTypes

struct ZlibLayout {
  var header: ObjectHeader
  var stream: Unmanaged<ZlibStream>?
}

extension Object {
  fileprivate var zlib: ZlibStream? { layout(ZlibLayout.self).pointee.stream?.takeUnretainedValue() }
}

enum ZlibModule {
  nonisolated(unsafe) private static var error = ModuleException("error", module: "zlib")

  private static let constants: [(String, Int)] = [
    ("MAX_WBITS", 15), ("DEFLATED", 8), ("DEF_MEM_LEVEL", 8), ("Z_BEST_SPEED", 1), ("Z_BEST_COMPRESSION", 9),
    ("Z_NO_COMPRESSION", 0), ("Z_DEFAULT_COMPRESSION", -1), ("Z_FILTERED", 1), ("Z_HUFFMAN_ONLY", 2), ("Z_RLE", 3),
    ("Z_FIXED", 4), ("Z_DEFAULT_STRATEGY", 0), ("Z_FINISH", 4), ("Z_NO_FLUSH", 0), ("Z_PARTIAL_FLUSH", 1),
    ("Z_SYNC_FLUSH", 2), ("Z_FULL_FLUSH", 3), ("Z_BLOCK", 5), ("Z_TREES", 6), ("DEF_BUF_SIZE", 16384),
  ]

  static func make(_ t: ThreadState) -> Object? {
    let module = makeModule(t, "zlib")
    guard error.add(t, to: module) else { return nil }
    for (name, value) in constants { moduleSet(t, module, name, stealing: makeInt(value)) }
    for name in ["ZLIB_VERSION", "ZLIB_RUNTIME_VERSION"] {
      moduleSet(t, module, name, stealing: makeString(String(cString: zlibVersion())))
    }
    for type in [compressor, decompressor, simpleDecompressor] { readyType(t, type) }
    addMethods(t, compressor, compressorMethods)
    addMethods(t, decompressor, decompressorMethods)
    addMethods(
      t, simpleDecompressor, [NativeMethod("decompress", .keywords) { t, o, a in decompressSome(t, o, a) }])
    for type in [decompressor, simpleDecompressor] {
      addGetSet(t, type, "eof", getter: UnaryFunction { _, o in makeBool(o.zlib?.hasEnded ?? true) })
      addGetSet(t, type, "unused_data", getter: UnaryFunction { _, o in makeBytes(o.zlib?.unused ?? []) })
    }
    addGetSet(t, decompressor, "unconsumed_tail", getter: UnaryFunction { _, o in makeBytes(o.zlib?.pending ?? []) })
    addGetSet(
      t, simpleDecompressor, "needs_input",
      getter: UnaryFunction { _, o in makeBool(o.zlib.map { !$0.hasEnded && $0.pending.isEmpty && !$0.isHeld } ?? false)
      })
    moduleSet(t, module, "_ZlibDecompressor", simpleDecompressor.object)
    moduleAddFunctions(t, module, functions)
    return module
  }

  // MARK: - Types

  private static func makeType(_ name: String, new: NativeFunction? = nil) -> TypeObject {
    makeBuiltinType(
      name: name, module: "zlib", layoutSize: MemoryLayout<ZlibLayout>.size,
      flags: new == nil ? [.disallowInstantiation] : []
    ) { p in
      p.pointee.dealloc = ObjectAction { o in
        o.layout(ZlibLayout.self).pointee.stream?.release()
        freeInstance(o)
      }
      if let new {
        p.pointee.new = new
        p.pointee.initialize = InitFunction { _, _, _ in true }
      }
    }
  }

  private static let compressor = makeType("Compress")
  private static let decompressor = makeType("Decompress")
  private static let simpleDecompressor: TypeObject = makeType(
    "_ZlibDecompressor",
    new: NativeFunction { t, type, a in newDecompressor(t, TypeObject(unchecked: type), a, "_ZlibDecompressor") })

  private static func wrap(_ type: TypeObject, _ stream: ZlibStream) -> Object {
    let o = allocateZeroed(type)
    o.layout(ZlibLayout.self).pointee.stream = Unmanaged.passRetained(stream)
    return o
  }

  // MARK: - Errors

  private static func fail(_ t: ThreadState, _ status: Int32, _ what: String, _ message: String? = nil) -> Object? {
    let known: String? =
      message
      ?? (status == Z_BUF_ERROR
        ? "incomplete or truncated stream"
        : status == Z_STREAM_ERROR ? "inconsistent stream state" : status == Z_DATA_ERROR ? "invalid input data" : nil)
    return error.raise(t, "Error \(status) \(what)" + (known.map { ": \($0)" } ?? ""))
  }

  /// A number among parsed arguments, or its default. nil: an exception is set.
  private static func number(_ t: ThreadState, _ o: Object?, _ standard: Int32) -> Int32? {
    guard let o else { return standard }
    return indexValue(t, o).map { Int32(clamping: $0) }
  }

  // MARK: - Functions

  private static let functions = [
    NativeMethod("compress", .keywords) { t, _, a in
      guard
        let v = parseArguments(
          t, a, function: "compress", names: ["data", "level", "wbits"], required: 1, positionalOnly: 1),
        let data = v[0], let bytes = ByteSource.required(t, data), let level = number(t, v[1], -1),
        let bits = number(t, v[2], 15)
      else { return nil }
      var status = Z_OK
      guard
        let stream = ZlibStream(
          deflateLevel: level, method: 8, windowBits: bits, memoryLevel: 8, strategy: 0, status: &status)
      else {
        return status == Z_STREAM_ERROR
          ? error.raise(t, "Bad compression level") : fail(t, status, "while compressing data")
      }
      return makeBytes(withoutGIL(t, .other) { stream.run(bytes, Z_FINISH).output })
    },
    NativeMethod("decompress", .keywords) { t, _, a in
      guard
        let v = parseArguments(
          t, a, function: "decompress", names: ["data", "wbits", "bufsize"], required: 1, positionalOnly: 1),
        let data = v[0], let bytes = ByteSource.required(t, data), let bits = number(t, v[1], 15),
        let size = number(t, v[2], 16384)
      else { return nil }
      guard size >= 0 else { return t.raise(.ValueError, "bufsize must be non-negative") }
      var status = Z_OK
      guard let stream = ZlibStream(inflateWindowBits: bits, status: &status) else {
        return fail(t, status, "while preparing to decompress data")
      }
      let result = withoutGIL(t, .other) { stream.run(bytes, Z_SYNC_FLUSH) }
      guard result.status == Z_STREAM_END else {
        let status = result.status == Z_OK ? Z_BUF_ERROR : result.status
        return fail(t, status, "while decompressing data", stream.message)
      }
      return makeBytes(result.output)
    },
    NativeMethod("compressobj", .keywords) { t, _, a in
      guard
        let v = parseArguments(
          t, a, function: "compressobj", names: ["level", "method", "wbits", "memLevel", "strategy", "zdict"],
          required: 0), let level = number(t, v[0], -1), let method = number(t, v[1], 8),
        let bits = number(t, v[2], 15), let memory = number(t, v[3], 8), let strategy = number(t, v[4], 0)
      else { return nil }
      var status = Z_OK
      guard
        let stream = ZlibStream(
          deflateLevel: level, method: method, windowBits: bits, memoryLevel: memory, strategy: strategy,
          status: &status)
      else {
        return status == Z_STREAM_ERROR
          ? t.raise(.ValueError, "Invalid initialization option") : fail(t, status, "while creating compression object")
      }
      if let given = v[5] {
        guard let bytes = ByteSource.required(t, given) else { return nil }
        guard stream.useDictionary(bytes) == Z_OK else { return t.raise(.ValueError, "Invalid dictionary") }
      }
      return wrap(compressor, stream)
    },
    NativeMethod("decompressobj", .keywords) { t, _, a in newDecompressor(t, decompressor, a, "decompressobj") },
    NativeMethod("adler32", .positional(1, 2)) { t, _, a in checksum(t, a, start: 1) { adler32($0, $1, $2) } },
    NativeMethod("crc32", .positional(1, 2)) { t, _, a in checksum(t, a, start: 0) { crc32($0, $1, $2) } },
  ]

  private static func newDecompressor(_ t: ThreadState, _ type: TypeObject, _ a: Arguments, _ name: String) -> Object? {
    guard let v = parseArguments(t, a, function: name, names: ["wbits", "zdict"], required: 0),
      let bits = number(t, v[0], 15)
    else { return nil }
    var status = Z_OK
    guard let stream = ZlibStream(inflateWindowBits: bits, status: &status) else {
      return status == Z_STREAM_ERROR
        ? t.raise(.ValueError, "Invalid initialization option") : fail(t, status, "while creating decompression object")
    }
    if let given = v[1] {
      guard let bytes = ByteSource.required(t, given) else { return nil }
      stream.dictionary = bytes
      // A raw stream does not ask for its dictionary.
      if bits < 0, stream.useDictionary(bytes) != Z_OK { return t.raise(.ValueError, "Invalid dictionary") }
    }
    return wrap(type, stream)
  }

  private static func checksum(
    _ t: ThreadState, _ a: Arguments, start: Int, _ sum: (UInt, UnsafePointer<UInt8>?, UInt32) -> UInt
  ) -> Object? {
    guard let bytes = ByteSource.required(t, a[0]) else { return nil }
    var value = UInt(start)
    if let given = a.optional(1) {
      guard let number = index(t, given) else { return nil }
      defer { number.release() }
      value = UInt(UInt32(truncatingIfNeeded: clampedIntValue(number)))
    }
    // The library takes 32 bits of length.
    bytes.withUnsafeBufferPointer { all in
      var i = 0
      while i < all.count {
        let count = min(all.count - i, 1 << 30)
        value = sum(value, all.baseAddress.map { $0 + i }, UInt32(count))
        i += count
      }
    }
    return makeInt(Int(value))
  }

  // MARK: - Compress

  private static let compressorMethods =
    [
      NativeMethod("compress", .oneArgument) { t, o, a in
        guard let bytes = ByteSource.required(t, a[0]), let stream = o.zlib else { return nil }
        let result = withoutGIL(t, .other) { stream.run(bytes, Z_NO_FLUSH) }
        guard result.status != Z_STREAM_ERROR else { return fail(t, result.status, "while compressing data") }
        return makeBytes(result.output)
      },
      NativeMethod("flush", .positional(0, 1)) { t, o, a in
        guard let mode = number(t, a.optional(0), Z_FINISH), let stream = o.zlib else { return nil }
        if mode == Z_NO_FLUSH { return makeBytes([]) }
        let result = withoutGIL(t, .other) { stream.run([], mode) }
        guard result.status != Z_STREAM_ERROR else { return fail(t, result.status, "while flushing") }
        return makeBytes(result.output)
      },
    ] + copying

  private static let copying = ["copy", "__copy__", "__deepcopy__"].map { name in
    NativeMethod(name, .positional(0, name == "__deepcopy__" ? 1 : 0)) { t, o, _ in
      guard let stream = o.zlib else { return nil }
      var status = Z_OK
      guard let copy = ZlibStream(copying: stream, status: &status) else {
        return t.raise(.ValueError, "Inconsistent stream state")
      }
      return wrap(o.type, copy)
    }
  }

  // MARK: - Decompress

  private static let decompressorMethods =
    [
      NativeMethod("decompress", .keywords) { t, o, a in
        guard
          let v = parseArguments(
            t, a, function: "decompress", names: ["data", "max_length"], required: 1, positionalOnly: 1),
          let data = v[0], let bytes = ByteSource.required(t, data), let limit = number(t, v[1], 0), let stream = o.zlib
        else { return nil }
        guard limit >= 0 else { return t.raise(.ValueError, "max_length must be non-negative") }
        if stream.hasEnded {
          stream.unused += bytes
          return makeBytes([])
        }
        let result = withoutGIL(t, .other) { stream.run(bytes, Z_SYNC_FLUSH, limit: limit == 0 ? nil : Int(limit)) }
        guard [Z_OK, Z_STREAM_END, Z_BUF_ERROR].contains(result.status) else {
          return fail(t, result.status, "while decompressing data", stream.message)
        }
        return makeBytes(result.output)
      },
      NativeMethod("flush", .positional(0, 1)) { t, o, a in
        guard let length = number(t, a.optional(0), 16384), let stream = o.zlib else { return nil }
        guard length > 0 else { return t.raise(.ValueError, "length must be greater than zero") }
        guard !stream.hasEnded else { return makeBytes([]) }
        let result = withoutGIL(t, .other) { stream.run(stream.pending, Z_FINISH) }
        guard [Z_OK, Z_STREAM_END, Z_BUF_ERROR].contains(result.status) else {
          return fail(t, result.status, "while flushing", stream.message)
        }
        return makeBytes(result.output)
      },
    ] + copying

  /// `_ZlibDecompressor.decompress`: keeps what was not read.
  private static func decompressSome(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    guard let v = parseArguments(t, a, function: "decompress", names: ["data", "max_length"], required: 1),
      let data = v[0], let bytes = ByteSource.required(t, data), let limit = number(t, v[1], -1), let stream = o.zlib
    else { return nil }
    guard !stream.hasEnded else { return t.raise(.EOFError, "End of stream already reached") }
    let input = stream.pending + bytes
    let result = withoutGIL(t, .other) { stream.run(input, Z_SYNC_FLUSH, limit: limit < 0 ? nil : Int(limit)) }
    guard [Z_OK, Z_STREAM_END, Z_BUF_ERROR].contains(result.status) else {
      return fail(t, result.status, "while decompressing data", stream.message)
    }
    stream.isHeld = limit >= 0 && result.output.count == Int(limit) && result.status == Z_OK
    return makeBytes(result.output)
  }
}
