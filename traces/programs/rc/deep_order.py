# The order in which a deep chain falls apart: finalizers on the way down, what is freed behind them on the way up, and where CPython's trashcan cuts in.
import gc

gc.disable()
log = []


class Tag:
    __slots__ = ("n",)

    def __init__(self, n):
        self.n = n

    def __del__(self):
        log.append(("tag", self.n))


class Node:
    __slots__ = ("next", "tag")

    def __init__(self, next, n):
        self.next = next
        self.tag = Tag(n)

    def __del__(self):
        log.append(("node", self.tag.n))


def runs(entries):
    """Neighbours of one kind whose numbers go up or down by one."""
    start = 0
    for i in range(1, len(entries) + 1):
        if i == len(entries) or entries[i][0] != entries[i - 1][0] or abs(entries[i][1] - entries[i - 1][1]) != 1:
            yield f"{entries[start][0]} {entries[start][1]}..{entries[i - 1][1]}"
            start = i


head = None
for n in range(21_000):
    head = Node(head, n)
head = None
found = list(runs(log))
print(len(log), len(found))
print("\n".join(found[:8]))
print("\n".join(found[-4:]))

log.clear()
chain = None
for n in range(11_000):
    chain = [chain, Tag(n)]
chain = None
print(list(runs(log))[:5], len(log))

log.clear()


def hold(previous, tag):
    yield
    return previous, tag


generator = None
for n in range(3_000):
    generator = hold(generator, Tag(n))
    next(generator)
generator = None
print(list(runs(log)))
