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
    """M, D, b and d of section 5: what births and deaths tell of the next ones."""

    def __init__(self):
        self.memory, self.dead, self.birth, self.death = {}, {}, 0, 0

    def known(self, o):
        entry = self.memory.setdefault(o & 0xFFFF, [0, 0, False, 0, 0, 0])
        return entry if entry[0] == o else None

    def expect(self, kind, t):
        if kind == "dealloc":
            return (self.known(self.death) or [0] * 6)[4:6]
        for _ in range(4 if kind == "alloc" else 0):
            o = self.dead.get(t & 1023, 0)
            entry = self.known(o)
            if o == 0 or entry and entry[1:3] == [t, True]:
                break
            self.dead[t & 1023] = entry[3] if entry else 0
        return (self.dead.get(t & 1023, 0) if kind == "alloc" else 0), 0

    def note(self, kind, o, t):
        entry = self.known(o)
        if kind == "alloc":
            if self.dead.get(t & 1023, 0) == o:
                self.dead[t & 1023] = entry[3] if entry else 0
            self.memory[o & 0xFFFF] = [o, t, False, 0, 0, self.birth]
            if before := self.known(self.birth):
                before[4] = o
            self.birth = o
        elif kind == "dealloc":
            if entry and not entry[2]:
                entry[2], entry[3], self.dead[entry[1] & 1023] = True, self.dead.get(entry[1] & 1023, 0), o
            self.death = o


def decode(body, layout, count, table):  # section 5
    if layout == 0:
        return raw_records(body, table)
    column = collections.defaultdict(lambda rows=Column(body): rows)
    if layout == 4:
        at = 2 + 6 * struct.unpack_from("<H", body)[0]
        for number, size in struct.iter_unpack("<HI", body[2:at]):
            column[number] = Column(body[at:at + size])
            at += size
    templates, records = [], []
    next_template, next_object, last_defined, registers = {}, {}, {}, {}
    history, place, previous, run, t1, t2 = [0] * 16, 0, 0, 0, 0, 0
    heap = Heap()
    for _ in range(count):
        control = 0 if run else column[0].read(1)[0]
        if control == 0:
            run = (run or column[0].varint()) - 1
        context = ((t1 * A & M32) ^ (t2 * B & M32)) >> 20
        number = next_template.get(context, 0)
        if control & 1:
            number = next_template[context] = column[1].varint()
            if number == len(templates):
                spec = table[column[1].read(1)[0]]
                words = [spec.number, 0]
                before = last_defined.get(spec.number, words)
                for f in spec.statics:
                    words[f.word] |= ((before[f.word] >> f.shift) + column[1].delta() & f.mask) << f.shift
                last_defined[spec.number] = words
                templates.append((spec, words, [previous] * 3, [0] * 3))
        t2, t1 = t1, number
        spec, words, last, step = templates[number]
        record = words + [0] * (spec.words - 2)
        for i, f in enumerate(spec.objects):
            context = (((number * 4 + i) * A & M32) ^ (previous * B & M32)) >> 18
            code = control >> (1 + 2 * i) & 3
            expected, other = heap.expect(spec.name, words[0] >> 8 & 0xFFFFFF)
            number_back = column[2].varint() if code == 2 else 0
            if code == 0:
                value = next_object.get(context, 0)
            elif code == 2:
                value = other if number_back == 16 and other else history[place - number_back & 15]
            elif code == 1 and expected:
                value = expected
            else:
                value = last[i] + (step[i] if code == 1 else column[2].delta()) & M32
            heap.note(spec.name, value, words[0] >> 8 & 0xFFFFFF)
            next_object[context] = value
            last[i], step[i] = value, value - last[i] & M32
            if value:
                place += value != previous
                history[place & 15] = previous = value
            record[f.word] |= value << f.shift
        for word, shift, mask, register in spec.variables:
            value = registers[register] = registers.get(register, 0) + column[register].delta() & mask
            record[word] |= value << shift
        records.append((spec, record, column[4].read(record[1] & M32) if spec.payload else b""))
    return records


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
