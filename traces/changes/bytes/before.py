"""Buffers for frames of a film."""


def buffer_for(frame):
    return bytearray(200 + frame % 3)


def show(frame):
    return len(buffer_for(frame))


print(sum(show(frame) for frame in range(3000)))
