# Comprehensions run inside their function, generator expressions do not.


def squares(rows, n):
    flat = [x * n for row in rows if row for x in row if x > n if x]
    pairs = {(a, b): lambda: (a, n) for a in rows for b in [a]}
    seen = {x for x in flat}
    total = sum(x + n for x in flat)
    nested = [[y for y in range(x)] for x in range(n)]
    named = [last := x for x in flat]
    return pairs, seen, total, nested, named, last


class Table:
    width = 3
    cells = [width for width in range(5)]
    lazy = (width for _ in range(5))


try:
    table = [int(x) for x in "12"]
except ValueError:
    table = {x: x for x in ()}
x = [x for x in table]
