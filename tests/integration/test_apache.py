"""What is Apache's own: mod_proxy_fcgi with kept connections and without, mod_fcgid by configuration
and by .htaccess, the web client in each form, what the web must not see of a folder on a shared host,
slow uploads."""

import os
import re
from contextlib import ExitStack, closing

import pytest

from conftest import BASIC_SETTINGS, short_directory, stop_well
from harness import check
from harness.apache import ApacheFcgid, ApacheFcgidSite, ApacheProxy, socket_options
from harness.process import wait_until
from harness.servers import DEPLOY
from harness.stack import PASSWORD, create, listed, sign_in, sign_up, visitor
from harness.taskgate import Taskgate
from harness.web import HttpClient


class Site:
    """One Apache with what it serves."""

    def __init__(self, web, taskgate=None):
        self.web = web
        self.taskgate = taskgate
        self.client = HttpClient(web.address)
        self.array_client = HttpClient(web.array_address)

    def log(self):
        return self.web.log() + (self.taskgate.log() if self.taskgate else "")


def healthy(site):
    return site.client.get("/health").status == 200


def proxied(directory, at_end, **options):
    settings = {**BASIC_SETTINGS, "DATABASE_URL": f"sqlite:///{directory}/api.db"}
    taskgate = Taskgate(directory, settings, 1, socket_options=socket_options()).start()
    at_end.callback(stop_well, taskgate)
    return Site(ApacheProxy(directory, taskgate.socket, client=True, **options), taskgate)


def by_configuration(directory, _):
    return Site(ApacheFcgidSite(directory, {
        **BASIC_SETTINGS, "DATABASE_URL": f"sqlite:///{directory}/opt/taskgate/api.db"}, client=True))


def by_recipe(directory, _):
    """As the manual tells it, with the settings that it writes."""
    return Site(ApacheFcgid(directory, client=True))


FORMS = {
    "connections kept": proxied,
    "one connection for each request": lambda *args: proxied(
        *args, changes={" enablereuse=on": ""}),
    "mod_fcgid by configuration": by_configuration,
    "mod_fcgid by .htaccess": by_recipe,
}


@pytest.fixture(scope="module", params=FORMS.values(), ids=FORMS)
def site(request):
    with short_directory() as directory, ExitStack() as at_end:
        site = request.param(directory, at_end)
        at_end.callback(site.web.stop)
        site.web.start()
        wait_until(lambda: healthy(site), "it is healthy")
        yield site


@pytest.fixture(scope="module")
def kept():
    """mod_proxy_fcgi in front of one worker, with connections that are kept."""
    with short_directory() as directory, ExitStack() as at_end:
        site = proxied(directory, at_end)
        at_end.callback(site.web.stop)
        site.web.start()
        yield site


@pytest.fixture(scope="module")
def shared():
    """mod_fcgid by .htaccess."""
    with short_directory() as directory, ExitStack() as at_end:
        site = by_recipe(directory, at_end)
        at_end.callback(site.web.stop)
        site.web.start()
        wait_until(lambda: healthy(site), "it is healthy")
        yield site


# --- every form ---------------------------------------------------------------------------------------


def test_every_form_serves_accounts_tokens_and_tasks(site):
    user = sign_up(site.client)
    task = create(site.client, user)
    assert listed(site.client, user) == [task]
    assert sign_in(site.client, user.email).status == 200
    body = {"email": user.email, "password": PASSWORD, "callbackURL": "/home"}
    assert site.client.post("/api/auth/sign-in/email", json=body).json()["url"] == "/home"
    session = site.client.get("/api/auth/get-session", cookie=user.cookie)
    assert session.json()["user"]["email"] == user.email
    assert site.client.delete(f"/api/tasks/{task['id']}", token=user.token).status == 200
    check.unauthorized(site.client.get("/api/tasks"))


def test_every_form_takes_the_largest_body_and_refuses_more_in_our_shape(site):
    user = sign_up(site.client)
    for size, status in ((65_536, 201), (65_537, 413), (131_072, 413), (131_073, 413)):
        body = b'{"title":"x","pad":"' + b"x" * (size - 22) + b'"}'
        answer = site.client.post("/api/tasks", token=user.token, body=body,
                                  headers={"Content-Type": "application/json"})
        assert answer.status == status, (size, answer)
        if status != 201:
            check.error(answer, status)
    assert len(listed(site.client, user)) == 1


def test_no_form_takes_the_beginning_of_a_body_for_the_whole(site):
    """mod_fcgid did, where LimitRequestBody had ended one that came in pieces."""
    user = sign_up(site.client)
    data = (f"POST /api/tasks HTTP/1.1\r\nHost: {site.client.host}\r\nConnection: close\r\n"
            f"Authorization: Bearer {user.token}\r\nContent-Type: application/json\r\n"
            "Transfer-Encoding: chunked\r\n\r\n").encode()
    data += b'd\r\n{"title":"x"}\r\n' + (b"1000\r\n" + b" " * 4096 + b"\r\n") * 40
    answer = site.client.raw(data + b"0\r\n\r\n", "POST")
    whose = check.error(answer, answer.status)["code"]
    assert whose in ("PAYLOAD_TOO_LARGE", "BAD_REQUEST", "INTERNAL_SERVER_ERROR"), answer
    assert listed(site.client, user) == []


def test_a_client_cannot_name_the_user_by_what_apache_puts_in_redirects(site):
    """REDIRECT_HTTP_AUTHORIZATION is Apache's to set."""
    user = sign_up(site.client)
    for name in ("Redirect-Http-Authorization", "REDIRECT_HTTP_AUTHORIZATION",
                 "Http-Authorization", "HTTP_AUTHORIZATION"):
        answer = site.client.get("/api/tasks", headers={name: f"Bearer {user.token}"})
        check.unauthorized(answer)


# --- the web client -----------------------------------------------------------------------------------


def headers_of_nginx():
    """What nginx puts on the client's files."""
    lines = re.findall(r'add_header (\S+) (?:"([^"]*)"|(\S+));',
                       (DEPLOY / "nginx" / "www.conf").read_text())
    return {name: quoted or word for name, quoted, word in lines}


def test_every_form_serves_the_web_client_with_the_headers_that_nginx_has(site):
    wanted = headers_of_nginx()
    assert "Content-Security-Policy" in wanted and len(wanted) >= 6
    short = {"index.html": "/", "docs.html": "/docs"}
    names = [file.name for file in (DEPLOY / "www").iterdir()]
    for path in [f"/{name}" for name in names] + [short[name] for name in names if name in short]:
        answer = site.client.get(path)
        assert answer.status == 200, (path, answer)
        assert {name: answer.all(name) for name in wanted} == {
            name: [value] for name, value in wanted.items()}, path
    assert site.client.get("/").body == (DEPLOY / "www" / "index.html").read_bytes()


def test_every_form_names_types_and_knows_a_file_again_compressed_or_not(site):
    types = {"/": "text/html; charset=utf-8", "/app.css": "text/css; charset=utf-8",
             "/tasks.js": "text/javascript; charset=utf-8", "/icon.svg": "image/svg+xml"}
    for path, kind in types.items():
        for encoding in ("identity", "gzip"):
            headers = {"Accept-Encoding": encoding}
            answer = site.client.get(path, headers=headers)
            assert answer.header("Content-Type") == kind, (path, answer)
            headers["If-None-Match"] = answer.header("ETag")
            again = site.client.get(path, headers=headers)
            assert (again.status, again.body) == (304, b""), (path, encoding, again)
            assert again.header("Cache-Control") == "no-cache"


def test_no_form_serves_more_than_the_clients_files(site):
    for path in ("/nothing.html", "/www/index.html", "/.git/config", "/docs/",
                 "/taskgate.conf", "/api.db", "/app.css/", "/app.css/x", "/api/index.html"):
        answer = site.client.get(path)
        assert answer.status in (400, 401, 404), (path, answer)
        check.error(answer, answer.status)
    for path in ("/", "/index.html"):
        check.error(site.client.put(path, body=b"x"), 405)


@pytest.mark.parametrize("header, status", [("Expect: nothing", 417), ("Authorization : x", 400)])
def test_what_apache_refuses_itself_is_json(kept, header, status):
    data = (f"GET /api/tasks HTTP/1.1\r\nHost: {kept.client.host}\r\nConnection: close\r\n"
            f"{header}\r\n\r\n")
    check.error(kept.client.raw(data.encode(), "GET"), status)


# --- mod_proxy_fcgi ------------------------------------------------------------------------------------


def test_uploads_that_stall_hold_up_nobody(kept):
    """Apache passes a body on as it comes; there is one worker, and more uploads than that."""
    user = visitor()
    head = (f"POST /api/tasks HTTP/1.1\r\nHost: {kept.client.host}\r\nConnection: close\r\n"
            f"Authorization: Bearer {user.token}\r\nContent-Type: application/json\r\n"
            "Content-Length: 13\r\n\r\n").encode()
    with ExitStack() as at_end:
        slow = [at_end.enter_context(kept.client.connect()) for _ in range(6)]
        for connection in slow:
            connection.sendall(head + b'{"tit')
        quick = HttpClient(kept.web.address, timeout=5)
        for number in range(20):
            create(quick, user, f"quick {number}")
        for connection in slow:
            connection.sendall(b'le":"x"}')
            assert connection.recv(12) == b"HTTP/1.1 201"
    assert len(listed(kept.client, user)) == 26


def test_more_slow_uploads_than_debian_has_threads_keep_nobody_out():
    """Each takes a thread of Apache until it is given up, which it is late here."""
    changes = {"body=20,": "body=600,"}
    user = visitor()
    with short_directory() as directory, ExitStack() as at_end:
        site = proxied(directory, at_end, changes=changes)
        at_end.callback(site.web.stop)
        site.web.start()
        head = (f"POST /api/tasks HTTP/1.1\r\nHost: {site.client.host}\r\n"
                f"Authorization: Bearer {user.token}\r\nContent-Length: 13\r\n\r\n").encode()
        for _ in range(160):
            at_end.enter_context(site.client.connect()).sendall(head)
        create(HttpClient(site.web.address, timeout=90), user)


def test_who_takes_nothing_of_an_answer_is_given_up():
    """Long before the five minutes of Debian's Apache."""
    user = visitor()
    with short_directory() as directory, ExitStack() as at_end:
        site = proxied(directory, at_end, changes={"Timeout 60": "Timeout 3"})
        at_end.callback(site.web.stop)
        site.web.start()
        for _ in range(100):
            create(site.client, user, description="x" * 9900)
        with site.client.connect_from_afar() as connection:
            connection.sendall((f"GET /api/tasks?slow HTTP/1.1\r\nHost: {site.client.host}\r\n"
                                f"Authorization: Bearer {user.token}\r\n\r\n").encode())
            wait_until(lambda: "GET /api/tasks?slow" in site.web.requests(), "it is given up", 120)
            connection.settimeout(60)
            with closing(connection.makefile("rb")) as answer:
                assert len(answer.read()) < 900_000


def test_a_stopped_program_is_503_in_our_shape_and_a_new_one_serves_at_once(kept):
    user = visitor()
    create(kept.client, user)
    stop_well(kept.taskgate)
    answer = kept.client.get("/api/tasks", token=user.token)
    check.error(answer, 503)
    assert answer.header("Retry-After") == "1" and answer.header("Cache-Control") == "no-store"
    assert re.fullmatch(r"[\w@-]{20,}", answer.header("X-Request-Id"))
    kept.taskgate.start()
    assert kept.client.get("/api/tasks", token=user.token).json()["total"] == 1


def test_the_access_log_has_no_link_of_a_letter(kept):
    for path in ("/api/auth/reset-password/tok3n", "/api/auth/verify-email?token=tok3n",
                 "/api/auth/delete-user/callback?token=tok3n", "/reset-password.html?token=tok3n",
                 "/api/tasks?seen"):
        kept.client.get(path)
    wait_until(lambda: "/api/tasks?seen" in kept.web.requests(), "the last line of the access log")
    assert "tok3n" not in kept.web.requests() + kept.web.log()


def test_a_request_has_the_same_name_in_the_answer_and_in_our_log(kept):
    name = kept.client.get("/health").header("X-Request-Id")
    wait_until(lambda: name in kept.taskgate.log(), "the name in the log")


# --- .htaccess ----------------------------------------------------------------------------------------


def test_the_web_sees_nothing_of_the_folders(shared):
    """Neither what is beside the site nor what is in it."""
    secrets = [line.encode() for line in
               (shared.web.installed / "taskgate.conf").read_text().splitlines()]
    script = (shared.web.home / "public_html" / "taskgate.fcgi").read_bytes()
    for target in ("/taskgate.fcgi", "/taskgate.fcgi/", "/taskgate.fcgi/x", "/.htaccess",
                   "/../taskgate/taskgate.conf", "/taskgate/taskgate.conf", "/%2e%2e/taskgate/",
                   "/..%2ftaskgate%2ftaskgate.conf", "/.%2e/taskgate/data/taskgate.db",
                   "/taskgate.conf", "/taskgate/", "//taskgate.conf", "/public_html/taskgate.fcgi"):
        answer = shared.client.get(target)
        assert answer.status in (400, 403, 404), (target, answer)
        assert script[:40] not in answer.body
        assert not [line for line in secrets if line in answer.body], (target, answer)


def test_the_recipe_lets_no_other_user_read_settings_or_database(shared):
    for name in ("taskgate.conf", "data/taskgate.db", "data/taskgate.log"):
        assert os.stat(shared.web.installed / name).st_mode & 0o077 == 0, name


def test_without_the_program_apache_says_so_in_our_shape(shared):
    """A host that lost it answers neither with a page of its own nor with the script."""
    program = shared.web.installed / "sbin" / "taskgate"
    with short_directory() as directory, ExitStack() as at_end:
        site = by_recipe(directory, at_end)
        program = site.web.installed / "sbin" / "taskgate"
        program.unlink()
        at_end.callback(site.web.service.stop)
        site.web.start()
        check.error(site.client.get("/api/tasks"), 500)
