# What a call adds to the collector's count: the instance, and the tuple and dict of arguments that CPython makes where a callable has no vectorcall.
# The free lists are empty before each; each expression once, thirty times in a variable, and thirty times kept.
import collections
import gc
import io
import itertools
import weakref

gc.disable()

SETUP = """
class WithInit:
  def __init__(self, *a, **k): pass
class Plain: pass
class Error(Exception): pass
class List(list): pass
class Dict(dict): pass
class Int(int): pass
class Str(str): pass
class Tuple(tuple): pass
class WithNew:
  def __new__(cls, *a): return object.__new__(cls)
class Callable:
  def __call__(self, *a): pass
  def __getitem__(self, k): return 1
  def __getattr__(self, n): return 1
def f(*a, **k): pass
w = Plain(); c = Callable()
"""

EXPRESSIONS = """WithInit(1) | WithInit(1, 2) | WithInit() | WithInit(1, b=2) | Plain() | Error() | Error(1) | ValueError(1) | List() | List([1]) | Dict() | Dict(a=1)
Int(5) | Str('ab') | Tuple((1, 2)) | WithNew(1) | c(1) | c(1, 2) | c[1] | c.name | getattr(c, 'x') | hasattr(c, 'x') | list((1, 2)) | list() | dict(a=1) | dict()
dict([(1, 2)]) | dict.fromkeys([1]) | set([1]) | frozenset([1]) | tuple([1, 2]) | int('5') | str(5) | bytes(3) | bytearray(3) | complex(1, 2) | slice(1, 2)
range(3) | enumerate([1]) | zip([1], [2]) | map(len, []) | filter(None, []) | reversed([1]) | property(f) | classmethod(f) | staticmethod(f) | super(Plain, Plain)
collections.deque([1]) | collections.deque() | collections.defaultdict(list) | itertools.chain([1], [2]) | itertools.islice([1], 1) | itertools.repeat(1, 2)
weakref.ref(w) | weakref.ref(w, f) | io.StringIO('a') | io.BytesIO(b'a') | '{} {}'.format(1, 2) | '%s' % 1 | f(1) | f(1, 2, a=1) | f(*[1, 2]) | f(**{'a': 1})
{}.update(a=1) | vars(w) | dir(w) | print(end='') | WithInit(*[1, 2]) | collections.deque(*[[1]])"""


def count(body):
    names = dict(globals())
    exec(compile(f"{SETUP}\ngc.collect()\na = gc.get_count()[0]\n{body}\nb = gc.get_count()[0]\n", "program", "exec"), names)
    return names["b"] - names["a"]


for line in EXPRESSIONS.splitlines():
    for expression in line.split(" | "):
        print(
            expression, count(f"x = {expression}"), count(f"for i in range(30): x = {expression}"),
            count(f"kept = []\nfor i in range(30): kept.append({expression})"))

# Tuples of static types can be in no cycle: a full pass untracks them.
pairs = [(int, str), (Exception, (float, int)), (type(count), dict)]
gc.collect()
gc.collect()
print([gc.is_tracked(pair) for pair in pairs], gc.is_tracked(int), gc.is_tracked(type("C", (), {})))
