// Operators and brackets as tokens. Brackets are kept on a stack, which tells what does not match, and when a line end
// or an f-string's colon or brace means something else.

extension Tokenizer {
  mutating func scanOperator(_ byte: UInt8) {
    let start = position
    let (kind, length) = operatorKind(byte, source[position + 1], source[position + 2])
    position += length
    switch kind {
    case .leftParen, .leftBracket, .leftBrace:
      guard openBracket(byte) else { return }
    case .rightParen, .rightBracket, .rightBrace:
      guard closeBracket(byte) else { return }
    case .colon, .colonEqual:
      // `f'{x:=5}'` is a format spec, not a named expression.
      if let fstring = fstrings.last, fstring.bracketDepth - 1 == fstring.fieldDepth {
        position = start + 1
        addToken(.colon, from: start)
        fstrings[fstrings.count - 1].isInText = true
        fstrings[fstrings.count - 1].isInFormatSpec = true
        return
      }
    case .unknown where byte < 0x20 || byte == 0x7F:
      let hex = String(byte, radix: 16, uppercase: true)
      return fail("invalid non-printable character U+" + String(repeating: "0", count: 4 - hex.utf8.count) + hex)
    default:
      break
    }
    addToken(kind, from: start)
  }

  private mutating func openBracket(_ byte: UInt8) -> Bool {
    guard brackets.count < Self.maximumBracketLevels else {
      fail("too many nested parentheses")
      return false
    }
    brackets.append(Bracket(byte: byte, line: line, column: position - 1 - lineStart))
    if !fstrings.isEmpty { fstrings[fstrings.count - 1].bracketDepth += 1 }
    return true
  }

  private mutating func closeBracket(_ byte: UInt8) -> Bool {
    let found = Character(Unicode.Scalar(byte))
    if let fstring = fstrings.last, fstring.bracketDepth == 0, byte == 0x7D {
      fail("f-string: single '}' is not allowed")
      return false
    }
    guard let open = brackets.popLast() else {
      if keepsEverything { return true }
      fail("unmatched '\(found)'")
      return false
    }
    let matches =
      (open.byte == 0x28 && byte == 0x29) || (open.byte == 0x5B && byte == 0x5D) || (open.byte == 0x7B && byte == 0x7D)
    guard matches || keepsEverything else {
      failMismatch(open, byte)
      return false
    }
    guard let fstring = fstrings.last else { return true }
    let last = fstrings.count - 1
    fstrings[last].bracketDepth -= 1
    if byte == 0x7D && fstring.bracketDepth - 1 == fstring.fieldDepth {
      // The field is over: back to the text. N.B. CPython forgets here that an outer field's format spec may go on.
      fstrings[last].fieldDepth -= 1
      fstrings[last].isInText = true
      fstrings[last].isInFormatSpec = false
    }
    return true
  }

  private mutating func failMismatch(_ open: Bracket, _ byte: UInt8) {
    let found = Character(Unicode.Scalar(byte))
    let opening = Character(Unicode.Scalar(open.byte))
    if let fstring = fstrings.last, open.byte == 0x7B, fstring.bracketDepth - 1 == fstring.fieldDepth {
      fail("f-string: unmatched '\(found)'")
    } else if open.line != line {
      fail("closing parenthesis '\(found)' does not match opening parenthesis '\(opening)' on line \(open.line)")
    } else {
      fail("closing parenthesis '\(found)' does not match opening parenthesis '\(opening)'")
    }
  }
}

/// The operator that begins with `first`, and its length; the longest one wins.
private func operatorKind(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> (TokenKind, Int) {
  let isAssign = second == 0x3D
  switch first {
  case 0x28: return (.leftParen, 1)
  case 0x29: return (.rightParen, 1)
  case 0x5B: return (.leftBracket, 1)
  case 0x5D: return (.rightBracket, 1)
  case 0x7B: return (.leftBrace, 1)
  case 0x7D: return (.rightBrace, 1)
  case 0x2C: return (.comma, 1)
  case 0x3B: return (.semicolon, 1)
  case 0x7E: return (.tilde, 1)
  case 0x3A: return isAssign ? (.colonEqual, 2) : (.colon, 1)
  case 0x2E: return second == 0x2E && third == 0x2E ? (.ellipsis, 3) : (.dot, 1)
  case 0x3D: return isAssign ? (.doubleEqual, 2) : (.equal, 1)
  case 0x21: return isAssign ? (.notEqual, 2) : (.exclamation, 1)
  case 0x2B: return isAssign ? (.plusEqual, 2) : (.plus, 1)
  case 0x25: return isAssign ? (.percentEqual, 2) : (.percent, 1)
  case 0x7C: return isAssign ? (.pipeEqual, 2) : (.pipe, 1)
  case 0x26: return isAssign ? (.ampersandEqual, 2) : (.ampersand, 1)
  case 0x5E: return isAssign ? (.caretEqual, 2) : (.caret, 1)
  case 0x40: return isAssign ? (.atEqual, 2) : (.at, 1)
  case 0x2D:
    if second == 0x3E { return (.arrow, 2) }
    return isAssign ? (.minusEqual, 2) : (.minus, 1)
  case 0x2A:
    if second == 0x2A { return third == 0x3D ? (.doubleStarEqual, 3) : (.doubleStar, 2) }
    return isAssign ? (.starEqual, 2) : (.star, 1)
  case 0x2F:
    if second == 0x2F { return third == 0x3D ? (.doubleSlashEqual, 3) : (.doubleSlash, 2) }
    return isAssign ? (.slashEqual, 2) : (.slash, 1)
  case 0x3C:
    if second == 0x3C { return third == 0x3D ? (.leftShiftEqual, 3) : (.leftShift, 2) }
    if second == 0x3E { return (.lessGreater, 2) }
    return isAssign ? (.lessEqual, 2) : (.less, 1)
  case 0x3E:
    if second == 0x3E { return third == 0x3D ? (.rightShiftEqual, 3) : (.rightShift, 2) }
    return isAssign ? (.greaterEqual, 2) : (.greater, 1)
  default: return (.unknown, 1)
  }
}
