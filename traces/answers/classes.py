# Classes, slots, properties, closures, bound methods, defaults, exceptions with tracebacks, subclasses of built-in types.
import functools


class Meta(type):
    def __new__(cls, name, bases, space):
        made = super().__new__(cls, name, bases, space)
        made.registry = {}
        return made


class Base(metaclass=Meta):
    shared = []

    def __init__(self, value):
        self.value = value
        self.registry[value] = self

    @property
    def double(self):
        return self.value * 2

    @staticmethod
    def helper(x, y=(1, 2)):
        return x

    @classmethod
    def make(cls, value):
        return cls(value)


class Slotted(Base):
    __slots__ = ("left", "right")

    def __init__(self, value):
        super().__init__(value)
        self.left = [value]
        self.right = self


class Names(dict):
    pass


class Failure(Exception):
    def __init__(self, text, cause):
        super().__init__(text)
        self.reason = cause


def counter(start):
    count = start

    def step(by=1, *, log=[]):
        nonlocal count
        count += by
        log.append(count)
        if len(log) > 20:
            log.clear()
        return count

    return step


kept = []
steps = [counter(i) for i in range(5)]
for i in range(300):
    one = Slotted(i)
    two = Base.make(i + 1000)
    two.extra = one
    two.method = one.make
    kept.append(two)
    steps[i % 5](i)
    names = Names(a=one)
    names.note = "n"
    one.left.append(names)
    try:
        try:
            raise Failure("no", one)
        except Failure as e:
            raise ValueError(e.reason) from e
    except ValueError as e:
        two.error = e if i % 10 == 0 else None
    if i % 20 == 19:
        kept[:10] = []
        Base.registry.clear()
        step = functools.partial(counter, i)
        steps[0] = step()
        del one.right
        one.__dict__["more"] = "m" * i
        two.__class__.shared.append(type("T%d" % i, (Base,), {"x": i}))
        counter.__defaults__ = None
        counter.note = i
print(len(kept), len(Base.shared))
