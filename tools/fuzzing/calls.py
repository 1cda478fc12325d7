"""Calls what native modules offer with arguments that nobody would give, and methods and operators of what comes back: run by tools/fuzz-calls under the
runtime that is tested.

    calls.py SEED CALLS JOURNAL [MODULE...]

Exceptions are what the calls are expected to end with; a crash is the finding. Each call is written to JOURNAL before it is made, over the one before.
Left out is what may do harm to the machine, waits, ends the process, or reads memory at addresses that it is given."""
import io
import itertools
import operator
import os
import random
import sys

SEED, CALLS, JOURNAL = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
NATIVE = """builtins _abc _ast _asyncio _bisect _codecs _collections _contextvars _csv _ctypes _functools _heapq _imp _io _json _lsprof _opcode _operator
_posixshmem _random _signal _socket _sre _statistics _string _struct _symtable _thread _tokenize _typing _warnings _weakref array atexit binascii cmath
faulthandler gc grp itertools marshal math mmap pwd pyexpat resource select sys time types unicodedata weakref zlib""".split()
# Larger numbers as a count ask for memory and time, not for an answer.
LARGEST = 10**7

random = random.Random(SEED)


class Index:
    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value


class Rude:
    """Whose every special method fails or lies."""

    def __len__(self):
        return -5

    def __iter__(self):
        return self

    def __next__(self):
        raise RuntimeError("next")

    def __hash__(self):
        raise TypeError("hash")

    def __eq__(self, other):
        raise ZeroDivisionError("equal")

    def __index__(self):
        raise ValueError("index")

    def __repr__(self):
        return 5

    def __bool__(self):
        raise OverflowError("bool")


class Sequence:
    def __len__(self):
        return 3

    def __getitem__(self, i):
        if i > 5:
            raise IndexError(i)
        return i


def generator():
    yield 1
    yield "a"
    yield None


def shrinking():
    """A list that is emptied by whatever asks one of its items anything."""
    items = []

    class Item:
        def empty(self, *_):
            items.clear()
            return 1

        __lt__ = __eq__ = __hash__ = __index__ = __len__ = __bool__ = __float__ = empty

        def __repr__(self):
            items.clear()
            return "Item"

    items.extend([Item(), Item(), Item()])
    return items


def subclass(base):
    return type("Sub" + base.__name__, (base,), {})


SUBCLASSES = [subclass(base) for base in (int, str, bytes, list, tuple, dict, float)]
PLAIN = [None, 0, 1, -1, True, 2**31, 2**63, -(2**63), 2**64, 10**40, sys.maxsize, 0.0, -0.0, float("nan"), float("inf"), 1e308, 5e-324, 1 + 2j,
         "", "a", "abc def", "\ud800", "\U0001f600é", "x" * 1000, "%s %d %(a)s", "{0!r:>{1}}", "\0", "utf-8", "strict", "r", "I", "<i",
         b"", b"a", b"\xff\0abc" * 3, (), (1,), (1, "a", None), ((1, 2), (3, 4)), range(5), slice(1, None, -1), slice(None, 10**30),
         len, int, str, type, object, ValueError, Index(2), Index(-1), Index(10**30), Rude(), Rude, Sequence(), Sequence, ..., NotImplemented, sys]
MAKERS = [lambda: bytearray(b"hello"), lambda: memoryview(b"abcdef"), lambda: memoryview(bytearray(16)).cast("i"), lambda: memoryview(b"abcdefgh")[::2],
          list, lambda: [1, 2, 3], lambda: ["a", "b"], lambda: [[1], [2]], dict, lambda: {"a": 1}, lambda: {1: 2, "b": [3]}, set, lambda: {1, 2},
          lambda: frozenset("ab"), lambda: iter([1, 2]), lambda: generator, generator, object, lambda: Exception("x"), shrinking,
          lambda: lambda *a, **k: a, lambda: lambda x: x, lambda: io.StringIO("a\nb"), lambda: io.BytesIO(b"a\nb"), lambda: property(len),
          lambda: classmethod(len), lambda: zip([1], [2]), lambda: map(str, [1]), lambda: compile("1", "f", "eval"), lambda: generator.__code__,
          lambda: random.choice(SUBCLASSES)(), lambda: sys._getframe()]
KEYWORDS = "key default start stop step reverse maxlen encoding errors mode sep end flush initial func strict repeat fillvalue indent base".split()

# By module where the name is harmless elsewhere.
LEFT_OUT = set("""abort breakpoint copyright credits exit help input license quit _exit open open_code FileIO fork
displayhook excepthook unraisablehook breakpointhook __displayhook__ __excepthook__ __unraisablehook__ __breakpointhook__
setrecursionlimit set_int_max_str_digits setswitchinterval settrace setprofile _settraceallthreads _setprofileallthreads set_asyncgen_hooks addaudithook
_debugmallocstats _clear_type_cache _clear_internal_caches intern monitoring freeze disable set_threshold set_debug get_objects get_referrers
default_int_handler alarm pause pthread_kill pthread_sigmask raise_signal setitimer set_wakeup_fd siginterrupt signal sigpending sigtimedwait sigwait sigwaitinfo sleep
_fatal_error _fatal_error_c_thread _read_null _sigabrt _sigfpe _sigsegv _stack_overflow dump_traceback_later enable register unregister
_shutdown _start_joinable_thread _start_new_thread interrupt_main start_joinable_thread start_new start_new_thread
acquire acquire_lock allocate join wait select poll epoll accept connect recv recv_into recvfrom recvfrom_into recvmsg recvmsg_into sendto
getaddrinfo gethostbyaddr gethostbyname gethostbyname_ex getnameinfo getfqdn socketpair close dup shm_unlink setrlimit prlimit
_run_exitfuncs _clear _unregister get get_event_loop _get_event_loop run _run_once run_forever run_until_complete
addressof call_cdeclfunction call_function cast _cast _CFuncPtr CFuncPtr dlclose dlopen dlsym from_address in_dll memmove memset string_at
_string_at wstring_at _Pointer PyObj_FromPtr Py_DECREF Py_INCREF _memmove_addr _memset_addr _string_at_addr _cast_addr _wstring_at_addr _unpickle
_memoryview_at_addr eval exec __import__ compile""".split())

journal = os.open(JOURNAL, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)


def described(value):
    try:
        return f"{type(value).__name__} {value!r:.40}"
    except BaseException:
        return type(value).__name__


def note(text):
    os.pwrite(journal, text.encode("utf-8", "backslashreplace")[:500].ljust(500), 0)


def asks_too_much(values):
    for value in values:
        number = value.value if isinstance(value, Index) else value
        if isinstance(number, (int, float)) and not -LARGEST < number < LARGEST:
            return True
    return False


kept = []


def argument():
    if kept and random.random() < 0.15:
        return random.choice(kept)
    return random.choice(PLAIN) if random.random() < 0.6 else random.choice(MAKERS)()


def call(name, function, arguments, keywords={}):
    note(f"{name}({', '.join(map(described, arguments))}) {sorted(keywords)}")
    return function(*arguments, **keywords)


def methods_of(value, name):
    for _ in range(random.choice((1, 2, 5))):
        names = [each for each in dir(value) if each not in LEFT_OUT]
        arguments = [argument() for _ in range(random.choice((0, 1, 1, 2, 2, 3)))]
        if not names or asks_too_much(arguments):
            return
        method = random.choice(names)
        label = f"{name} -> {type(value).__name__}.{method}"
        note(label)
        try:
            found = getattr(value, method)
            if callable(found):
                call(label, found, arguments)
        except (Exception, GeneratorExit):
            pass


# Whoever reads them to their end does not return.
ENDLESS = itertools.count, itertools.cycle, itertools.repeat
OPERATORS = [getattr(operator, name) for name in """add sub mul mod floordiv truediv and_ or_ xor eq lt contains getitem iadd imul matmul""".split()]


def step(targets):
    name, function = random.choice(targets)
    arguments = [argument() for _ in range(random.choice((0, 1, 1, 1, 2, 2, 2, 3, 3, 4)))]
    keywords = {random.choice(KEYWORDS): argument()} if random.random() < 0.1 else {}
    # A few calls do get large numbers: those of functions that count nothing with them.
    if asks_too_much([*arguments, *keywords.values()]) and not name.startswith(("math.", "cmath.", "_struct.", "time.", "unicodedata.")):
        return
    result = call(name, function, arguments, keywords)
    if result is not None and not isinstance(result, (type, *ENDLESS)) and random.random() < 0.8:
        if len(kept) == 30:
            kept.pop(random.randrange(30))
        kept.append(result)
        methods_of(result, name)
    if random.random() < 0.3:
        pair = argument(), argument()
        if not asks_too_much(pair):
            chosen = random.choice(OPERATORS)
            call(chosen.__name__, chosen, pair)


def main():
    modules = sys.argv[4:] or NATIVE
    targets = []
    for module in modules:
        try:
            found = __import__(module)
        except ImportError:
            continue
        targets += [(f"{module}.{name}", value) for name, value in sorted(vars(found).items()) if name not in LEFT_OUT and callable(value)]
    for _ in range(CALLS):
        try:
            step(targets)
        except (Exception, GeneratorExit):
            pass
    print("done")


main()
