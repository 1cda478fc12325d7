# Who asks for a length before the items, what is done with a wrong one, and what a method sees of the count of its own object meanwhile.
import sys


class Told:
    def __init__(self, hint):
        self.hint, self.left = hint, 2

    def __iter__(self):
        return self

    def __next__(self):
        if not self.left:
            raise StopIteration
        self.left -= 1
        return sys.getrefcount(self)

    def __length_hint__(self):
        print("asked")
        if isinstance(self.hint, type):
            raise self.hint("no length")
        return self.hint


for make in (list, tuple, set, frozenset, sum, sorted, min, max, any, all, lambda x: len(bytes(x)), lambda x: len(bytearray(x))):
    for hint in (2, 0, 7, -1, "x", TypeError, NotImplementedError, NotImplemented):
        try:
            print(make.__name__, hint, make(Told(hint)))
        except Exception as e:
            print(make.__name__, hint, type(e).__name__, e)
print(*Told(1))
print([*Told(1)], (*Told(1),))
first, second = Told(1)
print(first, second)


class Compared:
    def __eq__(self, other):
        print("eq", sys.getrefcount(self))
        return True

    def __lt__(self, other):
        print("lt", sys.getrefcount(self), sys.getrefcount(other))
        return True


one, two = Compared(), Compared()
one == two, one < two, [one] == [two], one in [two], [one].index(two), sorted([one, two])
