"""The records of a chunk, for read_trace.py: section 5 of docs/FORMAT.md."""
import collections
import io
import struct

from xxh64 import M32, M64

A, B = 0x9E3779B1, 0x85EBCA77


class Column(io.BytesIO):
    def varint(self):
        value = shift = 0
        while True:
            byte, = self.read(1)
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value & M64

    def delta(self):
        zigzag = self.varint()
        return zigzag >> 1 ^ -(zigzag & 1)


class Heap:
    """L, M, D and z of section 5: what births and deaths tell of the next ones."""

    def __init__(self):
        self.births, self.memory, self.dead, self.death = [0], {}, {}, 0

    def known(self, o):
        entry = self.memory.get(o & 0xFFFF)
        return entry if entry and entry[0] == o else None

    def born(self, number):
        return self.births[number] if 1 <= number < len(self.births) and len(self.births) - number <= 0x10000 else 0

    def expect(self, t):
        for _ in range(4):
            o = self.dead.get(t & 1023, 0)
            entry = self.known(o)
            if o == 0 or entry and entry[1:3] == [t, True]:
                break
            self.dead[t & 1023] = entry[3] if entry else 0
        return self.dead.get(t & 1023, 0)

    def note_birth(self, o, t):
        if self.dead.get(t & 1023, 0) == o:
            self.dead[t & 1023] = (self.known(o) or [0] * 4)[3]
        self.memory[o & 0xFFFF] = [o, t, False, 0, len(self.births)]
        self.births.append(o)

    def note_death(self, o, pair):
        if not (entry := self.known(o)):
            return 0
        pair[:] = len(self.births) - 1 - entry[4], entry[4] - self.death & M32
        self.death = entry[4]
        if not entry[2]:
            entry[2], entry[3], self.dead[entry[1] & 1023] = True, self.dead.get(entry[1] & 1023, 0), o
        return entry[1] * A & M32


def decode(body, layout, count, table):  # section 5
    if layout == 0:
        return raw_records(body, table)
    column = collections.defaultdict(lambda rows=Column(body): rows)
    if layout == 6:
        at = 2 + 6 * struct.unpack_from("<H", body)[0]
        for number, size in struct.iter_unpack("<HI", body[2:at]):
            column[number] = Column(body[at:at + size])
            at += size
    templates, records, heap = [], [], Heap()
    next_template, next_object, places, last_defined, registers, variables = {}, {}, {}, {}, {}, {}
    history, place, previous, run, path = [0] * 16, 0, 0, 0, 0
    for _ in range(count):
        control = 0 if run else column[0].read(1)[0]
        if control == 0:
            run = (run or column[0].varint()) - 1
        number = next_template.get(path >> 20, 0)
        if control & 1:
            number = next_template[path >> 20] = column[1].varint()
            if number == len(templates):
                spec = table[column[1].read(1)[0]]
                words = [spec.number, 0]
                before = last_defined.get(spec.number, words)
                for f in spec.statics:
                    words[f.word] |= ((before[f.word] >> f.shift) + column[1].delta() & f.mask) << f.shift
                last_defined[spec.number] = words
                symbol = ((words[0] ^ words[1] * 0x9E3779B185EBCA87) * 0xC2B2AE3D27D4EB4F & M64) >> 32
                templates.append((spec, words, [previous] * 3, symbol))
        spec, words, last, symbol = templates[number]
        step, t = symbol, words[0] >> 8 & 0xFFFFFF
        record = words + [0] * (spec.words - 2)
        for i, (word, shift, mask, register) in enumerate(spec.variables):
            seen = variables.setdefault(((path ^ symbol) + i * B) * A % 2 ** 32 >> 20, [0, 0])
            value = seen[0] + seen[1] & mask
            if control & 0x80:
                value = registers[register] = registers.get(register, 0) + column[register].delta() & mask
            seen[:] = value, value - seen[0] & M64
            record[word] |= value << shift
            if spec.name == "store" and value >> 21 not in (0, 3):
                step ^= value * A & M32
        for i, f in enumerate(spec.objects):
            own = symbol if spec.name == "dealloc" else step
            pair = places.setdefault(((path ^ own) + i * B) * A % 2 ** 32 >> 20, [0, 0])
            context = ((own + i) * A ^ previous * B) % 2 ** 32 >> 18
            code = control >> (1 + 2 * i) & 3
            expected = heap.expect(t) if spec.name == "alloc" else 0
            if code == 3:
                value = last[i] + column[2].delta() & M32
            elif code == 2:
                value = recent(history, place, column[2].varint())
            elif spec.name == "dealloc":
                value = heap.born(len(heap.births) - 1 - pair[0] if code == 0 else heap.death + pair[1] & M32)
            elif code == 1:
                value = next_object.get(context, 0)
            else:
                value = expected if spec.name == "alloc" else recent(history, place, pair[0])
            if spec.name == "dealloc":
                step ^= heap.note_death(value, pair)
            elif code:
                next_object[context] = value
                found = [n for n in range(17) if recent(history, place, n) == value and (value == 0) == (n == 16)]
                if spec.name != "alloc" and found:
                    pair[0] = found[0]
            if spec.name == "alloc":
                heap.note_birth(value, t)
            last[i] = value
            if value:
                place += value != previous
                history[place & 15] = previous = value
            record[f.word] |= value << f.shift
        path = path * (A << 7) + step * B & M32
        records.append((spec, record, column[4].read(record[1] & M32) if spec.payload else b""))
    return records


def recent(history, place, n):
    return history[place - n & 15] if n < 16 else 0


def raw_records(body, table):
    at, records = 0, []
    while at < len(body):
        spec = table[body[at]]
        words = list(struct.unpack_from("<%dQ" % spec.words, body, at))
        at += 8 * spec.words
        length = words[1] & M32 if spec.payload else 0
        records.append((spec, words, bytes(body[at:at + length])))
        at += (length + 15) // 16 * 16
    return records
