"""Generators that are read from in turns, left in the middle, closed or exhausted, and closures that name themselves."""


def lines(name, count):
    for number in range(count):
        yield {"name": name, "number": number, "words": [name, number]}


def counter(start):
    def step():
        nonlocal start
        start += 1
        return step

    return step


def main():
    waiting = []
    total = 0
    for number in range(5000):
        reader = lines(f"file {number}", 2 + number % 4)
        total += next(reader)["number"]
        waiting.append(reader)
        counter(number)()
        if len(waiting) > 200:
            for reader in waiting[:100]:
                total += sum(line["number"] for line in reader)
            waiting[:100] = []
        elif number % 7 == 0:
            waiting.pop(0).close()
    print(total, len(waiting))


main()
