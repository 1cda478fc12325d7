"""A parcel office: parcels in chains, some in circles that only the collector takes apart; three clerks who share a counter; lists of labels made by a
generator; one audit that is never finished. What docs/query.md asks about."""
import threading
import time


class Parcel:
    def __init__(self, weight):
        self.weight = weight
        self.next = None


def chain(count):
    head = None
    for weight in range(count):
        parcel = Parcel([weight])
        parcel.next = head
        head = parcel
    return head


def circles(count):
    for weight in range(count):
        parcel = Parcel(weight)
        parcel.next = parcel


def labels(count):
    for number in range(count):
        yield "label " + str(number)


counter = threading.Lock()


def clerk():
    for _ in range(40):
        with counter:
            time.sleep(0.0005)
            list(labels(10))


shelf = chain(2000)
circles(3000)
clerks = [threading.Thread(target=clerk, name="clerk " + str(i)) for i in range(3)]
for thread in clerks:
    thread.start()
for thread in clerks:
    thread.join()
audit = labels(5)
next(audit)
try:
    int("heavy")
except ValueError:
    print("no weight")
