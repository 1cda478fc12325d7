# compile() of trees that a program made or changed, and what is refused; code.replace.
import ast


def attempt(tree, mode="exec"):
    try:
        return type(compile(tree, "<tree>", mode)).__name__
    except BaseException as e:
        return type(e).__name__, str(e)


SOURCE = '''
import os as system
from math import sqrt, pi
def deco(f): return f
@deco
def f(a, /, b=2, *c, d: int = 4, **e) -> float:
    "doc"
    global seen
    seen = lambda x, y=1: x + y
    try:
        with open(system.devnull) as g, open(system.devnull): pass
        for i in range(3):
            if i == 1: continue
            elif i > 1: break
            else: b += i
        else: b = -1
        while b < 10: b *= 2
        assert b, "message"
        del i
    except (ValueError, OSError) as error: raise RuntimeError("no") from error
    except* TypeError: pass
    finally: b -= 1
    return f"{a!r:>{b}} {sqrt(4):.1f}", [*c], {**e, "d": d}, {x for x in c if x}, {k: v for k, v in e.items()}
'''.replace("    except* TypeError: pass\n", "") + '''
class C[T](metaclass=type):
    x: int = 1
    def gen(self):
        y = yield self.x
        yield from [y, not y, y if y else -1, 3 < 4 <= 5, ...]
    async def co(self): return [z async for z in self] if (w := 0) else await self
type Alias[U] = list[U]
def match_it(v):
    match v:
        case 0 | 1.5 | -2: return "number"
        case None | True: return "constant"
        case [a, *rest] if rest: return a, rest
        case {"k": k, **others}: return k, others
        case str(s) | bytes(s): return "text", s
        case C(x=1): return "C"
        case _: return "other"
out = [f("q", 3, 5, 6, d=7, z=8), list(C().gen()), [match_it(v) for v in (0, -2, None, [1, 2], {"k": 1, "m": 2}, C(), 9)],
       seen(1), 10**20, 2j, b"by", (1, 2)[0:1], Alias.__name__]
'''


class Doubler(ast.NodeTransformer):
    def visit_Constant(self, node):
        return ast.copy_location(ast.Constant(node.value * 2), node) if type(node.value) is int and node.value < 100 else node


tree = ast.parse(SOURCE)
plain, again, doubled = {}, {}, {}
exec(compile(SOURCE, "<text>", "exec"), plain)
exec(compile(tree, "<tree>", "exec"), again)
print(plain["out"][:1] + plain["out"][1:2] + plain["out"][3:])
print([a for a, b in zip(plain["out"], again["out"]) if a != b])
exec(compile(ast.fix_missing_locations(Doubler().visit(ast.parse("x = 1 + 20\ny = [2] * 3"))), "<tree>", "exec"), doubled)
print(doubled["x"], doubled["y"])
M = lambda *body: ast.fix_missing_locations(ast.Module(list(body), []))
pair = [ast.Lambda(ast.arguments([], [], None, [], [], None, []), ast.Constant(n)) for n in (1, 2)]
tree = M(ast.Assign([ast.Name("both", ast.Store())], ast.Tuple(pair, ast.Load())))
space = {}
exec(compile(tree, "<tree>", "exec"), space)
print([f() for f in space["both"]])
for value in (-5, 10**25, -0.5, 3 + 4j, -1j, (1, (2, "x")), b"\xff", "\ud800", True, None, ...):
    print(ascii(eval(compile(ast.fix_missing_locations(ast.Expression(ast.Constant(value))), "<tree>", "eval"))))
print(attempt(ast.Expression(ast.Constant(1))), attempt(M(), "eval"), attempt(M(), "single"), attempt(ast.Module([ast.Pass()], [])))
for statement in [
    ast.Expr(ast.Name("x", ast.Store())), ast.Assign([ast.Name("x", ast.Load())], ast.Constant(1)), ast.If(ast.Constant(1), [], []),
    ast.Expr(ast.Constant([])), ast.FunctionDef("f", ast.arguments([], [], None, [], [], None, []), [], []), ast.Global([]),
    ast.Expr(ast.Name("None", ast.Load())), ast.Expr(ast.BoolOp(ast.And(), [ast.Constant(1)])), ast.Try([ast.Pass()], [], [], []),
    ast.Expr(ast.Compare(ast.Constant(1), [ast.Lt()], [])), ast.Expr(ast.Dict([ast.Constant(1)], [])), ast.Raise(None, ast.Constant(1)),
    ast.For(ast.Constant(1), ast.Constant(1), [ast.Pass()], []), ast.Delete([]), ast.Return(ast.Constant(1)),
]:
    print(attempt(M(statement)))
print(attempt(5), attempt(M(ast.Expr(5))), attempt(ast.Module([ast.Pass(lineno=5, col_offset=3, end_lineno=4, end_col_offset=0)], [])))


def original(a, b=1):
    return a, b, "constant"


code = original.__code__
other = code.replace(co_name="renamed", co_consts=tuple("changed" if c == "constant" else c for c in code.co_consts), co_filename="elsewhere.py")
copy = type(original)(other, globals(), "copy", (5,))
print(copy(1), other.co_name, other.co_filename, code.replace() == code, code.replace(co_firstlineno=9) == code)
