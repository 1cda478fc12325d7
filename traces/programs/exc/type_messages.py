# What the operations of the language say of operands that have no such operation: native types are named with their module, classes by their name.
import array
import collections
import re
import sys
import types
import typing

T = typing.TypeVar("T")
U = typing.TypeVar("U")


class A:
    pass


class S:
    def __getitem__(self, i):
        if isinstance(i, int) and i > 3:
            raise IndexError
        return 1


objects = [None, "a", (1,), {1}, A(), S(), A, len, lambda: 0, (x for x in []), slice(1), 1j, type, collections.deque([1]),
           types.MappingProxyType({1: 1}), array.array("b", [1]), {}.keys(), Ellipsis, list[int], int | str]

operations = {
    "del": lambda o: o.__class__ and exec("del o[0]",{"o": o}),
    "set": lambda o: exec("o[0]=1",{"o": o}),
    "get": lambda o: exec("o[5]",{"o": o}),
    "getslice": lambda o: exec("o[1:2]",{"o": o}),
    "setslice": lambda o: exec("o[0:0]=[1]",{"o": o}),
    "delslice": lambda o: exec("del o[0:0]",{"o": o}),
    "getstr": lambda o: exec("o['k']",{"o": o}),
    "call": lambda o: o(1,2,3,4,zz=1) if o not in (len,) else None,
    "len": lambda o: len(o),
    "iter": lambda o: iter(o),
    "next": lambda o: next(o),
    "neg": lambda o: -o,
    "inv": lambda o: ~o,
    "pos": lambda o: +o,
    "abs": lambda o: abs(o),
    "int": lambda o: int(o),
    "float": lambda o: float(o),
    "index": lambda o: [1][o],
    "hash": lambda o: hash(o) and None,
    "add": lambda o: o+A(),
    "radd": lambda o: A()+o,
    "iadd": lambda o: exec("o+=q",{"o": o, "q":A()}),
    "mul": lambda o: o*"a",
    "mod": lambda o: o%A() ,
    "pow": lambda o: pow(o,A(),3),
    "lt": lambda o: o<A(),
    "in": lambda o: A() in o,
    "attr": lambda o: o.nope,
    "setattr": lambda o: exec("o.nope=1",{"o": o}),
    "delattr": lambda o: exec("del o.nope2",{"o": o}),
    "with": lambda o: exec("with o: pass",{"o": o}),
    "awith": lambda o: exec("async def f():\n async with o: pass\nf().send(None)",{"o": o}),
    "afor": lambda o: exec("async def f():\n async for x in o: pass\nf().send(None)",{"o": o}),
    "await": lambda o: exec("async def f():\n await o\nf().send(None)",{"o": o}),
    "unpack": lambda o: exec("a,b,c,d=o",{"o": o}),
    "star": lambda o: exec("f(*o)",{"o": o, "f":lambda *a:0}),
    "dstar": lambda o: exec("f(**o)",{"o": o, "f":lambda *a:0}),
    "raise": lambda o: exec("raise o",{"o": o}),
    "from": lambda o: exec("raise KeyError from o",{"o": o}) if o is not None else None,
    "isinst": lambda o: isinstance(1,o),
    "issub": lambda o: issubclass(int,o),
    "base": lambda o: type("X",(o,),{}),
    "join": lambda o: "".join(o),
    "bytes": lambda o: bytes(o),
    "fmt": lambda o: format(o,"q"),
    "pct": lambda o: "%d"%o,
    "pctc": lambda o: "%c"%o,
    "round": lambda o: round(o),
    "divmod": lambda o: divmod(o,A()),
    "matmul": lambda o: o@o,
    "shift": lambda o: o<<"a",
    "rev": lambda o: reversed(o),
    "sum": lambda o: sum(o,A()),
    "dict": lambda o: dict(o),
    "set_": lambda o: set(o),
    "range": lambda o: range(o),
    "chr": lambda o: chr(o),
    "ord": lambda o: ord(o),
    "super": lambda o: super(o,1),
    "getattr": lambda o: getattr(1,o),
    "vars": lambda o: vars(o) and None,
    "max": lambda o: max(o),
    "sorted": lambda o: sorted(o,key=1),
    "enumerate": lambda o: list(enumerate([1],o)),
    "str": lambda o: str(o,"ascii"),
}


def shown(value):
    return re.sub(r"0x[0-9a-f]+", "0x", str(value))


for name, operation in operations.items():
    for o in objects:
        try:
            operation(o)
            result = "ok"
        except BaseException as e:
            result = f"{type(e).__name__}: {shown(e)}"
        print(name, shown(repr(o))[:40], "->", result[:200])

for code in ("collections.deque.append(3, 4)", "collections.deque(1, 2, 3)", "array.array.tolist([])", "collections.deque([1]).nope", "open(3.5)", "open([])",
             "int(bytearray(b'x'))", "int(b'x')", "pow(1j, 2, 3)", "list[int][str]", "(int | str)[int]", "list[T][()]", "dict[T, U][int]", "(list[T] | None)[int, int]"):
    try:
        eval(code)
    except Exception as e:
        print(code, "->", type(e).__name__, e)

print((list[T] | int)[str], (list[T] | dict[U, T] | None)[int, str], (list[T] | list[int])[int], (list[T] | int).__parameters__)
