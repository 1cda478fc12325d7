"""Thumbnails that are remembered."""
import functools


class Thumbnail:
    def __init__(self, name, width):
        self.name = name
        self.width = width


@functools.lru_cache(maxsize=None)
def thumbnail(name, scale):
    return Thumbnail(name, 640 // scale)


def page(number):
    return sum(thumbnail(f"photo{number * 7 + i}", scale=1 + i % 3).width for i in range(10))


print(sum(page(number) for number in range(300)))
