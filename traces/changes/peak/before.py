"""Orders go through a desk that is a local variable: nothing of it lives when the program ends."""


class Order:
    def __init__(self, number):
        self.number = number
        self.text = f"order {number}"


class Desk:
    def __init__(self):
        self.open = []

    def take(self, order):
        self.open.append(order)
        if len(self.open) > 10:
            del self.open[0]
        return len(order.text)


def main():
    desk = Desk()
    print(sum(desk.take(Order(number)) for number in range(3000)))


main()
