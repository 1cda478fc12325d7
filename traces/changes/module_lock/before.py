"""A module's lock, beside those of the modules that it imports."""
import asyncio
import logging
import threading

LOCK = threading.Lock()
KNOWN = {}


def digits(n):
    return sum(int(digit) for digit in str(n ** 9)) % 9


def lookup(n):
    with LOCK:
        known = KNOWN.get(n % 300)
    if known is None:
        known = digits(n)
        with LOCK:
            KNOWN[n % 300] = known
    return known


async def ask(n):
    await asyncio.sleep(0)
    logging.debug("asked %d", n)
    return lookup(n)


async def main():
    return sum(await asyncio.gather(*(ask(n) for n in range(900))))


print(asyncio.run(main()))
