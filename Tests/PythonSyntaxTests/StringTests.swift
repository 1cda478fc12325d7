// String literals: escapes, concatenation, f-strings.

import PythonSyntax
import Testing

@Suite("Strings")
struct StringTests {
  /// The value of a text that is one string literal.
  private func value(_ text: String) -> [UInt8]? {
    guard let root = try? Parser.parseExpression(Array(text.utf8), fileName: "test"),
      case .constant(let constant, _) = root.body.kind
    else { return nil }
    switch constant {
    case .string(let bytes), .bytes(let bytes): return bytes
    default: return nil
    }
  }

  @Test("escapes become characters, unknown ones stay")
  func escapes() {
    #expect(
      value(#"'\a\b\f\n\r\t\v\\\'\"\101\x41\u0041\U00000041'"#) == Array("\u{7}\u{8}\u{C}\n\r\t\u{B}\\'\"AAAA".utf8))
    #expect(value(#"'\N{bullet}\N{LATIN SMALL LETTER A}'"#) == Array("•a".utf8))
    #expect(value(#"'\d'"#) == Array(#"\d"#.utf8))
    #expect(value(#"r'\n'"#) == Array(#"\n"#.utf8))
    #expect(value("'a\\\nb'") == Array("ab".utf8))
    #expect(value(#"'\ud800'"#) == [0xED, 0xA0, 0x80])
    #expect(value(#"b'\xff\377\u0041'"#) == [0xFF, 0xFF] + Array(#"\u0041"#.utf8))
  }

  @Test("adjacent literals are one")
  func concatenation() {
    #expect(value("'a' \"b\" '''c'''") == Array("abc".utf8))
    #expect(tree("u'a' 'b'").contains("kind='u'"))
    #expect(tree("'a' f'{b}' 'c'") == tree("f'a{b}c'"))
    #expect(tree("'a' b'b'") == "error: cannot mix bytes and nonbytes literals")
  }

  @Test("f-strings nest, and their fields hold any expression")
  func fstrings() {
    #expect(tree("f'{a!r:>{w}.{p}}'").contains("conversion=114"))
    #expect(tree("f'{x = }'").contains("value='x = '"))
    #expect(tree("f'{{}}{ {1: 2}[1] }'").contains("value='{}'"))
    #expect(tree("f'{'a' + f'{'b'}'}'").contains("JoinedStr"))
    #expect(tree("f'{x:=5}'").contains("value='=5'"))
    #expect(tree("f'{(lambda x: x)(1)}'").contains("Lambda"))
    #expect(tree("f'''{\na  # comment\n}'''").contains("FormattedValue"))
    #expect(tree(#"rf'\{x}\N'"#).contains(#"value='\\'"#))
  }

  @Test("doubtful escapes are warned about once")
  func warnings() throws {
    let module = try Parser.parseModule(Array("x = 1\ny = '\\d\\e'\nz = 1or 2\n".utf8), fileName: "test")
    #expect(
      module.warnings == [
        SyntaxWarning(message: #"invalid escape sequence '\d'"#, line: 2),
        SyntaxWarning(message: "invalid decimal literal", line: 3),
      ])
  }
}
