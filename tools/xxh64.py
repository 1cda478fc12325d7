"""XXH64 with seed 0, as docs/FORMAT.md's checks want it; for the second reader. `python3 tools/xxh64.py` compares it with the text's examples."""
import struct

M32, M64 = (1 << 32) - 1, (1 << 64) - 1


def check(data):
    """The low 32 bits of the hash."""
    return xxh64(data) & M32


def xxh64(data):
    p1, p2, p3, p4, p5 = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5)
    rotate = lambda x, n: (x << n | x >> (64 - n)) & M64
    mix = lambda lane, word: rotate((lane + word * p2) & M64, 31) * p1 & M64
    blocks = len(data) // 32 * 32
    h = p5
    if blocks:
        lanes = [(p1 + p2) & M64, p2, 0, -p1 & M64]
        for words in struct.iter_unpack("<4Q", data[:blocks]):
            lanes = [mix(lane, word) for lane, word in zip(lanes, words)]
        h = sum(rotate(lane, n) for lane, n in zip(lanes, (1, 7, 12, 18))) & M64
        for lane in lanes:
            h = ((h ^ mix(0, lane)) * p1 + p4) & M64
    h = (h + len(data)) & M64
    rest = data[blocks:]
    while len(rest) >= 8:
        h, rest = (rotate(h ^ mix(0, int.from_bytes(rest[:8], "little")), 27) * p1 + p4) & M64, rest[8:]
    if len(rest) >= 4:
        h, rest = (rotate(h ^ int.from_bytes(rest[:4], "little") * p1 & M64, 23) * p2 + p3) & M64, rest[4:]
    for byte in rest:
        h = rotate(h ^ byte * p5 & M64, 11) * p1 & M64
    h = (h ^ h >> 33) * p2 & M64
    h = (h ^ h >> 29) * p3 & M64
    return h ^ h >> 32


if __name__ == "__main__":
    for data, known in [(b"", 0x51D8E999), (b"a", 0xA98C6E5B)]:
        assert check(data) == known, (data, hex(check(data)), hex(known))
