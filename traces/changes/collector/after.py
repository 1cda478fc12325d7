# Trees are built and dropped; after the change a child knows its parent, so that only the collector can free them.
class Tree:
    def __init__(self, depth, parent=None):
        self.parent = parent
        self.children = [Tree(depth - 1, self), Tree(depth - 1, self)] if depth else []


def build(count):
    for _ in range(count):
        Tree(5)


build(120)
print("built")
