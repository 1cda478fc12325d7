// Where a text stream stands: `seek` and `tell`.
//
// A position is a number from which the decoder can be put where it was: the place in the buffer of a point at which the decoder keeps no bytes, its own
// number there, and how many bytes to decode and characters to drop from there on. Mostly all but the first are zero, and the number is the place.
//
//     bits  0-63   place in the buffer        64-95  the decoder's number      96-127  bytes to decode
//         128-159  characters to drop        160     whether the bytes are the text's last
import PythonRuntime

private struct TextPosition {
  var place = 0
  var flags = 0
  var bytes = 0
  var characters = 0
  var isEnd = false

  init(place: Int, flags: Int) {
    self.place = place
    self.flags = flags
  }

  init(_ number: Object) {
    func limb(_ i: Int) -> UInt64 { i < number.limbCount ? number.limbs[i] : 0 }
    func word(_ value: UInt64) -> Int { Int(UInt32(truncatingIfNeeded: value)) }
    place = Int(truncatingIfNeeded: limb(0))
    flags = word(limb(1))
    bytes = word(limb(1) >> 32)
    characters = word(limb(2))
    isEnd = limb(2) >> 32 & 1 != 0
  }

  var object: Object {
    let limbs: [UInt64] = [
      UInt64(truncatingIfNeeded: place),
      UInt64(UInt32(truncatingIfNeeded: flags)) | UInt64(UInt32(truncatingIfNeeded: bytes)) << 32,
      UInt64(UInt32(truncatingIfNeeded: characters)) | (isEnd ? 1 << 32 : 0),
    ]
    return limbs.withUnsafeBufferPointer { b in
      b.baseAddress.map { makeInt(limbs: $0, count: b.count, negative: false) } ?? makeInt(place)
    }
  }
}

extension TextIO {
  // MARK: - tell

  static func tell(_ t: ThreadState, _ o: Object) -> Object? {
    guard let state = state(t, o) else { return nil }
    guard state.isSeekable else {
      return Streams.unsupported(t, "underlying stream is not seekable")
    }
    guard state.canTell else {
      return t.raise(.OSError, "telling position disabled by next() call")
    }
    guard flushPending(t, o, state), let flushed = callMethod(t, o, "flush") else { return nil }
    flushed.release()
    guard let buffer = inner(t, o), let number = callMethod(t, buffer, "tell") else { return nil }
    guard let decoder = state.decoder, let snapshot = state.snapshot?.retained() else {
      return number
    }
    defer {
      number.release()
      snapshot.release()
    }
    guard let place = intValue(t, number) else { return nil }
    let (flags, piece) = (clampedIntValue(snapshot.tupleItems[0]), snapshot.tupleItems[1])
    let position = TextPosition(place: place - piece.bytesCount, flags: flags)
    guard state.used > 0 else { return position.object }
    guard let saved = decoder.state(t) else { return nil }
    defer { saved.bytes.release() }
    let found = find(t, decoder, piece, position, state.used, state.bytesPerCharacter)
    let raised = t.takeRaised()
    let restored = decoder.setState(t, saved.bytes, saved.flags)
    if raised != nil {
      if !restored { t.clearRaised() }
      t.setRaised(steal: raised)
      return nil
    }
    return restored ? found?.object : nil
  }

  /// Puts the decoder where the piece began.
  private static func begin(_ t: ThreadState, _ decoder: TextDecoder, _ position: TextPosition)
    -> Bool
  {
    if position.place == 0, position.flags == 0 { return decoder.reset(t) }
    return decoder.setState(t, core.pointee.emptyBytes, position.flags)
  }

  /// How many characters a part of the piece gives. nil: an exception is set.
  private static func count(
    _ t: ThreadState, _ decoder: TextDecoder, _ piece: Object, _ range: Range<Int>,
    isFinal: Bool = false
  ) -> Int? {
    let bytes = makeBytes(Array(piece.byteView[range]))
    defer { bytes.release() }
    guard let text = decoder.decode(t, bytes, isFinal: isFinal) else { return nil }
    defer { text.release() }
    return text.strLength
  }

  /// The position after the characters of the piece that were handed out.
  private static func find(
    _ t: ThreadState, _ decoder: TextDecoder, _ piece: Object, _ start: TextPosition, _ used: Int,
    _ bytesPerCharacter: Double
  ) -> TextPosition? {
    var position = start
    var left = used
    // A guess by the bytes that a character takes, nearer to the start until the decoder keeps nothing there.
    var guess = min(Int(bytesPerCharacter * Double(left)), piece.bytesCount)
    var step = 1
    while guess > 0 {
      guard begin(t, decoder, start), let given = count(t, decoder, piece, 0..<guess) else {
        return nil
      }
      guard given <= left else {
        guess -= step
        step *= 2
        continue
      }
      guard let (kept, flags) = decoder.state(t) else { return nil }
      defer { kept.release() }
      if kept.bytesCount == 0 {
        position.flags = flags
        left -= given
        break
      }
      guess -= kept.bytesCount
      step = 1
    }
    if guess <= 0 {
      guess = 0
      guard begin(t, decoder, start) else { return nil }
    }
    position.place += guess
    guard left > 0 else { return position }
    return walk(t, decoder, piece, position, from: guess, left)
  }

  /// Byte by byte, to the last point before the place at which the decoder keeps nothing.
  private static func walk(
    _ t: ThreadState, _ decoder: TextDecoder, _ piece: Object, _ start: TextPosition, from: Int,
    _ left: Int
  ) -> TextPosition? {
    var position = start
    var left = left
    var fed = 0
    var given = 0
    for i in from..<piece.bytesCount {
      guard let more = count(t, decoder, piece, i..<i + 1), let (kept, flags) = decoder.state(t)
      else { return nil }
      let isClean = kept.bytesCount == 0
      kept.release()
      given += more
      fed += 1
      if isClean, given <= left {
        position.place += fed
        position.flags = flags
        left -= given
        fed = 0
        given = 0
      }
      if given >= left { break }
    }
    if given < left {
      guard let more = count(t, decoder, piece, 0..<0, isFinal: true) else { return nil }
      position.isEnd = true
      guard given + more >= left else {
        t.raise(.OSError, "can't reconstruct logical file position")
        return nil
      }
    }
    position.bytes = fed
    position.characters = left
    return position
  }

  // MARK: - seek

  static func seek(_ t: ThreadState, _ o: Object, _ target: Object, _ how: Int) -> Object? {
    guard let state = state(t, o) else { return nil }
    guard state.isSeekable else {
      return Streams.unsupported(t, "underlying stream is not seekable")
    }
    var given: Object? = target.retained()
    defer { given.release() }
    switch how {
    case 0: break
    case 1:
      guard isZero(t, target) else {
        return t.hasRaised ? nil : Streams.unsupported(t, "can't do nonzero cur-relative seeks")
      }
      given.release()
      given = callMethod(t, o, "tell")
    case 2:
      guard isZero(t, target) else {
        return t.hasRaised ? nil : Streams.unsupported(t, "can't do nonzero end-relative seeks")
      }
      return seekEnd(t, o, state)
    default: return t.raise(.ValueError, "invalid whence (\(how), should be 0, 1 or 2)")
    }
    guard let given, let number = index(t, given) else { return nil }
    defer { number.release() }
    guard number.intSign >= 0 else {
      return t.raise(.ValueError, "negative seek position \(reprString(t, given) ?? "")")
    }
    guard number.limbCount < 3 || (number.limbCount == 3 && number.limbs[2] >> 40 == 0) else {
      return t.raise(.OverflowError, "int too big to convert")
    }
    return go(t, o, state, TextPosition(number)) ? given.retained() : nil
  }

  private static func isZero(_ t: ThreadState, _ o: Object) -> Bool {
    guard let number = index(t, o) else { return false }
    defer { number.release() }
    return number.intSign == 0
  }

  private static func flush(_ t: ThreadState, _ o: Object) -> Bool {
    let flushed = callMethod(t, o, "flush")
    flushed.release()
    return flushed != nil
  }

  private static func seekEnd(_ t: ThreadState, _ o: Object, _ state: TextState) -> Object? {
    guard flush(t, o) else { return nil }
    state.forgetRead()
    if let decoder = state.decoder, !decoder.reset(t) { return nil }
    let (zero, two) = (makeInt(0), makeInt(2))
    guard let buffer = inner(t, o), let place = callMethod(t, buffer, "seek", zero, two) else {
      return nil
    }
    let atStart = place.isKind(.int) && place.intSign == 0
    if let encoder = state.encoder, !encoder.restart(t, atStart: atStart) {
      place.release()
      return nil
    }
    return place
  }

  private static func go(
    _ t: ThreadState, _ o: Object, _ state: TextState, _ position: TextPosition
  ) -> Bool {
    guard flush(t, o), let buffer = inner(t, o) else { return false }
    let place = makeInt(position.place)
    defer { place.release() }
    guard let result = callMethod(t, buffer, "seek", place) else { return false }
    result.release()
    state.forgetRead()
    if let decoder = state.decoder {
      guard begin(t, decoder, position) else { return false }
      if position.characters > 0 {
        guard readAgain(t, o, state, decoder, position) else { return false }
      } else {
        state.setSnapshot(
          steal: makeTuple(stealing: makeInt(position.flags), core.pointee.emptyBytes.retained()))
      }
    }
    return state.encoder?.restart(t, atStart: position.place == 0 && position.flags == 0) ?? true
  }

  /// Decodes what lies between the point and the position.
  private static func readAgain(
    _ t: ThreadState, _ o: Object, _ state: TextState, _ decoder: TextDecoder,
    _ position: TextPosition
  ) -> Bool {
    let size = makeInt(position.bytes)
    defer { size.release() }
    guard let buffer = inner(t, o), let bytes = callMethod(t, buffer, "read", size) else {
      return false
    }
    guard bytes.isKind(.bytes) else {
      defer { bytes.release() }
      return t.fail(
        .TypeError,
        "underlying read() should have returned a bytes object, not '\(typeName(bytes))'")
    }
    state.setSnapshot(steal: makeTuple(stealing: makeInt(position.flags), bytes))
    guard let text = decoder.decode(t, bytes, isFinal: position.isEnd) else { return false }
    guard text.strLength >= position.characters else {
      text.release()
      return t.fail(.OSError, "can't restore logical file position")
    }
    state.setDecoded(steal: text)
    state.used = position.characters
    return true
  }
}
