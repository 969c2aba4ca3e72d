"""G25: a migration is killed at every step that it takes: the schema is the old or the new one."""

import random
import sqlite3
from contextlib import closing

import pytest

import faults
from conftest import FULL, INTEGRATION, rounds
from harness.postgres import run_sql
from harness.taskgate import SECRET, run

SQL = INTEGRATION.parents[1] / "sql"
SHOTS = 4  # of each kind of call in CI; the full form takes all there are
RECORD = "INSERT INTO taskgate_schema (version, name, applied_at) VALUES ({}, '{}', '{}')"


def steps(kind):
    """The migrations, oldest first."""
    return sorted((SQL / kind).glob("*.sql"))


class Sqlite:
    """Databases of one kind, made at any version by the sources' own files."""

    kinds = ("write", "sync", "open", "files", "lock")

    def __init__(self, directory):
        self.directory = directory
        self.steps = steps("sqlite")
        self.count = 0

    def make(self, version):
        self.count += 1
        path = self.directory / f"{self.count}.db"
        with closing(sqlite3.connect(path)) as database:
            for number, step in enumerate(self.steps[:version], 1):
                database.executescript(step.read_text())
                database.execute(RECORD.format(number, step.stem, "2026-01-01T00:00:00.000Z"))
            database.commit()
        return f"sqlite:///{path}"

    def look(self, url):
        """(version, what the schema is)"""
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            schema = database.execute(
                "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' "
                "ORDER BY type, name").fetchall()
            if not schema:
                return 0, []
            return database.execute("SELECT max(version) FROM taskgate_schema").fetchone()[0], schema


class Postgresql:
    """The same on a cluster; KILLER ends the connection at the n-th command that changes the
    schema."""

    kinds = ("send", "receive")

    KILLER = """
        CREATE SCHEMA killer;
        CREATE SEQUENCE killer.commands;
        CREATE FUNCTION killer.strike() RETURNS event_trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF nextval('killer.commands') = {} THEN
                PERFORM pg_terminate_backend(pg_backend_pid());
            END IF;
        END $$;
        CREATE EVENT TRIGGER killer ON ddl_command_end EXECUTE FUNCTION killer.strike();
        """
    SCHEMA = """
        SELECT 'column', table_name || '.' || column_name,
               data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '')
          FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT 'constraint', conname, pg_get_constraintdef(oid) FROM pg_constraint
         WHERE connamespace = 'public'::regnamespace
        ORDER BY 1, 2, 3
        """

    def __init__(self, cluster, directory):
        self.cluster = cluster
        self.name = f"migrations_{directory.name}"
        self.steps = steps("postgresql")
        self.count = 0

    def make(self, version):
        self.count += 1
        url = self.cluster.create(f"{self.name}_{self.count}")
        for number, step in enumerate(self.steps[:version], 1):
            run_sql(url, step.read_text())
            run_sql(url, RECORD.format(number, step.stem, "2026-01-01"))
        return url

    def look(self, url):
        schema = run_sql(url, self.SCHEMA)
        if not schema:
            return 0, []
        return int(run_sql(url, "SELECT max(version) FROM taskgate_schema")[0][0]), schema

    def arm(self, url, number):
        run_sql(url, self.KILLER.format(number))

    def disarm(self, url):
        run_sql(url, "DROP EVENT TRIGGER killer; DROP SCHEMA killer CASCADE")


def migrate(directory, url, env=None):
    settings = {"BETTER_AUTH_SECRET": SECRET, "DATABASE_URL": url}
    return run("migrate", directory=directory, settings=settings, env=env)


class World:
    """What each version looks like."""

    def __init__(self, kind):
        self.kind = kind
        self.versions = {version: kind.look(kind.make(version))
                         for version in range(len(kind.steps) + 1)}
        assert [found for found, _ in self.versions.values()] == list(self.versions)

    def check(self, url, oldest):
        """One of the versions from OLDEST on, whole; its number."""
        version, schema = self.kind.look(url)
        assert version >= oldest
        assert (version, schema) == self.versions[version]
        return version

    def check_end(self, directory, url):
        """Nothing stands in the way of another try, which comes to the newest version."""
        done = migrate(directory, url)
        assert done.returncode == 0, done
        assert self.check(url, 0) == len(self.kind.steps)


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request, directory):
    if request.param == "sqlite":
        return World(Sqlite(directory))
    return World(Postgresql(request.getfixturevalue("cluster"), directory))


def kill_migrations(world, directory, library, kind, version, chance):
    """Kills it at calls of KIND; how often, and the versions that it left behind."""
    control = faults.Faults(library, directory)
    env = {name: value for name, value in control.environment().items()
           if name.startswith(("LD_", "TASKGATE_"))}
    control.aim(faults.EVERYBODY)
    whole = world.kind.make(version)
    assert migrate(directory, whole, env).returncode == 0
    count = control.calls(kind)
    numbers = range(1, count + 1)
    left = []
    for number in numbers if FULL else sorted(chance.sample(numbers, min(count, SHOTS))):
        url = world.kind.make(version)
        control.arm(kind, number, action="kill")
        done = migrate(directory, url, env)
        assert done.returncode == -9 or not control.disarm(), done
        control.disarm()
        left.append(world.check(url, version))
        world.check_end(directory, url)
    return left


def test_a_killed_migration_leaves_an_old_or_the_new_schema(world, directory, library, show):
    chance = random.Random(25)
    left = []
    for version in range(len(world.kind.steps)):
        for kind in world.kind.kinds:
            left += kill_migrations(world, directory, library, kind, version, chance)
    assert len(set(left)) > 1, "all kills came too early, or too late"
    show(f"{len(left)} kills from {len(world.kind.steps)} versions: left at version "
         f"{ {version: left.count(version) for version in sorted(set(left))} }")


def test_a_connection_that_ends_at_any_command_changes_nothing(cluster, directory, show):
    world = World(Postgresql(cluster, directory))
    struck = 0
    for version in range(len(world.kind.steps)):
        number = 1
        while True:
            url = world.kind.make(version)
            world.kind.arm(url, number)
            done = migrate(directory, url)
            world.kind.disarm(url)
            left = world.check(url, version)
            if done.returncode == 0:
                assert left == len(world.kind.steps)
                break
            world.check_end(directory, url)
            struck += 1
            number += rounds(5, 1)
    assert struck > 4
    show(f"{struck} commands at which the connection ended")
