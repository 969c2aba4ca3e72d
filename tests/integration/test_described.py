"""What openapi.json promises of many operations: each refuses as it is described, with the body and
the credentials of its own examples. The last test looks back on the whole run (conftest.py)."""

import os
import signal
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from conftest import BASIC_SETTINGS, short_directory
from harness import check, tokens
from harness.description import ADMIN, API, JSON, error_code
from harness.fcgi import FcgiClient
from harness.people import Holder
from harness.process import free_port, wait_until
from harness.servers import Nginx
from harness.stack import ORIGIN, create, good_token, renamed_token, visitor
from harness.taskgate import SECRET, Taskgate
from harness.web import HttpClient

EVIL = "https://evil.example"
LONG = "?x=" + "x" * 9000


def promising(status, code, where=""):
    """The operations that are described to answer so; WHERE is a part of their names."""
    found = [operation for operation in API.all_operations() if where in operation.name
             and code in getattr(operation.responses.get(status), "codes", ())]
    assert found, (status, code)
    return found


def example(operation):
    """The first body in the description, or None."""
    request = API.resolve(operation.value.get("requestBody", {}))
    media = request.get("content", {}).get(JSON)
    if media is None:
        return None
    if "example" in media:
        return media["example"]
    return next(iter(media["examples"].values()))["value"]


class Asker:
    """Somebody with an account and a task, who asks as the description says."""

    def __init__(self, client):
        self.holder = Holder(client)
        task = create(client, self.holder)
        self.places = {"user": self.holder.id, "id": task["id"], "token": "x"}

    def credentials(self, operation):
        schemes = {name for scheme in operation.value["security"] for name in scheme}
        if "refreshCookie" in schemes:
            return {"cookie": self.holder.refresh_cookie, "origin": ORIGIN}
        if "sessionCookie" in schemes:
            return {"cookie": self.holder.cookie, "origin": ORIGIN}
        return {"token": self.holder.token} if "bearer" in schemes else {}

    def ask(self, client, operation, *, places=(), query="", members=None, **changes):
        """MEMBERS are put into the body, PLACES into the path; CHANGES are options of the request,
        and None takes one away."""
        method, path = operation.name.split(" ")
        options = self.credentials(operation)
        body = example(operation)
        if body is not None and "body" not in changes:
            options["json"] = {**body, **(members or {})}
        options = {name: value for name, value in {**options, **changes}.items()
                   if value is not None}
        target = path.format(**{**self.places, **dict(places)}) + query
        return client.request(method, target, **options)


def check_all(ask, status, code, where=""):
    """Whoever promises it keeps it."""
    for operation in promising(status, code, where):
        answer = ask(operation)
        assert (str(answer.status), error_code(answer)) == (status, code), (operation.name, answer)


def write(path, statement, *values):
    """Straight to a database of SQLite."""
    with closing(sqlite3.connect(path, timeout=60)) as database, database:
        return database.execute(statement, values).fetchall()


@pytest.fixture(scope="module")
def place():
    """A program without a web server, and somebody there."""
    with short_directory() as directory:
        settings = {**BASIC_SETTINGS, "DATABASE_URL": f"sqlite:///{directory}/it.db"}
        taskgate = Taskgate(directory, settings).start()
        try:
            yield taskgate, Asker(taskgate.client)
            assert taskgate.stop() == 0, taskgate.log()
        finally:
            if taskgate.service.running():
                taskgate.kill()


# (status, code): what to change in a good request.
REFUSED = {
    ("400", "BAD_REQUEST"): {"headers": [("Referer", ORIGIN), ("Referer", ORIGIN)]},
    ("400", "INVALID_PATH"): {"query": LONG},
    ("400", "INVALID_JSON"): {"body": b"{", "headers": {"Content-Type": JSON}},
    ("400", "VALIDATION_ERROR"): {"members": {"callbackURL": 7, "email": "x"}},
    ("401", "MISSING_CREDENTIALS"): {"token": None},
    ("401", "INVALID_AUTHORIZATION_HEADER"): {"token": None,
                                              "headers": {"Authorization": "Basic eDp5"}},
    ("401", "TOKEN_EXPIRED"): {"where": "tasks", "token": good_token("u", exp=1)},
    ("401", "INVALID_TOKEN"): {"where": "tasks", "token": "x.y.z"},
    ("401", "TOKEN_WITHOUT_USER"): {"token": renamed_token("u", exp=4102444800)},
    ("401", "UNAUTHORIZED"): {"cookie": None},
    ("401", "INVALID_REFRESH_TOKEN"): {"cookie": None},
    ("403", "INVALID_ORIGIN"): {"cookie": "a=b", "origin": EVIL},
    ("403", "MISSING_OR_NULL_ORIGIN"): {"cookie": "a=b", "origin": "null"},
    ("403", "INVALID_CALLBACK_URL"): {"members": {"callbackURL": EVIL},
                                      "query": f"?token=x&callbackURL={EVIL}"},
    ("403", "INVALID_REDIRECT_URL"): {"members": {"redirectTo": EVIL}},
    ("403", "INVALID_ERROR_CALLBACK_URL"): {"members": {"errorCallbackURL": EVIL}},
    ("403", "INVALID_NEW_USER_CALLBACK_URL"): {"members": {"newUserCallbackURL": EVIL}},
    ("403", "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED"): {
        "headers": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}},
    ("403", "USER_MISMATCH"): {"where": "{user}", "places": {"user": "somebody"}},
    ("404", "TASK_NOT_FOUND"): {"places": {"id": 999999999}},
    ("413", "PAYLOAD_TOO_LARGE"): {"members": {"x": "x" * 65536}},
    ("415", "UNSUPPORTED_MEDIA_TYPE"): {"body": b"<x/>", "headers": {"Content-Type": "text/xml"}},
    ("422", "VALIDATION_ERROR"): {"query": "?limit=x", "members": {"title": 7, "email": 7}},
}


@pytest.mark.parametrize("status, code", REFUSED)
def test_every_operation_refuses_as_it_is_described(place, status, code):
    taskgate, asker = place
    change = dict(REFUSED[status, code])
    where = change.pop("where", "")
    check_all(lambda operation: asker.ask(taskgate.client, operation, **change), status, code,
              where)


def test_the_disabled_are_told_so_on_every_task_route(place):
    taskgate, asker = place
    far = visitor()
    places = {"user": far.id, "id": create(taskgate.client, far)["id"]}
    write(taskgate.directory / "it.db", 'UPDATE "user" SET banned = 1 WHERE id = ?', far.id)
    check_all(lambda operation: asker.ask(taskgate.client, operation, places=places,
                                          token=far.token), "403", "BANNED_USER", "tasks")


def test_what_auth_routes_off_switches_off_is_described(make_pool, place):
    client = make_pool(AUTH_ROUTES="off").client
    check_all(lambda operation: place[1].ask(client, operation), "404", None)


def test_whoever_asks_too_often_is_told_so_wherever_it_is_described(make_pool, directory):
    """Better Auth's windows are made full; wrong passwords count one by one."""
    pool = make_pool("limits", PATH_RATE_LIMIT="on")
    asker = Asker(pool.client)

    def ask_often(operation):
        for _ in range(20):
            answer = asker.ask(pool.client, operation)
            if answer.status == 429:
                break
            write(directory / "limits.db", """UPDATE "rateLimit" SET count = 1000000,
                  "lastRequest" = ? WHERE key NOT LIKE 'failed%'""", int(time.time() * 1000))
        return answer

    check_all(ask_often, "429", "TOO_MANY_REQUESTS")


def test_without_its_tables_a_database_gives_500_and_no_reason(make_pool, directory):
    pool = make_pool("broken", PATH_RATE_LIMIT="on")
    asker = Asker(pool.client)
    file = directory / "broken.db"
    for (name,) in write(file, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT"
                               " LIKE 'sqlite_%'"):
        write(file, f'DROP TABLE "{name}"')
    check_all(lambda operation: asker.ask(pool.client, operation), "500", "INTERNAL_SERVER_ERROR",
              "/api/auth/")
    check_all(lambda operation: asker.ask(pool.client, operation), "500", "INTERNAL_SERVER_ERROR",
              "tasks")


def test_without_a_database_every_operation_that_asks_it_is_503(make_pool, directory, place):
    pool = make_pool(start=False, DATABASE_URL=f"sqlite:///{directory}/absent/it.db",
                     PATH_RATE_LIMIT="on")
    pool.service.start()
    wait_until(pool.accepts, "an open socket", 60)
    client = FcgiClient(pool.socket)
    check_all(lambda operation: place[1].ask(client, operation), "503", "STORE_UNAVAILABLE")
    for path in ("/health", "/api/health"):
        assert client.get(path).json()["status"] == "unhealthy"


def test_without_taskgate_the_web_server_says_503_everywhere(directory, place):
    """And the tokens in letters' links stay out of nginx's logs; stop() looks into that of requests.
    """
    web = Nginx(directory, directory / "nobody.sock").start()
    try:
        client = HttpClient(web.address)
        check_all(lambda operation: place[1].ask(client, operation), "503", "SERVICE_UNAVAILABLE")
        for path in ("verify-email?token=y", "reset-password/y", "delete-user/callback?token=y"):
            assert client.get(f"/api/auth/{path}").header("Retry-After") == "1"
            check.error(client.get(f"/api/auth/{path}", body=b"x" * 140000), 413)
            assert path not in web.log()
        assert "nobody.sock" in web.log()
    finally:
        web.stop()


def test_who_waits_too_long_for_a_slow_worker_is_told_that_it_is_busy(make_watched):
    pool = make_watched()
    asker = Asker(pool.client)
    slow = max(pool.workers(), key=lambda pid: os.getpriority(os.PRIO_PROCESS, pid))
    client = FcgiClient(pool.socket, timeout=300)
    wanted = promising("503", "SERVER_BUSY", "/api/auth/")

    def queued():
        return pool.admin_client.metrics().value("taskgate_slow_requests_total", result="queued")

    before = queued()
    os.kill(slow, signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(len(wanted)) as threads:
            answers = [threads.submit(asker.ask, client, operation) for operation in wanted]
            try:
                wait_until(lambda: queued() == before + len(wanted), "all in the queue", 120)
                late = time.monotonic() + 2  # a second is what they wait for
                wait_until(lambda: time.monotonic() > late, "the end of their patience", 60)
            finally:
                os.kill(slow, signal.SIGCONT)
    finally:
        os.kill(slow, signal.SIGCONT)
    for operation, answer in zip(wanted, answers):
        assert error_code(answer.result()) == "SERVER_BUSY", (operation.name, answer.result())


def test_a_token_whose_key_cannot_be_had_now_is_not_refused_for_good(make_pool, place):
    client = make_pool(JWKS_URL=f"http://127.0.0.1:{free_port()}/jwks.json").client
    token = tokens.forge(tokens.claims("u"), SECRET, {"alg": "RS256", "kid": "unknown"})
    check_all(lambda operation: place[1].ask(client, operation, token=token), "503", "SERVER_BUSY",
              "tasks")


# What is described and the tests of this folder need not see, and why.
UNSEEN = {
    **{(f"GET {path}", "500", "INTERNAL_SERVER_ERROR"): "only a web server that is set up wrongly"
       for path in ("/", "/health", "/api/health")},
    ("GET /live", "503", None): "only a master that was frozen for half a minute",
}


def test_all_that_is_described_was_seen():
    """In a run of all tests, the last of them; conftest.py leaves it out of others."""
    missing = (API.promised() | ADMIN.promised()) - API.seen - ADMIN.seen - set(UNSEEN)
    assert not missing, "never seen:\n" + "\n".join(sorted(map(str, missing)))
