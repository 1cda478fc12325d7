# memoryview over bytes, bytearray and array: formats, shapes, slices, assignment, comparison, release.
from array import array
a = array("i", [1, -2, 3, 4]); m = memoryview(a)
print(m.format, m.itemsize, m.shape, m.strides, m.nbytes, m.readonly, m.tolist())
m[1] = 99; print(a, m[-1], m[1:3].tolist(), m[::-2].tolist())
for act in (lambda: a.append(5), lambda: m.__setitem__(0, 2**40), lambda: m.__setitem__(0, "x"), lambda: m[9], lambda: m["a"]):
    try: act()
    except Exception as e: print(type(e).__name__, e)
b = m.cast("B"); print(b.nbytes, bytes(b[:4]), b.cast("i").tolist())
g = memoryview(bytes(range(12))).cast("B", [3, 4]); print(g.ndim, g.shape, g.strides, g.tolist(), g[1, 2], g[2:].tolist(), len(g))
for act in (lambda: g[0], lambda: g[0, 9], lambda: g[0:1, 0:1], lambda: m.cast("d"), lambda: g.cast("B", [12]), lambda: b.cast("z")):
    try: print(act())
    except Exception as e: print(type(e).__name__, e)
z = memoryview(b"\x07").cast("B", []); print(z.ndim, z[()], z.tolist())
print(m == a, m == memoryview(array("q", [1, 99, 3, 4])), memoryview(b"ab") == b"ab", memoryview(b"ab") == "ab", hash(memoryview(b"ab")) == hash(b"ab"))
ba = bytearray(b"abcdef"); v = memoryview(ba); v[1:3] = b"XY"; v[0:3] = v[3:6]; print(ba)
for act in (lambda: ba.append(1), lambda: v.__setitem__(slice(0, 2), b"abc"), lambda: memoryview(b"x").__setitem__(0, 1)):
    try: act()
    except Exception as e: print(type(e).__name__, e)
v.release(); ba.append(33); print(ba)
try: v[0]
except ValueError as e: print(e)
h = memoryview(bytes(4)).cast("e"); print(h.tolist(), memoryview(b"abc")[::2].tobytes(), memoryview(b"abc").hex("-"))
print(int(memoryview(b" 12 ")), float(memoryview(b"1.5")), b"".join([memoryview(b"a"), array("B", [98])]))
