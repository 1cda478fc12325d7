"""A cache that is full most of the time: entries live long, die by their count, and hold lists, dicts and tuples."""


class Entry:
    __slots__ = ("key", "rows", "index")

    def __init__(self, key):
        self.key = key
        self.rows = [(key, place, [place]) for place in range(6)]
        self.index = {place: row for place, row in enumerate(self.rows)}


def main():
    cache = {}
    misses = 0
    for step in range(9000):
        key = step * 7919 % 1500 if step % 3 else step
        if key not in cache:
            misses += 1
            cache[key] = Entry(key)
            if len(cache) > 700:
                del cache[next(iter(cache))]
    print(misses, len(cache))


main()
