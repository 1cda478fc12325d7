# Subclasses of str with __slots__: values, absent ones, classes below them, copies.
import copy
import pickle


class Token(str):
    __slots__ = ("kind", "line")

    def __new__(cls, kind, text, line=None):
        self = super().__new__(cls, text)
        self.kind = kind
        if line is not None:
            self.line = line
        return self

    def __reduce__(self):
        return type(self), (self.kind, str(self), getattr(self, "line", None))


class Named(Token):
    __slots__ = ("name",)


class Free(Token):
    pass


def attempt(f):
    try:
        return f()
    except Exception as e:
        return type(e).__name__, str(e)


t = Token("NAME", "value", 3)
print(t, t.kind, t.line, len(t), t == "value", hash(t) == hash("value"), t.upper(), hasattr(t, "__dict__"))
bare = Token("OP", "+")
print(attempt(lambda: bare.line), hasattr(bare, "line"))
print(attempt(lambda: setattr(t, "other", 1)), attempt(lambda: delattr(bare, "line")))
del t.line
print(hasattr(t, "line"), t.kind)
n = Named("NAME", "n")
n.name = "named"
print(n.name, n.kind, attempt(lambda: setattr(n, "other", 1)))
f = Free("NAME", "free")
f.other = 5
print(f.other, f.kind, f.__dict__.get("other"))
print([(c, c.kind) for c in (copy.copy(t), copy.deepcopy(t), pickle.loads(pickle.dumps(t)))])
print(Token.kind, type(Token.kind).__name__, Token.__slots__)
print({t: 1}["value"], "-".join([t, n]), f"{t:>8}")
for base in (int, bytes, tuple):
    print(attempt(lambda: type("C", (base,), {"__slots__": ("a",)})))
for _ in range(3):
    ring = Token("RING", "ring")
    ring.line = ring
    del ring
import gc
print(gc.collect() >= 3)
