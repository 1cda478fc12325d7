# Counts that callbacks of native functions see: partial, reduce, filter, map, printing of containers.
import functools
import sys

count = sys.getrefcount


class Item:
    def __repr__(self):
        return f"rc{count(self)}"


def one(x):
    return count(x)


def two(x, y):
    return count(x), count(y)


def show(x):
    print("filter", count(x))
    return True


def reducer(a, b):
    print("reduce", count(a), count(b))
    return object()


print(list(map(one, [object()])), list(map(two, [object()], [object()])))
list(filter(show, iter([object()])))
print(functools.partial(one, object())(), functools.partial(one)(object()), functools.partial(two, object())(object()))
print(functools.partial(one, x=object())())
functools.reduce(reducer, [object(), object(), object()])
functools.reduce(reducer, [object(), object()], object())
print([Item()], (Item(),), {1: Item()}, {Item()}, {Item(): 1}, str([Item()]))
