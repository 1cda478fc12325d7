"""Workers compute and then enter the result under a lock."""

import threading


class Ledger:
    def __init__(self):
        self.guard = threading.Lock()
        self.entries = {}

    def compute(self, number):
        parts = [number * step % 97 for step in range(60)]
        return sum(parts)

    def enter(self, number):
        with self.guard:
            value = self.compute(number)
            self.entries[number] = value


def work(ledger, first):
    for number in range(first, first + 150):
        ledger.enter(number)


ledger = Ledger()
threads = [threading.Thread(target=work, args=(ledger, first)) for first in (0, 1000, 2000)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sum(ledger.entries.values()))
