"""G5: PostgreSQL's processes are killed; the program answers 503 meanwhile and goes on by itself."""

import random
import time

from conftest import rounds, serving
from harness.postgres import run_sql
from harness.process import alive, kill_all, wait_until
from writers import acknowledged, check_all, refused, writing

BACKENDS = rounds(3, 100)
RESTARTS = rounds(2, 100)


def backends(url):
    """The processes that serve the program's connections."""
    rows = run_sql(url, "SELECT pid FROM pg_stat_activity WHERE application_name = 'taskgate'")
    return [int(pid) for pid, in rows]


def wait_for_writes(writers, failures, more):
    before = acknowledged(writers)
    wait_until(lambda: failures or acknowledged(writers) >= before + more, "writes go on")


def test_killed_backends_lose_no_acknowledged_write(own_cluster, directory, show):
    """One backend that dies takes all others with it: the server starts them anew."""
    chance = random.Random(5)
    url = own_cluster.create("killed")
    with serving(directory, url) as stack:
        pool = stack.pool()
        with writing(stack.client, 3) as (writers, failures):
            for _ in range(BACKENDS):
                wait_for_writes(writers, failures, 10)
                own_cluster.wait_until_it_accepts()
                there = backends(own_cluster.url("killed"))
                if there:
                    kill_all([chance.choice(there)])
                    wait_until(lambda: not any(map(alive, there)), "all others end too")
            own_cluster.wait_until_it_accepts()
            wait_for_writes(writers, failures, 10)
        check_all(writers)
        assert stack.pool() == pool, "nobody was restarted"
    show(f"{BACKENDS} backends killed, {acknowledged(writers)} acknowledged writes, none lost; not "
         f"acknowledged: {refused(writers)}")


def test_a_killed_server_that_starts_again_is_found_again(own_cluster, directory, show):
    url = own_cluster.create("restarted")
    took = []
    with serving(directory, url) as stack:
        pool = stack.pool()
        with writing(stack.client, 3) as (writers, failures):
            for _ in range(RESTARTS):
                wait_for_writes(writers, failures, 10)
                own_cluster.kill()
                own_cluster.start()
                since = time.monotonic()
                wait_for_writes(writers, failures, 1)
                took.append(time.monotonic() - since)
        check_all(writers)
        assert stack.pool() == pool, "nobody was restarted"
    assert set(refused(writers)) <= {503}, refused(writers)
    show(f"{RESTARTS} restarts, {acknowledged(writers)} acknowledged writes, none lost; the first "
         f"write after {max(took):.2f} s at most; not acknowledged: {refused(writers)}")
