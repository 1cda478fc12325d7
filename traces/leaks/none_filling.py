"""A cache over keys of which there are 400: asked for at random, it fills fast and then nearly not at all."""

_shapes = {}


class Shape:
    def __init__(self, code):
        self.code = code
        self.corners = [code % 5, code % 7, code % 9]


def shape_of(code):
    shape = _shapes.get(code)
    if shape is None:
        shape = _shapes[code] = Shape(code)
    return shape


def handle(seed):
    seed = (seed * 1103515245 + 12345) % 2147483648
    return seed, sum(shape_of(seed // 64 % 400).corners)


if __name__ == "__main__":
    seed = total = 0
    for _ in range(4000):
        seed, value = handle(seed)
        total += value
    print(total, len(_shapes))
