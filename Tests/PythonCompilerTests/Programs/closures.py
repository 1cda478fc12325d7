# Cells, free variables, `nonlocal`, `global`, defaults, annotations, lambdas.
total = 0


def counter(start: int = 0, *args: int, step=1, **options) -> "counter":
    count = start
    names = []

    def add(n=step, /, *, twice=False):
        nonlocal count
        global total
        count += n
        total += count
        names.append(lambda: (n, count, start))
        if twice:
            del names
            return add(n)
        return count

    def peek():
        return count, __name__, undefined

    return add, peek, lambda x, *y, z=start: x + z


def outer(a):
    def middle():
        def inner():
            return a

        return inner

    a = 2
    del a
    return middle


@counter
@counter(1)
def decorated(): ...
