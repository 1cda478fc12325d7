# sys.getsizeof of iterators, functions, locks, exceptions and streams.
import array
import collections
import contextvars
import functools
import io
import itertools
import operator
import re
import struct
import sys
import threading
import types
import warnings
import weakref


def f():
    yield


def locals_of(a, b, c):
    yield [a, b, c, (a, b, c)]


many = [
    iter([]), iter(()), iter("a"), iter({}), iter({}.items()), iter(set()), iter(range(3)), reversed([]), reversed({}), reversed(()),
    enumerate([]), zip(), map(int, []), filter(None, []), iter(int, 1), f(), locals_of(1, 2, 3), itertools.count(), itertools.cycle([]),
    itertools.repeat(1), itertools.chain(), itertools.islice([], 1), itertools.accumulate([]), itertools.compress([], []),
    itertools.dropwhile(bool, []), itertools.takewhile(bool, []), itertools.starmap(int, []), itertools.zip_longest([], []),
    itertools.pairwise([]), itertools.batched([], 1), itertools.filterfalse(None, []), itertools.groupby([]),
    iter(collections.deque()), iter(collections.OrderedDict()), functools.partial(int), threading.Lock(), threading.RLock(),
    operator.itemgetter(1), operator.methodcaller("a"), contextvars.ContextVar("a"), contextvars.Context(), f, [].append, list.append,
    list.__add__, [].__add__, type.__dict__["__dict__"], sys, list[int], int | str, io.BytesIO(), io.StringIO(), ValueError(), OSError(1, "a"),
    KeyError(), SyntaxError(), ImportError(), StopIteration(), AttributeError(), UnicodeDecodeError("a", b"", 0, 0, ""), types.SimpleNamespace(),
]
for o in many:
    print(type(o).__name__, sys.getsizeof(o))


# Where the size depends on what the object holds, or on what was done to it.
def sizes(label, objects):
    print(label, *(sys.getsizeof(o) for o in objects))


sizes("deques", [collections.deque(range(n)) for n in (0, 1, 2, 63, 64, 65, 127, 128, 1000)] + [collections.deque(range(100), 3), collections.deque(maxlen=0)])


def changed(container, *steps):
    """The size after each step, each repeated."""
    result = []
    for times, step in steps:
        for i in range(times):
            step(container, i)
        result.append(sys.getsizeof(container))
    return result


Deque = collections.deque
print(changed(Deque(), (31, Deque.append), (40, Deque.append), (70, Deque.appendleft), (5, Deque.rotate), (60, lambda d, i: d.popleft()), (70, lambda d, i: d.pop())))
print(changed(Deque("ab"), (40, lambda d, i: d.extendleft("cd")), (9, lambda d, i: d.rotate(-7)), (30, lambda d, i: d.insert(i, i)), (30, lambda d, i: d.insert(-i, i))))
print(changed(Deque(range(200)), (20, lambda d, i: d.__delitem__(5 * i)), (1, lambda d, i: d.reverse()), (99, lambda d, i: d.remove(d[3])), (1, lambda d, i: d.clear()), (33, Deque.append)))
print(changed(Deque([1]), (3, lambda d, i: d.__imul__(4)), (1, lambda d, i: d.__iadd__(d)), (100, lambda d, i: d.pop()), (1, Deque.appendleft)))
print(changed(Deque("abc", 5), (3, lambda d, i: d.__imul__(40)), (30, Deque.append), (40, lambda d, i: d.__imul__(2))))
sizes("copies", [Deque([1]).copy(), Deque(range(64)).copy(), Deque(range(63)) + Deque([1]), Deque("ab") * 40])
for code in "bBhHiIlLqQfdw":
    a = array.array(code, "abc" if code == "w" else [1, 2, 3])
    item = a[0]
    print(code, changed(a, (1, lambda a, i: a.append(item)), (9, lambda a, i: a.append(item)), (3, lambda a, i: a.pop()), (1, lambda a, i: a.extend(a)), (1, lambda a, i: a.__delitem__(slice(5, None))), (9, lambda a, i: a.insert(0, item))))
sizes("arrays", [array.array("i"), array.array("i", b"12345678"), array.array("d", (x for x in range(10))), array.array("h", (1, 2)), array.array("h", [1] * 40)[3:30], array.array("h", [1, 2]) * 9])
a = array.array("i", range(100))
print(changed(a, (1, lambda a, i: a.fromlist([1] * 30)), (1, lambda a, i: a.frombytes(b"abcd")), (1, lambda a, i: a.__delitem__(slice(None, None, 2))), (1, lambda a, i: a.__imul__(3)), (1, lambda a, i: a.__setitem__(slice(3, 9), a)), (1, lambda a, i: a.__delitem__(slice(None)))))
patterns = ["", "a", "abc", "a+", "[a-z]+", "(a)(b)", "(?P<x>a)(?P<y>b)", r"\d+\s*\w", "a|b|c", "(a|b)*c", "(?i)[é-ü]x", r"([a-z]+)\1", "(?>a+)b", "(a)?(?(1)b|c)"]
sizes("patterns", [re.compile(p) for p in patterns] + [re.compile(b"abc[0-9]")])
sizes("matches", [re.match(p, "ab") for p in ("a", "(a)", "(a)(b)?", "((((a))))")] + [re.compile("a").scanner("a"), re.finditer("a", "a")])
sizes("structs", [struct.Struct(f) for f in ("", "i", "ii", "hhl", "10s", "3i", "x", "ixi", "<ihb", "5p", "10c", "0i", "0s", "2x3h")])
tools = [itertools.product(), itertools.product([1, 2], [3]), itertools.permutations([1, 2, 3]), itertools.permutations("abcd", 2), itertools.combinations("abc", 2)]
sizes("tools", tools + [itertools.combinations([], 0), itertools.combinations_with_replacement("ab", 3), next(itertools.groupby([1]))[1], itertools.tee([1])[0]])
view = memoryview(bytes(24))
sizes("views", [view, view[1:], view.cast("i", [6]), view.cast("b", [3, 8]), view.cast("b", [2, 3, 4])])


class Slotted:
    __slots__ = ("a", "b")


class Bare:
    __slots__ = ()


class Error(Exception):
    pass


class FileError(OSError):
    __slots__ = ("a",)


def subclass(base, **members):
    return type(base)("Sub", (base,), members)


sizes("instances", [Slotted(), Bare(), Error(), FileError(), ExceptionGroup("a", [Error()]), BaseExceptionGroup("a", [KeyboardInterrupt()])])
bases = (int, str, bytes, tuple, list, dict, set, float, complex, Deque, collections.defaultdict, collections.OrderedDict)
sizes("subclasses", [subclass(b)() for b in bases])
sizes("slots=()", [subclass(b, __slots__=())() for b in bases])
sizes("with content", [subclass(str)("abc"), subclass(str)("é"), subclass(str)("\u1234"), subclass(int)(10**30), subclass(tuple)("abc"), subclass(Deque)(range(99))])
sizes("dicts", [collections.defaultdict(int), collections.defaultdict(int, a=1), collections.Counter("abcabc"), collections.OrderedDict(a=1), collections.OrderedDict.fromkeys(range(9))])
sizes("wrappers", [functools.lru_cache(len), functools.cache(len), property(), classmethod(len), staticmethod(len), weakref.ref(f), weakref.proxy(f), slice(1), dict.__dict__["fromkeys"]])


def frames(a, b=2, *c, d=3, **e):
    x = lambda: a
    return [sys._getframe(), [a, b, (c, d, e)]]


async def waiting(a):
    async with a as b:
        await b


async def giving():
    yield


def short():
    pass


codes = [frames.__code__, locals_of.__code__, waiting.__code__, giving.__code__, short.__code__, changed.__code__, subclass.__code__, re.compile.__code__, re._compile.__code__]
sizes("codes", codes)
sizes("frames", [frames(1)[0], frames(1, 2)[0]])
warnings.simplefilter("ignore")
g = giving()
waits = waiting(1)
sizes("asynchronous", [waits, g, g.asend(None), g.athrow(ValueError), g.aclose()])
waits.close()
sizes("classes", [int, type, object, Slotted, Bare, Error, subclass(list), subclass(int), subclass(tuple), subclass(dict), subclass(tuple, __slots__=())])
