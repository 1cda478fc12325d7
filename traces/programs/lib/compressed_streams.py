# zlib and what stands on it: streams, limits, dictionaries, copies, damaged data; gzip and zip archives.
import gzip
import io
import zipfile
import zlib


def attempt(f, *a, **k):
    try:
        return f(*a, **k)
    except BaseException as e:
        return type(e).__name__, str(e)


data = b"".join(b"line %d of a text that repeats itself\n" % (i % 50) for i in range(4000))
print(len(data), zlib.crc32(data), zlib.adler32(data), zlib.crc32(b"b", zlib.crc32(b"a")) == zlib.crc32(b"ab"))
for level in (0, 1, 6, 9):
    packed = zlib.compress(data, level)
    print(level, len(packed) < len(data) or level == 0, zlib.decompress(packed) == data)
for wbits in (-15, 15, 31):
    compressor = zlib.compressobj(9, zlib.DEFLATED, wbits)
    packed = compressor.compress(data[:1000]) + compressor.flush(zlib.Z_SYNC_FLUSH) + compressor.compress(data[1000:]) + compressor.flush()
    print(wbits, zlib.decompress(packed, wbits) == data)
stream = zlib.decompressobj()
packed = zlib.compress(data) + b"behind"
parts = [stream.decompress(packed, 1000)]
while not stream.eof:
    parts.append(stream.decompress(stream.unconsumed_tail, 50000))
print(b"".join(parts) == data, max(map(len, parts)) <= 50000, stream.eof, stream.unused_data)
words = b"line of a text that repeats itself"
compressor = zlib.compressobj(zdict=words)
packed = compressor.compress(words * 3) + compressor.flush()
print(zlib.decompressobj(zdict=words).decompress(packed) == words * 3, attempt(zlib.decompress, packed))
first = zlib.compressobj()
start = first.compress(b"common ")
second = first.copy()
print([zlib.decompress(start + c.compress(t) + c.flush()) for c, t in ((first, b"one"), (second, b"two"))])
simple = zlib._ZlibDecompressor()
print(simple.decompress(zlib.compress(b"abcdef"), 3), simple.needs_input, simple.eof, simple.decompress(b"", -1), simple.eof)
print(attempt(zlib.decompress, b"nonsense"), attempt(zlib.decompress, zlib.compress(data)[:50]), attempt(zlib.compress, "text"))
print(attempt(simple.decompress, b"x"), attempt(zlib.compressobj, 77), attempt(zlib.decompressobj().decompress, b"x", -1))
print(gzip.decompress(gzip.compress(data, mtime=0)) == data)
with gzip.open(io.BytesIO(gzip.compress(b"one\ntwo\n")), "rt") as f:
    print(f.readlines())
archive = io.BytesIO()
with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr("a.txt", data)
    z.writestr("b/c.txt", "small")
with zipfile.ZipFile(archive) as z:
    print(z.namelist(), z.read("a.txt") == data, z.testzip(), z.getinfo("a.txt").compress_size < 2000)
