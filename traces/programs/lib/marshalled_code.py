# Code objects through marshal: functions, closures, generators, classes, tables, and what is refused.
import io
import marshal
import types


def outer(a, b=2, *args, c=3, **kw):
    "doc"
    total = a + b

    def inner(x):
        return x + total

    try:
        return inner(c) / len(args)
    except ZeroDivisionError as e:
        return type(e).__name__
    finally:
        kw.clear()


def numbers(n):
    for i in range(n):
        yield i * 1.5, i ** 70, (1, "é", b"b", None, ..., True)


copy = marshal.loads(marshal.dumps(outer.__code__))
again = types.FunctionType(copy, globals(), "again", (2,))
again.__kwdefaults__ = {"c": 3}
print(again(1), again(1, 2, 3), copy == outer.__code__, copy.co_name, copy.co_varnames, copy.co_cellvars)
print(list(copy.co_positions()) == list(outer.__code__.co_positions()), copy.co_firstlineno == outer.__code__.co_firstlineno)
print(list(types.FunctionType(marshal.loads(marshal.dumps(numbers.__code__)), globals())(2)))
module = compile("class A:\n    x = 1\n    def m(self): return [self.x + i for i in (1, 2)]\nr = A().m()", "made", "exec")
names = {"__name__": "made"}
exec(marshal.loads(marshal.dumps(module)), names)
print(names["r"])
both = marshal.loads(marshal.dumps([outer.__code__, outer.__code__, "outer"]))
print(both[0] is both[1], both[2])
file = io.BytesIO()
marshal.dump({"code": numbers.__code__}, file)
file.seek(0)
print(marshal.load(file)["code"].co_name)
for call in (
    lambda: marshal.dumps(outer.__code__, allow_code=False),
    lambda: marshal.loads(marshal.dumps(outer.__code__), allow_code=False),
):
    try:
        call()
    except ValueError as e:
        print(e)
try:
    marshal.loads(marshal.dumps(outer.__code__)[:40])
except EOFError as e:
    print(e)
try:
    raise types.FunctionType(marshal.loads(marshal.dumps((lambda: 1 / 0).__code__)), {})()
except ZeroDivisionError as e:
    print(e, e.__traceback__.tb_next.tb_lineno)
