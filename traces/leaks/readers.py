"""Generators that are read from twice and kept."""


class Source:
    def __init__(self, name):
        self.name = name
        self.parts = [name, name * 2, name * 3]


def numbers(source):
    for part in source.parts:
        yield len(part)
    yield len(source.name)


open_readers = []


def handle(number):
    reader = numbers(Source(f"source {number}"))
    open_readers.append(reader)
    return next(reader) + next(reader)


if __name__ == "__main__":
    print(sum(handle(number) for number in range(1500)))
