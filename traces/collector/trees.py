"""Trees whose nodes know their parents: every dropped tree is trash for the collector, young or old."""
import random


class Node:
    def __init__(self, parent, depth):
        self.parent = parent
        self.children = [Node(self, depth - 1) for _ in range(3)] if depth else []


def main():
    random.seed(7)
    forest = []
    grown = 0
    for _ in range(400):
        forest.append(Node(None, 3))
        grown += 1
        while len(forest) > random.randrange(1, 40):
            forest.pop(random.randrange(len(forest)))
    print(grown, len(forest))


main()
