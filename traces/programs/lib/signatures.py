# inspect.signature of what is native, through __text_signature__.
import builtins
import collections
import functools
import inspect
import itertools
import math
import operator
import struct


def show(o, name):
    try:
        print(name, inspect.signature(o))
    except (ValueError, TypeError) as e:
        print(name, type(e).__name__)


for name in sorted(vars(builtins)):
    value = getattr(builtins, name)
    if callable(value) and not name.startswith("_") and name not in ("copyright", "credits", "exit", "help", "license", "quit"):
        show(value, name)

for kind in (object, type, int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset, range, slice, property, BaseException,
             collections.deque, collections.OrderedDict, memoryview):
    for name, member in sorted(vars(kind).items()):
        # Which special methods are a type's own differs; what they take does not.
        if hasattr(member, "__text_signature__") and (not name.startswith("_") or name in ("__getitem__", "__eq__", "__iter__", "__len__")):
            print(kind.__name__, name, " ".join(str(member.__text_signature__).split()))

for module in (math, operator, itertools, functools, struct):
    for name in sorted(n for n in dir(module) if not n.startswith("_")):
        value = getattr(module, name)
        if not inspect.isfunction(value) and callable(value):
            show(value, f"{module.__name__}.{name}")

show("".join, "bound")
show([].append, "append")
show({}.get, "get")
show(dict.fromkeys, "fromkeys")
show("x".maketrans, "maketrans")
show((3).__add__, "method-wrapper")
show(collections.deque().rotate, "rotate")
show(functools.partial(sorted, key=len), "partial")


class Sub(list):
    """A class of Python's over a native one."""


show(Sub, "Sub")
show(Sub().append, "Sub.append")
print(Sub.__text_signature__, show.__name__, hasattr(show, "__text_signature__"))
