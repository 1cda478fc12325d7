# Generators: `yield` as a statement and as a value, delegation, `return`, protected blocks.


def count(n):
    i = 0
    while i < n:
        got = yield i
        if got is not None:
            i = got
        else:
            i += 1
    return "end"


def relay(parts):
    for part in parts:
        result = yield from part
        print(result)
    yield
    yield 1, 2
    x = yield (yield)


def guarded(lock):
    try:
        with lock:
            yield 1
    except GeneratorExit:
        return
    finally:
        yield 2


chained = (y for x in range(3) for y in count(x) if y)
