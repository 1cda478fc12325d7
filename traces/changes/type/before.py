# A shop keeps its orders; after the change each order keeps a receipt too.
class Order:
    def __init__(self, number):
        self.number = number
        self.lines = [number, number + 1]


def fill(count):
    return [Order(i) for i in range(count)]


orders = fill(400)
print(sum(len(order.lines) for order in orders))
