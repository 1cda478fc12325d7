"""The peers that the analysis is measured beside: memray and viztracer in an environment of their own, how each records a program, how many records
its file has by its own reader, and its reports.

As a program: `peers.py count memray|viztracer FILE` or `peers.py load viztracer FILE`, run by the environment's Python."""
import json
import mmap
import os
import subprocess
import sys
from pathlib import Path

from harness import find_cpython

PACKAGES = ("memray", "viztracer")
ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".build" / "peers"
# viztracer keeps what it records in memory: so many entries without a loss, for a part of the program's length.
VIZTRACER_ENTRIES = 20_000_000
VIZTRACER_PART = 0.125


def setup(cpython):
    """Makes the environment; it needs the package index."""
    cpython = cpython or find_cpython()
    if not cpython:
        sys.exit("bench: no CPython 3.13 for the peers: name it with --python PATH")
    subprocess.run([cpython, "-m", "venv", "--clear", FOLDER], check=True)
    subprocess.run([FOLDER / "bin" / "python", "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    print(", ".join(f"{name} {version}" for name, version in versions().items()))


def versions():
    """Version by name of the peers that are there."""
    python = FOLDER / "bin" / "python"
    if not python.exists():
        return {}
    code = (
        "import importlib.metadata as m, json, platform; found = {'CPython': platform.python_version()}\n"
        f"for name in {PACKAGES!r}:\n"
        "    try: found[name] = m.version(name)\n"
        "    except m.PackageNotFoundError: pass\n"
        "print(json.dumps(found))")
    return json.loads(subprocess.check_output([python, "-c", code]))


class Peer:
    """One peer: `part` of the program's length is what it can hold."""

    def __init__(self, name, package, part, record, reports):
        self.name, self.package, self.part = name, package, part
        self._record, self.reports = record, reports

    def record(self, output, program):
        """The command that records `program`, a list of words."""
        return [str(FOLDER / "bin" / "python"), "-m", self.package, *self._record(output), *program]

    def report(self, name, path):
        """The command that makes the report `name` of the file at `path`."""
        return [str(FOLDER / "bin" / "python"), *self.reports[name](path)]

    def count(self, path):
        argv = [str(FOLDER / "bin" / "python"), __file__, "count", self.package, path]
        return int(subprocess.check_output(argv))


def memray_report(name, *options):
    return lambda path: ["-m", "memray", name, *options, path]


def memray_page(name):
    return lambda path: ["-m", "memray", name, "-f", "-o", os.path.join(os.path.dirname(path), name + ".html"), path]


PEERS = [
    Peer(
        "memray-py", "memray", 1,
        lambda output: ["run", "--quiet", "--force", "--trace-python-allocators", "-o", output],
        {"stats": memray_report("stats"), "summary": memray_report("summary"), "table": memray_page("table"),
         "flamegraph": memray_page("flamegraph")}),
    Peer(
        "viztracer", "viztracer", VIZTRACER_PART,
        lambda output: ["--quiet", "--log_gc", "--tracer_entries", str(VIZTRACER_ENTRIES), "-o", output],
        # Its viewer is interactive; to read the file is what comes before any answer.
        {"json.load": lambda path: [__file__, "load", "viztracer", path]}),
]


def count(kind, path):
    if kind == "memray":
        from memray import FileReader
        return FileReader(path).metadata.total_allocations
    # Streams: the file may be larger than memory.
    needle = b'"ph": "X"'
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        found, place = 0, view.find(needle)
        while place >= 0:
            found, place = found + 1, view.find(needle, place + len(needle))
        return found


def load(path):
    with open(path, encoding="utf-8") as file:
        return len(json.load(file)["traceEvents"])


if __name__ == "__main__":
    print(load(sys.argv[3]) if sys.argv[1] == "load" else count(sys.argv[2], sys.argv[3]))
