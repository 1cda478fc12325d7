# Iterators, deques and modules that are changed from within.
import itertools, functools, collections, heapq, bisect, array, operator
def show(name, f):
    try:
        print(name, f())
    except BaseException as e:
        print(name, type(e).__name__, e)

def fill():
    return [bytearray(40) for _ in range(30)]

def callable_iter():
    class S:
        def __eq__(self, other):
            list(it)
            fill()
            return NotImplemented
    n = iter(range(5))
    def f():
        return next(n)
    it = iter(f, S())
    return list(it)
show("callable iter", callable_iter)

def callable_iter2():
    state = []
    def f():
        if not state:
            state.append(1)
            return list(it2)
        if len(state) > 3:
            raise StopIteration
        state.append(1)
        return 1
    it2 = iter(f, object())
    return list(it2)
show("callable iter 2", callable_iter2)

def seq_iter():
    class Q:
        def __getitem__(self, i):
            if i == 3:
                try:
                    list(it)
                except BaseException:
                    pass
                raise IndexError
            return i
    it = iter(Q())
    q = list(it)
    return q
show("seq iter", seq_iter)

def nest(make):
    def f():
        hold = []
        def inner():
            if hold:
                x = hold[0]
                hold.clear()
                try:
                    for _ in x:
                        fill()
                except BaseException as e:
                    return type(e).__name__
            return 1
        class I:
            n = 0
            def __iter__(self):
                return self
            def __next__(self):
                self.n += 1
                if self.n == 3:
                    inner()
                if self.n > 6:
                    raise StopIteration
                return self.n
        hold.append(make(I(), inner))
        x = hold[0]
        out = []
        for v in x:
            out.append(v)
            if len(out) > 40:
                break
        return repr(out)
    return f

for name, make in {
    "map": lambda i, f: map(lambda x: (f(), x)[1], i),
    "filter": lambda i, f: filter(lambda x: (f(), x)[1], i),
    "zip": lambda i, f: zip(i, i),
    "zip2": lambda i, f: zip(iter(range(9)), i),
    "enumerate": lambda i, f: enumerate(i),
    "chain": lambda i, f: itertools.chain(i, [1, 2], i),
    "from_iterable": lambda i, f: itertools.chain.from_iterable(map(lambda x: [x, x], i)),
    "islice": lambda i, f: itertools.islice(i, 1, 5),
    "accumulate": lambda i, f: itertools.accumulate(i, lambda a, b: (f(), a + b)[1]),
    "takewhile": lambda i, f: itertools.takewhile(lambda x: (f(), x < 5)[1], i),
    "dropwhile": lambda i, f: itertools.dropwhile(lambda x: (f(), x < 2)[1], i),
    "filterfalse": lambda i, f: itertools.filterfalse(lambda x: (f(), x == 2)[1], i),
    "compress": lambda i, f: itertools.compress(i, itertools.repeat(1)),
    "starmap": lambda i, f: itertools.starmap(lambda x, y: (f(), x + y)[1], zip(i, i)),
    "pairwise": lambda i, f: itertools.pairwise(i),
    "batched": lambda i, f: itertools.batched(i, 2),
    "groupby": lambda i, f: map(lambda kv: (kv[0], list(kv[1])), itertools.groupby(i, lambda x: (f(), x // 2)[1])),
    "tee": lambda i, f: map(operator.add, *itertools.tee(i)),
}.items():
    show(name, nest(make))

def pair():
    # pairwise where the source advances the iterator itself
    class I:
        def __iter__(self): return self
        n = 0
        def __next__(self):
            I.n += 1
            if I.n == 2 or I.n == 4:
                try: next(p)
                except StopIteration: pass
            if I.n > 8: raise StopIteration
            return [I.n]
    p = itertools.pairwise(I())
    return list(p)
show("pairwise self", pair)

def tee_self():
    class I:
        def __iter__(self): return self
        n = 0
        def __next__(self):
            I.n += 1
            if I.n == 2: next(b)
            return I.n
    a, b = itertools.tee(I())
    return [next(a), next(a)]
show("tee self", tee_self)

def group_inner():
    class K:
        def __init__(self, v): self.v = v
        def __eq__(self, o):
            try: next(g)
            except BaseException as e: pass
            fill()
            return self.v == o.v
    g = itertools.groupby([1, 1, 2, 2, 3, 3, 4], K)
    out = []
    for k, it in g:
        out.append([k.v, list(it)])
        if len(out) > 9: break
    return out
show("groupby eq", group_inner)

class Evil:
    def __init__(self, act, answer=False):
        self.act = act
        self.answer = answer
    def __eq__(self, o):
        self.act(); return self.answer
    __hash__ = None
    def __lt__(self, o):
        self.act(); return self.answer
    __gt__ = __le__ = __ge__ = __lt__
    def __repr__(self):
        self.act(); return "evil"
    def __index__(self):
        self.act(); return 1

def deq(action, answer=False):
    def f():
        d = collections.deque()
        def act():
            d.clear()
            fill()
        d.extend([object() for _ in range(70)])
        for i in (0, 3, 66):
            d[i] = Evil(act, answer)
        r = action(d, act)
        return r, len(d)
    return f
for answer in (False, True):
    show("deque in", deq(lambda d, a: object() in d, answer))
    show("deque index", deq(lambda d, a: d.index(object()), answer))
    show("deque count", deq(lambda d, a: d.count(object()), answer))
    show("deque remove", deq(lambda d, a: d.remove(object()), answer))
    show("deque eq", deq(lambda d, a: d == collections.deque(object() for _ in range(70)), answer))
    show("deque lt", deq(lambda d, a: d < collections.deque(object() for _ in range(70)), answer))
    show("deque repr", deq(lambda d, a: len(repr(d)), answer))
    show("deque insert", deq(lambda d, a: d.insert(Evil(a), 3), answer))
    show("deque rotate", deq(lambda d, a: d.rotate(Evil(a)), answer))
    show("deque getitem", deq(lambda d, a: type(d[Evil(a)]), answer))
    show("deque delitem", deq(lambda d, a: d.__delitem__(Evil(a)), answer))
    show("deque imul", deq(lambda d, a: d.__imul__(Evil(a)) and 1, answer))
    show("deque extend", deq(lambda d, a: d.extend(x for x in map(lambda i: (a(), i)[1], range(4))), answer))
    show("deque extendleft", deq(lambda d, a: d.extendleft(x for x in map(lambda i: (a(), i)[1], range(4))), answer))

def deq_del():
    d = collections.deque(maxlen=3)
    class D:
        def __del__(self): d.append(1); d.clear()
    d.extend([D(), D(), D(), D(), D()])
    d.clear()
    return len(d)
show("deque del", deq_del)

def heaps(action, answer=False):
    def f():
        h = []
        def act():
            h.clear(); fill()
        h.extend(Evil(act, answer) for _ in range(8))
        r = action(h, act)
        return type(r), len(h)
    return f
for answer in (False, True):
    show("heappush", heaps(lambda h, a: heapq.heappush(h, Evil(a)), answer))
    show("heappop", heaps(lambda h, a: heapq.heappop(h), answer))
    show("heapify", heaps(lambda h, a: heapq.heapify(h), answer))
    show("heapreplace", heaps(lambda h, a: heapq.heapreplace(h, 1), answer))
    show("heappushpop", heaps(lambda h, a: heapq.heappushpop(h, 1), answer))
    show("bisect", heaps(lambda h, a: bisect.bisect(h, Evil(a)), answer))
    show("insort", heaps(lambda h, a: bisect.insort(h, Evil(a)), answer))

def ba():
    a = bytearray(b"0123456789")
    class X:
        def __index__(self):
            a.clear()
            return 2
    out = []
    for f in (lambda: a[X()], lambda: a.__setitem__(X(), 1), lambda: a.__setitem__(3, X()), lambda: a.insert(X(), 1), lambda: a.pop(X()),
              lambda: a[:X()], lambda: a.append(X()), lambda: a.index(X()), lambda: a.find(b"1", X()), lambda: a.__setitem__(slice(X(), 5), b"abcd"),
              lambda: a.__imul__(X()), lambda: a.extend([1, X(), 3]), lambda: a.ljust(X()), lambda: a.split(b"3", X()), lambda: a.replace(b"1", b"2", X())):
        a.extend(b"0123456789")
        try: out.append(f())
        except Exception as e: out.append(type(e).__name__)
        out.append(len(a))
    return out
show("bytearray", ba)

def join():
    l = ["a"] * 3
    class It:
        def __iter__(self):
            return iter(l)
    class S(str):
        def __str__(self): l.clear(); return "x"
    out = [",".join(It())]
    b = [bytearray(b"x"), bytearray(b"y")]
    out.append(b",".join(b))
    return out
show("join", join)

def mv():
    b = bytearray(b"0123456789")
    m = memoryview(b)
    class X:
        def __index__(self):
            m.release(); b.clear(); fill()
            return 2
    out = []
    for f in (lambda: m[X()], lambda: m.__setitem__(X(), 1), lambda: m.__setitem__(0, X()), lambda: m[X():5], lambda: m.__setitem__(slice(X(), 4), b"ab")):
        try: m.release()
        except Exception: pass
        b[:] = b"0123456789"
        m = memoryview(b)
        try: out.append(f())
        except Exception as e: out.append((type(e).__name__, str(e)))
    return out
show("memoryview", mv)

def lru():
    @functools.lru_cache(maxsize=2)
    def f(x):
        if x > 0:
            f(x - 1)
        f.cache_clear() if x == 3 else None
        return x
    class K:
        def __hash__(self): return 1
        def __eq__(self, o):
            g.cache_clear(); fill(); return False
    @functools.lru_cache(maxsize=2)
    def g(k): return 1
    for i in range(5): f(i)
    for i in range(5): g(K())
    return f.cache_info(), g.cache_info()
show("lru", lru)

def reduce_():
    l = [1, 2, 3, 4]
    def f(a, b):
        l.clear(); fill(); return [a, b]
    return functools.reduce(f, l)
show("reduce", reduce_)

def dd():
    d = collections.defaultdict(lambda: (d.clear(), fill(), 3)[2])
    class K(str):
        pass
    return d["x"], dict(d)
show("defaultdict", dd)

def cnt():
    c = collections.Counter()
    class K:
        def __hash__(self): return 1
        def __eq__(self, o): c.clear(); fill(); return False
    try: c.update([K(), K(), K()])
    except Exception as e: return type(e).__name__
    return len(c)
show("counter", cnt)

def sorted_clear():
    l = list(range(20))
    def key(x):
        l.append(x)
        return -x
    try: l.sort(key=key)
    except ValueError as e: return str(e), len(l)
    return l
show("sort append", sorted_clear)

def cmpkey():
    l = []
    def c(a, b):
        l.clear(); l.append(1); fill()
        return a - b
    l.extend(range(10))
    try: l.sort(key=functools.cmp_to_key(c))
    except ValueError as e: return str(e), len(l)
    return l
show("sort cmp", cmpkey)

