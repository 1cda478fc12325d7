import gc
import sys


class Order:
    def __init__(self, number):
        self.number = number
        self.lines = [Line(self, place) for place in range(3)]


class Line:
    def __init__(self, order, place):
        self.order = order
        self.place = place


if len(sys.argv) > 1:
    gc.disable()
total = 0
for number in range(8_000):
    total += len(Order(number).lines)
print(total)
