# Attribute names that are no strings, and codes of functions run without their arguments: each is refused before anything is read.
import sys
import types


def show(*words):
    print(*(str(w).replace("'", "") for w in words))


for o in (list[int], sys, object(), type("Made", (), {}), types.SimpleNamespace(), (lambda: 1), types.MethodType(print, 1), int | str, Exception(),
          property(), print, "".join, types.ModuleType("m"), {}.keys(), (x for x in ()), types.MappingProxyType({}), sys._getframe()):
    for name in ("__getattribute__", "__setattr__", "__delattr__"):
        for given in (1, None, b"x", ["a"], (1, 2)):
            try:
                f = getattr(type(o), name)
                f(o, given, *([1] if name == "__setattr__" else []))
            except TypeError as e:
                show(type(o).__name__, name, e)

for f in (lambda a: a, lambda a=1: a, lambda *a: a, lambda **k: k, lambda *, k: k, lambda *, k=2: k, lambda a, /, b: b, lambda: 3):
    for run in (eval, lambda code: exec(code), lambda code: __build_class__(types.FunctionType(code, {}), "C").__name__):
        try:
            show(run(f.__code__))
        except TypeError as e:
            show(e)
