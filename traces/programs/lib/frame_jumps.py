# A trace function that sends its frame to another line, as a debugger's jump does, and everything that it may not.
import asyncio
import contextlib
import io
import pdb
import sys
import warnings

warnings.simplefilter("always")
warnings.showwarning = lambda message, kind, *rest: print("  warning:", kind.__name__, message)


def traced(function, jumps, *arguments):
    """Calls a function; `jumps` is a dict of line to line, counted from the def; each is taken once."""
    first = function.__code__.co_firstlineno
    left = dict(jumps)
    log = []

    def trace(frame, event, argument):
        if frame.f_code is not function.__code__:
            return None
        line = frame.f_lineno - first
        log.append(event[0] + str(line))
        if event == "line" and line in left:
            target = left.pop(line)
            try:
                frame.f_lineno = first + target
            except ValueError as e:
                log.append(str(e))
            log.append("at " + str(frame.f_lineno - first))
        return trace

    out = []
    sys.settrace(trace)
    try:
        result = function(out, *arguments)
        if asyncio.iscoroutine(result):
            with contextlib.suppress(StopIteration):
                result.send(None)
    except Exception as e:
        out.append(repr(e))
    finally:
        sys.settrace(None)
    print(function.__name__, jumps, out, *log)


def plain(out):
    out.append(1)
    out.append(2)

    # Nothing here.
    out.append(6)
    value = out[0]
    return value


def loops(out):
    out.append(1)
    for i in range(2):
        out.append(("i", i))
        for j in "ab":
            out.append(j)
        out.append(6)
    while len(out) < 30:
        out.extend([0] * 10)
        if len(out) > 25:
            break
    else:
        out.append("else")
    out.append(13)


def handlers(out):
    try:
        out.append(2)
        1 / 0
    except ZeroDivisionError as e:
        out.append(5)
        out.append(type(sys.exception()).__name__)
    except ValueError:
        out.append(8)
    finally:
        out.append(10)
    out.append((11, sys.exception()))
    try:
        out.append(13)
    finally:
        out.append(15)
    out.append(16)


class Manager:
    def __init__(self, out):
        self.out = out

    def __enter__(self):
        self.out.append("enter")

    def __exit__(self, *details):
        self.out.append("exit")


def managed(out):
    out.append(1)
    with Manager(out):
        out.append(3)
        out.append(4)
    out.append(5)
    with Manager(out) as a, Manager(out) as b:
        out.append(7)
    out.append(8)


def unbound(out):
    if out:
        a = b = c = 1
    out.append((a, b, c))


def several(out):
    out.append(1)
    x = [
        3,
        4,
        max(
            6,
            7),
    ]
    y = [i for i in range(3)]
    out.append((x, y))


async def waiting(out):
    out.append(1)
    async for i in numbers():
        out.append(i)
    out.append(4)
    async with asyncio.Lock() as lock:
        out.append(6)
    out.append(7)


async def numbers():
    yield 1
    yield 2


for jumps in ({1: 5}, {2: 1}, {5: 2}, {1: 3}, {1: 4}, {2: 2}, {1: 7}, {1: 8}, {5: -3}, {5: 0}, {1: 100}, {6: 1}):
    traced(plain, jumps)
for jumps in ({1: 3}, {1: 5}, {3: 1}, {5: 13}, {5: 3}, {5: 6}, {3: 6}, {6: 2}, {8: 13}, {2: 13}, {13: 2}, {5: 7}, {12: 8}, {4: 6}, {2: 12}):
    traced(loops, jumps)
for jumps in ({2: 11}, {2: 5}, {2: 8}, {5: 6}, {5: 11}, {6: 2}, {5: 8}, {5: 10}, {2: 10}, {10: 2}, {10: 11}, {11: 10}, {13: 16}, {13: 15}, {16: 13}, {15: 16}, {3: 16}, {16: 2}):
    traced(handlers, jumps)
for jumps in ({1: 3}, {3: 5}, {3: 1}, {4: 3}, {5: 7}, {7: 8}, {7: 5}, {8: 2}, {3: 7}, {7: 3}):
    traced(managed, jumps)
for jumps in ({1: 3}, {3: 2}):
    traced(unbound, jumps)
for jumps in ({1: 9}, {3: 9}, {6: 2}, {6: 9}, {9: 1}, {10: 9}, {1: 6}, {10: 6}):
    traced(several, jumps)
for jumps in ({1: 4}, {3: 4}, {4: 2}, {1: 3}, {4: 6}, {6: 7}, {3: 1}):
    traced(waiting, jumps)

# Who may not, and with what.
frame = sys._getframe()
for value in (1, None, "a", 1.0, True):
    try:
        frame.f_lineno = value
    except Exception as e:
        print(type(e).__name__, e)
try:
    del frame.f_lineno
except Exception as e:
    print(type(e).__name__, e)


def stages():
    try:
        raise KeyError
    except KeyError:
        pass
    return 1


def at(wanted, install):
    told = []

    def hook(frame, event, argument):
        if frame.f_code is stages.__code__ or event[:2] == "c_":
            frame.f_trace_opcodes = True
            if event == wanted:
                for value in (frame.f_lineno, None, 100000):
                    try:
                        frame.f_lineno = value
                        told.append("set")
                    except Exception as e:
                        told.append(f"{type(e).__name__}: {e}")
            return hook

    install(hook)
    len([])
    stages()
    install(None)
    print(wanted, *dict.fromkeys(told), sep="; ")


for event in ("call", "return", "exception", "opcode"):
    at(event, sys.settrace)
for event in ("call", "return", "c_call", "c_return"):
    at(event, sys.setprofile)


# With warnings as errors nothing is changed.
def strict(out):
    if out:
        a = 1
    out.append("end")
    return locals()


with warnings.catch_warnings():
    warnings.simplefilter("error")

    def trace(frame, event, argument):
        if frame.f_code is strict.__code__ and event == "line" and frame.f_lineno == strict.__code__.co_firstlineno + 1:
            try:
                frame.f_lineno += 2
            except RuntimeWarning as e:
                print("raised", e)
        return trace

    sys.settrace(trace)
    print(strict([]))
    sys.settrace(None)

# pdb.
def target(out):
    x = 1
    x = 2
    out.append(x)
    x = 4
    out.append(x)


first = target.__code__.co_firstlineno
commands = f"jump {first + 4}\nn\njump 9999\njump {first + 2}\nn\np x\nn\nc\n"
text = io.StringIO()
debugger = pdb.Pdb(stdin=io.StringIO(commands), stdout=text, nosigint=True, readrc=False)
debugger.use_rawinput = False
out = []
debugger.runcall(target, out)
print(out)
print(text.getvalue().replace(__file__, "FILE"))
