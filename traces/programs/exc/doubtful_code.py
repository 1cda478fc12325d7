# SyntaxWarnings: what the compiler finds doubtful, as warnings and as errors.
import warnings
for text in (r"'\d'", r"b'\q'", "'\\400'", "x is 5", "x is not 'a'", "5()", "[1]('a')", "f'{x}'()", "'a'['b']", "(1, 2)[1.0]", "None[0]", "1if x else 2", "{1}[0]", "(lambda: 0)[1]", "x is ()", "x is None"):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always"); compile(text, "<text>", "eval")
    print(text, [(w.category.__name__, str(w.message), w.lineno) for w in seen])
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always"); compile("\nassert (x, 'message')\n", "<text>", "exec")
print([(str(w.message), w.lineno) for w in seen])
with warnings.catch_warnings():
    warnings.simplefilter("error")
    try: compile(r"'\d'", "<text>", "eval")
    except SyntaxError as e: print(type(e).__name__, e.msg, e.lineno)
for bad in ("int(T())", "int(I())", "float(F())"):
    class T:
        def __trunc__(self): return 3
    class B(int): pass
    class I:
        def __int__(self): return B(4)
    class G(float): pass
    class F(float):
        def __float__(self): return G(5)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always"); print(eval(bad), [str(w.message) for w in seen])
