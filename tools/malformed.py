"""Taking traces apart and putting them together: what tools/make-malformed and tools/fuzz share. Written from docs/FORMAT.md."""
import collections
import struct
import subprocess

from read_trace import load_table
from trace_layouts import decode
from xxh64 import check, xxh64

HEADER_BYTES = 80
DEFINITIONS, EVENTS, INDEX, END = 1, 2, 3, 4
Chunk = collections.namedtuple("Chunk", "offset header kind layout codec count raw_size body")


# --- Apart ------------------------------------------------------------------

def header_size(data):
    """Bytes of a trace's header."""
    return struct.unpack_from("<I", data, 12)[0]


def chunks_of(data):
    """The chunks of a sound trace."""
    place = header_size(data)
    while place < len(data):
        header = data[place : place + HEADER_BYTES]
        count, raw_size, _, stored = struct.unpack_from("<4I", header, 56)
        body = data[place + HEADER_BYTES : place + HEADER_BYTES + stored]
        yield Chunk(place, header, header[4], header[5], header[6], count, raw_size, body)
        place += HEADER_BYTES + stored


def unpacked(chunk):
    """A chunk's encoded body, and its records as they stood in the ring (none for chunks that hold none)."""
    body = chunk.body
    if chunk.codec == 1:
        body = subprocess.run(["zstd", "-dcq"], input=body, stdout=subprocess.PIPE, check=True).stdout
    if chunk.kind not in (DEFINITIONS, EVENTS):
        return body, b""
    records = b""
    for _, words, payload in decode(body, chunk.layout, chunk.count, load_table()):
        records += struct.pack("<%dQ" % len(words), *words) + payload + bytes(-len(payload) % 16)
    return body, records


# --- Together ---------------------------------------------------------------

def with_field(data, place, form, value):
    """The bytes with a number at `place`."""
    data = bytearray(data)
    struct.pack_into(form, data, place, value)
    return bytes(data)


def header(program=b"a.py"):
    """The header of section 2's first example."""
    size = 48 + 6 + len(program) + 4
    data = b"\x89EXV\r\n\x1a\n" + struct.pack("<HHIIIQQII", 0, 1, size, 1, 4, 0, 0, 0, 1) + struct.pack("<HI", 1, len(program)) + program
    return data + struct.pack("<I", check(data))


def sealed(data):
    """The trace with a header check that fits, where the header's size lies within the file."""
    size = header_size(data)
    return with_field(data, size - 4, "<I", check(data[: size - 4])) if 52 <= size <= len(data) else data


def chunk(kind, body, layout, records=0, raw=0, ring=(0, 0), times=(0, 0), first=0, codec=0, encoded=None, stored=None, number=0, stream=0):
    encoded, stored = len(body) if encoded is None else encoded, len(body) if stored is None else stored
    data = b"\xc5EXC" + struct.pack(
        "<BBBBIIQQQQQIIIII", kind, layout, codec, 0, stream, number, *ring, *times, first, records, raw, encoded, stored, check(body))
    return data + struct.pack("<I", check(data)) + body


def index_body(before, entries, synopses):
    """An index chunk's body; a synopsis is told by stream, events, definitions, births and deaths."""
    data = struct.pack("<QII", before, len(entries), len(synopses)) + b"".join(struct.pack("<Q", offset) + head for offset, head in entries)
    for stream, events, definitions, births, deaths in synopses:
        data += struct.pack("<II10Q", stream, 1, events, definitions, births, deaths, 0, 1, 56, 1000, 1000, 0) + bytes(256 * 8)
    return data


def end_body(index_offset, events, chunks):
    return struct.pack("<QQQiIQ", index_offset, events, chunks, 0, 0, 0)


def trace(chunks):
    """A closed trace of these chunks, with an index and an end."""
    data, entries = header(), []
    for one in chunks:
        entries.append((len(data), one[:HEADER_BYTES]))
        data += one
    index_offset = len(data)
    data += chunk(INDEX, index_body(0, entries, [(0, 7, 1, 1, 1)]), layout=0, number=len(chunks))
    return data + chunk(END, end_body(index_offset, 7, len(chunks) + 1), layout=0, number=len(chunks) + 1)


def index_file(trace):
    """An index file beside `trace` (section 9) with one section, of no markers."""
    directory = struct.pack("<IIQIIIIQQQII", 5, 0, 64, 0, 0, check(b""), 0, 0, 0, 0, 0, 0)
    edges = trace[:4096] + trace[-4096:]
    data = b"\x89EXI\r\n\x1a\n" + struct.pack("<HHIQQQI", 1, 0, 1, len(trace), xxh64(edges), 64, check(directory)) + bytes(16)
    return data + struct.pack("<I", check(data)) + directory
