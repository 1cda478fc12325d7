"""Counts words.

The other version has other names for local variables, another order of functions, and fewer comments.
"""


def squares(how_many):
    # Nothing but a list.
    collected = []
    for n in range(how_many):
        collected.append(n * n)
    return collected


def words(how_many):
    state = 7
    for _ in range(how_many):
        # A linear congruence.
        state = (state * 1103515245 + 12345) % 2147483648
        yield f"word{state // 65536 % 300}"


class Counter:
    def most(self):
        return max(self.counts.items(), key=lambda pair: (pair[1], pair[0]))

    def add(self, text):
        self.counts[text] = self.counts.get(text, 0) + 1

    def __init__(self):
        self.counts = {}


tally = Counter()
for text in words(4000):
    tally.add(text)
print(tally.most(), sum(squares(2000)))
