"""The program under test: its settings file and its processes."""

import os
import re
import signal
import stat
import subprocess
from pathlib import Path

from . import canaries
from .fcgi import FcgiClient
from .process import PATIENCE, Service, alive, children, listens, name_of, wait_until

# 64 characters that are nobody's example.
SECRET = "pQ7vX2mK9sTzR4wY8bN3cJ6hL1fD5gA0eU_iO-pZxVnMqWcErTyBuHkSjGdFaL8x"
PREVIOUS_SECRET = "hT3nB8xWq1ZpV6kM0cR9yJ4sL7dG2fA5eU_iO-mKxCvNbQwErTyPuJhSgDfAzL5t"
for secret in (SECRET, PREVIOUS_SECRET):
    canaries.CANARIES.learn(secret)

# What the process behind ADMIN_LISTEN calls itself.
ADMIN = "taskgate-admin"


def program():
    path = os.environ.get("TASKGATE_BIN")
    assert path and os.access(path, os.X_OK), "set TASKGATE_BIN to the program to test"
    return os.path.abspath(path)


def environment(**extra):
    """A clean environment; sanitizers of an instrumented build get the caller's options besides."""
    return {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        # An allocation that cannot be is NULL, as it is without a sanitizer.
        "ASAN_OPTIONS": f"allocator_may_return_null=1:{os.environ.get('ASAN_OPTIONS', '')}",
        "UBSAN_OPTIONS": f"print_stacktrace=1:{os.environ.get('UBSAN_OPTIONS', '')}",
        **extra,
    }


def no_sanitizer_report(log):
    """They write to standard error: a confined worker has no folder for files of theirs. Nor can it
    start the program that knows the names of functions; with SANDBOX=off it can."""
    found = re.search(r"==\d+== ?ERROR: |: runtime error: ", log)
    assert not found, log[max(found.start() - 200, 0):found.start() + 6000]


def write_settings(path, settings):
    """A KEY=VALUE file; a value of None leaves the setting out."""
    lines = [f"{name}={value}\n" for name, value in settings.items() if value is not None]
    path = Path(path)
    path.write_text("".join(lines))
    path.chmod(0o600)
    return path


def run(*args, directory, settings=None, env=None, stdin=None, launcher=()):
    """One command of the program to its end; with SETTINGS also --config FILE. STDIN is a text. It has
    no terminal. LAUNCHER is a command that becomes another."""
    argv = [*launcher, program(), *map(str, args)]
    if settings is not None:
        argv += ["--config", str(write_settings(Path(directory) / "command.conf", settings))]
    given = {"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}
    return subprocess.run(argv, capture_output=True, text=True, timeout=PATIENCE, check=False,
                          cwd=directory, env=environment(**(env or {})), start_new_session=True,
                          **given)


class Taskgate:
    """`taskgate serve` on a Unix socket in DIRECTORY, with options of LISTEN for it. LAUNCHER is a
    command that becomes another."""

    def __init__(self, directory, settings, workers=2, name="taskgate", launcher=(),
                 socket_options=""):
        self.directory = Path(directory)
        self.socket = self.directory / f"{name}.sock"
        self.workers_wanted = workers
        self.config = self.directory / f"{name}.conf"
        self.settings = dict(settings)
        self.configure()
        argv = [*launcher, program(), "serve", "--config", self.config, "--workers", workers,
                "--listen", f"unix:{self.socket}{socket_options}"]
        self.service = Service(name, argv, self.directory, environment())
        self.client = FcgiClient(self.socket)

    def configure(self, **changes):
        """Writes the settings file anew; the running program reads it at SIGHUP."""
        self.settings.update(changes)
        write_settings(self.config, self.settings)

    @property
    def pid(self):
        return self.service.pid

    def workers(self):
        return [pid for pid in children(self.pid) if name_of(pid) != ADMIN]

    def slow_worker(self):
        """The one that hashes passwords: it makes way for the others, and was started last."""
        return max(self.workers(), key=lambda pid: (os.getpriority(os.PRIO_PROCESS, pid), pid))

    def admin(self):
        """The process behind ADMIN_LISTEN, or None."""
        found = [pid for pid in children(self.pid) if name_of(pid) == ADMIN]
        return found[0] if found else None

    def complete(self):
        """The workers when all are there, else None."""
        now = self.workers()
        return now if len(now) == self.workers_wanted else None

    def log(self):
        return self.service.log()

    def start(self):
        self.service.start()
        try:
            wait_until(self.ready_or_dead, "the program serves")
            assert self.service.running(), "the program ended at start"
        except AssertionError as failure:
            self.kill()
            raise AssertionError(f"{failure}\n{self.log()}") from None
        return self

    def ready_or_dead(self):
        """Until the schema is there the workers answer 503, and one more child sees to it."""
        return not self.service.running() or (
            len(self.workers()) == self.workers_wanted and self.accepts()
            and self.client.get("/health").status == 200)

    def accepts(self):
        """A path that is a socket and answers; a regular file there is not ours to try."""
        try:
            return stat.S_ISSOCK(os.stat(self.socket).st_mode) and listens(str(self.socket))
        except FileNotFoundError:
            return False

    def reload(self):
        """SIGHUP, and waits until every worker is a new one."""
        old = set(self.workers())
        self.service.send_signal(signal.SIGHUP)
        wait_until(lambda: self.replaced(old), "new workers after SIGHUP")

    def replaced(self, old):
        now = self.workers()
        return len(now) == self.workers_wanted and not old & set(now)

    def kill(self):
        """Ends everything without asking: after a failure only."""
        workers = self.workers() if self.service.running() else []
        if self.service.running():
            self.service.send_signal(signal.SIGKILL)
        for worker in workers:
            if alive(worker):
                os.kill(worker, signal.SIGKILL)
        self.service.process.wait()

    def stop(self):
        """SIGTERM; the exit status. Looks into what the run left behind."""
        workers = self.workers() if self.service.running() else []
        for pid in filter(alive, workers):
            canaries.none_in(Path(f"/proc/{pid}/cmdline").read_text())
        status = self.service.stop()
        wait_until(lambda: not any(map(alive, workers)), "the workers end with the master")
        no_sanitizer_report(self.log())
        canaries.none_in(self.log())
        return status
