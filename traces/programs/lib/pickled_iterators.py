# Iterators and slotted objects are pickled by what is left of them; what has hidden state is refused.
import collections
import copy
import functools
import operator
import pickle


def makers():
    yield lambda: iter([1, 2, 3])
    yield lambda: iter((1, 2, 3))
    yield lambda: iter("abc")
    yield lambda: iter(range(0, 10, 3))
    yield lambda: iter({1: 2, 3: 4}.items())
    yield lambda: enumerate("abc", 5)
    yield lambda: reversed([1, 2, 3])
    yield lambda: reversed("abc")
    yield lambda: zip([1, 2], [3, 4])
    yield lambda: map(str, [1, 2])
    yield lambda: filter(None, [0, 1, 2])


for maker in makers():
    iterator = maker()
    next(iterator)
    for protocol in 0, 2, 5:
        twin = pickle.loads(pickle.dumps(iterator, protocol))
        print(type(twin).__name__, list(twin), end=" ")
    print(list(iterator), list(copy.copy(maker())))


class Point:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y


class Named(Point):
    def __init__(self, x, y, name):
        super().__init__(x, y)
        self.name = name


class Number(int):
    def __new__(cls, value, *, unit):
        self = super().__new__(cls, value)
        self.unit = unit
        return self

    def __getnewargs_ex__(self):
        return (int(self),), {"unit": self.unit}


named = copy.copy(Named(1, 2, "n"))
print(named.x, named.y, named.name, named.__getstate__(), Point(1, 2).__getstate__())
number = pickle.loads(pickle.dumps(Number(3, unit="m")))
print(number, number.unit, type(number).__name__)
for whole in collections.deque([1, 2], 3), collections.defaultdict(int, {1: 2}), functools.partial(int, base=2), operator.methodcaller("x", 1, k=2):
    print(copy.copy(whole), pickle.loads(pickle.dumps(whole)))
print(pickle.loads(pickle.dumps([len, str.join, "x".upper, dict.fromkeys, [].__len__], 4))[2]())


def generator():
    yield


for odd in generator(), len.__class__, object():
    for protocol in 0, 2:
        try:
            print(type(odd.__reduce_ex__(protocol)[0]).__name__)
        except TypeError as e:
            print(e)
try:
    pickle.dumps(Point(1, 2), 0)
except TypeError as e:
    print(e)
print(pickle.loads(pickle.dumps("é\\u0041\u4e2d\U0001f600\n", 0)) == "é\\u0041\u4e2d\U0001f600\n")
