# What functions say of arguments that they do not take, None above all; formats with too many values; iterators by the name of their type.
import array
import collections
import io
import pickle

for code in (
    "'a'.encode(None)", "'a'.encode('utf-8', None)", "b'a'.decode(None)", "bytearray(b'a').decode('ascii', None)", "str(b'a', None)", "bytes('a', None)",
    "'a'.count(None)", "'a'.find(None)", "'a'.replace(None, None)", "'a'.removeprefix(None)", "'a'.removesuffix(1)", "bytes.fromhex(None)",
    "memoryview(b'a').cast(None)", "open('f', None)", "io.StringIO().write(None)", "io.BytesIO().readinto(None)", "compile('1', 'f', None)", "format(1, None)",
    "(1).to_bytes(1, 2)", "int.from_bytes(b'a', None)", "array.array('b').fromunicode(None)", "object().__format__(None)",
    "b'abc' % b'a'", "b'abc' % bytearray(b'a')", "b'%s' % b'a'", "bytearray(b'abc') % b'a'", "b'abc' % {}", "'abc' % b'a'", "'abc' % 'a'", "'abc' % {}",
    "'abc' % [1]", "b'abc' % [1]", "b'abc' % 1",
):
    try:
        print(code, "->", repr(eval(code)))
    except Exception as e:
        print(code, "->", type(e).__name__, e)

for o in (b"ab", bytearray(b"ab"), memoryview(b"ab"), "ab", "é", array.array("b", [1, 2]), collections.deque([1, 2])):
    iterator = iter(o)
    print(type(iterator).__name__, next(iterator), getattr(iterator, "__length_hint__", lambda: "-")(), list(iterator), list(iterator))
for o in (b"abc", bytearray(b"abc")):
    iterator = iter(o)
    next(iterator)
    print(list(pickle.loads(pickle.dumps(iterator))))

for position, whence in ((1, 1), (0, 1), (1, 2), (0, 2), (-1, 0), (1, 3), (5, 0), (-1, 1), (0, -1)):
    text = io.StringIO("abc")
    text.read(1)
    try:
        print(position, whence, text.seek(position, whence), text.tell())
    except Exception as e:
        print(position, whence, type(e).__name__, e)


class Reader(io.BufferedReader):
    pass


print(repr(Reader(io.BytesIO())), repr(io.BufferedReader(io.BytesIO())))
