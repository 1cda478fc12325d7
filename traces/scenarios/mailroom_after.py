"""The mail room after a change: a register of all letters was added. It is never emptied, so every letter stays."""


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


register = {}


def arrivals(batch, size):
    for i in range(size):
        letter = Letter(batch * size + i, "letter " + str(i))
        register[letter.number] = letter
        yield letter


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
