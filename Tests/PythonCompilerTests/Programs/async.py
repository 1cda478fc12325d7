# Coroutines and asynchronous generators: `await`, `async for`, `async with`, asynchronous comprehensions.


async def fetch(session, urls):
    async with session as s, s.open() as (a, b):
        result = await s.get(urls[0])
    async for url in urls:
        if url:
            continue
        break
    else:
        await a
    return [await u async for u in urls if await b]


async def produce(n):
    for i in range(n):
        yield i
        await other(i)
    try:
        yield
    finally:
        await other(n)


async def collect(source):
    a = {x async for x in source}
    b = {x: y async for x, y in source}
    c = (x async for x in source)
    d = [[y async for y in x] for x in source]
    f = lambda: (await_ for await_ in a)
    return a, b, c, d, f
