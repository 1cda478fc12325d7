"""Plans whose steps form a ring, while the collector is off."""

import gc


class Step:
    def __init__(self, number):
        self.number = number
        self.following = None


def plan(number):
    steps = [Step(number) for number in (number, number + 1, number + 2)]
    for step, following in zip(steps, steps[1:] + steps[:1]):
        step.following = following
    return steps[0]


def handle(number):
    return plan(number).following.number


gc.disable()
print(sum(handle(number) for number in range(2000)))
