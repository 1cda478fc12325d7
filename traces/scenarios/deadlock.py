"""Six threads, none of which gets on, and one that works: what tools/check-threads kills, to ask the trace who waits for whom.

Two hold a lock each and wait for the other's; one waits for the first of these locks, one in the `with` of an RLock that the main thread keeps,
one for the end of another thread. Two compute, so that one of them waits for the GIL."""
import _thread
import posix
import time

A, B = _thread.allocate_lock(), _thread.allocate_lock()
KEPT = _thread.RLock()


def cross(first, second):
    with first:
        time.sleep(0.05)
        second.acquire()


def enter(lock):
    time.sleep(0.1)
    with lock:
        pass


def compute():
    number = 0
    while True:
        number += 1


KEPT.acquire()
crossing = _thread.start_joinable_thread(lambda: cross(A, B))
_thread.start_new_thread(cross, (B, A))
_thread.start_new_thread(enter, (A,))
_thread.start_new_thread(enter, (KEPT,))
_thread.start_joinable_thread(crossing.join)
for _ in range(2):
    _thread.start_new_thread(compute, ())
time.sleep(0.4)
posix.write(1, b"%d\n" % posix.getpid())
time.sleep(100)
