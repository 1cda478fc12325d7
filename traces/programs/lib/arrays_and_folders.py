# The modules array and os.scandir.
import array
import collections.abc
import copy
import os
import pickle
import shutil
import tempfile

a = array.array("i", [1, 2, 3])
print(a, a[1:], a + a, a * 2, a[::-1], len(a), 2 in a, a.index(3), a.count(1))
a.append(5)
a.insert(0, 9)
a.pop()
a[1] = 7
del a[0]
print(a.tolist(), a.tobytes())
for code, value in ("b", -129), ("B", 256), ("h", 1 << 15), ("H", -1), ("i", 1 << 31), ("I", -1), ("q", 1 << 63), ("Q", -1):
    try:
        array.array(code, [value])
    except OverflowError as e:
        print(code, e)
for code in "bBhHiIlLqQfd":
    print(array.array(code, [1, 2]), array.array(code).itemsize, end=" ")
print(array.array("w", "hé"))
print(copy.copy(a), copy.deepcopy(a), pickle.loads(pickle.dumps(a)), a == array.array("d", a), a < a)
print(isinstance(a, collections.abc.MutableSequence))
a[1:2] = array.array("i", [5, 5, 5])
print(a)
a[::2] = array.array("i", [0, 0, 0])
del a[1::2]
a.byteswap()
a.extend(range(3))
a.reverse()
print(a)
match a:
    case [x, *rest]:
        print(x, rest)
match "text":
    case [*_]:
        print("a str is no sequence here")
    case str():
        print("str")

folder = tempfile.mkdtemp()
open(os.path.join(folder, "a"), "w").close()
os.mkdir(os.path.join(folder, "b"))
os.symlink(os.path.join(folder, "b"), os.path.join(folder, "c"))
os.symlink("/nowhere", os.path.join(folder, "d"))
with os.scandir(folder) as entries:
    for e in sorted(entries, key=lambda e: e.name):
        print(e, e.path == os.path.join(folder, e.name), e.is_dir(), e.is_file(), e.is_symlink(), end=" ")
        print(e.is_dir(follow_symlinks=False), os.fspath(e) == e.path, e.inode() == os.lstat(e.path).st_ino)
print(sorted(e.name for e in os.scandir(os.fsencode(folder))))
print([(len(folders), len(files)) for _, folders, files in os.walk(folder)])
shutil.rmtree(folder)
try:
    os.scandir(folder)
except FileNotFoundError as e:
    print(e.errno, e.filename == folder)
