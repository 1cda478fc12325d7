import threading


def count(limit):
    total = 0
    for number in range(limit):
        total += number & 7
    return total


threads = [threading.Thread(target=count, args=(400_000,), name=f"worker{i}") for i in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
