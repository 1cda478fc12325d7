# `match`: every kind of pattern, guards, names bound only by the case that is taken.


def shape(value):
    match value:
        case 0 | 1 as small:
            return small
        case "text":
            return -1
        case None:
            return None
        case -1.5 | 2 + 3j:
            return True
        case [x, y]:
            return x, y
        case [first, *_, last] if first == last:
            return first
        case (a, [b, *rest]):
            return a, b, rest
        case {"kind": "circle", "r": r}:
            return r
        case {"kind": kind, **others}:
            return kind, others
        case Point(x=0, y=0) | Point(0, 0):
            return 0
        case Point(px, y=py) if px > py:
            return px
        case str() | bytes():
            return len(value)
        case Color.RED | Color.deep.BLUE:
            return Color
        case []:
            return ()
        case {}:
            return {}
        case whatever:
            return whatever


match shape(1), 2:
    case 1, _:
        print(1)
    case _:
        print(2)
