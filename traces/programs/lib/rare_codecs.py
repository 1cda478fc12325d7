# Codecs beyond Unicode's own: utf-7, the escapes, character maps; all error handlers, also as functions.
import codecs


def attempt(f, *a):
    try:
        return f(*a)
    except BaseException as e:
        return type(e).__name__, str(e)


HANDLERS = ("strict", "replace", "ignore", "backslashreplace", "xmlcharrefreplace", "namereplace", "surrogateescape", "surrogatepass")
for text in ["", "aZ09 +-/~\\\n\t,", "é中\U0001f600\x00\x7f=", "a\ud800b", "\udc00\ud800x", "+é-", "é/中+"]:
    for encoding in ("utf-7", "unicode-escape", "raw-unicode-escape", "cp1252", "cp437", "koi8-r", "utf-8", "ascii"):
        print(encoding, ascii(text), [attempt(text.encode, encoding, handler) for handler in HANDLERS])
for data in [
    b"a+-b", b"+AOk-", b"+AOk", b"+2D3eAA-", b"+A", b"+AA/", b"\xff", b"a+\xe9", b"\\x41\\u00e9\\U0001f600\\N{DIGIT ONE}", b"\\x4", b"\\u12",
    b"\\U00110000", b"\\N{NOTHING LIKE IT}", b"\\N", b"\\101\\", b"\\uD800\\uDC00", b"\x81\x8d", b"plain",
]:
    for encoding in ("utf-7", "unicode-escape", "raw-unicode-escape", "cp1252"):
        print(encoding, data, [ascii(attempt(data.decode, encoding, handler)) for handler in HANDLERS[:4]])
print(codecs.escape_encode(b"a'\\\n\xff"), codecs.escape_decode(b"a\\n\\x41\\101"), attempt(codecs.escape_decode, b"\\x4"))
print(codecs.charmap_encode("abc", "strict", {97: 65, 98: b"xyz", 99: None} | {99: 1}), attempt(codecs.charmap_encode, "z", "strict", {}))
print(codecs.charmap_decode(b"\x00\x01\x02", "replace", {0: "zero", 1: 65}), codecs.charmap_decode(b"\x01", "strict", "ab"))
print(codecs.utf_7_decode(b"a+AOk", "strict", False), codecs.utf_16_ex_decode(b"\xfe\xff\x00a", "strict", 0, True))
decoder = codecs.getincrementaldecoder("utf-7")()
print([decoder.decode(bytes([b])) for b in b"x+AOk-y"])
error = UnicodeEncodeError("codec", "aé\ud800", 1, 3, "reason")
for handler in HANDLERS:
    print(handler, ascii(attempt(codecs.lookup_error(handler), error)), ascii(attempt(codecs.lookup_error(handler), UnicodeDecodeError("utf-8", b"\xed\xa0\x80", 0, 1, "r"))))
