"""Threads put what they did into one list."""

import threading


class Result:
    def __init__(self, worker, number):
        self.worker = worker
        self.number = number


class Board:
    def __init__(self):
        self.lock = threading.Lock()
        self.results = []

    def post(self, result):
        with self.lock:
            self.results.append(result)


def handle(board, worker, number):
    text = f"{worker}-{number}"
    board.post(Result(worker, len(text) * 1000 + number))


def work(board, worker, count):
    for number in range(count):
        handle(board, worker, number)


if __name__ == "__main__":
    board = Board()
    threads = [threading.Thread(target=work, args=(board, f"w{i}", 800)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(len(board.results))
