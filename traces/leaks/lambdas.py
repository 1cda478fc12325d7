"""Callbacks are registered for each document and never removed; each keeps its document by a closure."""


class Document:
    def __init__(self, number):
        self.number = number
        self.words = [f"w{number}", f"v{number}"]

    def refresh(self):
        return len(self.words)


class Clock:
    def __init__(self):
        self.callbacks = []

    def every_hour(self, callback):
        self.callbacks.append(callback)


def watch(clock, document):
    clock.every_hour(lambda: document.refresh())


def handle(clock, number):
    document = Document(number)
    watch(clock, document)
    return document.refresh()


clock = Clock()
print(sum(handle(clock, number) for number in range(2000)))
