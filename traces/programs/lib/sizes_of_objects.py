# sys.getsizeof of iterators, functions, locks, exceptions and streams.
import collections
import contextvars
import functools
import io
import itertools
import operator
import sys
import threading
import types


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
