"""The admin socket: who may ask, for what, and the processes behind it."""

import os
import resource
import signal
import stat
from pathlib import Path

import pytest

from harness import fcgi
from harness.admin import AdminClient
from harness.process import (
    alive, children, free_port, name_of, soon, wait_for_orphans, wait_until)
from harness.stack import visitor
from harness.taskgate import run
from conftest import BASIC_SETTINGS

REQUESTS = "taskgate_http_requests_total"


# --- who may ask ----------------------------------------------------------------------------------


def test_without_the_setting_there_is_no_such_process(make_pool):
    pool = make_pool(workers=2)
    assert pool.admin() is None
    assert len(children(pool.pid)) == 2


def test_a_unix_socket_is_for_its_owner_only(watched):
    mode = os.stat(watched.admin_client.address).st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o600


@pytest.mark.parametrize("address", ["0.0.0.0:9", "[::]:9", "unix:/tmp/x,mode=0666", "nonsense"])
def test_an_address_that_others_can_reach_is_refused(directory, address):
    settings = {**BASIC_SETTINGS, "DATABASE_URL": f"sqlite:///{directory}/x.db",
                "LISTEN": f"unix:{directory}/s", "ADMIN_LISTEN": address}
    for command in ("serve", "check"):
        done = run(command, directory=directory, settings=settings)
        assert done.returncode == 78, done
        assert "ADMIN_LISTEN" in done.stderr
    assert not (directory / "s").exists()


def test_it_can_be_a_port_of_this_machine(make_pool):
    port = free_port()
    make_pool(ADMIN_LISTEN=f"127.0.0.1:{port}")
    client = AdminClient(("127.0.0.1", port))
    assert client.get("/ready").status == 200
    assert client.metrics().value("taskgate_workers_alive") == 2


def test_nothing_of_it_is_to_be_had_from_the_web_server(stack):
    for path in ("/metrics", "/live", "/ready", "/api/metrics", "/api/auth/metrics"):
        answer = stack.client.get(path)
        assert answer.status in (401, 404), path
        assert b"taskgate_" not in answer.body


def test_the_two_sockets_do_not_answer_for_each_other(watched):
    answer = watched.client.get("/metrics")
    assert answer.status == 404 and b"taskgate_" not in answer.body
    with AdminClient(watched.socket).connect() as connection:
        connection.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        assert connection.recv(4096) == b""


def test_other_processes_keep_no_hand_on_the_socket(make_watched):
    """A worker that somebody has taken over cannot accept there, nor the admin process on LISTEN or
    from the channels between workers."""
    pool = make_watched(workers=1)

    def sockets(pid):
        found = set()
        for entry in os.listdir(f"/proc/{pid}/fd"):
            try:
                found.add(os.readlink(f"/proc/{pid}/fd/{entry}"))
            except FileNotFoundError:
                pass
        return {name for name in found if name.startswith("socket:")}

    master = sockets(pool.pid)
    [worker] = pool.workers()
    assert len(sockets(worker) & master) == 1 + 4  # LISTEN, and the ends of the channels
    assert len(sockets(pool.admin()) & master) == 1
    assert not sockets(worker) & sockets(pool.admin()) & master


# --- what may be asked ----------------------------------------------------------------------------


def test_there_is_nothing_else(watched):
    client = watched.admin_client
    for path in ("/", "/health", "/api/tasks", "/metrics/", "/Metrics", "/metrics%20", "/live/x"):
        assert client.get(path).status == 404, path
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "FOO", "get"):
        for path in ("/metrics", "/live", "/ready"):
            answer = client.request(method, path)
            assert answer.status == 405, (method, path)
            assert answer.header("Allow") == "GET, HEAD"
    assert client.get("/metrics?name[]=x").status == 200


@pytest.mark.parametrize("data, status", [
    (b"GET /metrics HTTP/1.1\r\n\r\n", 400),
    (b"GET /metrics HTTP/1.1\nHost: x\n\n", 400),
    (b"GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", 400),
    (b"GET /metrics HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    (b"GET /metrics HTTP/2.0\r\nHost: x\r\n\r\n", 505),
    (b"GET /metrics HTTP/1.1\r\nHost: x\r\nField: " + b"a" * 9000 + b"\r\n\r\n", 431),
    (fcgi.begin() + fcgi.stream(fcgi.PARAMS, b""), 400),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    (b"GET /live HTTP/1.0\r\n\r\nGET /metrics HTTP/1.0\r\n\r\n", 200),
])
def test_what_is_no_plain_request_is_refused_at_once(watched, data, status):
    answer = watched.admin_client.raw(data)
    assert answer.status == status
    assert answer.header("Connection") == "close"
    assert watched.admin_client.get("/live").status == 200


# --- others on the socket -------------------------------------------------------------------------


def test_slow_clients_hold_nobody_up(watched):
    """More connections than there are places, silent, dripping or not reading."""
    client = watched.admin_client
    descriptors = f"/proc/{watched.admin()}/fd"
    before = len(os.listdir(descriptors))

    def ask_in_a_crowd():
        crowd = [client.connect() for _ in range(80)]
        try:
            for number, connection in enumerate(crowd):
                try:
                    connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" if number % 3 == 0
                                       else b"GET /met"[:number % 3 * 4])
                except BrokenPipeError:
                    pass  # it was the oldest
            return [client.get(path).status for path in ("/live", "/ready")]
        finally:
            for connection in crowd:
                connection.close()

    assert soon(ask_in_a_crowd, 2) == [200, 200]
    wait_until(lambda: len(os.listdir(descriptors)) <= before + 1, "all of them are closed")


def test_with_few_descriptors_it_serves_and_rests(make_watched):
    """poll() takes no more entries than a process may have descriptors."""
    pool = make_watched(workers=1)
    resource.prlimit(pool.pid, resource.RLIMIT_NOFILE, (20, 20))
    before = pool.admin()
    pool.reload()
    wait_until(lambda: pool.admin() not in (None, before), "a new admin process")
    for _ in range(3):
        silent = [pool.admin_client.connect() for _ in range(30)]
        assert pool.admin_client.get("/live").status == 200
        for connection in silent:
            connection.close()
    assert pool.admin_client.get("/metrics").status == 200
    admin = Path(f"/proc/{pool.admin()}")
    wait_until(lambda: (admin / "stat").read_text().split()[2] == "S", "it waits for something")
    assert pool.log().count("cannot be accepted") == 0


def test_a_request_that_does_not_end_is_cut_off(watched):
    with watched.admin_client.connect() as connection:
        connection.sendall(b"GET /metrics HTTP/1.1\r\n")
        connection.settimeout(20)
        answer = connection.recv(4096)
        assert answer.startswith(b"HTTP/1.1 408 ")


# --- the processes --------------------------------------------------------------------------------


def test_a_dead_admin_process_is_replaced(make_watched):
    pool = make_watched()
    workers = pool.workers()
    pool.client.get("/api/tasks", token=visitor().token)
    assert pool.admin_client.get("/ready").status == 200
    victim = pool.admin()
    probe = children(victim)
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: pool.admin() not in (None, victim), "a new admin process")
    assert pool.admin_client.get("/ready").status == 200
    assert pool.admin_client.metrics().total(REQUESTS, route="/api/tasks") == 1
    assert pool.workers() == workers
    assert str(victim) in pool.log()
    wait_until(lambda: not any(map(alive, probe)), "the old probe ends with its parent")


def test_a_dead_probe_is_replaced(make_watched):
    pool = make_watched()
    assert pool.admin_client.get("/ready").status == 200
    [victim] = children(pool.admin())
    assert name_of(victim) == "taskgate-probe"
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: pool.admin_client.get("/ready").status == 200, "ready again")
    assert children(pool.admin()) != [victim]


def test_no_admin_process_outlives_a_killed_master(make_watched):
    pool = make_watched()
    assert pool.admin_client.get("/ready").status == 200
    rest = [*children(pool.pid), *children(pool.admin())]
    pool.service.send_signal(signal.SIGKILL)
    pool.service.process.wait()
    wait_for_orphans(rest)
