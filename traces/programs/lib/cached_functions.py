# functools.lru_cache and cache: what is kept, what goes, what a key is, and what the wrapper is.
import copy
import functools
import gc
import inspect
import pickle
import sys
import threading
import weakref


@functools.lru_cache(maxsize=3)
def square(x):
    """Squares."""
    print("computing", x)
    return x * x


for n in (1, 2, 3, 1, 4, 2, 1, 3, 4, 4, 1):
    print(n, square(n), square.cache_info())
square.cache_clear()
print(square.cache_info(), square.cache_parameters(), square.__name__, square.__doc__, square.__wrapped__(5))
print(type(square).__name__, type(square).__module__, callable(square), inspect.signature(square), sys.getsizeof(square))
print(copy.copy(square) is square, copy.deepcopy(square) is square, pickle.loads(pickle.dumps(square)) is square)
print(sorted(k for k in vars(square)), square.__reduce__())


@functools.cache
def key(*args, **kwargs):
    return object()


print(key(1) is key(1.0), key(1) is key(True), key("a") is key("a"), key(a=1, b=2) is key(b=2, a=1), key(1, 2) is key((1, 2)), key() is key())
print(key.cache_info())


@functools.lru_cache(maxsize=None, typed=True)
def typed(x, y=0):
    return type(x).__name__


print(typed(1), typed(1.0), typed(True), typed(1, y=1), typed(1, y=1.0), typed.cache_info())


@functools.lru_cache(0)
def never(x):
    return x


print(never(1), never(1), never.cache_info())
for wrong in (lambda: square([]), lambda: square(), lambda: functools.lru_cache("a"), lambda: functools.lru_cache(maxsize=1.5)(len)):
    try:
        wrong()
    except TypeError as e:
        print("TypeError", e)
print(functools.lru_cache(-5)(len).cache_parameters(), functools.lru_cache(len)([1, 2]) if False else functools.lru_cache(len)("ab"))


# How often keys are hashed and compared.
class Key:
    def __init__(self, name):
        self.name = name

    def __hash__(self):
        print("hash", self.name, end="; ")
        return ord(self.name[0])

    def __eq__(self, other):
        print(self.name, "==", other.name, end="; ")
        return self.name[0] == other.name[0]


@functools.lru_cache(2)
def named(key):
    return key.name


for name in ("a1", "a2", "b1", "c1", "a3", "b2", "b3"):
    print(named(Key(name)), named.cache_info())


# Methods, recursion, exceptions, threads.
class Owner:
    @functools.lru_cache
    def double(self, x):
        return 2 * x

    @staticmethod
    @functools.cache
    def triple(x):
        return 3 * x


o = Owner()
print(o.double(2), o.double(2), Owner.double.cache_info(), o.triple(3), Owner.triple(3), Owner.triple.cache_info(), Owner.double(o, 2))
print(o.double.__func__ is Owner.double, o.double.__self__ is o)


@functools.cache
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


print(fibonacci(300), fibonacci.cache_info())


@functools.lru_cache(1)
def failing(x):
    if x:
        raise ValueError(x)
    return x


for x in (1, 0, 1, 0):
    try:
        print(failing(x), end=" ")
    except ValueError as e:
        print(repr(e), len(inspect.trace()), end=" ")
print(failing.cache_info())


@functools.lru_cache(2)
def again(x):
    if x > 0:
        again(x - 1)
    return x


again(4)
print(again.cache_info(), [again(i) for i in range(5)], again.cache_info())
threads = [threading.Thread(target=lambda: [square.__wrapped__ and fibonacci(i) for i in range(50)]) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(fibonacci.cache_info().misses)


# What is kept lives; cycles through a cache go.
class Thing:
    pass


@functools.lru_cache(1)
def thing(n):
    return Thing()


refs = [weakref.ref(thing(i)) for i in range(3)]
print([r() is None for r in refs])
thing.cache_clear()
print([r() is None for r in refs])


def cycle():
    @functools.cache
    def inner(x):
        return inner

    inner(1)
    return weakref.ref(inner)


r = cycle()
gc.collect()
print(r() is None)


class Going:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("gone", self.name, end=" ")


@functools.lru_cache(2)
def going(n):
    return Going(n)


for n in (1, 2, 3, 2, 4):
    going(n)
print(going.cache_info())
big = functools.lru_cache(1000)(lambda x: x)
for i in range(5000):
    big(i)
    big(i // 2)
print(big.cache_info(), sum(big(i) for i in range(4000, 5000)), big.cache_info())
