#!/usr/bin/env python3
"""A second reader of Exuvia traces, written from docs/FORMAT.md alone: prints the same lines as `exuvia events TRACE`.
Needs the `zstd` command. The table of events is read from docs/FORMAT.md. Slow on purpose; for checking the format."""
import collections
import pathlib
import re
import struct
import subprocess
import sys

from trace_layouts import decode
from xxh64 import M32, M64, check

ID_KINDS = ("string", "type", "code", "node", "site")
STATIC_KINDS = ID_KINDS + ("choice", "thread", "stream", "lock", "bytes", "line")
FIELD_NAMES = ("item", "attribute", "key", "otherKey", "cell", "slot", "internalField", "local")
LEVELS = ("off", "heap", "calls", "links", "refs", "all")
# Whose name a definition goes by: the kind, and the field that holds its id.
MEANT_BY = {"type": ("string", "name"), "code": ("string", "qualifiedName"), "node": ("code", "code")}
HEADER_KEYS = {1: "program", 2: "argument", 3: "ring", 4: "runtime", 5: "library"}

Field = collections.namedtuple("Field", "name kind choices word shift mask")
# A row of the table, with its fields classed as section 5 says.
Spec = collections.namedtuple("Spec", "number name words time payload fields objects statics variables")
Chunk = collections.namedtuple("Chunk", "kind stream begin end records")


def load_table():
    text = (pathlib.Path(__file__).resolve().parent.parent / "docs" / "FORMAT.md").read_text()
    table = {}
    for row in re.findall(r"^\| (\d+) \| (\w+) \| \w+ \| (\d) \| (time|payload|-) \| (.*?) ?\|$", text, re.M):
        spec = Spec(int(row[0]), row[1], int(row[2]), row[3] == "time", row[3] == "payload", [], [], [], [])
        spec.variables.extend([(1, 0, M64, 3)] * spec.time + [(1, 0, M32, 5)] * spec.payload)
        for index, field in enumerate(re.findall(r"(\w+):(\w+)(?:\(([^)]*)\))?@(\d)\.(\d+)\+(\d+)", row[4])):
            (name, kind, choices), (word, shift, width) = field[:3], map(int, field[3:])
            field = Field(name, kind, choices.split(",") if choices else [], word, shift, (1 << width) - 1)
            spec.fields.append(field)
            is_static = kind == "choice" or spec.number >= 16 and (kind in STATIC_KINDS or kind == "count" and width <= 8)
            if kind == "object" and width == 32 and len(spec.objects) < 3:
                spec.objects.append(field)
            elif word <= 1 and width < 64 and is_static:
                spec.statics.append(field)
            else:
                spec.variables.append((word, shift, field.mask, spec.number * 16 + index))
        table[spec.number] = spec
    return table


def quote(data):  # section 7
    escapes = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
    return '"' + re.sub(
        "[\0-\x1f\x7f\"\\\\\udc80-\udcff]", lambda c: escapes.get(c[0]) or "\\x%02x" % (ord(c[0]) & 255),
        data.decode("utf-8", "surrogateescape")) + '"'


def meanings(records):
    """What the ids of a stream mean, by kind and id, from its definitions; each stands before what uses it."""
    found, files = {}, {}
    for spec, words, payload in records:
        value = {f.name: words[f.word] >> f.shift & f.mask for f in spec.fields}
        kind = spec.name.removeprefix("define").lower()
        if kind == "string":
            found[kind, value["id"]] = payload.decode("utf-8", "replace").encode()
        elif kind in MEANT_BY:
            named_kind, field = MEANT_BY[kind]
            found[kind, value["id"]] = found.get((named_kind, value[field]))
            files[kind, value["id"]] = found.get(("string", value["file"])) if kind == "code" else files.get((named_kind, value[field]))
        elif kind == "site" and files.get(("node", value["node"])) is not None:
            found[kind, value["id"]] = files["node", value["node"]] + b":%d" % value["line"]
    return found


def named(kind, number, names):
    meaning = names.get((kind, number))
    return str(number) if meaning is None else str(number) + quote(meaning)


def show(value, field, names):
    if field.kind in ("object", "lock"):
        return hex(value)
    if field.kind == "signed":
        return str(value - (1 << 64) if value >> 63 else value)
    if field.kind in ID_KINDS:
        return named(field.kind, value, names)
    if field.kind == "choice" and value < len(field.choices):
        return field.choices[value]
    if field.kind == "fieldName":
        kind, payload = value >> 21, value & (1 << 21) - 1
        if kind >= len(FIELD_NAMES):
            return hex(value)
        is_text = FIELD_NAMES[kind] in ("attribute", "key", "slot", "internalField", "local")
        return FIELD_NAMES[kind] + ":" + (named("string", payload, names) if is_text else str(payload))
    return str(value)


def line(spec, words, payload, names):
    covered = [255] + [0] * (spec.words - 1)
    parts = [spec.name] + ["time=%d" % words[1]] * spec.time
    for f in spec.fields:
        parts.append("%s=%s" % (f.name, show(words[f.word] >> f.shift & f.mask, f, names if spec.number >= 16 else {})))
        covered[f.word] |= f.mask << f.shift
    parts += ["text=" + quote(payload)] * spec.payload
    covered[1] |= M64 if spec.time else M32 if spec.payload else 0
    if any(word & ~known for word, known in zip(words, covered)):
        parts.append("words=" + ",".join(map(hex, words)))
    return " ".join(parts)


def header_lines(data):  # section 2; the last item is the header's size
    major, _, size, flags, level, wall, monotonic, pid, count = struct.unpack_from("<HHIIIQQII", data, 8)
    if data[:8] != b"\x89EXV\r\n\x1a\n" or major > 0:
        raise ValueError("no trace, or one of format version %d" % major)
    if size > len(data) or check(data[:size - 4]) != struct.unpack_from("<I", data, size - 4)[0]:
        raise ValueError("the file header is cut or damaged")
    yield "@exuvia 0.1"
    yield "@header flags=%d level=%s wall=%d monotonic=%d pid=%d" % (flags, LEVELS[level], wall, monotonic, pid)
    at = 48
    for _ in range(count):
        key, length = struct.unpack_from("<HI", data, at)
        if key in HEADER_KEYS:
            yield "@%s %s" % (HEADER_KEYS[key], quote(data[at + 6:at + 6 + length]))
        at += 6 + length
    yield size


def chunks(data, at, table):  # section 3; the end chunk gives its status and flags
    while at + 80 <= len(data) and any(data[at:at + 80]):
        marker, kind, layout, codec, _, stream, _, begin, end = struct.unpack_from("<4sBBBBIIQQ", data, at)
        count, _, _, stored, body_check, header_check = struct.unpack_from("<6I", data, at + 56)
        if marker != b"\xc5EXC" or check(data[at:at + 76]) != header_check:
            raise ValueError("a damaged chunk header at offset %d" % at)
        body = data[at + 80:at + 80 + stored]
        if len(body) < stored:
            return
        if kind in (1, 2, 4) and check(body) != body_check:
            raise ValueError("a damaged chunk at offset %d" % at)
        if kind == 4:
            yield struct.unpack_from("<iI", body, 24)
        elif kind in (1, 2):
            if codec == 1:
                body = subprocess.run(["zstd", "-dcq"], input=body, stdout=subprocess.PIPE, check=True).stdout
            yield Chunk(kind, stream, begin, end, decode(body, layout, count, table))
        at += 80 + stored


def lines(path):
    data = pathlib.Path(path).read_bytes()
    *head, size = header_lines(data)
    yield from head
    found = list(chunks(data, size, load_table()))
    parts = [chunk for chunk in found if isinstance(chunk, Chunk)]
    names = {s: meanings(r for c in parts if c.kind == 1 and c.stream == s for r in c.records) for s in {c.stream for c in parts}}
    belongs = lambda a, b: (a.kind, b.kind) == (1, 2) and (a.stream, a.begin, a.end) == (b.stream, b.begin, b.begin)
    for before, chunk, after in zip([None] + parts, parts, parts[1:] + [None]):
        if not (before and belongs(before, chunk)):
            end = after.end if after and belongs(chunk, after) else chunk.end
            yield "@chunk stream=%d ringBegin=%d ringEnd=%d" % (chunk.stream, chunk.begin, end)
        for record in chunk.records:
            yield line(*record, names[chunk.stream])
    if len(found) > len(parts):
        yield "@end status=%d signalled=%d" % (found[-1][0], found[-1][1] & 1)


if __name__ == "__main__":
    try:
        print(*lines(sys.argv[1]), sep="\n")
    except (IndexError, KeyError, ValueError, struct.error) as problem:
        sys.exit("%s: %s" % (sys.argv[1], problem or "damaged"))
