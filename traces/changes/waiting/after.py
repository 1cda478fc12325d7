"""Widgets that show the values of models, window after window."""


class Model:
    def __init__(self):
        self.watchers = []

    def set(self, value):
        for watcher in self.watchers:
            watcher(value)


class Widget:
    def __init__(self, model):
        self.model = model
        self.shown = []
        model.watchers.append(self.show)

    def show(self, text):
        self.shown.append(text)


class Window:
    def __init__(self):
        self.widgets = [Widget(Model()) for _ in range(4)]

    def play(self):
        for i, widget in enumerate(self.widgets):
            widget.model.set(f"value {i}")
        return sum(len(widget.shown) for widget in self.widgets)


print(sum(Window().play() for _ in range(600)))
