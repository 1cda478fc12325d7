"""Exceptions with causes and tracebacks: some are handled at once, some are kept for a while, some are in cycles with their frames."""


class Refused(Exception):
    pass


def parse(number):
    try:
        if number % 2:
            raise ValueError(f"odd {number}")
        return [number]
    except ValueError as error:
        raise Refused(number) from error


def keep(number, kept):
    caught = None
    try:
        return len(parse(number))
    except Refused as error:
        # The frame holds the error that holds the frame.
        caught = error
        if number % 5 == 0:
            kept.append(caught)
    return 0


def main():
    kept = []
    total = 0
    for number in range(12000):
        total += keep(number, kept)
        if len(kept) > 300:
            del kept[:150]
    print(total, len(kept))


main()
