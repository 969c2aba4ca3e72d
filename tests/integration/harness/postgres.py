"""A private PostgreSQL cluster, by way of tests/store/pg_cluster.sh."""

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from . import canaries
from .process import PATIENCE, alive, children, wait_until

SCRIPT = Path(__file__).resolve().parents[2] / "store" / "pg_cluster.sh"


def psql_program():
    """psql of the newest installed server: Debian keeps the versions apart."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/psql"))
    return str(found[-1]) if found else shutil.which("psql")


class Cluster:
    """A cluster in DIRECTORY; databases are made in it by name. On a MACHINE (network.py) it listens
    at that one's address too."""

    def __init__(self, directory, machine=None):
        self.directory = Path(directory)
        self.machine = machine

    def _script(self, verb, *more):
        launcher = self.machine.launcher if self.machine else []
        done = subprocess.run([*launcher, "sh", SCRIPT, verb, self.directory, *more],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=PATIENCE, check=False)
        assert done.returncode == 0, f"pg_cluster.sh {verb}: {done.stdout}"
        return done.stdout

    def start(self):
        self._script("start", *([self.machine.address] if self.machine else []))
        # Nothing of it is to outlive the machine, and each new database is hundreds of files.
        for statement in ("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()"):
            run_sql(self.url(), statement)
        canaries.CANARIES.learn(urlsplit(self.url()).password)

    def stop(self):
        """Its own log is nobody's secret either."""
        self._script("stop")
        canaries.none_in((self.directory / "log").read_text(errors="replace"))

    def kill(self):
        """kill -9 of the postmaster; its children end by themselves. Where nobody takes note of the
        dead, their number still counts: PostgreSQL would not start for its own lock files."""
        pids = [self.pid(), *children(self.pid())]
        os.kill(pids[0], signal.SIGKILL)
        wait_until(lambda: not any(map(alive, pids)), "PostgreSQL is gone")
        for lock in ("data/postmaster.pid", ".s.PGSQL.5432.lock"):
            (self.directory / lock).unlink(missing_ok=True)

    def pid(self):
        return int(self._script("pid"))

    def url(self, database=None):
        url = self._script("url").strip()
        if database is None:
            return url
        return re.sub(r"^(\w+://[^/]*/)[^?]*", rf"\g<1>{database}", url)

    def accepts(self):
        """Whether a new connection can ask something."""
        return psql(self.url(), "-c", "SELECT 1").returncode == 0

    def wait_until_it_accepts(self):
        wait_until(self.accepts, "PostgreSQL accepts connections")

    def create(self, database):
        """A new empty database; its URL."""
        run_sql(self.url(), f'CREATE DATABASE "{database}"')
        return self.url(database)


def psql(url, *options):
    """psql to its end."""
    argv = [psql_program(), "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1",
            "-d", url, *map(str, options)]
    return subprocess.run(argv, capture_output=True, text=True, timeout=PATIENCE, check=False,
                          env={**os.environ, "PGCONNECT_TIMEOUT": "5"})


def run_sql(url, statement):
    """Rows of STATEMENT as lists of texts."""
    done = psql(url, "-c", statement)
    assert done.returncode == 0, done.stderr
    return [line.split("\t") for line in done.stdout.splitlines()]
