"""Reads the heads of many files."""


class Shelf:
    def __init__(self):
        self.open = []

    def lines(self, number):
        for line in range(20):
            yield f"{number}:{line}"

    def head(self, number):
        reader = self.lines(number)
        first = next(reader)
        reader.close()
        return first


shelf = Shelf()
print(sum(len(shelf.head(number)) for number in range(600)))
