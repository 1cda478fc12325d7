"""Bills as text; the lock belongs to the printer."""
import threading


class Line:
    def __init__(self, name, cents):
        self.name = name
        self.cents = cents


class Printer:
    def __init__(self):
        self.lock = threading.Lock()
        self.pages = []

    def put(self, text):
        with self.lock:
            self.pages.append(text)


def bills(count):
    for number in range(count):
        lines = [Line(f"part {number}.{i}", number * 7 + i * 13) for i in range(12)]
        yield number, lines


def render(number, lines):
    parts = [f"bill {number}"]
    for line in lines:
        parts.append(f"{line.name:<20}{line.cents // 100}.{line.cents % 100:02}")
    parts.append(f"sum {sum(line.cents for line in lines)}")
    return "\n".join(parts)


PRINTER = Printer()
for number, lines in bills(200):
    PRINTER.put(render(number, lines))
print(sum(map(len, PRINTER.pages)))
