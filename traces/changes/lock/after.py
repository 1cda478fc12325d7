# A flag under a lock; after the change the lock is taken for every step instead of every hundredth.
import _thread


def make_lock():
    return _thread.allocate_lock()


def flip(lock, flag, count):
    for i in range(count):
        if i % 1 == 0:
            lock.acquire()
            flag[0] ^= 1
            lock.release()


lock, flag = make_lock(), [0]
flip(lock, flag, 2000)
print(flag[0])
