"""Rings of objects that the collector takes from time to time."""


class Link:
    def __init__(self, number):
        self.number = number
        self.other = None


def pair(number):
    a, b = Link(number), Link(number + 1)
    a.other, b.other = b, a
    return a


def handle(number):
    return pair(number).other.number


if __name__ == "__main__":
    print(sum(handle(number) for number in range(9000)))
