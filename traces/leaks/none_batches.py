"""A buffer that is written out whenever it holds 700 events; the program ends with one that is nearly full."""

buffer = []


class Event:
    def __init__(self, number):
        self.number = number
        self.text = f"event {number}"


def flush():
    size = sum(len(event.text) for event in buffer)
    buffer.clear()
    return size


def handle(number):
    buffer.append(Event(number))
    return flush() if len(buffer) >= 700 else 0


if __name__ == "__main__":
    print(sum(handle(number) for number in range(4 * 700 + 650)), len(buffer))
