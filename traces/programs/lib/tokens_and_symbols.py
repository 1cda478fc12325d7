# tokenize, symtable and tabnanny on small texts: every kind of token, scopes and flags, what is no Python.
import contextlib
import io
import os
import symtable
import tabnanny
import tempfile
import tokenize

TEXTS = [
    "", "x", "# c", "x # c\n", "if a:\n  b # c\n\n  # d\nc\n", "a = (1,\n  # c\n\n 2)\n", 'f"a{b!r:>{w}}c{{}}" # x\n',
    "f'''a\nb{c}\n'''\n", "x = 1 + \\\n  2\n", '"abc\n', "(", ")", "a $ b ? !\n", "if a:\n   b\n  c\n", "x = 0x\n", "012\n", 'é = "ü"\n',
    "a\r\nb\r\n", "f'{a:{b}c}d'", "x = 1\n  ", 'rb"x" Rf"{a}"\n', "if a:\n  b", "2sin(x)\n", "a <> b ... -> := **=\n",
]
for text in TEXTS:
    print(repr(text))
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            print("  ", tokenize.tok_name[token.type], repr(token.string), token.start, token.end, repr(token.line))
    except (tokenize.TokenError, SyntaxError) as e:
        print("  !", type(e).__name__, e.args[0])
source = "def f(a, *b, c: int = 1):\n    return [a + d for d in b]\n"
tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
print(tokenize.untokenize(tokens) == source, [t.string for t in tokenize.tokenize(io.BytesIO(source.encode()).readline)][:4])


def show(table, depth=0):
    print("  " * depth + f"{table.get_type()} {table.get_name()} line {table.get_lineno()} nested {table.is_nested()}")
    for symbol in sorted(table.get_symbols(), key=lambda s: s.get_name()):
        flags = [n for n in dir(symbol) if n.startswith("is_") and getattr(symbol, n)()]
        print("  " * depth + "  ", symbol.get_name(), *flags)
    for child in table.get_children():
        show(child, depth + 1)


show(symtable.symtable(
    "import os\nx: int = [y for y in z]\ndef f[T](a, *b, c=lambda q: q, **k):\n  global g\n  def h():\n    nonlocal a\n"
    "    return a, x\n  return (i for i in b)\nclass C(f):\n  def m(self): return __class__\n", "text", "exec"))
for text, kind in [("def f(:", "exec"), ("x", "what"), ("def f():\n nonlocal q", "exec")]:
    try:
        symtable.symtable(text, "text", kind)
    except (SyntaxError, ValueError) as e:
        print(type(e).__name__, e)
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "mixed.py")
    with open(path, "w") as f:
        f.write("if 1:\n        a = 1\n\tb = 2\n")
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        tabnanny.check(path)
    print(out.getvalue().replace(folder, ""))
# Lines are asked for when a token needs them.
asked = 0


def lines():
    global asked
    for line in ["def f():\n", "    '''a\n", "    b'''\n", "\n", "    return (1,\n", "  2)\n", "# end\n"]:
        asked += 1
        yield line


print([(asked, tokenize.tok_name[t.type], t.string) for t in tokenize.generate_tokens(lines().__next__)])
