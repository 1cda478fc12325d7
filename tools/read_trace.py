#!/usr/bin/env python3
"""A second reader of Exuvia traces, written from docs/FORMAT.md alone: prints the same lines as `exuvia events TRACE`.

Standard library and the `zstd` command. The table of events is read from docs/FORMAT.md. Slow on purpose; for checking the format.
"""
import pathlib
import re
import struct
import subprocess
import sys

M32, M64 = (1 << 32) - 1, (1 << 64) - 1
ID_KINDS = ("string", "type", "code", "node", "site")
FIELD_NAMES = ("item", "attribute", "key", "otherKey", "cell", "slot", "internalField")
LEVELS = ("off", "heap", "calls", "links", "refs", "all")


class Refused(Exception):
    pass


def xxh32of64(data):  # section 1: the low 32 bits of XXH64, seed 0
    p1, p2, p3, p4, p5 = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5)
    rot = lambda x, n: (x << n | x >> (64 - n)) & M64
    rnd = lambda lane, word: rot((lane + word * p2) & M64, 31) * p1 & M64
    at, h = 0, p5
    if len(data) >= 32:
        lanes = [(p1 + p2) & M64, p2, 0, -p1 & M64]
        while at + 32 <= len(data):
            lanes = [rnd(lane, word) for lane, word in zip(lanes, struct.unpack_from("<4Q", data, at))]
            at += 32
        h = sum(rot(lane, n) for lane, n in zip(lanes, (1, 7, 12, 18))) & M64
        for lane in lanes:
            h = ((h ^ rnd(0, lane)) * p1 + p4) & M64
    h = (h + len(data)) & M64
    while at + 8 <= len(data):
        h = (rot(h ^ rnd(0, struct.unpack_from("<Q", data, at)[0]), 27) * p1 + p4) & M64
        at += 8
    if at + 4 <= len(data):
        h = (rot(h ^ struct.unpack_from("<I", data, at)[0] * p1 & M64, 23) * p2 + p3) & M64
        at += 4
    for byte in data[at:]:
        h = rot(h ^ byte * p5 & M64, 11) * p1 & M64
    h = (h ^ h >> 33) * p2 & M64
    h = (h ^ h >> 29) * p3 & M64
    return (h ^ h >> 32) & M32


class Field:
    def __init__(self, text):
        m = re.fullmatch(r"(\w+):(\w+)(?:\(([^)]*)\))?@(\d)\.(\d+)\+(\d+)", text)
        self.name, self.kind, self.choices = m[1], m[2], m[3].split(",") if m[3] else []
        self.word, self.shift, self.width = int(m[4]), int(m[5]), int(m[6])
        self.mask = (1 << self.width) - 1


class Spec:
    """A row of the table, with its fields classed as section 5 says."""

    def __init__(self, number, name, words, extra, fields):
        self.number, self.name, self.words = number, name, words
        self.time, self.payload = extra == "time", extra == "payload"
        self.fields = [Field(f) for f in fields.split()]
        self.objects, self.statics, self.variables = [], [], []
        self.variables += [(1, 0, M64, 3)] * self.time + [(1, 0, M32, 5)] * self.payload
        for i, f in enumerate(self.fields):
            small = f.kind == "choice" or number >= 16 and (
                f.kind in ID_KINDS + ("thread", "stream", "lock", "bytes", "line", "fieldName") or f.kind == "count" and f.width <= 8)
            if f.kind == "object" and f.width == 32 and len(self.objects) < 3:
                self.objects.append((f.word, f.shift))
            elif f.word <= 1 and f.width < 64 and small:
                self.statics.append(f)
            else:
                self.variables.append((f.word, f.shift, f.mask, number * 16 + i))


def load_table():
    text = (pathlib.Path(__file__).resolve().parent.parent / "docs" / "FORMAT.md").read_text()
    rows = re.findall(r"^\| (\d+) \| (\w+) \| \w+ \| (\d) \| (time|payload|-) \| (.*?) ?\|$", text, re.M)
    return {int(n): Spec(int(n), name, int(words), extra, fields) for n, name, words, extra, fields in rows}


class Stream:
    def __init__(self, data):
        self.data, self.at = data, 0

    def byte(self):
        self.at += 1
        return self.data[self.at - 1]

    def varint(self):
        value = shift = 0
        while True:
            b = self.byte()
            value |= (b & 127) << shift
            shift += 7
            if b < 128:
                return value & M64

    def signed(self):
        v = self.varint()
        return v >> 1 ^ -(v & 1)


def decode(body, layout, events, table):  # section 5
    if layout == 0:
        return unpack_raw(body, table)
    streams = {}
    get = streams.__getitem__
    if layout == 1:
        only = Stream(body)
        get = lambda column: only
    else:
        count, = struct.unpack_from("<H", body)
        at = 2 + 6 * count
        for i in range(count):
            number, size = struct.unpack_from("<HI", body, 2 + 6 * i)
            streams[number] = Stream(body[at:at + size])
            at += size
    templates, records = [], []
    next_template, next_object, history, last_defined, registers = {}, {}, [0] * 16, {}, {}
    t1 = t2 = previous = place = run = 0
    for _ in range(events):
        code = 0
        if run:
            run -= 1
        else:
            code = get(0).byte()
            if code == 0:
                run = get(0).varint() - 1
        context = ((t1 * 0x9E3779B1 & M32) ^ (t2 * 0x85EBCA77 & M32)) >> 20
        number = next_template.get(context, 0)
        if code & 1:
            number = get(1).varint()
            if number == len(templates):
                spec = table[get(1).byte()]
                words = [spec.number, 0]
                old = last_defined.get(spec.number, [0, 0])
                for f in spec.statics:
                    value = (old[f.word] >> f.shift & f.mask) + get(1).signed()
                    words[f.word] |= (value & f.mask) << f.shift
                templates.append((spec, words, [previous] * 3, [0] * 3))
                last_defined[spec.number] = words
            next_template[context] = number
        t2, t1 = t1, number
        spec, words, last, step = templates[number]
        record = words + [0] * (spec.words - 2)
        for i, (word, shift) in enumerate(spec.objects):
            slot = (((number * 4 + i) * 0x9E3779B1 & M32) ^ (previous * 0x85EBCA77 & M32)) >> 18
            how = code >> (1 + 2 * i) & 3
            if how == 0:
                value = next_object.get(slot, 0)
            elif how == 1:
                value = last[i] + step[i] & M32
            elif how == 2:
                value = history[place - get(2).varint() & 15]
            else:
                value = last[i] + get(2).signed() & M32
            next_object[slot] = value
            last[i], step[i] = value, value - last[i] & M32
            if value:
                place += value != previous
                history[place & 15] = previous = value
            record[word] |= value << shift
        for word, shift, mask, column in spec.variables:
            value = registers.get(column, 0) + get(column).signed() & mask
            registers[column] = value
            record[word] |= value << shift
        payload = b""
        if spec.payload:
            s, n = get(4), record[1] & M32
            payload = bytes(s.data[s.at:s.at + n])
            s.at += n
        records.append((spec, record, payload))
    return records


def unpack_raw(body, table):
    at, records = 0, []
    while at < len(body):
        spec = table[body[at]]
        words = list(struct.unpack_from("<%dQ" % spec.words, body, at))
        at += 8 * spec.words
        length = words[1] & M32 if spec.payload else 0
        records.append((spec, words, bytes(body[at:at + length])))
        at += (length + 15) // 16 * 16
    return records


def quote(data):  # section 7
    text, out = data.decode("utf-8", "surrogateescape"), []
    named = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
    for c in text:
        is_escaped = c < " " or c == "\x7f" or "\udc80" <= c <= "\udcff"
        out.append(named[c] if c in named else "\\x%02x" % (ord(c) & 255) if is_escaped else c)
    return '"' + "".join(out) + '"'


class Names:
    def __init__(self, records):
        self.tables = {kind: {} for kind in ID_KINDS}
        for spec, words, payload in records:
            v = {f.name: words[f.word] >> f.shift & f.mask for f in spec.fields}
            v["payload"] = payload.decode("utf-8", "replace").encode()
            if spec.name.startswith("define"):
                self.tables[spec.name[6:].lower()][v["id"]] = v

    def bytes(self, kind, number):
        row = self.tables[kind].get(number)
        if row is None or kind == "string":
            return row and row["payload"]
        if kind != "site":
            through = {"type": ("string", "name"), "code": ("string", "qualifiedName"), "node": ("code", "code")}[kind]
            return self.bytes(through[0], row[through[1]])
        code = self.tables["code"].get(self.tables["node"].get(row["node"], {}).get("code"))
        file = code and self.bytes("string", code["file"])
        return file + b":%d" % row["line"] if file is not None else None

    def suffix(self, kind, number):
        name = self.bytes(kind, number)
        return quote(name) if name is not None else ""


def show(value, f, names):
    if f.kind in ("object", "lock"):
        return hex(value)
    if f.kind == "signed":
        return str(value - (1 << 64) if value >> 63 else value)
    if f.kind in ID_KINDS and names:
        return str(value) + names.suffix(f.kind, value)
    if f.kind == "choice" and value < len(f.choices):
        return f.choices[value]
    if f.kind == "fieldName":
        kind, payload = value >> 21, value & (1 << 21) - 1
        if kind >= len(FIELD_NAMES):
            return hex(value)
        named = FIELD_NAMES[kind] in ("attribute", "key", "slot", "internalField")
        return "%s:%d%s" % (FIELD_NAMES[kind], payload, names.suffix("string", payload) if named else "")
    return str(value)


def line(spec, words, payload, names):
    parts = [spec.name]
    covered = [255] + [0] * (spec.words - 1)
    if spec.time:
        parts.append("time=%d" % words[1])
        covered[1] = M64
    for f in spec.fields:
        parts.append("%s=%s" % (f.name, show(words[f.word] >> f.shift & f.mask, f, names if spec.number >= 16 else None)))
        covered[f.word] |= f.mask << f.shift
    if spec.payload:
        parts.append("text=" + quote(payload))
        covered[1] |= M32
    if any(w & ~c for w, c in zip(words, covered)):
        parts.append("words=" + ",".join(hex(w) for w in words))
    return " ".join(parts)


def read(path, out):
    data, table = pathlib.Path(path).read_bytes(), load_table()
    if data[:8] != b"\x89EXV\r\n\x1a\n":
        raise Refused("no trace signature")
    major, minor, size, flags, level, wall, mono, pid, count = struct.unpack_from("<HHIIIQQII", data, 8)
    if major > 0:
        raise Refused("format version %d" % major)
    if size > len(data) or xxh32of64(data[:size - 4]) != struct.unpack_from("<I", data, size - 4)[0]:
        raise Refused("the file header is cut or damaged")
    out("@exuvia 0.1")
    out("@header flags=%d level=%s wall=%d monotonic=%d pid=%d" % (flags, LEVELS[level], wall, mono, pid))
    at = 48
    for _ in range(count):
        key, length = struct.unpack_from("<HI", data, at)
        name = {1: "program", 2: "argument", 3: "ring", 4: "runtime", 5: "library"}.get(key)
        if name:
            out("@%s %s" % (name, quote(data[at + 6:at + 6 + length])))
        at += 6 + length
    chunks, end, at = [], None, size
    while at + 80 <= len(data):  # section 3
        marker, kind, layout, codec, _, stream, number, begin, stop = struct.unpack_from("<4sBBBBIIQQ", data, at)
        events, raw, encoded, stored, body_check, check = struct.unpack_from("<6I", data, at + 56)
        if marker != b"\xc5EXC" or xxh32of64(data[at:at + 76]) != check:
            if not any(data[at:at + 80]):
                break
            raise Refused("a damaged chunk header at offset %d" % at)
        body = data[at + 80:at + 80 + stored]
        if len(body) < stored:
            break
        if kind in (1, 2, 4):
            if xxh32of64(body) != body_check:
                raise Refused("a damaged chunk at offset %d" % at)
            if codec == 1:
                body = subprocess.run(["zstd", "-dcq"], input=body, capture_output=True, check=True).stdout
            if kind == 4:
                end = struct.unpack_from("<iI", body, 24)
            else:
                chunks.append((kind, stream, begin, stop, decode(body, layout, events, table)))
        at += 80 + stored
    names = {s: Names([r for c in chunks if c[0] == 1 and c[1] == s for r in c[4]]) for s in {c[1] for c in chunks}}
    pair = lambda a, b: a[0] == 1 and b[0] == 2 and a[1:3] == b[1:3]
    for i, (kind, stream, begin, stop, records) in enumerate(chunks):
        if not (i and pair(chunks[i - 1], chunks[i])):
            if i + 1 < len(chunks) and pair(chunks[i], chunks[i + 1]):
                stop = chunks[i + 1][3]
            out("@chunk stream=%d ringBegin=%d ringEnd=%d" % (stream, begin, stop))
        for spec, words, payload in records:
            out(line(spec, words, payload, names[stream]))
    if end:
        out("@end status=%d signalled=%d" % (end[0], end[1] & 1))


if __name__ == "__main__":
    try:
        read(sys.argv[1], lambda text: sys.stdout.write(text + "\n"))
    except (Refused, IndexError, KeyError, struct.error) as problem:
        sys.exit("%s: %s" % (sys.argv[1], problem or "damaged"))
