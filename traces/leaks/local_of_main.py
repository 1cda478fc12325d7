"""What grows hangs on a local variable of main() and is gone when it returns."""


class Visit:
    def __init__(self, number, page):
        self.number = number
        self.page = page


class Recorder:
    def __init__(self):
        self.visits = {}

    def record(self, number):
        self.visits[number] = Visit(number, f"/page/{number % 30}")


def handle(recorder, number):
    recorder.record(number)
    return sum(ord(c) for c in f"visit {number}")


def main():
    recorder = Recorder()
    total = 0
    for number in range(3000):
        total += handle(recorder, number)
    print(total)


if __name__ == "__main__":
    main()
