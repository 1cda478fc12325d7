# Threads that share containers under locks.
import _thread
import time


class Box:
    def __init__(self):
        self.items = []
        self.lock = _thread.allocate_lock()


def worker(name, box, done):
    own = {}
    for i in range(400):
        with box.lock:
            box.items.append((name, i, own))
            own[i] = box.items[-1]
            if len(box.items) > 100:
                del box.items[:30]
        if i % 50 == 0:
            time.sleep(0.001)
            own.clear()
    done.release()


box = Box()
locks = []
for n in range(3):
    done = _thread.allocate_lock()
    done.acquire()
    locks.append(done)
    _thread.start_new_thread(worker, ("w%d" % n, box, done))
for done in locks:
    done.acquire()
print(len(box.items) > 0)
