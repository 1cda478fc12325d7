"""Allocates objects and tells each one to a descriptor as soon as it is there: what tools/check-kills looks for in the trace.

    announce.py DESCRIPTOR COUNT [THREADS] [END]

Each thread has a class of its own, Item0, Item1 ...; a line is the class and the object's address. END: exit (the default), abort, _exit, interrupt
(waits for Ctrl-C and goes on to status 5), hangup (waits to be killed), fork (a child tells, and tells again when its parent has died)."""
import _thread
import posix
import sys
import time


def announce(number, count):
    name = "Item%d" % number
    Item = type(name, (), {})
    kept = []
    for index in range(count):
        kept.append(Item())
        posix.write(DESCRIPTOR, b"%s %x\n" % (name.encode(), id(kept[-1])))
        # Half of them die again, so that addresses are reused.
        if index % 4 == 3:
            del kept[-2:]


def in_threads(count, threads):
    done = []

    def run(number):
        announce(number, count)
        done.append(number)

    for number in range(1, threads):
        _thread.start_new_thread(run, (number,))
    run(0)
    while len(done) < threads:
        time.sleep(0.001)


def fork(count):
    parent = posix.getpid()
    if posix.fork():
        announce(0, count)
        posix._exit(7)
    announce(1, count)
    while posix.getppid() == parent:
        time.sleep(0.001)
    announce(2, count)


DESCRIPTOR, COUNT = int(sys.argv[1]), int(sys.argv[2])
THREADS = int(sys.argv[3]) if len(sys.argv) > 3 else 1
END = sys.argv[4] if len(sys.argv) > 4 else "exit"
posix.write(DESCRIPTOR, b"pid %x\n" % posix.getpid())
if END == "fork":
    fork(COUNT)
else:
    in_threads(COUNT, THREADS)
if END == "abort":
    posix.abort()
elif END == "_exit":
    posix._exit(4)
elif END in ("interrupt", "hangup"):
    try:
        posix.write(DESCRIPTOR, b"ready 0\n")
        while True:
            time.sleep(0.01)
    except KeyboardInterrupt:
        announce(9, 10)
        sys.exit(5)
