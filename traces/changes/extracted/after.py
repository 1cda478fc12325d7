"""Bills as text; the lock belongs to the printer."""
import threading


class Line:
    def __init__(self, name, cents):
        self.name = name
        self.cents = cents


def make_lock():
    return threading.Lock()


class Printer:
    def __init__(self):
        self.lock = make_lock()
        self.pages = []

    def put(self, text):
        with self.lock:
            self.pages.append(text)


def make_line(number, i):
    return Line(f"part {number}.{i}", number * 7 + i * 13)


def make_lines(number):
    return [make_line(number, i) for i in range(12)]


def bills(count):
    for number in range(count):
        yield number, make_lines(number)


def total(lines):
    return f"sum {sum(line.cents for line in lines)}"


def add_line(parts, line):
    parts.append(f"{line.name:<20}{line.cents // 100}.{line.cents % 100:02}")


def bill_text(number, lines):
    parts = [f"bill {number}"]
    for line in lines:
        add_line(parts, line)
    parts.append(total(lines))
    return "\n".join(parts)


PRINTER = Printer()
for number, lines in bills(200):
    PRINTER.put(bill_text(number, lines))
print(sum(map(len, PRINTER.pages)))
