"""Limits of resources (prlimit(1)), for programs of a user whom they bind: not root."""

import os
import shutil
import subprocess

from .taskgate import program

# A user without other processes, also when these tests run twice on a machine.
NOBODY = 30000 + os.getpid() % 30000


def as_nobody():
    """What to put before a command so that limits count."""
    if os.getuid() != 0:
        return []
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]


def bind(taskgate, *limits):
    """TASKGATE, which was not started yet, will be somebody's whom LIMITS (options of prlimit) bind;
    what it needs is that user's."""
    binary = taskgate.directory / "program"
    shutil.copy(program(), binary)
    if as_nobody():
        for path in (taskgate.directory, binary, taskgate.config):
            os.chown(path, NOBODY, NOBODY)
    place = taskgate.service.argv.index(program())
    taskgate.service.argv = [*taskgate.service.argv[:place], *as_nobody(), "prlimit", *limits,
                             str(binary), *taskgate.service.argv[place + 1:]]
    return taskgate


def limit(pid, *options):
    """prlimit of a process of that user's; what it says."""
    argv = [*as_nobody(), "prlimit", f"--pid={pid}", "--noheadings", "--raw", *options]
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
