# What modules walk over, changed by the code that they call meanwhile.
import codecs
import functools
import itertools
import operator
import re
import types


def fill():
    return [bytearray(40) for _ in range(30)], [str(i) * 3 for i in range(30)]


class Clears:
    """A value whose repr empties its owner."""

    def __init__(self, owner):
        self.owner = owner

    def __repr__(self):
        self.owner.clear()
        fill()
        return "clears"


space = types.SimpleNamespace()
for i in range(3):
    space.__dict__["name" + str(i) * 4] = Clears(space.__dict__)
print(repr(space), vars(space))


class Number(int):
    """A key whose hash empties the dict that it comes from."""

    def __hash__(self):
        source.clear()
        fill()
        return 7


source = {}
for i in range(3):
    dict.__setitem__(source, Number(i), "value" + str(i) * 3)
print(len(str.maketrans(source)))


def forgets(name):
    if name.startswith("forgetful"):
        for f in (forgets, finds):
            codecs.unregister(f)
        fill()
    return None


def finds(name):
    return None


codecs.register(forgets)
codecs.register(finds)
try:
    "x".encode("forgetful")
except LookupError as e:
    print(e)

# A match is cut from what is left of a bytearray.
subject = bytearray(b"aaaa bbbb" * 100)
match = re.match(rb"(a+) (b+)", subject)
del subject[6:]
print(match.group(), match.group(2), match.span(2))
subject.clear()
fill()
print(match.group(), match.groups())


def shrink(match):
    try:
        subject.clear()
    except BufferError as e:
        return type(e).__name__.encode()
    return b"?"


subject = bytearray(b"a-b")
print(re.sub(rb"\w", shrink, subject), subject)
subject.clear()
print(subject)


class Partial(functools.partial):
    pass


def replaces(*args):
    f.__setstate__((print, (), {}, {}))
    fill()
    return args


f = Partial(replaces, [1], [2])
print(f([3]))

total = itertools.accumulate([10**20, 10**21, 10**22], lambda a, b: (next(total, None), fill(), a + b)[2])
print(list(total))


class Advances:
    def __iter__(self):
        return self

    def __next__(self):
        global depth
        depth += 1
        if depth in (2, 4):
            next(numbered)
        if depth > 6:
            raise StopIteration
        return depth


depth = 0
numbered = enumerate(Advances(), 10**30)
print(list(numbered))


caller = operator.methodcaller("f", Clears([1]), key=Clears([2]))
print(repr(caller))
