"""G4: workers are killed while they write; whatever was acknowledged is there."""

import os
import random
import signal
import sqlite3
from contextlib import closing

from conftest import rounds, serving
from harness.process import wait_until
from writers import acknowledged, check_all, refused, writing

KILLS = rounds(12, 1000)
WRITES = rounds(180, 50000)
WORKERS = rounds(4, 24)  # a worker that dies young waits up to 5 s before it comes back


def check_integrity(stack):
    """SQLite's own look at its file; PostgreSQL's pages have no such command."""
    if stack.database.startswith("sqlite:///"):
        with closing(sqlite3.connect(stack.database.removeprefix("sqlite:///"))) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    orphans = 'SELECT count(*) FROM tasks WHERE user_id NOT IN (SELECT id FROM "user")'
    assert int(stack.sql(orphans)[0][0]) == 0


def kill_one(stack, chance):
    _, *workers = wait_until(lambda: len(stack.pool()) > 1 and stack.pool(), "a worker to kill")
    victim = chance.choice(workers)
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: victim not in stack.pool(), "the killed worker is gone")


def test_killed_workers_lose_no_acknowledged_write(directory, url, show):
    chance = random.Random(4)
    with serving(directory, url, workers=WORKERS) as stack:
        with writing(stack.client, 4) as (writers, failures):
            for kill in range(KILLS):
                kill_one(stack, chance)
                wait_until(lambda: failures or acknowledged(writers) > kill * WRITES // KILLS,
                           "writes between two kills")
            wait_until(lambda: failures or acknowledged(writers) >= WRITES, "all writes", 600)
        wait_until(lambda: len(stack.pool()) == 1 + WORKERS, "all workers are back")
        check_all(writers)
        check_integrity(stack)
    show(f"{acknowledged(writers)} acknowledged writes, {KILLS} kills, none lost; not "
         f"acknowledged: {refused(writers)}")
