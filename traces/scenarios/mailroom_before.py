"""A small mail room: letters come in batches, are sorted into boxes by a generator, and are handed out again."""


class Letter:
    def __init__(self, number, text):
        self.number = number
        self.text = text


class Box:
    def __init__(self, name):
        self.name = name
        self.letters = []

    def hand_out(self):
        handed, self.letters = self.letters, []
        return handed


def arrivals(batch, size):
    for i in range(size):
        yield Letter(batch * size + i, "letter " + str(i))


def sort_letters(boxes, letters):
    for letter in letters:
        boxes[letter.number % len(boxes)].letters.append(letter)


def main():
    boxes = [Box("box " + str(i)) for i in range(4)]
    handed_out = 0
    for batch in range(60):
        sort_letters(boxes, arrivals(batch, 50))
        for box in boxes:
            handed_out += len(box.hand_out())
    print("handed out", handed_out)


main()
