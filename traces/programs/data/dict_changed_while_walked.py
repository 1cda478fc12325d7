# What dict iterators say when the dict changes under them: its size, or its keys at the same size.
import operator
import sys


def show(name, f):
    try:
        print(name, f())
    except RuntimeError as e:
        print(name, type(e).__name__, e)


def swap(d, key):
    """The same number of keys, another key."""
    del d[key]
    d[object()] = 1


def walk(make, change, count=1, room=None):
    def f():
        d = dict.fromkeys(range(count))
        if room:
            d.update(dict.fromkeys(range(room)))
            for i in range(count, room):
                del d[i]
        seen = []
        for x in make(d):
            seen.append(x)
            change(d, x)
            if len(seen) > 50:
                return "no end"
        return len(seen)
    return f


first = lambda d, x: swap(d, x[0] if isinstance(x, tuple) else x)
grow = lambda d, x: d.__setitem__(len(d), 0)
shrink = lambda d, x: d.popitem()
for count, room in ((1, None), (2, None), (3, None), (3, 40)):
    for name, make in (("keys", iter), ("items", lambda d: d.items()), ("reversed", reversed)):
        show(f"{name} {count} {room} swap", walk(make, first, count, room))
        show(f"{name} {count} {room} grow", walk(make, grow, count, room))
        show(f"{name} {count} {room} shrink", walk(make, shrink, count, room))
show("values", walk(lambda d: d.values(), lambda d, x: swap(d, next(iter(d))), 1))


def goes_on():
    """An iterator that found other keys has ended; one that found another size says so each time."""
    d = {1: 1}
    it = iter(d)
    next(it)
    swap(d, 1)
    out = []
    for _ in range(3):
        try:
            out.append(next(it))
        except (RuntimeError, StopIteration) as e:
            out.append(type(e).__name__)
    it = iter(d)
    d[2] = 2
    for _ in range(2):
        try:
            out.append(next(it))
        except (RuntimeError, StopIteration) as e:
            out.append(type(e).__name__)
    del d[2]
    try:
        out.append(next(it))
    except RuntimeError as e:
        out.append(str(e))
    return out


show("after", goes_on)


def hints():
    d = dict.fromkeys(range(6))
    it, items, back = iter(d), iter(d.items()), reversed(d)
    out = [operator.length_hint(x) for x in (it, items, back)]
    next(it), next(items), next(items), next(back)
    out += [operator.length_hint(x) for x in (it, items, back)]
    swap(d, 5)
    out += [operator.length_hint(x) for x in (it, items)]
    out.append(len(it.__reduce__()[1][0]))
    d[9] = 9
    out += [operator.length_hint(x) for x in (it, items, back)]
    return out


show("hints", hints)
print(sys.getsizeof(iter({})), sys.getsizeof(iter({}.values())), sys.getsizeof(iter({}.items())))


class Back(reversed):
    pass


class Three:
    def __len__(self):
        return 3

    def __getitem__(self, i):
        return i * 10


b = Back(Three())
b.name = "back"
print(b.name, list(b), type(b).__name__)
