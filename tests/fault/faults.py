"""The other end of preload.c: which call of which process fails, and what its clocks say."""

import mmap
import struct
import subprocess
from pathlib import Path

from harness.taskgate import environment

SOURCE = Path(__file__).with_name("preload.c")
KINDS = ("memory", "read", "write", "receive", "send", "sync", "open", "map", "lock", "files")
ACTIONS = ("fail", "fail_all", "short", "kill")
EVERYBODY = -1
NANOSECONDS = 10**9

# name: (format, offset), as struct control has them
FIELDS = {"pid": ("i", 0), "kind": ("i", 4), "action": ("i", 8), "error": ("i", 12),
          "countdown": ("q", 16), "fired": ("q", 24), "blocks": ("q", 32), "wall": ("q", 40),
          "monotonic": ("q", 48), "frozen": ("q", 56)}
CALLS = 64


def build(directory):
    """The library, compiled."""
    library = Path(directory) / "preload.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-fno-builtin", "-o", library, SOURCE, "-ldl"],
                   check=True, timeout=60)
    return library


class Faults:
    """The control of the processes that were started with .environment()."""

    def __init__(self, library, directory):
        self.library = library
        self.path = Path(directory) / "faults"
        self.path.write_bytes(bytes(4096))
        self.path.chmod(0o666)
        with self.path.open("r+b") as file:
            self.map = mmap.mmap(file.fileno(), 4096)

    def environment(self):
        return environment(LD_PRELOAD=str(self.library), TASKGATE_FAULTS=str(self.path))

    def get(self, name):
        return struct.unpack_from(FIELDS[name][0], self.map, FIELDS[name][1])[0]

    def set(self, name, value):
        struct.pack_into(FIELDS[name][0], self.map, FIELDS[name][1], value)

    def calls(self, kind):
        return struct.unpack_from("q", self.map, CALLS + 8 * KINDS.index(kind))[0]

    def aim(self, pid):
        """Counts the calls of PID from now on."""
        self.set("countdown", 0)
        self.set("blocks", 0)
        struct.pack_into(f"{len(KINDS)}q", self.map, CALLS, *[0] * len(KINDS))
        self.set("pid", pid)

    def arm(self, kind, number, error=0, action="fail"):
        """The NUMBERth call of KIND from now on is hit: fails with ERROR (fail_all: and those behind
        it), moves half (short), or is the process's last (kill)."""
        self.set("countdown", 0)
        self.set("fired", 0)
        self.set("kind", KINDS.index(kind))
        self.set("action", ACTIONS.index(action))
        self.set("error", error)
        self.set("countdown", number)

    def disarm(self):
        """Whether a call was hit."""
        self.set("countdown", 0)
        return self.get("fired") > 0

    def set_clock(self, seconds):
        """How far CLOCK_REALTIME is ahead of the true one."""
        self.set("wall", int(seconds * NANOSECONDS))

    def freeze(self, at=None):
        """CLOCK_REALTIME stands AT (seconds since the epoch); without it, goes on."""
        self.set("frozen", int((at or 0) * NANOSECONDS))

    def pass_time(self, seconds):
        """CLOCK_MONOTONIC goes on by as much at once."""
        self.set("monotonic", self.get("monotonic") + int(seconds * NANOSECONDS))
