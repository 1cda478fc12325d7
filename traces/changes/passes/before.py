"""Pairs that refer to each other, and a collector that is set to come seldom."""

import gc


class Half:
    def __init__(self, number):
        self.number = number
        self.other = None


def pair(number):
    a, b = Half(number), Half(-number)
    a.other, b.other = b, a
    return a.other.number


def tune():
    gc.set_threshold(5000, 10, 10)


tune()
print(sum(pair(number) for number in range(12000)))
