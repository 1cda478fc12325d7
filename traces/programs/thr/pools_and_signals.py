# A pool of threads, timers, thread-local values, signals and a thread that is still running at the end.
import concurrent.futures
import gc
import os
import queue
import signal
import sys
import threading
import weakref

sys.setswitchinterval(0.0005)


def work(n):
    table = {}
    for i in range(2000):
        table[i % 97] = [i, str(i)]
    return n, sum(x[0] for x in table.values())


with concurrent.futures.ThreadPoolExecutor(4) as pool:
    print(sorted(pool.map(work, range(8))))
    later = [pool.submit(pow, i, i) for i in range(6)]
    print([f.result() for f in later])
    failed = pool.submit(int, "x")
    print(type(failed.exception()).__name__)

local = threading.local()
seen = queue.SimpleQueue()


def own(n):
    local.value = [n]
    work(n)
    seen.put(local.value)


threads = [threading.Thread(target=own, args=(n,)) for n in range(6)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(sorted(seen.get() for _ in threads), hasattr(local, "value"))


class Node:
    pass


dead = []


def cycles():
    for _ in range(300):
        a, b = Node(), Node()
        a.other, b.other = b, a
        weakref.finalize(a, dead.append, 1)
        if _ % 50 == 0:
            gc.collect()


threads = [threading.Thread(target=cycles) for _ in range(3)]
for t in threads:
    t.start()
for t in threads:
    t.join()
gc.collect()
print(len(dead))

got = []
signal.signal(signal.SIGUSR1, lambda number, frame: got.append(number))
for _ in range(20):
    sender = threading.Thread(target=os.kill, args=(os.getpid(), signal.SIGUSR1))
    sender.start()
    sender.join()
while not got:
    pass
print(set(got) == {signal.SIGUSR1})

fired = threading.Event()
threading.Timer(0.01, fired.set).start()
print(fired.wait(30))

reading, writing = os.pipe()
data = bytearray(b"x" * 1000)
refused = []


def write():
    for _ in range(50):
        os.write(writing, data)


def resize():
    for _ in range(200):
        try:
            data.append(1)
            data.pop()
        except BufferError:
            refused.append(1)


def read():
    last = b""
    while last != b"end":
        last = (last + os.read(reading, 4096))[-3:]


threads = [threading.Thread(target=f) for f in (write, resize, read)]
for t in threads:
    t.start()
for t in threads[:2]:
    t.join()
os.write(writing, b"end")
threads[2].join()
print("written", data == b"x" * 1000)


def forever():
    while True:
        work(1)


threading.Thread(target=forever, daemon=True).start()
print("end")
