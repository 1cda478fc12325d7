"""A bounded buffer with a condition: one reader parses blocks, three writers summarise them."""
import threading
import collections


class Buffer:
    def __init__(self, size):
        self.size = size
        self.items = collections.deque()
        self.changed = threading.Condition()
        self.closed = False

    def put(self, item):
        with self.changed:
            while len(self.items) >= self.size:
                self.changed.wait()
            self.items.append(item)
            self.changed.notify_all()

    def close(self):
        with self.changed:
            self.closed = True
            self.changed.notify_all()

    def take(self, work):
        with self.changed:
            while not self.items and not self.closed:
                self.changed.wait()
            if not self.items:
                return None
            item = self.items.popleft()
            self.changed.notify_all()
        return work(item)


class Block:
    def __init__(self, number):
        self.number = number
        self.lines = [f"line {number * 31 + i} value {i * 7}" for i in range(40)]


def summarise(block):
    sums = {}
    for line in block.lines:
        _, number, _, value = line.split()
        key = int(number) % 5
        sums[key] = sums.get(key, 0) + int(value)
    return sorted(sums.items())


def writer(buffer, results, lock):
    while True:
        summary = buffer.take(summarise)
        if summary is None:
            return
        with lock:
            results[0] += len(summary)


def main():
    buffer = Buffer(8)
    results = [0]
    lock = threading.Lock()
    threads = [threading.Thread(target=writer, args=(buffer, results, lock)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(250):
        buffer.put(Block(number))
    buffer.close()
    for thread in threads:
        thread.join()
    print(results[0])


main()
