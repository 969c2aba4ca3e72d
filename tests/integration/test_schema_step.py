"""The child that brings the schema up to date: it cannot be started, or has to wait."""

import subprocess
from contextlib import contextmanager

from harness.limits import bind, limit
from harness.postgres import psql_program, run_sql
from harness.process import alive, children, wait_until
from harness.taskgate import Taskgate
from conftest import BASIC_SETTINGS

MIGRATION_LOCK = 8386110886273709157  # "taskgate" in ASCII


def test_a_machine_that_has_no_process_to_spare_is_waited_for(directory):
    settings = {**BASIC_SETTINGS, "DATABASE_URL": f"sqlite:///{directory}/test.db"}
    taskgate = Taskgate(directory, settings, workers=1)
    bind(taskgate, "--nproc=1:")
    taskgate.service.start()
    try:
        wait_until(lambda: "the schema cannot be looked at" in taskgate.log(), "a word about it")
        assert taskgate.service.running() and not children(taskgate.pid)
        limit(taskgate.pid, f"--nproc={limit(taskgate.pid, '--nproc', '--output=HARD')}:")
        wait_until(taskgate.ready_or_dead, "the program serves")
        assert taskgate.client.get("/health").status == 200
        assert taskgate.stop() == 0
    finally:
        if taskgate.service.running():
            taskgate.kill()


@contextmanager
def somebody_who_migrates(url):
    """Another program's connection, which holds the lock of migrations."""
    argv = [psql_program(), "-X", "-q", "-A", "-t", "-d", url]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as psql:
        psql.stdin.write(f"BEGIN; SELECT 'held' || pg_advisory_xact_lock({MIGRATION_LOCK});\n")
        psql.stdin.flush()
        assert psql.stdout.readline() == "held\n"
        yield
        psql.stdin.close()


def count(url, rows):
    return int(run_sql(url, f"SELECT count(*) FROM {rows}")[0][0])


def test_a_stop_does_not_wait_for_somebody_who_migrates(cluster, directory):
    url = cluster.create(f"migrating_{directory.name}")
    taskgate = Taskgate(directory, {**BASIC_SETTINGS, "DATABASE_URL": url})
    others = "pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with somebody_who_migrates(url):
        taskgate.service.start()
        wait_until(lambda: count(url, f"{others} AND wait_event = 'advisory'"), "one waits")
        processes = [taskgate.pid, *children(taskgate.pid)]
        assert taskgate.stop() == 0
        assert not any(map(alive, processes))
    # What waited for the lock has got it now, for nobody: it changes nothing.
    wait_until(lambda: count(url, others) == 0, "all have left the database")
    assert count(url, "pg_class WHERE relname = 'taskgate_schema'") == 0
    taskgate.start()
    assert taskgate.stop() == 0
