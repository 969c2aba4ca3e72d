"""Processes: waiting for conditions, /proc, starting and ending what we started."""

import os
import signal
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PATIENCE = 120.0  # seconds in which anything happens, however busy the machine is
PORTS = set()     # that free_port has given away


def wait_until(condition, what, deadline=PATIENCE):
    """Calls CONDITION until it returns something true and returns that; else fails with WHAT."""
    end = time.monotonic() + deadline
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline} s: {what}")
        time.sleep(0.01)


def soon(call, seconds):
    """What CALL returns when that takes less than so many SECONDS. A machine that is busy with something
    else has more tries."""
    def attempt():
        begin = time.monotonic()
        result = call()
        return time.monotonic() - begin < seconds and [result]

    return wait_until(attempt, f"an end within {seconds} s")[0]


def at_once(calls):
    """What CALLS return; all of them run at the same time."""
    calls = list(calls)
    with ThreadPoolExecutor(len(calls)) as pool:
        return [each.result() for each in [pool.submit(call) for call in calls]]


def children(pid):
    """The living processes whose parent is PID."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            state, parent = (entry / "stat").read_text().rsplit(")", 1)[1].split()[:2]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(parent) == pid and state not in "ZX":
            found.append(int(entry.name))
    return sorted(found)


def name_of(pid):
    """What the process calls itself, "" when it is gone."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_for_orphans(pids):
    """They end by themselves; those that do not fail the test and are killed."""
    try:
        wait_until(lambda: not any(map(alive, pids)), "orphans end")
    finally:
        for pid in filter(alive, pids):
            os.kill(pid, signal.SIGKILL)


def started(pid):
    """When it was, in the kernel's ticks."""
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19])


def processor_time(pid):
    """The seconds that the process has been at work."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def free_port():
    """A port that nobody listens on. No port is given away twice: who got one may not listen yet."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if port not in PORTS:
            PORTS.add(port)
            return port


def listens(address):
    """Whether somebody accepts connections there: (host, port) or a socket path."""
    family = socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX
    with socket.socket(family) as probe:
        probe.settimeout(2)
        return probe.connect_ex(address) == 0


class Service:
    """A program in the foreground with its output in a log file."""

    def __init__(self, name, argv, directory, env=None):
        self.name = name
        self.argv = [str(arg) for arg in argv]
        self.log_path = Path(directory) / f"{name}.log"
        self.env = env
        self.process = None

    @property
    def pid(self):
        return self.process.pid

    def start(self, stdin=subprocess.DEVNULL):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                self.argv, stdin=stdin, stdout=log, stderr=log, env=self.env, start_new_session=True
            )

    def running(self):
        return self.process is not None and self.process.poll() is None

    def send_signal(self, number):
        self.process.send_signal(number)

    def wait(self, deadline=PATIENCE):
        """The exit status; a program that does not end is killed and fails the test."""
        try:
            return self.process.wait(deadline)
        except subprocess.TimeoutExpired:
            orphans = children(self.pid)
            self.process.kill()
            self.process.wait()
            kill_all(orphans)
            late = f"{self.name} did not end within {deadline} s\n{self.log()}"
            raise AssertionError(late) from None

    def stop(self, number=signal.SIGTERM):
        if self.process is None:
            return None
        if self.running():
            self.send_signal(number)
        return self.wait()

    def log(self):
        try:
            return self.log_path.read_text(errors="replace")
        except FileNotFoundError:
            return ""


def kill_all(pids):
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
