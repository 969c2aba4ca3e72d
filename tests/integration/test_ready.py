"""The state that the admin socket tells: live and ready, when it is true."""

import os
import signal

import pytest

from harness import fcgi
from harness.admin import AdminClient
from harness.postgres import Cluster
from harness.process import alive, children, listens, soon, wait_until
from harness.stack import visitor
from harness.taskgate import Taskgate
from conftest import BASIC_SETTINGS, stop_well


def half_request(pool):
    """A connection that keeps a worker busy."""
    connection = pool.client.connect()
    connection.send(fcgi.begin()[:5])
    return connection


def test_a_server_is_live_and_ready(watched):
    assert watched.admin_client.get("/live").json() == {"status": "live"}
    assert watched.admin_client.get("/ready").json() == {"status": "ready"}


def unready(client):
    answer = client.get("/ready")
    return answer.status == 503 and answer.json()["reason"]


@pytest.fixture
def on_postgresql(directory):
    """(pool, cluster): a PostgreSQL that the test may hurt."""
    cluster = Cluster(directory / "pg")
    cluster.start()
    settings = {**BASIC_SETTINGS, "DATABASE_URL": cluster.create("ready"),
                "ADMIN_LISTEN": f"unix:{directory}/admin.sock"}
    pool = Taskgate(directory, settings, workers=2).start()
    pool.admin_client = AdminClient(directory / "admin.sock")
    try:
        yield pool, cluster
        stop_well(pool)
    finally:
        cluster.stop()


def test_ready_is_red_while_postgresql_is_down(on_postgresql):
    pool, cluster = on_postgresql
    assert pool.admin_client.get("/ready").status == 200
    processes = [pool.pid, *pool.workers(), pool.admin()]
    cluster.stop()
    wait_until(lambda: unready(pool.admin_client) == "database", "/ready turns red")
    assert pool.admin_client.get("/live").status == 200
    assert pool.client.get("/api/tasks", token=visitor().token).status == 503
    assert pool.admin_client.metrics().total("taskgate_db_errors_total") > 0
    cluster.start()
    wait_until(lambda: pool.admin_client.get("/ready").status == 200, "/ready turns green")
    assert [pool.pid, *pool.workers(), pool.admin()] == processes


def test_a_frozen_database_and_busy_workers_hold_nobody_up(on_postgresql):
    pool, cluster = on_postgresql
    client = pool.admin_client
    assert client.get("/ready").status == 200
    server = cluster.pid()
    frozen = [server, *children(server)]
    held = [half_request(pool) for _ in range(2)]
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    try:
        for _ in range(2):
            assert soon(lambda: unready(client), 3) == "database"
            # These wait for nothing.
            assert client.get("/live").status == 200
            assert client.metrics().value("taskgate_workers_alive") == 2
        # A probe that waits for the database does not outlive its parent.
        probe = children(pool.admin())
        os.kill(pool.admin(), signal.SIGKILL)
        wait_until(lambda: not any(map(alive, probe)), "the probe ends")
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
    for connection in held:
        connection.socket.close()
    wait_until(lambda: client.get("/ready").status == 200, "/ready turns green")


def test_before_its_schema_is_there_a_server_is_not_ready(on_postgresql, directory):
    pool, cluster = on_postgresql
    cluster.stop()
    late = Taskgate(directory, {**pool.settings, "ADMIN_LISTEN": f"unix:{directory}/late-admin.sock"},
                    workers=1, name="late")
    late.service.start()
    client = AdminClient(directory / "late-admin.sock")
    try:
        wait_until(lambda: listens(str(client.address)), "the admin socket is open")
        wait_until(lambda: unready(client) == "schema", "/ready says that the schema is missing")
        assert client.get("/live").status == 200
        cluster.start()
        wait_until(lambda: client.get("/ready").status == 200, "/ready turns green")
    finally:
        stop_well(late)


def test_a_server_that_is_being_stopped_says_so(make_watched, directory):
    pool = make_watched(workers=1)
    held = half_request(pool)
    admin = pool.admin()
    pool.service.send_signal(signal.SIGTERM)
    wait_until(lambda: unready(pool.admin_client) == "draining", "/ready says draining")
    assert pool.admin_client.get("/live").status == 200
    assert pool.admin_client.metrics().value("taskgate_draining") == 1
    held.socket.close()
    assert pool.service.wait() == 0
    assert not alive(admin)
    assert not (directory / "admin.sock").exists()


def test_the_last_worker_makes_ready(make_watched):
    pool = make_watched(workers=1)
    [worker] = pool.workers()
    os.kill(pool.pid, signal.SIGSTOP)  # nobody starts another one
    try:
        os.kill(worker, signal.SIGKILL)
        assert pool.admin_client.get("/live").status == 200
    finally:
        os.kill(pool.pid, signal.SIGCONT)
    wait_until(lambda: pool.admin_client.metrics().value("taskgate_worker_starts_total") == 2,
               "another worker")
    wait_until(lambda: pool.admin_client.get("/ready").status == 200, "ready again")
