# Generic aliases: parameters replaced, unpacked tuples, what is refused.
import typing
from typing import ParamSpec, TypeVar, TypeVarTuple, Unpack

T = TypeVar("T")
S = TypeVar("S")
Ts = TypeVarTuple("Ts")
P = ParamSpec("P")

print(list[T][int], dict[T, S][int, str], dict[str, list[T]][int], tuple[T, T][int], list[T].__parameters__)
print(list[T] == list[T], list[int] == list[str], hash(list[int]) == hash(list[int]), list[T][S].__parameters__)
print(tuple[*Ts][int, str], tuple[T, *Ts][int, str, float], tuple[*tuple[int, ...]], next(iter(tuple[int])))
print(next(iter(tuple[int])).__unpacked__, tuple[int].__unpacked__, next(iter(tuple[int]))== tuple[int])
print(next(iter(tuple[int, str])).__typing_unpacked_tuple_args__, list[int].__typing_unpacked_tuple_args__)
print(typing.Union[list[T], set[T]][int], (list[T] | None).__args__)
for make in (lambda: list[int][str], lambda: dict[T, str][int, str]):
    try:
        print(make())
    except TypeError as e:
        print(e)


class Box(typing.Generic[T]):
    def items(self, x: T) -> list[T]: ...


print(typing.get_type_hints(Box.items), Box[int], Box[list[T]][str])
