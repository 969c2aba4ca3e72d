"""taskgate top: one page for a program or a person, or a terminal that is as before in the end."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import termios

import pytest

from harness.process import soon, wait_until
from harness.stack import sign_in, sign_up, visitor
from harness.taskgate import environment, program, run

ENTER, LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"


@pytest.fixture
def watched(make_watched):
    """A pool of its own for each test."""
    return make_watched(workers=2)


def top(pool, *args):
    return run("top", *args, directory=pool.directory, settings=pool.settings)


class Terminal:
    """A terminal of ROWS and COLUMNS in which "taskgate top" runs."""

    def __init__(self, pool, rows=24, columns=80, term="xterm"):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.execve(program(), [program(), "top", "--config", str(pool.config)],
                      {**environment(), "TERM": term})
        self.output = b""
        self.status = None

    def resize(self, rows, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def press(self, keys):
        os.write(self.fd, keys)

    def settings(self):
        return termios.tcgetattr(self.fd)

    def read(self):
        """What has come so far."""
        while select.select([self.fd], [], [], 0)[0]:
            try:
                data = os.read(self.fd, 65536)
            except OSError:  # the program has closed it
                break
            if not data:
                break
            self.output += data
        return self.output

    def frames(self):
        """Whole pages, as lists of lines without control sequences."""
        pages = re.findall(rb"\x1b\[H(.*?)\x1b\[J", self.read(), re.S)
        return [[re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", line)
                 for line in re.split(r"\r+\n", page.decode())] for page in pages]

    def wait_frame(self, condition, what):
        """The first page from now on for which CONDITION is true."""
        seen = len(self.frames())
        return wait_until(lambda: next((page for page in self.frames()[seen:] if condition(page)),
                                       None), what)

    def ended(self, options=os.WNOHANG):
        pid, status = os.waitpid(self.pid, options)
        if pid != 0:
            self.read()
            self.status = status
        return pid != 0


@pytest.fixture
def make_terminal():
    made = []

    def make(*args, **options):
        made.append(Terminal(*args, **options))
        return made[-1]
    yield make
    for terminal in made:
        if terminal.status is None or os.WIFSTOPPED(terminal.status):
            os.kill(terminal.pid, signal.SIGKILL)
            os.waitpid(terminal.pid, 0)
        os.close(terminal.fd)


# --- once -----------------------------------------------------------------------------------------


def test_without_a_terminal_one_page_is_printed(watched):
    user = sign_up(watched.client)
    for _ in range(10):
        watched.client.get("/api/tasks", token=user.token)
    for args in ((), ("--once",)):
        done = top(watched, *args)
        assert done.returncode == 0, done.stderr
        assert "\x1b" not in done.stdout
        assert re.search(r"^GET    /api/tasks  .* 10$", done.stdout, re.M)
        assert re.search("^Workers   alive +2/2 ", done.stdout, re.M) and "since the start" in done.stdout
        assert all(len(line) <= 80 for line in done.stdout.splitlines())


def test_json_is_one_object_with_what_the_page_has(watched):
    user = sign_up(watched.client)
    sign_in(watched.client, user.email, "not the password")
    for _ in range(10):
        watched.client.get("/api/tasks", token=user.token)
    watched.client.get("/api/tasks")
    done = top(watched, "--json")
    assert done.returncode == 0, done.stderr
    [line] = done.stdout.splitlines()
    page = json.loads(line)
    [route] = [route for route in page["routes"] if route["route"] == "/api/tasks"]
    assert route["method"] == "GET" and route["total"] == 11
    assert 0 < route["p50"] <= route["p99"] < 10
    assert page["requests"]["2xx"] > 0 and page["requests"]["4xx"] > 0
    assert page["signUp"]["success"] > 0 and page["signIn"]["failure"] > 0
    assert page["slow"]["workers"] == 1 and page["slow"]["refused"] == 0
    assert page["slow"]["queued"] > 0 and 0 < page["slow"]["waitP50"] <= page["slow"]["waitP99"] < 10
    assert page["workers"]["wanted"] == 2 and page["workers"]["started"] == 2
    assert page["schemaReady"] is True and page["draining"] is False
    wait_until(lambda: json.loads(top(watched, "--json").stdout)["workers"]["memoryBytes"] > 1e6,
               "the workers' memory was looked at")


def test_it_says_what_is_missing(make_pool, directory):
    pool = make_pool()
    done = top(pool)
    assert done.returncode == 78 and "ADMIN_LISTEN is not set" in done.stderr
    pool.settings["ADMIN_LISTEN"] = f"unix:{directory}/nobody.sock"
    done = top(pool)
    assert done.returncode == 69 and "nobody.sock" in done.stderr
    pool.settings["ADMIN_LISTEN"] = f"unix:{pool.socket}"  # FastCGI is spoken there
    done = top(pool)
    assert done.returncode == 69 and str(pool.socket) in done.stderr


# --- on a terminal --------------------------------------------------------------------------------


def fits(page, rows, columns):
    return len(page) <= rows and all(len(line) <= columns for line in page)


def test_a_terminal_gets_a_new_page_each_second(watched, make_terminal):
    terminal = make_terminal(watched)
    page = terminal.wait_frame(lambda page: "taskgate" in page[0], "a page")
    assert fits(page, 24, 80)
    user = visitor()
    for _ in range(20):
        watched.client.get("/api/tasks", token=user.token)
    page = terminal.wait_frame(
        lambda page: any(re.match(r"GET    /api/tasks .* 20$", line) for line in page),
        "a page with the requests")
    assert "last" in page[0]

    def two_pages():
        seen = len(terminal.frames())
        wait_until(lambda: len(terminal.frames()) >= seen + 2, "two more pages")

    soon(two_pages, 5)


@pytest.mark.parametrize("rows, columns", [(24, 80), (5, 30), (1, 1), (60, 200)])
def test_pages_fit_whatever_the_size(watched, make_terminal, rows, columns):
    for path in ("/", "/health", "/api/health", "/api/auth/ok", "/nothing"):
        watched.client.get(path)
    terminal = make_terminal(watched)
    terminal.wait_frame(lambda page: len(page) > 1, "a page")
    terminal.resize(rows, columns)
    page = terminal.wait_frame(lambda page: fits(page, rows, columns), "a page that fits")
    assert page[0].startswith("taskgate 0.1.0"[:columns])
    page = terminal.wait_frame(bool, "another one")
    assert fits(page, rows, columns)


@pytest.mark.parametrize("end", [b"q", b"Q", b"\x1b", b"\x03", signal.SIGTERM])
def test_in_the_end_the_terminal_is_as_before(watched, make_terminal, end):
    terminal = make_terminal(watched)
    terminal.wait_frame(bool, "a page")
    inside = terminal.settings()
    assert not inside[3] & (termios.ICANON | termios.ECHO)
    if isinstance(end, bytes):
        terminal.press(end)
    else:
        os.kill(terminal.pid, end)
    wait_until(terminal.ended, "the program ends")
    assert terminal.status == 0
    assert terminal.output.count(ENTER) == terminal.output.count(LEAVE) == 1
    assert terminal.output.endswith(LEAVE)
    assert terminal.settings()[3] & termios.ICANON and terminal.settings()[3] & termios.ECHO


def test_other_keys_do_not_end_it(watched, make_terminal):
    terminal = make_terminal(watched)
    terminal.wait_frame(bool, "a page")
    for keys in (b"x", b"\x1b[A", b"\r"):
        terminal.press(keys)
        terminal.wait_frame(bool, "another page")
    assert not terminal.ended()


def test_it_can_be_stopped_and_continued(watched, make_terminal):
    terminal = make_terminal(watched)
    terminal.wait_frame(bool, "a page")
    terminal.press(b"\x1a")
    wait_until(lambda: terminal.ended(os.WNOHANG | os.WUNTRACED), "it stops")
    assert os.WIFSTOPPED(terminal.status)
    assert terminal.settings()[3] & termios.ECHO and terminal.output.endswith(LEAVE)
    os.kill(terminal.pid, signal.SIGCONT)
    terminal.wait_frame(bool, "another page")
    assert not terminal.settings()[3] & termios.ECHO
    terminal.press(b"q")
    wait_until(terminal.ended, "it ends")
    assert terminal.status == 0


def test_a_server_that_goes_away_is_waited_for(watched, make_terminal):
    terminal = make_terminal(watched)
    terminal.wait_frame(lambda page: "ready" in page[0], "a page")
    assert watched.stop() == 0
    terminal.wait_frame(lambda page: "admin.sock" in page[0], "a word about the socket")
    watched.start()
    page = terminal.wait_frame(lambda page: "ready" in page[0], "a page of the new server")
    assert "since the start" in page[0]


def test_a_terminal_that_can_nothing_gets_one_page(watched, make_terminal):
    terminal = make_terminal(watched, term="dumb")
    wait_until(terminal.ended, "it ends")
    assert terminal.status == 0
    assert b"\x1b" not in terminal.output and b"Workers" in terminal.output
