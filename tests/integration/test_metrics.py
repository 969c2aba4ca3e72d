"""The metrics of the admin socket: a page that is right, and counts that are exact."""

import json
import os
import re
import signal
from concurrent.futures import ThreadPoolExecutor

from harness import fcgi
from harness.process import wait_until
from harness.servers import DEPLOY
from harness.stack import PASSWORD, sign_in, sign_up, visitor

REQUESTS = "taskgate_http_requests_total"
EVENTS = "taskgate_auth_events_total"


def counted(pool, before, name, **labels):
    """By how much a metric has grown since the page BEFORE."""
    return pool.admin_client.metrics().total(name, **labels) - before.total(name, **labels)


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
    connection = watched.client.connect()
    connection.send(fcgi.begin()[:5])
    connection.socket.close()
    wait_until(lambda: counted(watched, before, "taskgate_fastcgi_broken_total", part="request") == 1,
               "the broken request is counted")
    wait_until(lambda: watched.admin_client.metrics().value("taskgate_http_requests_in_flight") == 0,
               "nobody has it in hand")


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
    wait_until(lambda: pool.replaced(set(old)), "new workers")
    # A new process is there before the master has counted it.
    page = wait_until(lambda: (now := pool.admin_client.metrics()).value(
        "taskgate_worker_starts_total") == 4 and now, "the new workers are counted")
    assert page.total(REQUESTS, route="/api/tasks") == 20
    assert page.value("taskgate_worker_exits_total", reason="SIGKILL") == 2
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
