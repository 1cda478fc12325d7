import threading
import time


def fetch(times):
    for _ in range(times):
        time.sleep(0.01)


threads = [threading.Thread(target=fetch, args=(12,), name=f"worker{i}") for i in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
