# Type parameters of functions, classes and aliases: bounds, constraints, defaults.
type Pair[T] = tuple[T, T]
type Plain = int
type Tree[K: (int, str), V = list[K], *Ts = *tuple[int], **P = [int]] = dict[K, Tree[V]] | K


def first[T: int](items: list[T], default: T = 0) -> T:
    x: T = items[0]
    return x


class Box[T, U: "Box" = int](list[T], flag=True):
    item: T

    def get[V](self, v: V) -> tuple[T, V]:
        type Local = tuple[T, V, U]
        return Local


async def later[**P](*args: P.args, **kwargs: P.kwargs): ...


@first
def decorated[*Ts](*args: *Ts): ...
