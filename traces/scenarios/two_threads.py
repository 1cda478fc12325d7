"""Two threads that compute and never wait: each prints the kernel's id of its thread, then counts for a while. What tools/check-threads records."""
import _thread
import time

SECONDS = 0.5


def count():
    print(_thread.get_native_id(), flush=True)
    end = time.monotonic() + SECONDS
    number = 0
    while time.monotonic() < end:
        for _ in range(1000):
            number += 1


threads = [_thread.start_joinable_thread(count) for _ in range(2)]
for thread in threads:
    thread.join()
