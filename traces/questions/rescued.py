import gc


class Node:
    def __init__(self, name):
        self.name = name


class Lost(Node):
    pass


def ring(cls, *names):
    nodes = [cls(name) for name in names]
    for node, other in zip(nodes, nodes[1:] + nodes[:1]):
        node.next = other
    return nodes[0]


gc.disable()
gc.collect()
kept = ring(Node, "first", "second", "third")
ring(Lost, "fourth", "fifth")
gc.collect(0)
