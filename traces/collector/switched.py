"""A parser that turns the collector off while it builds its trees, and on again between them, as programs do for speed."""
import gc


class Token:
    def __init__(self, text, parent):
        self.text = text
        self.parent = parent
        self.parts = []


def parse(words, keep):
    root = Token("root", None)
    current = root
    for place, word in enumerate(words):
        token = Token(word, current)
        current.parts.append(token)
        current = token if place % 3 else root
    return root if keep else None


def report(number):
    rows = []
    for row in range(60):
        line = {"number": number, "row": row}
        line["self"] = [line]
        rows.append(line)
    return len(rows)


def main():
    words = [str(number) for number in range(350)]
    kept = []
    count = 0
    for document in range(90):
        gc.disable()
        try:
            tree = parse(words[: 150 + document * 7 % 200], document % 9 == 0)
        finally:
            gc.enable()
        if tree is not None:
            kept.append(tree)
        for number in range(12):
            count += report(number)
    print(len(kept), count)


main()
