# json with the native scanner and encoder: every kind of value, options, what is refused and where.
import json
import _json


def attempt(f, *a, **k):
    try:
        return f(*a, **k)
    except BaseException as e:
        return type(e).__name__, str(e)


print(json.dumps({"a": [1, 2, {}], "b": [], "c": {"x": 1.5, "y": (1,), 1: 2, None: 3, True: 4, 2.5: 6}}, indent=2))
print(json.dumps({"b": 1, "a": "é\U0001f600\x01\x7f\"\\"}, sort_keys=True))
print(json.dumps("é\U0001f600\x01\x7f", ensure_ascii=False), json.dumps([10**30, -5, True, None, 1e300, -0.0, float("inf")]))
print(json.dumps([1, [2, [3]]], separators=(",", ":")), json.dumps({"k": [1]}, indent="--"))
print(attempt(json.dumps, [object()]), attempt(json.dumps, {(1,): 2}), json.dumps({(1,): 2, 3: 4}, skipkeys=True))
print(attempt(json.JSONEncoder(allow_nan=False).encode, [float("nan")]))
ring = []
ring.append(ring)
print(attempt(json.dumps, ring))


class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y


class Number(int):
    def __repr__(self):
        return "a number"


print(json.dumps([Point(1, 2), Number(7)], default=vars))
for text in [
    "[1,]", '{"a":1,}', '{"a":1 "b"}', "{a", "[1 2", "-", "1.", "1e", "-01", '"\\', '"\\u12', '"\\x"', '"\\ud800\\udc00"',
    '"\\ud800\\u0041"', '"a\nb"', "nul", "NaN", "-Infinity", "[1.5e3,-2.25,123456789012345678901]", '{"a":[1],"a":2}', '"abc', "",
    " [ ] ", '{"é": "中", "\U0001f600": 1}', "1 2", '{"a"', '{"a":', "tru", "[1,2",
]:
    print(ascii(text), ascii(attempt(json.loads, text)))
print(json.loads('{"a": 1.5, "b": [2]}', object_pairs_hook=list, parse_float=str, parse_int=lambda s: "<" + s + ">"))
print(json.loads('{"a": {"b": 1}}', object_hook=lambda d: sorted(d.items())), json.loads("[NaN]", parse_constant=lambda s: s))
print(attempt(_json.scanstring, 1, 2), attempt(_json.encode_basestring_ascii, 3), attempt(_json.scanstring, "abc", 9))
print(_json.scanstring('x"a\\nb"y', 2), attempt(json.loads, '"a\tb"'), json.loads('"a\tb"', strict=False))
scan = _json.make_scanner(json.JSONDecoder())
print(attempt(scan, "", 0), attempt(scan, "1", -1), attempt(scan, 1, 0), scan.strict, scan.object_hook, scan.parse_float)
keys = json.loads('[{"key": 1}, {"key": 2}]')
print(next(iter(keys[0])) is next(iter(keys[1])))
