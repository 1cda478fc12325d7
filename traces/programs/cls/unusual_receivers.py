# What a class may not do to its instances' memory, and code that changes what is being looked at.
import abc
import gc
import weakref


def attempt(what, *arguments):
    try:
        print(what(*arguments))
    except (TypeError, RecursionError, NameError, AttributeError) as e:
        print(type(e).__name__, e)


def generator():
    yield


for o in generator(), iter([]), len, {}.keys(), generator, NotImplemented:
    attempt(object.__new__, type(o))
attempt(type(generator()))
attempt(type(iter([])))
attempt(type.__getattribute__, list, 1)
attempt(object.__setattr__, str, "x", 1)


class Callable:
    pass


Callable.__call__ = Callable()
attempt(Callable())


class Key(str):
    def __hash__(self):
        state.clear()
        return super().__hash__()


state = {}
state[Key("name")] = [1]
exception = Exception()
exception.__setstate__(state)
gc.collect()
print(exception.__dict__)


class Bogus(metaclass=abc.ABCMeta):
    __subclasses__ = lambda: 42


attempt(issubclass, int, Bogus)


def inside():
    class Body:
        __class__ = 2
        found = [__class__ for _ in "x"]


attempt(inside)


class Sub(super):
    pass


class Base:
    def who(self):
        return "base"


class Derived(Base):
    def who(self):
        return type(self.up).__name__, self.up.who()


Derived.up = Sub(Derived)
print(Derived().who())


def throwing():
    try:
        raise KeyError("inner")
    except KeyError:
        yield


g = throwing()
next(g)
try:
    g.throw(ValueError)
except ValueError as e:
    print(repr(e.__context__))


class Group(ExceptionGroup):
    pass


match, rest = Group("g", [ValueError(1), Group("h", [TypeError(2)])]).split(TypeError)
print(repr(match), repr(rest))


class Number:
    def __init__(self):
        self.value = 42

    def __ifloordiv__(self, other):
        return self.value // other

    def __reversed__(self):
        return iter("cba")


number = Number()
proxy = weakref.proxy(number)
print(list(reversed(proxy)))
proxy //= 2
print(proxy)
try:
    int.__add__.__reduce__()[0](int, "__add__")
except TypeError as e:
    print(e)
print([].append.__reduce__(), str.maketrans.__qualname__, dict.fromkeys.__reduce__()[1], len.__reduce__())
