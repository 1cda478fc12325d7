# `__buffer__` and `__release_buffer__` in Python classes (PEP 688).
import array
import binascii
import inspect
import io
import struct
import sys
import zlib
from collections.abc import Buffer


class Shown:
    def __init__(self, data):
        self.data = data
        self.log = []

    def __buffer__(self, flags):
        self.log.append(flags & 1)
        return memoryview(self.data)

    def __release_buffer__(self, view):
        self.log.append(view)
        view.release()

    def told(self):
        told = [x if isinstance(x, int) else type(x).__name__ for x in self.log]
        self.log.clear()
        return told


def show(name, f):
    try:
        print(name, f())
    except Exception as e:
        print(name, type(e).__name__, e)


b = Shown(b"abc")
m = memoryview(b)
print(type(m.obj).__name__, m.obj is b, m.tolist(), m.readonly, b.told())
n = m[1:]
m.release()
print(n.tolist(), b.told())
del n
print(b.told())

w = Shown(bytearray(b"xyz"))
for name, f in {
    "bytes": lambda: bytes(w),
    "bytearray": lambda: bytearray(w),
    "concat": lambda: b"q" + w,
    "find": lambda: b"aaxyz".find(w),
    "in": lambda: w in b"xyz",
    "contains": lambda: w in [b"xyz"],
    "format": lambda: b"%b" % w,
    "str": lambda: str(w, "ascii"),
    "unpack": lambda: struct.unpack("3s", w),
    "array": lambda: array.array("b").frombytes(w),
    "hexlify": lambda: binascii.hexlify(w),
    "crc32": lambda: zlib.crc32(w),
    "readinto": lambda: io.BytesIO(b"12").readinto(w),
    "seen": lambda: bytes(w.data),
    "BytesIO": lambda: io.BytesIO(w).read(),
    "slice": lambda: memoryview(w)[1:].tolist(),
    "write": lambda: io.BytesIO().write(w),
    "cast": lambda: memoryview(w).cast("b").tolist(),
}.items():
    show(name, f)
    print(w.told())


class NoView:
    def __buffer__(self, flags):
        return b"x"


class Failing:
    def __buffer__(self, flags):
        raise ValueError("no")


class Nothing:
    __buffer__ = None


class ReadOnly:
    def __buffer__(self, flags):
        return memoryview(b"x")


class FailingRelease:
    def __buffer__(self, flags):
        return memoryview(bytearray(b"x"))

    def __release_buffer__(self, view):
        raise ValueError("release")


class ReleaseAlone:
    def __release_buffer__(self, view):
        pass


sys.unraisablehook = lambda u: print("unraisable", u.exc_value, u.err_msg, u.object)
for c in (NoView, Failing, Nothing, ReadOnly, FailingRelease, ReleaseAlone):
    show(c.__name__ + " memoryview", lambda: memoryview(c()).tolist())
    show(c.__name__ + " bytes", lambda: bytes(c()))
    show(c.__name__ + " concat", lambda: b"" + c())
    show(c.__name__ + " is a Buffer", lambda: isinstance(c(), Buffer))

print(b"ab".__buffer__(0).tolist(), bytearray(b"ab").__buffer__(inspect.BufferFlags.FULL).readonly)
print([hasattr(t, n) for t in (bytes, bytearray, memoryview, array.array, str) for n in ("__buffer__", "__release_buffer__")])
print([issubclass(t, Buffer) for t in (bytes, bytearray, memoryview, array.array, str, Shown)])
for flags in (1, "x", 2**40):
    show(flags, lambda: b"x".__buffer__(flags))


class Sub(bytearray):
    def __buffer__(self, flags):
        print("buffer", flags)
        return super().__buffer__(flags)

    def __release_buffer__(self, view):
        print("release")
        super().__release_buffer__(view)


s = Sub(b"hello")
with memoryview(s) as m:
    print(bytes(m))
    show("append", lambda: s.append(1))
s.append(1)
print(s)

a = bytearray(b"xx")
v = a.__buffer__(0)
show("append", lambda: a.append(1))
show("other", lambda: a.__release_buffer__(memoryview(b"x")))
a.__release_buffer__(v)
show("released", lambda: v.tolist())
a.append(33)
print(a)

Shown.__buffer__ = None
show("none", lambda: memoryview(Shown(b"")))
del Shown.__buffer__
show("deleted", lambda: memoryview(Shown(b"")))
Shown.__buffer__ = lambda self, flags: memoryview(b"late")
show("late", lambda: bytes(Shown(b"")))


# What is being read or written cannot be resized by code that runs meanwhile.
target = bytearray(8)


class Index:
    def __index__(self):
        show("clear", target.clear)
        return 7


struct.pack_into("ii", target, 0, Index(), 2)
print(target)


class Raw(io.RawIOBase):
    def readable(self):
        return True

    def readinto(self, view):
        show("extend", lambda: target.extend(b"more"))
        view[:2] = b"ab"
        return 2


print(Raw().readinto(memoryview(target)), target)
