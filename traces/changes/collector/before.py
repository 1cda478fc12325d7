# Trees are built and dropped; after the change a child knows its parent, so that only the collector can free them.
class Tree:
    def __init__(self, depth):
        self.children = [Tree(depth - 1), Tree(depth - 1)] if depth else []


def build(count):
    for _ in range(count):
        Tree(5)


build(120)
print("built")
