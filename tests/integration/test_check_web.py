"""taskgate check --web: a right installation passes, and each wrong one is named."""

import re
import sqlite3
import ssl
import threading
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from conftest import BASIC_SETTINGS, short_directory
from harness.issuer import openssl
from harness.servers import DEPLOY, Lighttpd, Nginx
from harness.site import rows_of
from harness.taskgate import Taskgate, run


NO_ERROR_PAGES = "without errors.conf"


class Installed:
    """A taskgate and how to check it through a web server at PORT."""

    def __init__(self, directory, web, settings):
        self.directory = directory
        self.web = web
        self.url = f"http://127.0.0.1:{web.address[1]}"
        self.settings = {**settings, "BASE_URL": self.url}

    def check(self, status=0, url=None, **changes):
        """{check: [(state, text)]} of all that is not fine."""
        result = run("check", "--web", url or self.url, "--json", directory=self.directory,
                     settings={**self.settings, **changes})
        assert result.returncode == status, result
        found = {}
        for row in rows_of(result.stdout):
            found.setdefault(row["check"], []).append((row["state"], row["text"]))
        return found

    def bad(self, status=1, **options):
        found = self.check(status, **options)
        return {check: " ".join(text for state, text in rows if state != "fine")
                for check, rows in found.items() if any(state != "fine" for state, _ in rows)}


@pytest.fixture(scope="module")
def behind():
    """One taskgate; behind(edit) gives it an nginx with an edited configuration."""
    with short_directory() as directory:
        settings = {**BASIC_SETTINGS, "DATABASE_URL": f"sqlite:///{directory}/site.db"}
        taskgate = Taskgate(directory, settings, workers=2).start()

        @contextmanager
        def start(edit=None, **more):
            nginx = Nginx(directory, taskgate.socket)
            (directory / "access.log").write_text("")
            site = Installed(directory, nginx, settings)
            if edit is NO_ERROR_PAGES:
                text = nginx.config.read_text()
                assert "/nginx/errors.conf" in text
                nginx.config.write_text(re.sub(r"include [^;]*/nginx/errors.conf;", "", text))
            elif edit is not None:
                part = directory / "edited.conf"
                part.write_text(edit((DEPLOY / "nginx" / "taskgate.conf").read_text()))
                text = nginx.config.read_text()
                nginx.config.write_text(text.replace(f"{DEPLOY}/nginx/taskgate.conf", str(part)))
            taskgate.configure(BASE_URL=site.url, **{"TRUSTED_PROXIES": None, **more})
            taskgate.reload()
            nginx.start()
            try:
                yield site
            finally:
                nginx.stop()

        start.taskgate = taskgate
        yield start
        assert taskgate.stop() == 0, taskgate.log()


def rows_in(site):
    """What the checks could leave behind; the server has one count of its own, "forget"."""
    file = site.settings["DATABASE_URL"].removeprefix("sqlite:///")
    with closing(sqlite3.connect(file)) as database:
        database.execute("""DELETE FROM "rateLimit" WHERE "key" = 'forget'""")
        return [database.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]
                for table in ("user", "session", "tasks", "rateLimit", "verification")]


def test_the_configuration_for_nginx_passes_and_nothing_is_left_behind(behind):
    with behind() as site:
        found = site.check()
        assert all(state == "fine" for rows in found.values() for state, _ in rows), found
        assert set(found) == {
            "reach", "connections", "base url", "authorization", "long headers", "cookies",
            "methods", "preflight", "paths", "query", "body", "chunked", "body size", "errors",
            "headers", "client address", "files"}
        assert rows_in(site) == [0, 0, 0, 0, 0]


def replaced(old, new):
    def edit(text):
        assert old in text
        return text.replace(old, new)
    return edit


def added(*lines):
    return lambda text: text + "\n" + "\n".join(lines) + "\n"


def in_api(line):
    return replaced("location /api {", f"location /api {{\n    {line}")


# What is done to nginx's configuration: the checks that must complain, and words of one of them.
WRONG = {
    "authorization": (added('fastcgi_param HTTP_AUTHORIZATION "";'), {"authorization"},
                      "the Authorization header does not arrive"),
    "cookies": (replaced("$http_cookie if_not_empty", '""'), {"cookies"},
                "the Cookie header does not arrive"),
    "set-cookie": (added("fastcgi_hide_header Set-Cookie;"), {"cookies"}, "Set-Cookie"),
    "normalised-paths": (replaced("REQUEST_URI       $request_uri", "REQUEST_URI       $uri"),
                         {"paths", "query"}, "double slashes are merged"),
    "small-bodies": (replaced("client_max_body_size 128k", "client_max_body_size 8k"),
                     {"body size"}, "client_max_body_size"),
    "no-content-type": (replaced("fastcgi_param CONTENT_TYPE ", "fastcgi_param OTHER_TYPE "),
                        {"body", "client address"}, "CONTENT_TYPE"),
    "methods": (in_api("limit_except GET POST { deny all; }"), {"methods", "preflight"},
                "PATCH requests do not reach taskgate"),
    "html-errors": (NO_ERROR_PAGES, {"errors"}, "error_page"),
    "hidden-header": (added("fastcgi_hide_header Referrer-Policy;"), {"headers"},
                      "takes Referrer-Policy away"),
    "changed-header": (added("fastcgi_hide_header Cache-Control;",
                             'add_header Cache-Control "public, max-age=600" always;'),
                       {"headers"}, "changes Cache-Control"),
    "header-twice": (added("add_header X-Content-Type-Options nosniff always;"), {"headers"},
                     "comes 2 times"),
    "cors-twice": (added("add_header Access-Control-Allow-Origin * always;"), {"preflight"},
                   "Leave CORS to taskgate"),
    "redirected-slash": (added("location ~ ^/api/(.*)/$ { return 301 /api/$1; }"), {"paths"},
                         "a path with a slash at its end"),
    "short-headers": (added("client_header_buffer_size 1k;", "large_client_header_buffers 2 2k;"),
                      {"long headers"}, "large_client_header_buffers"),
    "hidden-parameters": (replaced("location = /health {",
                                   "location = /health {\n    fastcgi_param OTHER x;"), {"reach"},
                          "one fastcgi_param inside a location hides all others"),
    "wrong-place": (replaced("location = /health {", "location = /health {\n    return 404;"),
                    {"reach"}, "something else than taskgate"),
    "redirected": (replaced("location = /health {",
                            "location = /health {\n    return 301 https://x.example.org;"),
                   {"reach"}, "https://x.example.org"),
    "only-some-paths": (replaced("location /api {", "location /api {\n    return 404;"),
                        {"authorization", "cookies", "client address"},
                        "/api/tasks is not taskgate's"),
}


@pytest.mark.parametrize("name", WRONG)
def test_each_wrong_configuration_of_nginx_is_named(behind, name):
    edit, checks, words = WRONG[name]
    with behind(edit) as site:
        warnings_only = name in ("html-errors", "header-twice")
        found = site.bad(0 if warnings_only else 1)
        assert set(found) == checks, found
        assert words in " ".join(found.values()), found


def test_files_that_anybody_can_fetch_are_named(behind):
    def edit(text):
        return text + f"location ~ ^/(\\.git|[a-z]+\\.(conf|db)$) {{ root {behind.taskgate.directory}; }}"

    with behind(edit) as site:
        git = site.directory / ".git"
        git.mkdir()
        (git / "HEAD").write_text("ref: refs/heads/main\n")
        found = site.bad()
        assert set(found) == {"files"}, found
        for path in ("/.git/HEAD", "/command.conf", "/site.db"):
            assert f"{site.url}{path}:" in found["files"], found


def test_a_client_that_may_choose_its_address_is_named(behind):
    with behind(TRUSTED_PROXIES="127.0.0.1") as site:
        found = site.bad()
        assert set(found) == {"client address"} and "X-Forwarded-For" in found["client address"]
        assert rows_in(site)[3] == 0


def test_settings_that_are_not_the_servers_are_named(behind):
    with behind() as site:
        other = "s" + site.settings["BETTER_AUTH_SECRET"][::-1]
        found = site.bad(BETTER_AUTH_SECRET=other)
        assert "another BETTER_AUTH_SECRET" in found["authorization"], found
        found = site.bad(BASE_URL="https://tasks.example.org")
        assert "https://tasks.example.org" in found["base url"], found
        found = site.bad(0, url=site.url.replace("127.0.0.1", "localhost"))
        assert set(found) == {"base url"}, found
        found = site.bad(MAX_BODY="1024")
        assert "MAX_BODY" in found["body size"], found


def test_a_taskgate_that_is_down_and_a_web_server_that_is_down_are_told_apart(behind):
    with behind(replaced("fastcgi_pass taskgate;", "fastcgi_pass unix:/nonexistent;")) as site:
        found = site.bad()
        assert set(found) == {"reach"} and "taskgate does not" in found["reach"], found
        found = site.bad(url="http://127.0.0.1:1")
        assert set(found) == {"reach"} and "connect" in found["reach"], found
        result = run("check", "--web", "tasks.example.org", directory=site.directory,
                     settings=site.settings)
        assert result.returncode == 64, result


@contextmanager
def unknown_https(directory):
    """A web server with a certificate that no authority has signed; its URL."""
    key, certificate = directory / "key.pem", directory / "certificate.pem"
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-subj", "/CN=127.0.0.1", "-keyout", key, "-out", certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# On a machine without the authorities that Debian's package ca-certificates brings.
WITHOUT_AUTHORITIES = ("unshare", "--mount", "sh", "-c",
                       'mount -t tmpfs none /etc/ssl/certs && exec "$@"', "sh")


@pytest.mark.parametrize("launcher, words", [((), "self-signed certificate"),
                                             (WITHOUT_AUTHORITIES, "package ca-certificates")])
def test_what_is_wrong_with_a_certificate_is_said(directory, launcher, words):
    settings = {**BASIC_SETTINGS, "DATABASE_URL": f"sqlite:///{directory}/site.db"}
    with unknown_https(directory) as url:
        result = run("check", "--web", url, "--json", directory=directory, settings=settings,
                     launcher=launcher)
    assert result.returncode == 1, result
    reach, = (row["text"] for row in rows_of(result.stdout) if row.get("check") == "reach")
    assert words in reach, result


LIGHTTPD_WRONG = {
    "small-bodies": ("server.max-request-size = 8", {"body size"}, "server.max-request-size"),
    "authorization": ('setenv.set-request-header += ( "Authorization" => "" )', {"authorization"},
                      "the Authorization header does not arrive"),
    "short-headers": ("server.max-request-field-size = 2048", {"long headers"},
                      "server.max-request-field-size"),
    "html-errors": ('server.errorfile-prefix := "/nonexistent/"', {"errors"}, "errorfile-prefix"),
}


@pytest.mark.parametrize("name", [None, *LIGHTTPD_WRONG])
def test_lighttpd_passes_or_is_named(directory, name):
    settings = {**BASIC_SETTINGS, "DATABASE_URL": f"sqlite:///{directory}/site.db"}
    lighttpd = Lighttpd(directory, settings)
    site = Installed(directory, lighttpd, settings)
    line, checks, words = LIGHTTPD_WRONG[name] if name else ("", set(), "")
    lighttpd = lighttpd_with(lighttpd, directory, site, line)
    try:
        found = site.bad(1 if name and name != "html-errors" else 0)
        assert set(found) == checks, found
        assert words in " ".join(found.values())
    finally:
        lighttpd.stop()


def lighttpd_with(lighttpd, directory, site, line):
    """LIGHTTPD started with LINE behind its configuration."""
    settings = directory / "taskgate.conf"
    settings.write_text(settings.read_text() + f"BASE_URL={site.url}\n")
    text = lighttpd.config.read_text()
    key = line.split("=")[0].strip()
    if key.startswith("server.max"):
        part = directory / "edited.conf"
        lines = (DEPLOY / "lighttpd" / "taskgate.conf").read_text().splitlines()
        part.write_text("\n".join(line if each.startswith(key) else each for each in lines) + "\n")
        text = text.replace(f"{DEPLOY}/lighttpd/taskgate.conf", str(part))
        line = ""
    lighttpd.config.write_text(f"{text}{line}\n")
    return lighttpd.start()
