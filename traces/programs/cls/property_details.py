# property's docstrings, names and messages; what special methods of None, failing descriptors and endless __call__ do
class P(property):
    """a subclass"""


class S(property):
    """slotted"""
    __slots__ = ()


class C:
    @property
    def a(self):
        "doc of a"

    b = property(doc="given")
    c = P(lambda self: 3)
    d = P(lambda self: 3, doc="explicit")


print(C.a.__doc__, C.b.__doc__, C.c.__doc__, C.d.__doc__, C.a.__name__, C.b.__name__)
print(P(C.a.fget).__doc__, C.a.getter(lambda self: 1).__doc__, C.d.getter(len).fget is len, S(doc="dropped").__doc__)
for bad in (lambda: C().b, lambda: setattr(C(), "a", 1), lambda: delattr(C(), "c"), lambda: property().__get__(C()),
            lambda: property().__name__, lambda: C.a.__set_name__(1), lambda: S(C.a.fget)):
    try:
        print(bad())
    except (AttributeError, TypeError) as e:
        print(type(e).__name__, e)


class E:
    __eq__ = property(lambda self: 1 / 0)


class N:
    __eq__ = None


class R:
    def __rpow__(self, other): return "rpow"


class A:
    pass


A.__call__ = A()
print(E() == E(), None ** R())
for bad in (lambda: N() == N(), A(), lambda: C.__init__(C(), 1), lambda: type.__setattr__(A, b"x", 1)):
    try:
        print(bad())
    except (TypeError, RecursionError) as e:
        print(type(e).__name__, e if isinstance(e, TypeError) else "")
print([(j := 1) for a, (*b, c[d + e::f(g)], h.i) in []], [x for x in [1] if (y := x)], y)
try:
    compile("[i for i in (lambda: (j := 5))()]", "x", "exec")
except SyntaxError as e:
    print(e)
