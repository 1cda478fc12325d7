// One zstd frame in, one out, through contexts that are kept. Calls into C; sizes are bounded by the caller.

import CZstd

/// Safe: owns one compression context; used by one thread at a time.
@safe final class FrameCompressor {
  private let context: OpaquePointer?

  init(level: Int32) {
    unsafe context = unsafe ZSTD_createCCtx()
    unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
  }

  deinit { unsafe ZSTD_freeCCtx(context) }

  static func bound(_ count: Int) -> Int { ZSTD_compressBound(count) }

  /// Compresses into `output`, which has at least `bound(input.count)` bytes; nil when zstd fails.
  func compress(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Int? {
    let count = unsafe ZSTD_compress2(context, output.baseAddress, output.count, input.baseAddress, input.count)
    return ZSTD_isError(count) != 0 ? nil : count
  }
}

/// Safe: owns one decompression context; used by one thread at a time.
@safe final class FrameDecompressor {
  private let context = unsafe ZSTD_createDCtx()

  deinit { unsafe ZSTD_freeDCtx(context) }

  /// Whether `input` is one frame that gives exactly `output.count` bytes, which are then in `output`.
  func decompress(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Bool {
    let count = unsafe ZSTD_decompressDCtx(context, output.baseAddress, output.count, input.baseAddress, input.count)
    return ZSTD_isError(count) == 0 && count == output.count
  }
}
