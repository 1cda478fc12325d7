// Texts that are no Python: messages and positions as CPython 3.13 gives them, and no crash on any text.

import PythonSyntax
import Testing

@Suite("Errors")
struct ErrorTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var text: String
    var message: String
    var line: Int
    var column: Int

    var testDescription: String { text }

    init(_ text: String, _ message: String, _ line: Int, _ column: Int) {
      (self.text, self.message, self.line, self.column) = (text, message, line, column)
    }
  }

  static let cases = [
    Case("x = = 1", "invalid syntax", 1, 5),
    Case("if x\n  y", "expected ':'", 1, 5),
    Case("s = 'abc", "unterminated string literal (detected at line 1)", 1, 5),
    Case("s = '''abc\n\n", "unterminated triple-quoted string literal (detected at line 2)", 1, 5),
    Case("f(a,\nb", "'(' was never closed", 1, 2),
    Case("x = )", "unmatched ')'", 1, 5),
    Case("x = (]", "closing parenthesis ']' does not match opening parenthesis '('", 1, 6),
    Case("f() = 1", "cannot assign to function call here. Maybe you meant '==' instead of '='?", 1, 1),
    Case("if x = 1: pass", "invalid syntax. Maybe you meant '==' or ':=' instead of '='?", 1, 4),
    Case("f(a b)", "invalid syntax. Perhaps you forgot a comma?", 1, 3),
    Case("if x:\npass", "expected an indented block after 'if' statement on line 1", 2, 1),
    Case("x\n  y", "unexpected indent", 2, 2),
    Case("if x:\n    y\n  z\n", "unindent does not match any outer indentation level", 3, 4),
    Case("if x:\n        y\n\tz\n", "inconsistent use of tabs and spaces in indentation", 3, 1),
    Case("f(a=1, b)", "positional argument follows keyword argument", 1, 9),
    Case("print 'a'", "Missing parentheses in call to 'print'. Did you mean print(...)?", 1, 1),
    Case("def f(a=1, b): pass", "parameter without a default follows parameter with a default", 1, 12),
    Case("del f()", "cannot delete function call", 1, 5),
    Case("f'{a b}'", "invalid syntax. Perhaps you forgot a comma?", 1, 4),
    Case("f'{}'", "f-string: valid expression required before '}'", 1, 4),
    Case("f'}'", "f-string: single '}' is not allowed", 1, 3),
    Case("é = 'x' 1", "invalid syntax", 1, 9),
    Case(
      "x = 0777", "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers", 1,
      5),
    Case("try:\n  x\n", "expected 'except' or 'finally' block", 2, 4),
    Case("x = 1 if 2", "expected 'else' after 'if' expression", 1, 5),
  ]

  @Test("known mistakes have their own message", arguments: cases)
  func messages(_ wanted: Case) {
    let error = failure(wanted.text)
    #expect(error?.message == wanted.message)
    #expect(error?.line == wanted.line)
    #expect(error?.column == wanted.column)
  }

  @Test("deep nesting is refused, not crashed on")
  func depth() {
    #expect(failure(String(repeating: "(", count: 201))?.message == "too many nested parentheses")
    #expect(failure(String(repeating: "-", count: 100_000) + "1")?.kind == .memory)
    #expect(failure("a" + String(repeating: ".b", count: 100_000))?.kind == .recursion)
    #expect(failure(String(repeating: "(", count: 199) + "a b" + String(repeating: ")", count: 199)) != nil)
  }

  @Test("no text cut at any byte crashes the parser")
  func truncation() {
    let text = Array(
      """
      @d
      async def f(a, /, b: int = 1, *c, d=2, **e) -> x[1:2]:
          '''é'''
          match a:
              case {'k': [1, *_], **r} | A(b, c=-1 + 2j) as z if y: pass
          return f'{a!r:>{w}} {{}}' + "\\N{BULLET}\\u1234" if (b := 1) else lambda *x: {**y, 1: 2}
      """.utf8)
    for count in 0...text.count {
      _ = try? Parser.parseModule(Array(text[..<count]), fileName: "test")
      _ = try? Parser.parseModule(Array(text[count...]), fileName: "test")
    }
    #expect((try? Parser.parseModule(text, fileName: "test")) != nil)
  }

  @Test("a prompt is told when more lines are needed")
  func incompleteInput() {
    func isIncomplete(_ text: String) -> Bool? {
      do throws(SyntaxError) {
        _ = try Parser.parseInteractive(Array(text.utf8), fileName: "test", isPrompt: true)
        return nil
      } catch {
        return error.isIncompleteInput
      }
    }
    #expect(isIncomplete("x = 1\n") == nil)
    #expect(isIncomplete("if x:\n  y\n\n") == nil)
    for text in ["if x:\n", "if x:\n  y\n", "f(\n", "x = '''a\n", "@d\n", "x = \\\n", "try:\n  x\n"] {
      #expect(isIncomplete(text) == true, "\(text)")
    }
    for text in ["x = = 1\n", "x = 'a\n", "x = 1\ny = 2\n", "if x:\ny\n"] {
      #expect(isIncomplete(text) == false, "\(text)")
    }
  }
}
