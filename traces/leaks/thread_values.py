"""Each request leaves a record in the thread's own trail."""
import threading

context = threading.local()


class Record:
    def __init__(self, number):
        self.number = number
        self.path = f"/page/{number}"


def trail():
    try:
        return context.trail
    except AttributeError:
        context.trail = []
        return context.trail


def audit(number):
    record = Record(number)
    trail().append(record)
    return record


def handle(number):
    return len(audit(number).path)


print(sum(handle(number) for number in range(2500)))
