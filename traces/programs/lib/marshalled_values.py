# marshal: bytes in every version as CPython writes them, values inside of themselves, what is refused.
import io
import marshal


def attempt(f, *a):
    try:
        return f(*a)
    except BaseException as e:
        return type(e).__name__, str(e)


VALUES = [None, True, ..., 0, -1, 2**31 - 1, 2**31, -(2**40), 10**30, 1.5, -0.0, 1 + 2j, b"bytes", "text", "é", "\ud800", (), (1, "a"), [1, [2]],
          {"k": 1, 2: [3]}, {1}, frozenset([2]), bytearray(b"x"), StopIteration, "x" * 300, tuple(range(300))]
for value in VALUES:
    data = marshal.dumps(value, 2)
    print(data[:60], repr(marshal.loads(data))[:60])
    print([len(marshal.dumps(value, v)) for v in (0, 1, 2)], marshal.loads(marshal.dumps(value)) == value)
ring = [1]
ring.append(ring)
back = marshal.loads(marshal.dumps(ring))
print(back[1] is back, back[0])
for bad in [b"", b"i\1", b"?", b"[\1\0\0\0", b"r\5\0\0\0", b"(\xff\xff\xff\xff"]:
    print(attempt(marshal.loads, bad))
deep = []
for _ in range(3000):
    deep = [deep]
print(attempt(marshal.dumps, object()), attempt(marshal.dumps, deep))
file = io.BytesIO()
for value in (1, "two", [3]):
    marshal.dump(value, file)
file.seek(0)
print([marshal.load(file) for _ in range(3)], attempt(marshal.load, file))
