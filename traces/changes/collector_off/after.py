"""Graphs whose vertices know each other, built and thrown away."""
import gc


class Vertex:
    def __init__(self, name):
        self.name = name
        self.edges = []


def graph(size):
    vertices = [Vertex(f"v{i}") for i in range(size)]
    for i, vertex in enumerate(vertices):
        other = vertices[i * 7 % size]
        vertex.edges.append(other)
        other.edges.append(vertex)
    return vertices


gc.disable()
print(sum(len(graph(60)[0].edges) for _ in range(150)))
