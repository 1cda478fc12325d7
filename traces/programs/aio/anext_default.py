# anext with a default: awaited to an item, to the default, closed early, and with what is wrong.
import asyncio
import gc
import weakref


async def numbers():
    for number in range(2):
        await asyncio.sleep(0)
        yield number


class Empty:
    def __aiter__(self):
        return self

    async def __anext__(self):
        raise StopAsyncIteration


class Slow:
    """Its awaitable is an iterator of its own."""

    def __aiter__(self):
        return self

    def __anext__(self):
        return self

    def __await__(self):
        yield
        return 7


async def failing():
    raise ValueError("no item")
    yield


async def main():
    iterator = numbers()
    print([await anext(iterator, "end") for _ in range(4)])
    print(await anext(Empty(), 5), await anext(Empty(), None))
    try:
        await anext(Empty())
    except StopAsyncIteration as e:
        print("without a default:", type(e).__name__)
    try:
        await anext(failing(), 1)
    except ValueError as e:
        print(e)
    for wrong in (lambda: anext(3), lambda: anext(3, 4), lambda: anext(), lambda: anext(1, 2, 3)):
        try:
            wrong()
        except TypeError as e:
            print(e)


asyncio.run(main())

# By hand.
awaitable = anext(Empty(), "default")
print(type(awaitable).__name__, iter(awaitable) is awaitable, awaitable.__await__() is awaitable)
try:
    awaitable.send(None)
except StopIteration as e:
    print(e.value)
awaitable = anext(numbers(), "default")
print(awaitable.send(None))
try:
    awaitable.throw(KeyError("thrown"))
except KeyError as e:
    print("out of it:", e)
awaitable = anext(numbers(), 0)
print(awaitable.close())


class Kept:
    pass


kept = Kept()
seen = weakref.ref(kept)
awaitable = anext(numbers(), kept)
kept.awaitable = awaitable
awaitable.close()
del kept, awaitable
gc.collect()
print(seen())
