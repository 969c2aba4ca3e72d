"""G6: a streaming replica takes over; the program finds it by target_session_attrs."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from conftest import FULL, rounds, serving
from harness.postgres import Cluster, psql_program, run_sql
from harness.process import wait_until
from writers import acknowledged, check_all, refused, writing

ROUNDS = rounds(1, 5)
SOON = 5  # seconds after the promotion


class Standby(Cluster):
    """A copy of PRIMARY that follows it; what the primary acknowledges, it has."""

    def __init__(self, directory, primary):
        super().__init__(directory)
        self.primary = primary
        self.data = self.directory / "data"

    def as_server(self, *argv):
        as_postgres = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        subprocess.run([*as_postgres, *map(str, argv)], check=True, capture_output=True, cwd="/",
                       timeout=60)

    def tool(self, name):
        return Path(psql_program()).with_name(name)

    def make(self):
        self.directory.mkdir()
        self.directory.chmod(0o711)
        shutil.copy(self.primary.directory / "password", self.directory)
        if os.getuid() == 0:
            for path in (self.directory, self.directory / "password"):
                shutil.chown(path, "postgres")
        self.as_server(self.tool("pg_basebackup"), "-D", self.data, "-R", "-X", "stream", "-c",
                       "fast", "-d", self.primary.url())
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(f"unix_socket_directories = '{self.directory}'\n")
        self.start()
        run_sql(self.primary.url(), "ALTER SYSTEM SET synchronous_standby_names = '*'")
        run_sql(self.primary.url(), "SELECT pg_reload_conf()")
        wait_until(self.follows, "the replica has all that the primary has", 30)

    def follows(self):
        return run_sql(self.primary.url(),
                       "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") == [["1"]]

    def promote(self):
        self.as_server(self.tool("pg_ctl"), "promote", "-D", self.data, "-w")


@pytest.fixture(params=range(1, ROUNDS + 1))
def pair(directory):
    """(primary, its replica, the URL of a database for both)"""
    primary = Cluster(directory / "a")
    primary.start()
    url = primary.create("pair")
    standby = Standby(directory / "b", primary)
    standby.make()
    yield primary, standby, f"{url},{directory / 'b'}&target_session_attrs=read-write"
    for cluster in (standby, primary):
        cluster.stop()


def tasks_in(cluster):
    return int(run_sql(cluster.url("pair"), "SELECT count(*) FROM tasks")[0][0])


def wait_for_writes(writers, failures, more=10):
    before = acknowledged(writers)
    wait_until(lambda: failures or acknowledged(writers) >= before + more, "writes go on", 30)


def test_a_promoted_replica_is_found_and_has_all_that_was_acknowledged(pair, directory, show):
    primary, standby, url = pair
    with serving(directory, url) as stack:
        pool = stack.pool()
        with writing(stack.client, 3) as (writers, failures):
            wait_for_writes(writers, failures)
            primary.kill()
            standby.promote()
            run_sql(standby.url(), "ALTER SYSTEM RESET synchronous_standby_names")
            run_sql(standby.url(), "SELECT pg_reload_conf()")
            promoted = time.monotonic()
            wait_for_writes(writers, failures, 1)
            took = time.monotonic() - promoted
            # The old one comes back as a replica, first in the list of hosts: nobody writes there.
            (primary.directory / "data" / "standby.signal").touch()
            primary.start()
            wait_until(primary.accepts, "the old primary can be read", 20)
            before = tasks_in(primary)
            wait_for_writes(writers, failures)
        check_all(writers)
        assert tasks_in(primary) == before
        assert stack.pool() == pool, "nobody was restarted"
    assert took < SOON or not FULL
    show(f"the first write {took:.2f} s after the promotion; {acknowledged(writers)} acknowledged "
         f"writes, none lost; not acknowledged: {refused(writers)}")


def test_a_primary_that_becomes_read_only_is_left_for_the_new_one(pair, directory, show):
    """A planned switch: connections to the old one stay open, its writes are refused."""
    primary, standby, url = pair
    with serving(directory, url) as stack:
        pool = stack.pool()
        with writing(stack.client, 3) as (writers, failures):
            wait_for_writes(writers, failures)
            run_sql(primary.url(), "ALTER SYSTEM SET default_transaction_read_only = on")
            run_sql(primary.url(), "SELECT pg_reload_conf()")
            # Each twice: what began before the switch has ended too.
            wait_until(lambda: failures or all(sum(writer.refused.values()) > 1
                                               for writer in writers), "writes are refused", 30)
            before = tasks_in(primary)
            standby.promote()
            promoted = time.monotonic()
            wait_for_writes(writers, failures, 1)
            took = time.monotonic() - promoted
            wait_for_writes(writers, failures)
        assert tasks_in(primary) == before
        assert stack.pool() == pool, "nobody was restarted"
    assert took < SOON or not FULL
    show(f"the first write {took:.2f} s after the promotion; not acknowledged: {refused(writers)}")
