# Generators, generator expressions, iterators, coroutines: suspended, resumed, closed, dropped.
import itertools


def numbers(limit):
    total = []
    for i in range(limit):
        total.append(i)
        got = yield i
        if got:
            total.append(got)


def chain(parts):
    for part in parts:
        yield from part


class Later:
    def __await__(self):
        value = yield self
        return value


async def work(n):
    later = Later()
    return await later, n


running = []
pairs = []
for i in range(200):
    g = numbers(i % 17 + 2)
    next(g)
    g.send([i])
    running.append(g)
    c = work(i)
    c.send(None)
    pairs.append((c, iter([i, i + 1]), enumerate([g])))
    squares = (x * x for x in range(1000, 1100))
    pairs.append((squares, next(squares), zip([1, 2, 3], "abc"), map(str, [i])))
    for value in chain([[1, 2], itertools.islice(squares, 3), (i,)]):
        last = value
    it = iter({"a": i, "b": [i]}.items())
    pairs.append((it, next(it), reversed([i, g])))
    if i % 15 == 14:
        for old in running[:10]:
            old.close()
        del running[:10]
        while len(pairs) > 20:
            first = pairs.pop()
            if hasattr(first[0], "cr_code"):
                first[0].close()
print(len(running), len(pairs))
