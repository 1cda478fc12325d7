# Class bodies: names, `__class__`, `super`, private names, decorators, keywords, annotations, docstrings.


def make(base, flag):
    class Inner(base, metaclass=type, flag=flag):
        """The inner one."""

        limit: int = 3
        other: str
        (hidden): int = 1
        __private = limit

        def __init__(self, x):
            super().__init__(x)
            super().attribute
            self.__x = x
            self.y: int = 1

        @property
        def whole(self):
            return __class__, self.__x, flag

        if limit:
            flag = flag
        del limit

    return Inner


class Plain:
    pass


@make
class Child(Plain, *[], **{}):
    class Deep:
        def method(self):
            return Child.Deep

    x = Plain
    x.y = x["k"] = 1
    x.y += 2
    x["k"] -= 3
    x[1:2] = x[::2]
    del x.y, x["k"], x[1:]
