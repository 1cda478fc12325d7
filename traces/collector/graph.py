"""A graph that only grows, so that full passes come later and later by the rule of a quarter; some edges are replaced."""


class Vertex:
    def __init__(self, name):
        self.name = name
        self.edges = []


def main():
    vertices = [Vertex("origin")]
    replaced = 0
    for number in range(1, 30000):
        vertex = Vertex(f"v{number}")
        other = vertices[number * 31 % len(vertices)]
        vertex.edges.append((other, number))
        other.edges.append((vertex, number))
        if len(other.edges) > 5:
            other.edges = other.edges[3:]
            replaced += 1
        vertices.append(vertex)
    print(len(vertices), replaced)


main()
