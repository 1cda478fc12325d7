// What a TextIOWrapper knows beside its buffer: the encoding, what waits to be written, what was decoded and not yet read.
import PythonRuntime

final class TextState: StreamState {
  /// As the program named it.
  var encoding: String
  var errors: String
  /// nil: universal on reading, `\n` on writing.
  var newline: String?
  var lineBuffering = false
  var writeThrough = false
  /// nil: the buffer cannot be written to.
  var encoder: TextEncoder?
  /// nil: the buffer cannot be read.
  var decoder: TextDecoder?
  var isSeekable = false
  /// Whether `tell` can answer: not while the lines are iterated over.
  var canTell = false
  var hasRead1 = false
  var isDetached = false
  /// `_CHUNK_SIZE`.
  var chunkSize = 8192

  /// Encoded and not yet given to the buffer.
  var pending: [UInt8] = []
  /// CPython keeps several pending pieces in a list, which its collector counts; so do we, for the count alone.
  var pendingList: Object?
  /// Descriptor below when it is 1 or 2: writes become output events.
  var outputDescriptor: Int32 = 0

  /// The text of the last piece that was read, of which `used` characters were handed out.
  var decoded: Object?
  var used = 0
  /// `(flags, bytes)`: the decoder's number before the last piece, and the piece with what the decoder had kept before it. For `tell`.
  var snapshot: Object?
  var bytesPerCharacter = 0.0

  init(encoding: String, errors: String, newline: String?) {
    self.encoding = encoding
    self.errors = errors
    self.newline = newline
  }
  deinit {
    pendingList.release()
    decoded.release()
    snapshot.release()
  }

  /// Takes over the text; nil: there is none.
  func setDecoded(steal text: Object?) {
    let old = decoded
    decoded = text
    used = 0
    old.release()
  }
  func setSnapshot(steal value: Object?) {
    let old = snapshot
    snapshot = value
    old.release()
  }
  /// Forgets what was read ahead.
  func forgetRead() {
    setDecoded(steal: nil)
    setSnapshot(steal: nil)
  }

  /// Up to `count` of the decoded characters, negative: all. New reference.
  func take(_ count: Int) -> Object {
    guard let decoded else { return core.pointee.emptyString }
    let end = count < 0 ? decoded.strLength : min(used + count, decoded.strLength)
    defer { used = end }
    return substring(decoded, used, end)
  }
}
