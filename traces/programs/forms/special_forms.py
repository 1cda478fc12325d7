# Instructions change their form with the operands that they meet: each loop here changes its operands on the way.
import sys


def show(*values):
    print(*values)


class A:
    kind = "A"

    def __init__(self, x):
        self.x = x

    def get(self):
        return self.x

    @property
    def twice(self):
        return 2 * self.x

    @staticmethod
    def fixed(v):
        return v + 1

    @classmethod
    def made(cls, v):
        return cls(v)


class B(A):
    kind = "B"

    def get(self):
        return -self.x


class S:
    __slots__ = ("x", "y")

    def __init__(self, x):
        self.x = x

    def get(self):
        return self.x


class D:
    def __getattr__(self, name):
        return "no " + name


def arithmetic():
    total = []
    for a, b in [(1, 2)] * 70 + [(1.5, 2.5), (2, 0.5), (2**62, 2**62), ("x", "y"), ([1], [2]), (True, 3), (-7, 2)] * 3:
        row = [a + b]
        for op in "-*":
            try:
                row.append(a - b if op == "-" else a * b)
            except TypeError as e:
                row.append(type(e).__name__)
        total.append(row)
    show(total[0], total[-7:])
    big = 1
    for i in range(100):
        big = big * 3 + i - 1
    show(big)
    x = 2**61
    for i in range(6):
        x = x + x
        show(x, x - 1, -x)
    f = 0.0
    for i in range(1000):
        f = f * 0.5 + 1.25 - f * 0.25
    show(f)
    keep = []
    for i in range(300, 304):
        keep.append(i)
    show(keep)
    last = None
    for i in range(1000, 1003):
        last = i if i == 1001 else last
    show(last, i)
    ids = [i for i in range(500, 503)]
    show(ids, [7 // 2, -7 // 2, 7 % -3, -7 % 3, 1 << 70, 1 << 61, -1 << 61, -1 << 62, 5 >> 1, -5 >> 70, 7 / 2, 2**53 / 3])
    for x, y in [(1, 0), (1.0, 0), (1, 0.0), (0.0, 0)]:
        for f in (lambda: x / y, lambda: x // y, lambda: x % y):
            try:
                f()
            except ZeroDivisionError as e:
                print(e)
    show(0.1**2, 2.0**0.5, (-8.0) ** 2, 4.0**-1, 10**2.0)


def comparisons():
    out = []
    nan = float("nan")
    for a, b in [(1, 2)] * 70 + [(2, 1), (1, 1), (1.0, 2), (nan, nan), (1.5, 1.5), ("a", "b"), ("a", "a"), ([1], [1]), (2**70, 2**70)]:
        out.append((a < b, a <= b, a == b, a != b, a > b, a >= b, "lt" if a < b else "ge", "eq" if a == b else "ne"))
    show(out[-9:])
    x = 5
    show(1 < x < 10, 1 < x > 10, not x < 3, x is None, x is not None, x in (1, 5), x not in [5])
    while not x == 0:
        x -= 1
    show(x)


def attributes():
    out = []
    objects = [A(1)] * 20 + [B(2), S(3), A(4), B(5)] * 10
    for o in objects:
        out.append((o.get(), o.x, getattr(o, "kind", None)))
    show(out[-5:], sum(r[0] for r in out))
    a = A(1)
    for i in range(30):
        if i == 10:
            a.get = lambda: "own"
        if i == 20:
            del a.get
        if i in (9, 10, 19, 20):
            show(i, a.get())
    for i in range(40):
        if i == 20:
            A.get = lambda self: "new"
        if i == 30:
            a.__dict__["get"] = lambda: "in dict"
        if i in (19, 20, 29, 30, 39):
            show(i, a.get(), a.kind, a.twice)
    A.get = lambda self: self.x
    b = A(7)
    for i in range(30):
        b.__dict__
        b.x = i
        if i > 27:
            show(b.x, b.twice, vars(b))
    for i in range(30):
        if i == 15:
            A.kind = "changed"
        if i in (14, 15):
            show(A.kind, B.kind, A.fixed(1), B.made(3).x)
    s = S(1)
    for i in range(20):
        s.x = i
        try:
            s.y
        except AttributeError as e:
            if i == 19:
                print(e)
        if i == 18:
            s.y = "set"
    show(s.x, s.y)
    for i in range(20):
        d = D() if i > 10 else A(i)
        v = d.x
    show(v)
    for i in range(20):
        try:
            if i > 15:
                del b.x
            v = b.x
        except AttributeError as e:
            print(i, e)
    class P:
        def __init__(self):
            self.v = 1
        @property
        def p(self):
            if self.v > 18:
                raise ValueError("too much")
            return self.v
    p = P()
    try:
        for i in range(30):
            p.v = i
            p.p
    except ValueError as e:
        show(e, e.__traceback__.tb_next.tb_lineno - e.__traceback__.tb_lineno)
    P.p = 5
    show(p.p)


def calls():
    def one(a):
        return a

    def default(a, b=2, *, c=3):
        return a, b, c

    out = []
    bound = A(9).get
    for f in [one] * 20 + [default, str, len, bound.__func__, A, int, isinstance, bound] * 3:
        try:
            out.append(f("12"))
        except (TypeError, AttributeError) as e:
            out.append(str(e))
    show([o if not isinstance(o, A) else o.x for o in out[19:]])
    items = []
    for i in range(10):
        items.append(i)
    class L(list):
        def append(self, item):
            super().append((item,))
    for target in [items, L(), items]:
        for i in range(3):
            target.append(i)
        show(target)
    saved = len
    import builtins
    for i in range(20):
        if i == 10:
            builtins.len = lambda o: "mine"
        if i in (9, 10):
            show(len("abc"))
    builtins.len = saved
    show(len("abc"))

    def boom(n):
        return boom(n + 1)

    try:
        boom(0)
    except RecursionError as e:
        show(str(e))


def containers():
    out = []
    d = {"a": 1, 2: "b", 300: "c"}
    l = [1, 2, 3]
    t = (4, 5)
    for c, k in [(l, 0)] * 70 + [(l, -1), (t, 1), (t, -2), (d, "a"), (d, 150 + 150), (l, 3), (t, 2), (d, "none"), ("xyz", 1), (l, True), (l, slice(1, None))] * 2:
        try:
            out.append(c[k])
        except LookupError as e:
            out.append(repr(e))
    show(out[-11:])
    for c, k in [(l, 0), (d, "z"), (l, -1), (l, 9), (d, [1]), (t, 0)] * 5:
        try:
            c[k] = k
        except (LookupError, TypeError) as e:
            out.append(repr(e))
    show(out[-3:], l, d)
    show(l[1:], l[:-1], l[:], l[5:], t[:1], t[:], "hello"[1:3], "h\u00e9llo"[1:3], l[-100:2], "abc"[2:1], l[True:])
    for it in [[1, 2], (3, 4), range(2), "ab", {5: 6}, iter([7]), (x for x in "gh"), range(2**70, 2**70 + 2)] * 3:
        row = []
        for x in it:
            row.append(x)
        out.append(row)
    show(out[-8:])
    grow = [1, 2, 3]
    for x in grow:
        if len(grow) < 6:
            grow.append(x * 10)
    show(grow)
    for pair in [(1, 2), [3, 4], "ab", (5, 6, 7), {8: 1, 9: 2}]:
        try:
            a, b = pair
            show(a, b)
        except ValueError as e:
            print(e)
    s = ""
    other = s
    for i in range(50):
        s += "ab"
        if i == 25:
            other = s
    show(len(s), len(other), hash(s) == hash("ab" * 50), {s: 1}["ab" * 50])
    s = "a" * 10
    k = {s: 1}
    s += "b"
    show(k, s)
    s = "a"
    s += "\u00e9"
    s += "z"
    show(s, s.isascii())


def generators():
    def leaf(n):
        got = []
        for i in range(n):
            got.append((yield i))
        return got

    def middle(n):
        r = yield from leaf(n)
        yield ("middle", r)
        r = yield from leaf(1)
        return r

    def top(n):
        return ("top", (yield from middle(n)))

    g = top(3)
    show(next(g), g.send("a"), g.send("b"), g.send("c"), next(g))
    try:
        g.send("end")
    except StopIteration as e:
        show(e.value)
    g = top(2)
    next(g)
    try:
        g.throw(KeyError("thrown"))
    except KeyError as e:
        tb, names = e.__traceback__, []
        while tb:
            names.append(tb.tb_frame.f_code.co_name)
            tb = tb.tb_next
        show(repr(e), names)
    g = top(2)
    next(g)
    inner = g.gi_yieldfrom
    show(inner.__name__, inner.gi_yieldfrom.__name__, g.gi_running, inner.gi_suspended)
    g.close()
    show(g.gi_frame, inner.gi_frame)

    def failing():
        try:
            raise KeyError("first")
        except KeyError:
            yield from bad()

    def bad():
        yield sys.exception()
        raise ValueError("second")

    g = failing()
    show(repr(next(g)), sys.exception())
    try:
        next(g)
    except ValueError as e:
        show(repr(e), repr(e.__context__))

    async def a(n):
        if n:
            return 1 + await a(n - 1)
        await Wait()
        return 0

    class Wait:
        def __await__(self):
            got = yield "waiting"
            return got

    c = a(5)
    show(c.send(None))
    try:
        c.send(1)
    except StopIteration as e:
        show(e.value)

    def deep(n):
        if n:
            yield from deep(n - 1)
        yield n

    show(list(deep(50)) == list(range(51)))
    try:
        list(deep(3000))
    except RecursionError as e:
        show(type(e).__name__)


arithmetic()
comparisons()
attributes()
calls()
containers()
generators()
