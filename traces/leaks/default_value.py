"""A default value that is one list for all calls."""


class Note:
    def __init__(self, text):
        self.text = text


def note(text, trail=[], *, limit=3):
    trail.append(Note(text))
    return trail[-limit:]


def handle(number):
    return len(note(f"note {number}"))


print(sum(handle(number) for number in range(2500)))
