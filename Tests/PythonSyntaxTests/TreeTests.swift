// Texts to trees, as CPython 3.13 prints them.

import PythonSyntax
import Testing

@Suite("Trees")
struct TreeTests {
  @Test("operators group by precedence, powers to the right")
  func precedence() {
    #expect(tree("-a ** -b * c") == tree("(-(a ** (-b))) * c"))
    #expect(
      tree("a or not b and c == d | e ^ f & g << h + i * j")
        == tree(
          "a or ((not b) and (c == (d | (e ^ (f & (g << (h + (i * j))))))))"))
    #expect(tree("a - b - c") == tree("(a - b) - c"))
    #expect(tree("2 ** 3 ** 4") == tree("2 ** (3 ** 4)"))
    #expect(tree("a if b else c if d else e") == tree("a if b else (c if d else e)"))
    #expect(tree("lambda: a, b") == tree("(lambda: a), b"))
    #expect(tree("await a ** b") == tree("(await a) ** b"))
  }

  @Test("a dump looks as CPython's does")
  func dump() {
    #expect(
      tree("x: int = f(a, *b, k=1, **c)[1:2]") == """
        Module(
           body=[
              AnnAssign(
                 target=Name(id='x', ctx=Store()),
                 annotation=Name(id='int', ctx=Load()),
                 value=Subscript(
                    value=Call(
                       func=Name(id='f', ctx=Load()),
                       args=[
                          Name(id='a', ctx=Load()),
                          Starred(
                             value=Name(id='b', ctx=Load()),
                             ctx=Load())],
                       keywords=[
                          keyword(
                             arg='k',
                             value=Constant(value=1)),
                          keyword(
                             value=Name(id='c', ctx=Load()))]),
                    slice=Slice(
                       lower=Constant(value=1),
                       upper=Constant(value=2)),
                    ctx=Load()),
                 simple=1)])
        """)
  }

  @Test("soft keywords are names wherever they can be")
  func softKeywords() {
    #expect(tree("match = case\ntype = _\nmatch(x)\nmatch[x]\nmatch.y\ntype(x)").hasPrefix("Module("))
    #expect(tree("match x:\n  case 1: pass").contains("MatchValue"))
    #expect(tree("match (x):\n  case [a, *_] | {'k': b, **c} if d: pass").contains("MatchMapping"))
    #expect(tree("type X[T: int, *Ts, **P] = y").contains("TypeAlias"))
    #expect(tree("match -x:\n  case -1 + 2j: pass").contains("BinOp"))
  }

  @Test("parenthesized with items are items, other parentheses are not")
  func withItems() {
    #expect(tree("with (a as b, c as d,): pass") == tree("with a as b, c as d: pass"))
    #expect(tree("with (a, b): pass") == tree("with a, b: pass"))
    #expect(tree("with (a, b) as c: pass").contains("Tuple"))
    #expect(tree("with (yield): pass").contains("Yield"))
  }

  @Test("numbers keep their value whatever their form")
  func numbers() {
    #expect(tree("0xFF_ff") == tree("65535"))
    #expect(tree("0b1_0 + 0o17 + 00") == tree("2 + 15 + 0"))
    #expect(tree("1_0.5e-3_0 + .5 + 5. + 1e5j").contains("value=1.05e-29"))
    #expect(tree("1e400").contains("value=inf"))
    #expect(tree("0x123456789abcdef0123456789abcdef").contains("value=1512366075204170929049582354406559215"))
    #expect(tree("1if 2else 3") == tree("1 if 2 else 3"))
  }

  @Test("positions count bytes and span parentheses that belong to the node")
  func positions() throws {
    #expect(
      try expressionSpans("é + (b)") == [
        "body=BinOp(", "left=Name(", "id='é',", "ctx=Load(),", "lineno=1,", "col_offset=0,", "end_lineno=1,",
        "end_col_offset=2),", "op=Add(),", "right=Name(", "id='b',", "ctx=Load(),", "lineno=1,", "col_offset=6,",
        "end_lineno=1,", "end_col_offset=7),", "lineno=1,", "col_offset=0,", "end_lineno=1,", "end_col_offset=8))",
      ])
  }

  @Test("names are compared in form NFKC")
  func names() {
    #expect(tree("ｗｉｄｔｈ = µ.ﬁ") == tree("width = \u{3BC}.fi"))
    #expect(tree("e\u{301}") == tree("\u{E9}"))
    #expect(tree("e\u{301}").utf8.elementsEqual(tree("\u{E9}").utf8))
  }

  @Test("line ends, byte order marks and encoding cookies do not change the tree")
  func encodings() throws {
    let expected = tree("x = 'é'\ny\n")
    #expect(tree("\u{FEFF}x = 'é'\r\ny\r\n") == expected)
    let latin = Array("# -*- coding: latin-1 -*-\nx = '".utf8) + [0xE9] + Array("'\ny\n".utf8)
    #expect(ASTDump.dump(try Parser.parseModule(latin, fileName: "test"), attributes: false) == expected)
    let koi = Array("# coding: koi8-r\nx = '".utf8) + [0xC1] + Array("'\n".utf8)
    #expect(
      ASTDump.dump(try Parser.parseModule(koi, fileName: "test"), attributes: false) == tree("x = '\u{430}'\n"))
  }

  @Test("a type comment belongs to its statement or parameter, and is wrong elsewhere")
  func typeComments() {
    #expect(tree("x = 1  # type: int").contains("value=Constant(value=1),\n         type_comment='int')"))
    let function = tree("def f(a,  # type: A\n  b  # type: B\n  ):\n  # type: (...) -> C\n  x = a  # type: D\n")
    for text in ["A", "B", "(...) -> C", "D"] { #expect(function.contains("type_comment='\(text)'"), "\(text)") }
    let inner = tree("def f():\n  x = a  # type: D\n")
    #expect(inner.ranges(of: "type_comment").count == 1, "a comment in the body is not the function's")
    #expect(tree("x = 1  # type: ignore[b]\n").contains("TypeIgnore(lineno=1, tag='[b]')"))
    #expect(tree("def f(*,  # type: A\n  b): pass") == "error: bare * has associated type comment")
    for text in ["pass  # type: int", "f(a,  # type: int\nb)", "# type: int\nx", "while x:  # type: int\n  y"] {
      #expect(tree(text) == "error: invalid syntax", "\(text)")
    }
  }
}
