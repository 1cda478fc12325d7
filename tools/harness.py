"""What the checks in this folder share: running a command with a limit, counting findings, and reading what a program announced."""
import glob
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAMS = os.path.join(ROOT, "traces", "scenarios")
LIMIT_SECONDS = 60


def run(argv, **options):
    """Runs a command to its end; a hang is an error with status None."""
    try:
        return subprocess.run(argv, capture_output=True, timeout=LIMIT_SECONDS, **options)
    except subprocess.TimeoutExpired as late:
        return subprocess.CompletedProcess(argv, None, late.stdout or b"", b"no end after %d s" % LIMIT_SECONDS)


def find_cpython():
    """A CPython 3.13 that works (the one on the path may be a shim that does not), or None."""
    for path in ["python3.13", *sorted(glob.glob(os.path.expanduser("~/.pyenv/versions/3.13*/bin/python3.13")))]:
        try:
            found = subprocess.run([path, "-c", "import sys; print(sys.version_info[:2] == (3, 13), sys.executable)"], capture_output=True, text=True)
        except OSError:
            continue
        if found.stdout.startswith("True "):
            return found.stdout.split(None, 1)[1].strip()
    return None


class Findings:
    """Counts checks by subject and prints each that fails."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, holds, subject, what):
        if holds:
            self.passed += 1
        else:
            self.failed += 1
            print(f"{subject}: {what}", flush=True)
        return bool(holds)

    def end(self, name):
        print(f"{name}: {self.passed} checks hold, {self.failed} fail")
        sys.exit(1 if self.failed or not self.passed else 0)


def tail(data, count=300):
    """The end of an output, on one line."""
    return " | ".join(data.decode("utf-8", "replace").strip().splitlines())[-count:]


ANNOUNCEMENT = re.compile(rb"^(\w+) ([0-9a-f]+)$")
ALLOCATION = re.compile(r'^#\d+ alloc type=\d+"(Item\d+)" object=0x([0-9a-f]+) ')


def announcements(data):
    """The addresses that the program of traces/scenarios/announce.py told, by class, in order. A last line cut short does not count."""
    told = {}
    for line in data[: data.rfind(b"\n") + 1].splitlines():
        if match := ANNOUNCEMENT.match(line):
            told.setdefault(match[1].decode(), []).append(int(match[2], 16))
    return told


def allocations(exuvia, trace, stream=None):
    """The slots of the objects of those classes whose allocation the trace holds, by class, in order."""
    argv = [exuvia, "events", trace, "--kind", "alloc"] + ([] if stream is None else ["--stream", str(stream)])
    found = {}
    for line in run(argv).stdout.decode("utf-8", "replace").splitlines():
        if match := ALLOCATION.match(line):
            found.setdefault(match[1], []).append(int(match[2], 16))
    return found


def missing(told, found):
    """What was told and is not in the trace, in words; None when all of it is. A slot is the distance in an arena whose place the trace
    does not say: all addresses of a run must agree on it."""
    arenas = set()
    for name, addresses in told.items():
        slots = found.get(name, [])
        if len(slots) < len(addresses):
            return f"{name}: {len(addresses)} allocations were announced, the trace holds {len(slots)}"
        arenas |= {address - 16 * slot for address, slot in zip(addresses, slots)}
    return None if len(arenas) <= 1 else f"the announced addresses and the trace's slots differ ({len(arenas)} arenas)"
