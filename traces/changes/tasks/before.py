"""Coroutines that wait for turns, driven by hand."""


class Turn:
    def __await__(self):
        yield self


async def visit(count):
    total = 0
    for number in range(count):
        if number % 10 == 0:
            await Turn()
        total += number
    return total


def drive(task):
    turns = 0
    try:
        while True:
            task.send(None)
            turns += 1
    except StopIteration as stop:
        return turns + stop.value


print(sum(drive(visit(50)) for _ in range(60)))
