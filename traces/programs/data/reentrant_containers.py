# Containers changed by the very operations that read them: comparisons, reprs, hashes, keys, iterators and finalizers.
def show(name, f):
    try:
        print(name, f())
    except BaseException as e:
        print(name, type(e).__name__, e)


class Evil:
    """Calls `act` from every special method that containers use."""
    def __init__(self, act, answer=False, h=1):
        self.act, self.answer, self.h = act, answer, h
    def __eq__(self, other):
        self.act()
        return self.answer
    def __lt__(self, other):
        self.act()
        return self.answer
    def __gt__(self, other):
        self.act()
        return self.answer
    def __hash__(self):
        return self.h
    def __repr__(self):
        self.act()
        return "evil"
    def __str__(self):
        self.act()
        return "evil"
    def __index__(self):
        self.act()
        return 3
    def __len__(self):
        self.act()
        return 3
    def __bool__(self):
        self.act()
        return True


def fill():
    return [bytearray(40) for _ in range(30)]


def over(kind):
    def f():
        x = kind
        l = []
        def act():
            l.clear()
            fill()
        l.extend([object() for _ in range(5)])
        l.insert(0, Evil(act))
        l.append(object())
        return x(l, act)
    return f


show("list in", over(lambda l, a: Evil(a) in l))
show("list index", over(lambda l, a: l.index(Evil(a))))
show("list count", over(lambda l, a: l.count(object())))
show("list remove", over(lambda l, a: l.remove(object())))
show("list repr", over(lambda l, a: repr(l)))
show("list eq", over(lambda l, a: l == [object() for _ in range(7)]))
show("list lt", over(lambda l, a: l < [object() for _ in range(7)]))
show("list eq self", over(lambda l, a: l == list(l)))
show("tuple of list", over(lambda l, a: tuple(l) == tuple(l)))
show("str of list", over(lambda l, a: str([l, l])))
show("list sort", over(lambda l, a: l.sort()))
show("list sort key", over(lambda l, a: l.sort(key=lambda x: (a(), 1)[1])))
show("max", over(lambda l, a: len([max(l) for _ in range(1)])))
show("index del", over(lambda l, a: l.__delitem__(slice(Evil(a), None))))
show("index set", over(lambda l, a: l.__setitem__(slice(Evil(a), None), (1, 2))))
show("index set step", over(lambda l, a: l.__setitem__(slice(0, Evil(a), 2), (1, 2))))
show("index get", over(lambda l, a: l[Evil(a)]))
show("index get slice", over(lambda l, a: l[:Evil(a)]))
show("insert", over(lambda l, a: l.insert(Evil(a), 1)))
show("pop", over(lambda l, a: l.pop(Evil(a))))
show("mul", over(lambda l, a: len(l * Evil(a))))
show("imul", over(lambda l, a: l.__imul__(Evil(a))))
show("range index", over(lambda l, a: l.index(Evil(a), Evil(a), Evil(a))))


def extend_self(l, a):
    def g():
        yield 1
        l.clear()
        yield 2
        l.extend(range(100))
        yield 3
        del l[:]
        yield 4
    l.extend(g())
    return l


show("extend gen", over(extend_self))


def slice_gen(l, a):
    def g():
        yield 1
        l.clear()
        fill()
        yield 2
    l[1:3] = g()
    return l


show("slice gen", over(slice_gen))


class Del:
    def __init__(self, act):
        self.act = act
    def __del__(self):
        self.act()


def del_in(action):
    def f():
        l = []
        def act():
            l.append("late")
            l.extend(range(3))
        l.extend([Del(act), Del(act), 5])
        del act
        r = action(l)
        return r, [x if isinstance(x, (int, str)) else type(x).__name__ for x in l]
    return f


show("del clear", del_in(lambda l: l.clear()))
show("del slice", del_in(lambda l: l.__delitem__(slice(None))))
show("del set", del_in(lambda l: l.__setitem__(0, 3)))
show("del setslice", del_in(lambda l: l.__setitem__(slice(0, 2), [1])))
show("del pop", del_in(lambda l: (l.pop(0) and None)))
show("del init", del_in(lambda l: l.__init__([1, 2])))
show("del imul", del_in(lambda l: l.__imul__(0)))


def dicts(action, answer=False):
    def f():
        d = {}
        def act():
            d.clear()
            fill()
            for i in range(20):
                d[i + 100] = i
        for i in range(4):
            d[Evil(lambda: None, h=7)] = [i]
        for k in d:
            k.act = act
            k.answer = answer
        r = action(d)
        for k in list(d):
            if isinstance(k, Evil):
                k.act = lambda: None
        return r, len(d)
    return f


for answer in (False, True):
    show("dict get", dicts(lambda d: d.get(Evil(lambda: None, h=7)), answer))
    show("dict set", dicts(lambda d: d.__setitem__(Evil(lambda: None, h=7), 1), answer))
    show("dict del", dicts(lambda d: d.pop(Evil(lambda: None, h=7), "no"), answer))
    show("dict delitem", dicts(lambda d: d.__delitem__(Evil(lambda: None, h=7)), answer))
    show("dict setdefault", dicts(lambda d: d.setdefault(Evil(lambda: None, h=7), 2), answer))
    show("dict in", dicts(lambda d: Evil(lambda: None, h=7) in d, answer))
    show("dict eq", dicts(lambda d: d == {Evil(lambda: None, h=7): i for i in range(4)}, answer))
    show("dict repr", dicts(lambda d: repr(d), answer))
    show("dict update", dicts(lambda d: {Evil(lambda: None, h=7): 1}.update(d), answer))
    show("dict merge", dicts(lambda d: len({Evil(lambda: None, h=7): 1} | d) > 0, answer))
    show("dict ior", dicts(lambda d: d.__ior__({Evil(lambda: None, h=7): 1}) is d, answer))
    show("dict keys and", dicts(lambda d: len(d.keys() & {Evil(lambda: None, h=7)}), answer))
    show("dict items in", dicts(lambda d: (Evil(lambda: None, h=7), 3) in d.items(), answer))
    show("dict fromkeys", dicts(lambda d: len(dict.fromkeys(list(d))), answer))
    show("dict values", dicts(lambda d: list(d.values()) == list(d.values()), answer))
    show("frozenset", dicts(lambda d: len(frozenset(d)), answer))


def sets(action, answer=False):
    def f():
        s = set()
        def act():
            s.clear()
            fill()
            s.update(range(100, 140))
        es = [Evil(lambda: None, h=7) for i in range(4)]
        s.update(es)
        for k in s:
            k.act = act
            k.answer = answer
        r = action(s)
        for k in es:
            k.act = lambda: None
        return r, len(s)
    return f


for answer in (False, True):
    n = lambda: Evil(lambda: None, h=7)
    show("set in", sets(lambda s: n() in s, answer))
    show("set add", sets(lambda s: s.add(n()), answer))
    show("set remove", sets(lambda s: s.discard(n()), answer))
    show("set or", sets(lambda s: len(s | {n(), n()}) > 0, answer))
    show("set and", sets(lambda s: len(s & {n(), n()}), answer))
    show("set sub", sets(lambda s: len(s - {n(), n()}) > 0, answer))
    show("set rsub", sets(lambda s: len({n(), n()} - s), answer))
    show("set xor", sets(lambda s: len(s ^ {n(), n()}) > 0, answer))
    show("set iand", sets(lambda s: len(s.__iand__({n(), n()})), answer))
    show("set isub", sets(lambda s: len(s.__isub__({n(), n()})) > 0, answer))
    show("set ixor", sets(lambda s: len(s.__ixor__({n(), n()})) > 0, answer))
    show("set eq", sets(lambda s: s == {n(), n(), n(), n()}, answer))
    show("set le", sets(lambda s: s <= {n(), n(), n(), n()}, answer))
    show("set isdisjoint", sets(lambda s: s.isdisjoint({n(), n(), n(), n()}), answer))
    show("set update list", sets(lambda s: s.update([n(), n()]), answer))
    show("set repr", sets(lambda s: repr(s)[:3], answer))
