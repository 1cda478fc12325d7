# faulthandler: tracebacks at once, on signals, after a time, and before a fatal end.
import _thread
import faulthandler
import os
import signal
import sys
import warnings

warnings.simplefilter("ignore")


def flush(*words):
    print(*words, file=sys.stderr, flush=True)


def outer():
    inner()


def inner():
    faulthandler.dump_traceback(file=sys.stderr, all_threads=False)
    faulthandler.dump_traceback(file=2)


flush("at once")
outer()

flush("two threads")
running, go_on, done = (_thread.allocate_lock() for _ in range(3))
for lock in (running, go_on, done):
    lock.acquire()


def waits():
    running.release()
    go_on.acquire()
    done.release()


_thread.start_new_thread(waits, ())
running.acquire()
outer()
go_on.release()
done.acquire()
while _thread._count():
    pass

flush("switches", faulthandler.is_enabled())
faulthandler.enable(2)
flush(faulthandler.is_enabled(), faulthandler.disable(), faulthandler.disable(), faulthandler.is_enabled())

flush("a signal")
faulthandler.register(signal.SIGUSR1, file=sys.stderr)
os.kill(os.getpid(), signal.SIGUSR1)
flush(faulthandler.unregister(signal.SIGUSR1), faulthandler.unregister(signal.SIGUSR1))
signal.signal(signal.SIGUSR2, lambda *a: flush("the handler before it"))
faulthandler.register(signal.SIGUSR2, file=2, all_threads=False, chain=True)
os.kill(os.getpid(), signal.SIGUSR2)
faulthandler.unregister(signal.SIGUSR2)

flush("later")
end, start = os.pipe()


def told(times):
    """The first blocks that come through the pipe."""
    text = b""
    while text.count(b"Timeout") <= times - 1 or not text.endswith(b"<module>\n"): text += os.read(end, 4096)
    return text.decode().replace(os.path.dirname(os.path.abspath(__file__)) + "/", "").replace("\n\n", "\n")


faulthandler.dump_traceback_later(0.05, file=start); flush(told(1))
faulthandler.dump_traceback_later(0.0000001, file=start); flush(told(1))
faulthandler.dump_traceback_later(100, file=start)
faulthandler.dump_traceback_later(0.05, repeat=True, file=start); flush(told(2).count("Timeout") >= 2)
faulthandler.cancel_dump_traceback_later()
faulthandler.cancel_dump_traceback_later()

flush("refused")
for f, *a in (
    (faulthandler.dump_traceback_later, 0), (faulthandler.dump_traceback_later, -1), (faulthandler.dump_traceback_later, "x"),
    (faulthandler.register, 0), (faulthandler.register, 65), (faulthandler.register, signal.SIGSEGV), (faulthandler.register, signal.SIGKILL),
    (faulthandler.unregister, signal.SIGABRT), (faulthandler.enable, "x"), (faulthandler.enable, -1), (faulthandler.enable, object()),
):
    try:
        flush(f(*a))
    except Exception as e:
        flush(f.__name__, type(e).__name__, e)


def deep(n):
    if n:
        deep(n - 1)
    else:
        faulthandler.dump_traceback(file=2)


flush("many frames")
deep(110)
flush("odd names")
exec(compile("faulthandler.dump_traceback(file=2, all_threads=False)", "f\xe9\n€\U0001F600", "exec"))
exec(compile("faulthandler.dump_traceback(file=2, all_threads=False)", "long" * 200, "exec"))


def generator():
    faulthandler.dump_traceback(file=2, all_threads=False)
    yield


next(generator())


def child(f):
    pid = os.fork()
    if pid == 0:
        f()
        os._exit(99)
    flush("ended by", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def killed_by(number):
    def f():
        faulthandler.enable(2)
        os.kill(os.getpid(), number)
    return f


flush("fatal")
for number in (signal.SIGSEGV, signal.SIGFPE, signal.SIGBUS, signal.SIGILL, signal.SIGABRT):
    child(killed_by(number))


def too_late():
    faulthandler.dump_traceback_later(0.05, exit=True, file=2)
    while True: pass


child(too_late)
