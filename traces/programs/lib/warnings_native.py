import _warnings, sys
def f(): _warnings.warn("hello", stacklevel=2)
f()
f()
import warnings
f(); f()
warnings.warn("dep", DeprecationWarning)
try: warnings.warn("x", int)
except TypeError as e: print(e)
with warnings.catch_warnings(record=True) as w:
    warnings.simplefilter("always")
    f(); f()
    warnings.warn(UserWarning("inst"))
    print([(str(x.message), x.category.__name__, x.lineno) for x in w])
with warnings.catch_warnings():
    warnings.simplefilter("error")
    try: f()
    except UserWarning as e: print("err", e)
warnings.warn_explicit("exp", UserWarning, "foo.py", 3)
with warnings.catch_warnings(record=True) as w:
    warnings.resetwarnings()
    warnings.filterwarnings("once", "on.*")
    for i in range(3): warnings.warn("once me"); warnings.warn("other %d"%i)
    print([str(x.message) for x in w])
async def c(): pass
c()
