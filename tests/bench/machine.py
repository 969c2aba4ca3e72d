"""What processes cost: CPU time, memory and system calls, of a process and all its descendants; and
how little they may be given."""

import contextlib
import os
import platform
import re
import signal
import subprocess
import tempfile
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def stat_of(pid):
    """Parent and CPU seconds, with those of children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[1]), sum(map(int, fields[11:15])) / TICK


def family(pid):
    """PID and its descendants."""
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                children.setdefault(stat_of(entry)[0], []).append(int(entry))
            except (OSError, IndexError):
                pass
    found, left = [], [pid]
    while left:
        found.append(left.pop())
        left += children.get(found[-1], [])
    return found


def cpu_seconds(pid):
    total = 0
    for member in family(pid):
        try:
            total += stat_of(member)[1]
        except OSError:
            pass
    return total


def pss_mib(pid):
    total = 0
    for member in family(pid):
        try:
            found = re.search(r"^Pss: *(\d+)", Path(f"/proc/{member}/smaps_rollup").read_text(), re.M)
        except OSError:
            continue
        total += int(found[1]) if found else 0
    return total / 1024


class ControlGroup:
    """Processes that share what a CONTROLLER of the kernel limits, by either of its two interfaces. As
    root."""

    def __init__(self, controller, name):
        folder = Path("/sys/fs/cgroup")
        self.old = (folder / controller).exists()
        self.folder = (folder / controller if self.old else folder) / f"taskgate-bench-{os.getpid()}-{name}"
        self.folder.mkdir()

    def write(self, file, value):
        (self.folder / file).write_text(str(value))

    def remove(self):
        """Whoever is still in it goes back to where all are."""
        for pid in (self.folder / "cgroup.procs").read_text().split():
            (self.folder.parent / "cgroup.procs").write_text(pid)
        self.folder.rmdir()


class Slice(ControlGroup):
    """A part of a core, in short portions: whoever has used one up rests for the others' time."""

    PORTIONS = 20000  # microseconds from one to the next

    def __init__(self, name):
        super().__init__("cpu", name)

    def limit(self, percent, weight=1):
        """Of one core, None: no limit. WEIGHT: what others that want a core count against this one."""
        portion = percent * self.PORTIONS // 100 if percent else None
        if self.old:
            self.write("cpu.shares", 1024 * weight)
            self.write("cpu.cfs_period_us", self.PORTIONS)
            self.write("cpu.cfs_quota_us", portion or -1)
        else:
            self.write("cpu.weight", 100 * weight)
            self.write("cpu.max", f"{portion or 'max'} {self.PORTIONS}")

    def take(self, pid):
        """PID with all its descendants, and those to come."""
        for member in family(pid):
            with contextlib.suppress(ProcessLookupError):
                self.write("cgroup.procs", member)


def pin(pid, cores):
    """PID and its descendants run on these alone."""
    for member in family(pid):
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(member, cores)


class Calls:
    """Counts the system calls of processes while the block runs, which strace makes slow."""

    def __init__(self, pids):
        self.pids = pids
        self.total = 0
        self.by_name = {}

    def __enter__(self):
        self.out = tempfile.NamedTemporaryFile("r", prefix="calls.")
        attach = [word for pid in self.pids for word in ("-p", str(pid))]
        self.strace = subprocess.Popen(["strace", "-f", "-c", "-o", self.out.name, *attach],
                                       stderr=subprocess.PIPE, text=True)
        for _ in self.pids:
            line = self.strace.stderr.readline()
            assert "attached" in line, f"strace: {line}"
        return self

    def __exit__(self, *_):
        self.strace.send_signal(signal.SIGINT)
        self.strace.communicate()
        for line in self.out.read().splitlines():
            words = line.split()
            if len(words) >= 5 and words[0][0].isdigit() and words[-1] != "total":
                self.by_name[words[-1]] = int(words[3])
        self.total = sum(self.by_name.values())
        self.out.close()


def describe():
    """The machine, for whoever reads the figures later."""
    cpu = re.search(r"^model name\s*: (.*)", Path("/proc/cpuinfo").read_text(), re.M)
    memory = re.search(r"^MemTotal: *(\d+)", Path("/proc/meminfo").read_text(), re.M)
    return {"processor": cpu[1] if cpu else platform.processor(), "cores": os.cpu_count(),
            "memory_mib": int(memory[1]) // 1024, "kernel": platform.release(),
            "load_before": os.getloadavg()[0]}
