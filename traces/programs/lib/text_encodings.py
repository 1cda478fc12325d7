# Text streams and str.encode with every kind of codec: incremental coding, marks, newlines, positions, errors.
import codecs
import io
import os
import sys
import tempfile

sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
folder = tempfile.mkdtemp()
path = os.path.join(folder, "text")


def attempt(f, *arguments, **named):
    try:
        return f(*arguments, **named)
    except Exception as e:
        return type(e).__name__, str(e).replace(path, "PATH"), getattr(e, "__notes__", None)


# Written and read again, in every way.
TEXT = "first é\nsecond ü\r\nthird\rlast ß"
for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf_16_be", "utf-32", "utf-32-be", "cp1252", "cp437", "latin-1", "iso8859-15",
                 "cp850", "mac_roman", "koi8-r", "utf-7", "punycode", "unicode_escape", "raw_unicode_escape", "ascii", "cp037"):
    for newline in (None, "", "\n", "\r", "\r\n"):
        try:
            with open(path, "w", encoding=encoding, newline=newline) as f:
                f.write(TEXT[:9])
                f.write(TEXT[9:])
            with open(path, "rb") as f:
                raw = f.read()
            with open(path, encoding=encoding, newline=newline) as f:
                lines = f.readlines()
                print(encoding, repr(newline), len(raw), raw[:12], lines, f.newlines, f.encoding)
            with open(path, encoding=encoding, newline=newline) as f:
                pieces = []
                while piece := f.read(3):
                    pieces.append(piece)
                print("".join(pieces) == "".join(lines), len(pieces))
        except Exception as e:
            print(encoding, repr(newline), type(e).__name__, e)

# The mark is written once: not behind the start, not twice.
for encoding in ("utf-16", "utf-32", "utf-8-sig"):
    with open(path, "w", encoding=encoding) as f:
        f.write("a")
        f.write("b")
        print(f.tell(), end=" ")
    with open(path, "a", encoding=encoding) as f:
        f.write("c")
    with open(path, "r+", encoding=encoding) as f:
        f.seek(0, 2)
        f.write("d")
        f.seek(0)
        f.write("A")
    with open(path, "rb") as f:
        print(encoding, f.read())
    with open(path, encoding=encoding) as f:
        print(f.read())

# Positions: after lines and characters, from where reading goes on as before.
for encoding in ("utf-8", "utf-16", "utf-32", "cp1252", "utf-8-sig", "utf-7"):
    for newline in (None, ""):
        content = "".join(f"line {i} é\r\n" for i in range(40)) + "no end\r"
        with open(path, "wb") as f:
            f.write(content.encode(encoding))
        with open(path, encoding=encoding, newline=newline) as f:
            f._CHUNK_SIZE = 50
            places = []
            while True:
                place = f.tell()
                text = f.read(7)
                if not text:
                    break
                places.append((place, text))
            good = 0
            for place, text in reversed(places):
                f.seek(place)
                good += f.read(7) == text
            plain = [place if place < 1 << 64 else hex(place) for place, _ in places]
            print(encoding, repr(newline), good == len(places), plain[:9], f.seek(0, 2))
            f.seek(0)
            f.readline()
            print(f.tell(), attempt(f.seek, 3, 1), attempt(f.seek, 3, 2), attempt(f.seek, -1), attempt(f.seek, 0, 9), f.seek(0, 1))
            next(f)
            print(attempt(f.tell))
            print(len(list(f)), f.tell() > 0)

# Errors.
for errors in ("strict", "ignore", "replace", "backslashreplace", "xmlcharrefreplace", "surrogateescape"):
    for encoding in ("ascii", "cp1252", "cp437", "utf-16"):
        with open(path, "wb") as f:
            f.write(b"ok\n\x81\xff\xd8\x00\n")
        with open(path, encoding=encoding, errors=errors) as f:
            print(encoding, errors, attempt(f.readline), attempt(f.read))
        f = open(path, "w", encoding=encoding, errors=errors)
        print(attempt(f.write, "é\u0416\udc81"))
        f.close()
        print(open(path, "rb").read())
for name in ("rot13", "hex", "nope", "a\0b", "\udc00", 3):
    print(ascii(name), attempt(open, path, encoding=name), attempt(io.TextIOWrapper, io.BytesIO(), encoding=name), attempt("".encode, name), attempt(b"".decode, name))
print(attempt(open, path, newline="x"), attempt(open, path, errors=3), attempt(open, path, newline=1))

# Registered codecs, and what they are asked for.
asked = []


class Swapping(codecs.Codec):
    def encode(self, text, errors="strict"):
        return text.swapcase().encode("utf-8"), len(text)

    def decode(self, data, errors="strict"):
        return bytes(data).decode("utf-8").swapcase(), len(data)


class Encoder(codecs.IncrementalEncoder):
    def encode(self, text, final=False):
        return text.swapcase().encode("utf-8")


class Decoder(codecs.IncrementalDecoder):
    def decode(self, data, final=False):
        return bytes(data).decode("utf-8").swapcase()


def search(name):
    asked.append(name)
    if name == "swapping":
        return codecs.CodecInfo(Swapping().encode, Swapping().decode, incrementalencoder=Encoder, incrementaldecoder=Decoder, name=name)
    if name == "broken":
        return codecs.CodecInfo(lambda s, e: ("text", 1), lambda b, e: (b"bytes", 1), incrementalencoder=lambda e: 5, incrementaldecoder=lambda e: 5)


codecs.register(search)
print("Hello".encode("Swapping"), b"hELLO".decode("swapping"))
with open(path, "w", encoding="swapping") as f:
    f.write("One\nTwo\n")
print(open(path, "rb").read(), open(path, encoding="swapping").readlines())
print(attempt("x".encode, "broken"), attempt(b"x".decode, "broken"))
f = io.TextIOWrapper(io.BytesIO(b"abc"), encoding="broken")
print(attempt(f.read), attempt(f.write, "a"))
print(attempt(codecs.lookup, "AAA -8"), attempt(codecs.lookup, "__é.1"), asked)
codecs.unregister(search)

# Changes, one buffer's end, and the decoder of newlines by itself.
raw = io.BytesIO()
f = io.TextIOWrapper(raw, encoding="ascii", newline="\n")
f.write("one\n")
f.reconfigure(encoding="utf-16", newline="\r\n")
f.write("two\n")
f.reconfigure(encoding="cp1252", errors="replace")
print(f.encoding, f.errors, f.write("Ж\n"), f.flush(), raw.getvalue())
f.seek(0)
f.read(1)
print(attempt(f.reconfigure, encoding="utf-8"))
print(f.detach() is raw, attempt(f.read), attempt(lambda: f.closed), repr(f))
d = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder("utf-16")(), translate=True)
for byte in "a\r\nb\rc\n\r".encode("utf-16"):
    print(ascii(d.decode(bytes([byte]))), d.getstate(), end="; ")
print(ascii(d.decode(b"", final=True)), d.newlines)
d.reset()
print(d.newlines, d.getstate(), d.setstate((b"", 1)), attempt(d.decode, b"\xff\xfe\n\0"))
d = io.IncrementalNewlineDecoder(None, False)
print(ascii(d.decode("a\r")), ascii(d.decode("\n")), d.newlines, attempt(d.decode, b"a"))
for how in (None, "\n"):
    class Looping(io.TextIOWrapper):
        pass
    f = Looping(io.BytesIO("x\r\ny".encode("utf-16")), encoding="utf-16", newline=how)
    print(repr(f), list(f), f.buffer.closed, attempt(f.tell))

# What changes a file under a reader, or may not.
with open(path, "wb") as f:
    f.write("abc\ndef\n".encode("utf-16-be"))
with open(path, "r+", encoding="utf-16-be", errors="replace") as f:
    f._CHUNK_SIZE = 4
    print(f.read(3), f.tell(), f.truncate(9), ascii(f.read()))
f = open(path, encoding="utf-16-be", errors="replace")
print(attempt(f.truncate), attempt(f.buffer.truncate), attempt(f.buffer.raw.truncate), attempt(f.write, "a"))
f.close()
f = open(path, "w")
print(attempt(f.readlines), attempt(f.tell), f.flush(), f.tell())
f.close()
os.remove(path)
os.rmdir(folder)
