"""The admin socket: metrics that are exact, and a state that is true."""

import json
import os
import re
import signal
import stat
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import fcgi
from harness.admin import AdminClient
from harness.postgres import Cluster
from harness.process import alive, children, free_port, listens, name_of, wait_until
from harness.servers import DEPLOY
from harness.stack import PASSWORD, sign_in, sign_up, visitor
from harness.taskgate import Taskgate, run
from conftest import BASIC_SETTINGS, short_directory, stop_well

REQUESTS = "taskgate_http_requests_total"
EVENTS = "taskgate_auth_events_total"


def admin_of(pool):
    return AdminClient(pool.directory / "admin.sock")


@pytest.fixture
def make_watched(make_pool, directory):
    """A pool with an admin socket; its client is .admin_client."""
    def make(**settings):
        pool = make_pool(ADMIN_LISTEN=f"unix:{directory}/admin.sock", **settings)
        pool.admin_client = admin_of(pool)
        return pool
    return make


@pytest.fixture(scope="module")
def watched():
    """One program with an admin socket for all tests that leave it as it is."""
    with short_directory() as path:
        settings = {**BASIC_SETTINGS, "DATABASE_URL": f"sqlite:///{path}/pool.db",
                    "ADMIN_LISTEN": f"unix:{path}/admin.sock"}
        pool = Taskgate(path, settings, workers=3).start()
        pool.admin_client = admin_of(pool)
        try:
            yield pool
        finally:
            stop_well(pool)


def counted(pool, before, name, **labels):
    """By how much a metric has grown since the page BEFORE."""
    return pool.admin_client.metrics().total(name, **labels) - before.total(name, **labels)


def half_request(pool):
    """A connection that keeps a worker busy."""
    connection = pool.client.connect()
    connection.send(fcgi.begin()[:5])
    return connection


# --- the page -------------------------------------------------------------------------------------


def test_the_page_is_of_the_format_that_prometheus_reads(watched):
    sign_up(watched.client)
    answer = watched.admin_client.get("/metrics")
    assert answer.status == 200
    assert answer.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8"
    page = watched.admin_client.metrics()
    assert set(page.help) == set(page.types)
    for (name, labels), value in page.samples.items():
        assert value >= 0, name
        if not name.endswith("_bucket"):
            continue
        family = name.removesuffix("_bucket")
        series = sorted((float(dict(own)["le"]), number) for (other, own), number
                        in page.samples.items()
                        if other == name and own - {("le", dict(own)["le"])}
                        == labels - {("le", dict(labels)["le"])})
        assert [number for _, number in series] == sorted(number for _, number in series)
        rest = dict(labels - {("le", dict(labels)["le"])})
        assert series[-1][0] == float("inf")
        assert series[-1][1] == page.value(f"{family}_count", **rest)


def test_head_has_the_headers_and_no_body(watched):
    head = watched.admin_client.request("HEAD", "/metrics")
    assert head.status == 200 and head.body == b""
    assert int(head.header("Content-Length")) > 1000


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


# --- what is counted ------------------------------------------------------------------------------


def test_the_counts_of_several_workers_are_exact(watched):
    user = visitor()
    before = watched.admin_client.metrics()
    with ThreadPoolExecutor(6) as executor:
        good = [executor.submit(watched.client.get, "/api/tasks", token=user.token)
                for _ in range(120)]
        bad = [executor.submit(watched.client.get, f"/api/{user.id}/tasks/1") for _ in range(60)]
    assert {done.result().status for done in good} == {200}
    assert {done.result().status for done in bad} == {401}
    assert counted(watched, before, REQUESTS) == 180
    assert counted(watched, before, REQUESTS, method="GET", route="/api/tasks",
                   status="200") == 120
    assert counted(watched, before, REQUESTS, route="/api/:user/tasks/:id", status="401") == 60
    assert counted(watched, before, "taskgate_http_request_duration_seconds_count") == 180
    assert counted(watched, before, "taskgate_http_errors_total", status="401",
                   code="MISSING_CREDENTIALS") == 60
    assert counted(watched, before, "taskgate_token_verifications_total", result="valid") == 120


def test_what_happens_to_accounts_is_counted(watched):
    before = watched.admin_client.metrics()
    user = sign_up(watched.client)
    sign_in(watched.client, user.email)
    sign_in(watched.client, user.email, "not the password")
    watched.client.post("/api/auth/sign-up", json={"email": user.email, "password": PASSWORD})
    refresh = f"better-auth.refresh_token={user.cookies['better-auth.refresh_token'][0]}"
    for _ in range(2):
        watched.client.post("/api/auth/refresh", cookie=refresh, origin="http://localhost:3000")
    for event, result in (("sign-up", "success"), ("sign-up", "email-taken"),
                          ("sign-in", "success"), ("sign-in", "wrong-password"),
                          ("refresh", "success"), ("refresh", "used-token")):
        assert counted(watched, before, EVENTS, event=event, result=result) == 1, (event, result)
    assert counted(watched, before, "taskgate_slow_requests_total", result="queued") == 4
    assert counted(watched, before, "taskgate_slow_wait_seconds_count") == 4
    assert watched.admin_client.metrics().value("taskgate_slow_workers") == 1


def test_no_client_can_make_a_series(watched):
    """Neither paths, methods nor any other byte of a request becomes a label."""
    for number in range(5):
        watched.client.get(f"/api/canary{number}/tasks/canary{number}", token=visitor().token)
        watched.client.get(f"/canary{number}?canary=1")
        watched.client.request(f"CANARY{number}", "/health")
    text = watched.admin_client.get("/metrics").body.decode()
    assert "canary" not in text.lower()
    page = watched.admin_client.metrics()
    assert page.value(REQUESTS, method="other", route="none", status="405") == 5


def test_a_request_that_ends_in_the_middle_is_counted(watched):
    before = watched.admin_client.metrics()
    half_request(watched).socket.close()
    wait_until(lambda: counted(watched, before, "taskgate_fastcgi_broken_total", part="request") == 1,
               "the broken request is counted")
    assert watched.admin_client.metrics().value("taskgate_http_requests_in_flight") == 0


def test_counts_outlive_workers(make_watched):
    pool = make_watched(workers=2)
    user = visitor()
    for _ in range(20):
        pool.client.get("/api/tasks", token=user.token)
    before = pool.admin_client.metrics()
    assert before.total(REQUESTS, route="/api/tasks") == 20
    old = pool.workers()
    for worker in old:
        os.kill(worker, signal.SIGKILL)
    wait_until(lambda: pool.replaced(set(old)), "new workers", 15)
    page = pool.admin_client.metrics()
    assert page.total(REQUESTS, route="/api/tasks") == 20
    assert page.value("taskgate_worker_exits_total", reason="SIGKILL") == 2
    assert page.value("taskgate_worker_starts_total") == 4
    assert page.value("taskgate_workers_alive") == 2
    assert page.value("taskgate_http_requests_in_flight") == 0, "the dead have nothing in hand"
    pool.client.get("/api/tasks", token=user.token)
    assert counted(pool, page, REQUESTS, route="/api/tasks") == 1


def test_counts_outlive_reloads(make_watched):
    pool = make_watched(workers=2)
    user = visitor()
    for _ in range(10):
        pool.client.get("/api/tasks", token=user.token)
    before = pool.admin_client.metrics()
    admin = pool.admin()
    pool.configure(WORKERS=2, LIST_SHAPE="array")
    pool.reload()
    wait_until(lambda: pool.admin() not in (None, admin), "a new admin process")
    pool.client.get("/api/tasks", token=user.token)
    page = pool.admin_client.metrics()
    assert page.total(REQUESTS, route="/api/tasks") == 11
    assert page.value("taskgate_config_reloads_total", result="success") == 1
    when = "taskgate_config_last_reload_success_timestamp_seconds"
    assert page.value(when) > before.value(when) > 1e9
    assert page.value("process_start_time_seconds") == before.value("process_start_time_seconds")

    pool.configure(LIST_SHAPE="nonsense")
    pool.service.send_signal(signal.SIGHUP)
    wait_until(lambda: pool.admin_client.metrics().value(
        "taskgate_config_reloads_total", result="failure") == 1, "a reload that failed")
    assert pool.admin_client.metrics().value(when) == page.value(when)


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
    try:
        wait_until(lambda: not any(map(alive, rest)), "orphans end", 15)
    finally:
        for pid in filter(alive, rest):
            os.kill(pid, signal.SIGKILL)


# --- live and ready -------------------------------------------------------------------------------


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
    pool.admin_client = admin_of(pool)
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
            begin = time.monotonic()
            assert unready(client) == "database"
            assert time.monotonic() - begin < 3
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
        wait_until(lambda: client.get("/ready").status == 200, "/ready turns green", 20)
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


# --- others on the socket -------------------------------------------------------------------------


def test_slow_clients_hold_nobody_up(watched):
    """More connections than there are places, silent, dripping or not reading."""
    client = watched.admin_client
    descriptors = f"/proc/{watched.admin()}/fd"
    before = len(os.listdir(descriptors))
    crowd = [client.connect() for _ in range(80)]
    try:
        for number, connection in enumerate(crowd):
            try:
                connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" if number % 3 == 0
                                   else b"GET /met"[:number % 3 * 4])
            except BrokenPipeError:
                pass  # it was the oldest
        begin = time.monotonic()
        assert client.get("/live").status == 200
        assert client.get("/ready").status == 200
        assert time.monotonic() - begin < 2
    finally:
        for connection in crowd:
            connection.close()
    wait_until(lambda: len(os.listdir(descriptors)) <= before + 1, "all of them are closed")


def test_a_request_that_does_not_end_is_cut_off(watched):
    with watched.admin_client.connect() as connection:
        connection.sendall(b"GET /metrics HTTP/1.1\r\n")
        connection.settimeout(20)
        answer = connection.recv(4096)
        assert answer.startswith(b"HTTP/1.1 408 ")


# --- the dashboard and the alerts -------------------------------------------------------------------


def selected():
    """(metric, label, value) of each matcher in the dashboard and the alerts."""
    dashboard = json.loads((DEPLOY / "grafana" / "taskgate.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"]
               for target in panel.get("targets", [])]
    queries.append((DEPLOY / "prometheus" / "taskgate.rules.yml").read_text())
    for name, matchers in re.findall(r"(\w+)\{([^{}]*)\}", "\n".join(queries)):
        for label, sign, text in re.findall(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"', matchers):
            if label not in ("job", "instance", "severity"):
                for value in text.split("|") if "~" in sign else [text]:
                    yield name, label, value


def test_the_dashboard_and_the_alerts_ask_for_series_that_there_are(watched):
    watched.client.get("/health")
    page = watched.admin_client.metrics()
    asked = set(selected())
    assert len(asked) > 15
    for name, label, value in asked:
        values = {dict(labels).get(label) for (other, labels) in page.samples if other == name}
        assert values - {None}, f"{name} has no label {label}"
        if name != REQUESTS:  # only what was counted is there
            assert value in values, f"{name} has no series {label}={value}"


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
