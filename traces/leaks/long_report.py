"""Requests leave their tickets behind; a long report, which allocates much, comes after the last one."""

tickets = []


class Ticket:
    def __init__(self, number, text):
        self.number = number
        self.text = text


def handle(number):
    text = " ".join(str(number * step) for step in range(8))
    tickets.append(Ticket(number, text))


def serve(count):
    for number in range(count):
        handle(number)


def report():
    lines = 0
    for _ in range(3):
        for number in range(400):
            lines += len([f"{number}:{column}" for column in range(3)])
    return lines


if __name__ == "__main__":
    serve(2000)
    print(len(tickets), report())
