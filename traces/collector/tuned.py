"""A service that sets the collector's thresholds itself: high while it loads, lower while it serves, one of them alone near the end."""
import gc


class Session:
    def __init__(self, number):
        self.number = number
        self.log = []
        self.owner = [self]


def load(count):
    return {number: {"number": number, "tags": [str(number)]} for number in range(count)}


def serve(requests, sessions):
    served = 0
    for number in range(requests):
        session = Session(number)
        session.log.append({"request": number, "steps": [number, number + 1]})
        if number % 50 == 0:
            sessions.append(session)
        served += len(session.log)
    return served


def main():
    sessions = []
    table = load(1500)
    served = serve(2000, sessions)
    gc.set_threshold(5000, 20, 20)
    table.update(load(6000))
    gc.set_threshold(400, 5, 5)
    served += serve(9000, sessions)
    gc.set_threshold(1000)
    served += serve(9000, sessions)
    print(len(table), served, len(sessions))


main()
