# What an AttributeError says of its object and name, whoever raised it, and what a traceback makes of it.
import sys
import traceback


class Guarded:
    colour = 1

    def __getattr__(self, name):
        raise AttributeError(f"no {name} here")


class Own:
    colour = 2

    def __getattr__(self, name):
        raise AttributeError("own words", name="other", obj=self)


class Property:
    @property
    def value(self):
        raise AttributeError("inside")


def show(owner, name):
    try:
        getattr(owner, name)
    except AttributeError as e:
        print(e, "|", e.name, "|", e.obj is owner)
        print("".join(traceback.format_exception_only(e)), end="")


show(Guarded(), "color")
show(Own(), "color")
show(Property(), "value")
show(Guarded, "color")
show(sys, "pathh")
show(3, "reall")
try:
    Guarded().colouur
except AttributeError as e:
    print(e.name, type(e.obj).__name__)
try:
    Guarded().method()
except AttributeError as e:
    print(e.name, type(e.obj).__name__)

# Names that only an import can bring.
for name in ("math", "itertools", "sys_", "no_such_module"):
    try:
        eval(name, {})
    except NameError as e:
        print("".join(traceback.format_exception_only(e)), end="")
print(len(sys.stdlib_module_names), {"math", "_thread", "winreg"} <= sys.stdlib_module_names, "numpy" in sys.stdlib_module_names)

for arguments in ("", "start=1", "1, 2, 3", "[], x=1", "iterable=[7], start=1", "iterable=[8]", "[1], start='a'", "[], iterable=[]", "x=1"):
    try:
        print(f"enumerate({arguments})", list(eval(f"enumerate({arguments})")))
    except TypeError as e:
        print(f"enumerate({arguments})", e)
