# Unpacking in targets, displays and calls; chained assignment, swaps.


def targets(items):
    a, b = items
    c, *d, e = items
    [f, (g, *h)] = items
    a, b = b, a
    a, b, c = c, b, a
    a, b, c, d = d, c, b, a
    x = y = [*items, 1]
    for p, (q, *r) in x:
        items[p], items.q = r, q
    (one,) = items
    del a, (b, c)
    return *items, *y


def calls(f, args, options):
    f(1, *args)
    f(*args)
    f(*args, 2, *args, k=1)
    f(1, k=1, **options)
    f(**options, a=1, **options)
    f.method(1, x=2)
    f.method(*args)
    print({**options, "a": 1, **options}, {*args, 1}, (*args, 1), {"a": 1, "b": 2})
    print([1, 2, 3], {1, 2, 3}, (1, 2, 3), [f, 1], {f: 1}, (f, 1))
    return f(k=1)(a=f, b=options)


if 1 in [1, 2] and f in {1, 2}:
    for x in [1, 2, 3]:
        pass
