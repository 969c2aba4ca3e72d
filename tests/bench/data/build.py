#!/usr/bin/python3
"""Fills an empty database with users and what belongs to them, to measure at any size.

usage: TASKGATE_BIN=… build.py DATABASE_URL USERS [TASKS_EACH]

Every value follows from its number, so that a program that measures can name any of it: see rows.py.
The tasks of a user lie as far apart in the table as if all users had made them in turn. PostgreSQL needs
a superuser, who may leave foreign keys unchecked; the rows fit by construction.
"""

import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import rows

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "integration"))
from harness.postgres import psql_program


def migrate(url):
    """The schema, made by the program itself."""
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as settings:
        settings.write(f"DATABASE_URL={url}\nBETTER_AUTH_SECRET={os.urandom(32).hex()}\n")
        settings.flush()
        subprocess.run([os.environ["TASKGATE_BIN"], "migrate", "--config", settings.name],
                       check=True, stdin=subprocess.DEVNULL)


def build_postgresql(url, users, tasks):
    subprocess.run([psql_program(), "-X", "-q", "-d", url, "-v", "ON_ERROR_STOP=1",
                    "-v", f"users={users}", "-v", f"tasks={tasks}",
                    "-v", f"hash={rows.PASSWORD_HASH}", "-f", HERE / "postgresql.sql"],
                   check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def build_sqlite(path, users, tasks):
    """Indexes are made anew at the end: many rows are sorted faster than looked up one by one."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA synchronous = OFF")
    indexes = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index'"
                               " AND sql IS NOT NULL").fetchall()
    database.execute("BEGIN IMMEDIATE")
    for name, _ in indexes:
        database.execute(f'DROP INDEX "{name}"')
    for statement, values in rows.inserts(users, tasks):
        database.executemany(statement, values)
    for _, statement in indexes:
        database.execute(statement)
    database.execute("COMMIT")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def main(url, users, tasks="20"):
    users, tasks = int(users), int(tasks)
    migrate(url)
    if url.startswith("sqlite:///"):
        build_sqlite(url.removeprefix("sqlite:///"), users, tasks)
    else:
        build_postgresql(url, users, tasks)


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    main(*sys.argv[1:])
