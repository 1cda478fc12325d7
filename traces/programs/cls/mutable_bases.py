# Assigning __bases__ moves a whole tree of classes, or nothing of it; assigning __class__ asks for the same layout.


class Left:
    def who(self):
        return "left"


class Right:
    def who(self):
        return "right"

    def __getattribute__(self, name):
        return 2 if name == "two" else super().__getattribute__(name)


class Middle(Left):
    pass


class Low(Middle):
    pass


def attempt(what, *arguments):
    try:
        what(*arguments)
    except (TypeError, RuntimeError) as e:
        print(type(e).__name__, e)


low = Low()
print(low.who(), Low.__mro__)
Middle.__bases__ = (Right,)
print(low.who(), low.two, [c.__name__ for c in Low.__mro__], Left.__subclasses__(), Right.__subclasses__())
for bases in (Middle,), (Left, Left), (Low,), (), (list,), Left, (1,):
    attempt(setattr, Middle, "__bases__", bases)
print(low.who(), Middle.__bases__)


class Worried(type):
    def mro(cls):
        if broken:
            raise RuntimeError("no order for " + cls.__name__)
        return type.mro(cls)


broken = False


class Child(Middle, metaclass=Worried):
    pass


broken = True
attempt(setattr, Middle, "__bases__", (Left,))
print(Middle.__bases__, Child().who(), low.who())


class Odd(type):
    def mro(cls):
        return [cls, dict, object]


def make():
    class Strange(metaclass=Odd):
        pass


attempt(make)


class Fields:
    __slots__ = ("a", "b")


class Same:
    __slots__ = ("b", "a")


class Fewer:
    __slots__ = ("a",)


fields = Fields()
fields.a = 1
fields.__class__ = Same
print(type(fields).__name__, fields.a)
attempt(setattr, fields, "__class__", Fewer)
attempt(setattr, fields, "__class__", int)


class Last:
    def __del__(self):
        self.__class__ = Left


many = [Last() for _ in range(10)]
del many
print("gone")
