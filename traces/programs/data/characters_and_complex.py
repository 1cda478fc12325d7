# unicodedata, and cmath at ordinary and special values.
import cmath, unicodedata as u
for c in "aÀ√½٣한\u0301\u200bﬁ\n":
    print(ascii(c), u.category(c), u.bidirectional(c), u.combining(c), u.east_asian_width(c), u.mirrored(c), u.name(c, "-"), u.numeric(c, None), u.digit(c, None), u.decomposition(c))
for form in ("NFC", "NFD", "NFKC", "NFKD"):
    print(form, [ascii(u.normalize(form, s)) for s in ("é", "e\u0301\u0323", "ﬁ½", "한글", "\u1100\u1161\u11a8", "Å")], u.is_normalized(form, "é"))
print(u.lookup("GREEK SMALL LETTER ALPHA"), u.lookup("latin small letter a"))
for bad in (lambda: u.name("\n"), lambda: u.lookup("NOPE"), lambda: u.decimal("x"), lambda: u.category("ab"), lambda: u.normalize("NFX", "é")):
    try: bad()
    except Exception as e: print(type(e).__name__, e)
inf, nan = float("inf"), float("nan")
for f in ("sqrt", "exp", "log", "log10", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh"):
    row = []
    for z in (1 + 2j, -1 + 0j, complex(-1, -0.0), 0j, complex(inf, nan), complex(-inf, 0), complex(0, inf), complex(nan, 0), 800 + 1j):
        try: row.append(str(getattr(cmath, f)(z)))
        except (ValueError, OverflowError) as e: row.append(str(e))
    print(f, *row)
print(cmath.polar(3 + 4j), cmath.rect(2, cmath.pi / 2), cmath.phase(-1j), cmath.isclose(1 + 1e-10j, 1), cmath.isinf(complex(1, inf)), cmath.log(8, 2))
