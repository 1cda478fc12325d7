"""Counts words. The other version has other names for local variables, another order of functions, and comments."""


class Counter:
    def __init__(self):
        self.counts = {}

    def add(self, word):
        self.counts[word] = self.counts.get(word, 0) + 1

    def most(self):
        return max(self.counts.items(), key=lambda item: (item[1], item[0]))


def words(count):
    seed = 7
    for _ in range(count):
        seed = (seed * 1103515245 + 12345) % 2147483648
        yield f"word{seed // 65536 % 300}"


def squares(count):
    result = []
    for number in range(count):
        result.append(number * number)
    return result


counter = Counter()
for word in words(4000):
    counter.add(word)
print(counter.most(), sum(squares(2000)))
