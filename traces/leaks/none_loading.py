"""Loads a table, a third of all the work, and then answers questions from it."""


class Row:
    def __init__(self, number):
        self.key = f"k{number}"
        self.value = number * number % 997


def load(count):
    return {row.key: row for row in (Row(number) for number in range(count))}


def handle(table, number):
    row = table[f"k{number % len(table)}"]
    return len([row.value, row.value + 1, f"{row.value} of {row.key}"])


if __name__ == "__main__":
    table = load(2500)
    print(sum(handle(table, number) for number in range(6000)))
