# cProfile over the native profiler: counts, callers, native functions, timers, and what is refused.
import cProfile
import io
import pstats


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def work():
    values = [fib(3), len([1]), max(1, 2)]
    values.append(sorted([3, 1], key=abs))
    "".join(["a"])
    try:
        int("x")
        len(5)
    except (TypeError, ValueError):
        pass
    return sum(i for i in range(3))


def name(code):
    return code if isinstance(code, str) else code.co_name


profile = cProfile.Profile()
print(profile.runcall(work))
for entry in sorted(profile.getstats(), key=lambda e: name(e.code)):
    if "disable" in name(entry.code):
        continue
    calls = sorted((name(c.code), c.callcount, c.reccallcount) for c in entry.calls or ())
    print(name(entry.code), entry.callcount, entry.reccallcount, entry.totaltime >= entry.inlinetime >= 0, calls)
text = io.StringIO()
pstats.Stats(profile, stream=text).strip_dirs().sort_stats("calls", "name").print_stats()
print([line.split()[0] + " " + line.split(None, 5)[5] for line in text.getvalue().splitlines() if "(" in line and line.strip()[0].isdigit()][1:4])
ticks = iter(range(1000))
counted = cProfile.Profile(lambda: next(ticks), 0.5, builtins=False)
counted.enable()
fib(2)
counted.disable()
print([(name(e.code), e.callcount, e.totaltime, e.inlinetime) for e in sorted(counted.getstats(), key=lambda e: name(e.code))])
plain = cProfile.Profile(subcalls=False)
with plain:
    fib(1)
print([(name(e.code), e.calls) for e in sorted(plain.getstats(), key=lambda e: name(e.code)) if "disable" not in name(e.code)])
profile.enable()
try:
    counted.enable()
except ValueError as e:
    print(e)
profile.disable()
profile.clear()
print(profile.getstats())
cProfile.run("1 + 1", "/dev/null")
