# Copies and pickles of itertools' iterators in the middle of their work, with the warning that 3.14 has them no more.
import copy
import itertools
import pickle
import warnings

warnings.simplefilter("ignore", DeprecationWarning)
MAKERS = {
    "count": lambda: itertools.count(3), "count step": lambda: itertools.count(3, 0.5), "cycle": lambda: itertools.cycle("abc"),
    "repeat": lambda: itertools.repeat("x", 5), "chain": lambda: itertools.chain("ab", "cd"), "starmap": lambda: itertools.starmap(pow, [(2, 3), (3, 2), (4, 2)]),
    "compress": lambda: itertools.compress("abcdef", [1, 0, 1, 1, 1, 1]), "takewhile": lambda: itertools.takewhile(int, [3, 2, 1, 0, 5]),
    "dropwhile": lambda: itertools.dropwhile(int, [1, 0, 3, 0, 5]), "filterfalse": lambda: itertools.filterfalse(int, [0, 1, 0, 2, 0]),
    "islice": lambda: itertools.islice(range(20), 2, 15, 3), "accumulate": lambda: itertools.accumulate([1, 2, 3, 4]),
    "accumulate initial": lambda: itertools.accumulate([1, 2], initial=10), "zip_longest": lambda: itertools.zip_longest("ab", "cdef", fillvalue="-"),
    "product": lambda: itertools.product("ab", "xy", repeat=1), "permutations": lambda: itertools.permutations("abc", 2),
    "combinations": lambda: itertools.combinations("abcd", 2), "replacement": lambda: itertools.combinations_with_replacement("abc", 2),
    "tee": lambda: itertools.tee("abcdef")[0],
}
for name, make in MAKERS.items():
    for done in (0, 1, 3):
        iterator = make()
        list(itertools.islice(iterator, done))
        rest = [list(itertools.islice(twin, 8)) for twin in (copy.copy(iterator), pickle.loads(pickle.dumps(iterator)), iterator)]
        print(name, done, rest[2], rest[1] == rest[2], type(make()).__name__)
groups = itertools.groupby("aabbcc")
next(groups)
print([(k, list(g)) for k, g in copy.deepcopy(groups)])
for tool in (itertools.product("ab", "cd"), itertools.combinations("abcd", 2), itertools.permutations("abc", 2)):
    next(tool)
    print(tool.__reduce__())
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    pickle.dumps(itertools.count())
    print([str(w.message) for w in caught])
product = itertools.product("ab", range(3))
product.__setstate__((1, 7))
print(list(product))
for bad in ((1,), 5):
    try:
        itertools.product("ab", "cd").__setstate__(bad)
    except Exception as e:
        print(type(e).__name__, e)
