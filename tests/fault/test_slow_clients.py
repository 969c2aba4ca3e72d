"""G11 and G12: clients that send a byte a second, and clients that do not read their answer, hold up
nobody else."""

import socket
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

import pytest

import faults
from conftest import BASIC_SETTINGS, FULL, database_url, rounds
from harness import fcgi
from harness.apache import ApacheProxy, socket_options
from harness.load import percentile, threads
from harness.process import wait_until
from harness.servers import DEPLOY, Lighttpd, Nginx
from harness.stack import create, visitor
from harness.taskgate import Taskgate
from harness.web import HttpClient

DRIPPING = rounds(60, 200)
READING_NOTHING = rounds(30, 100)
SECONDS = rounds(0, 120)  # at least so long do they stay
BASELINES = rounds(1, 5)  # measures without them, before and after
LIST_SIZE = 990_000       # of what is not read
REQUESTS = 300            # of the others
DEADLINE = 30             # of a request, in seconds (src/proc/conn.h)


def unbuffered(nginx):
    """As for a site that switched off nginx's buffering in both directions."""
    path = nginx.directory / "unbuffered.conf"
    text = (DEPLOY / "nginx/taskgate.conf").read_text()
    for name in ("fastcgi_request_buffering", "fastcgi_buffering"):
        assert f"{name} on;" in text
        text = text.replace(f"{name} on;", f"{name} off;")
    path.write_text(text)
    nginx.config.write_text(nginx.config.read_text().replace(
        f"{DEPLOY}/nginx/taskgate.conf", str(path)))
    return nginx


class Site:
    """A program, what stands before it, and what a slow client says to that."""

    def __init__(self, client, user, http):
        self.client = client
        self.user = user
        self.http = http

    def connect(self):
        return self.client.connect_from_afar() if self.http else self.client.connect().socket

    def unsent(self):
        """The most that the kernel still has to send for the web server on one connection."""
        lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
        fields = [line.split() for line in lines]
        return max(int(queues.split(":")[0], 16) for _, local, _, _, queues, *_ in fields
                   if int(local.split(":")[1], 16) == self.client.address[1])

    def half_a_write(self):
        """The beginning of a request with a body."""
        if self.http:
            return (f"POST /api/tasks HTTP/1.1\r\nHost: {self.client.host}\r\n"
                    f"Authorization: Bearer {self.user.token}\r\n"
                    "Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n").encode()
        pairs = fcgi.environment("POST", "/api/tasks",
                                 [("Authorization", f"Bearer {self.user.token}"),
                                  ("Content-Type", "application/json")], b" " * 5000)
        return fcgi.begin() + fcgi.stream(fcgi.PARAMS, fcgi.pairs_block(pairs)) + fcgi.record(
            fcgi.STDIN, b" " * 5000)[:8]

    def long_read(self, user):
        if self.http:
            return (f"GET /api/tasks HTTP/1.1\r\nHost: {self.client.host}\r\n"
                    f"Authorization: Bearer {user.token}\r\n\r\n").encode()
        return fcgi.request(fcgi.environment("GET", "/api/tasks", [
            ("Authorization", f"Bearer {user.token}")]))

    def measure(self):
        """The 99th percentile of the time of ordinary requests, in seconds; each has its 2xx."""
        took = []
        for number in range(REQUESTS):
            begin = time.monotonic()
            if number % 10:
                answer = self.client.get("/api/tasks?limit=1", token=self.user.token)
                assert answer.status == 200, answer
            else:
                create(self.client, self.user)
            took.append(time.monotonic() - begin)
        return percentile(took, 0.99)


@contextmanager
def site(request, directory, kind, library):
    """(Site, the program's Faults or None)"""
    url = database_url(request, "sqlite", directory, "slow")
    user = visitor()
    with ExitStack() as at_end:
        if kind == "lighttpd":
            web = Lighttpd(directory, {**BASIC_SETTINGS, "DATABASE_URL": url, "WORKERS": 4}).start()
            at_end.callback(web.stop)
            client = HttpClient(web.address)
            wait_until(lambda: client.get("/health").status == 200, "the program", 20)
            yield Site(client, user, True), None
            return
        control = faults.Faults(library, directory)
        control.set("pid", faults.EVERYBODY)
        taskgate = Taskgate(directory, {**BASIC_SETTINGS, "DATABASE_URL": url}, workers=4,
                            socket_options=socket_options() if kind == "apache" else "")
        taskgate.service.env = control.environment()
        taskgate.start()
        at_end.callback(lambda: check_stop(taskgate))
        if kind == "direct":
            yield Site(taskgate.client, user, False), control
            return
        web = (ApacheProxy if kind == "apache" else Nginx)(directory, taskgate.socket)
        if kind == "nginx-unbuffered":
            unbuffered(web)
        at_end.callback(web.stop)
        web.start()
        yield Site(HttpClient(web.address), user, True), control


def check_stop(taskgate):
    assert taskgate.stop() == 0, taskgate.log()


class Dripping:
    """COUNT clients that send a byte of a write each second; who is given up comes again."""

    def __init__(self, place, count):
        self.place = place
        self.data = place.half_a_write()
        self.connections = [self.begin() for _ in range(count)]
        self.come_again = True
        self.again = 0
        self.second = threading.Event()
        self.at_end = ExitStack()

    def __enter__(self):
        self.at_end.enter_context(threads(1, self.drip))
        return self

    def __exit__(self, *why):
        self.at_end.__exit__(*why)
        for connection in self.connections:
            connection.close()

    def begin(self):
        connection = self.place.connect()
        connection.sendall(self.data)
        return connection

    def drip(self, _):
        self.second.wait(1)
        for number, connection in enumerate(self.connections):
            try:
                connection.send(b" ", socket.MSG_DONTWAIT)
            except BlockingIOError:
                pass
            except OSError:
                if self.come_again:
                    connection.close()
                    self.connections[number] = self.begin()
                    self.again += 1

    def closed(self):
        """Those that the other end has given up."""
        return sum(map(is_closed, self.connections))


def is_closed(connection):
    try:
        return connection.recv(65536, socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


class NotReading:
    """COUNT clients that ask for the list of SOMEBODY and read nothing of it."""

    def __init__(self, place, somebody, count):
        self.place = place
        self.data = place.long_read(somebody)
        self.count = count
        self.connections = []
        self.until = None

    def ask(self):
        self.until = time.monotonic() + DEADLINE - 5
        for _ in range(self.count):
            self.connections.append(self.place.connect())
            self.connections[-1].sendall(self.data)

    def wait(self):
        """Until they all have something to read. To make so many lists is work, whoever reads them."""
        wait_until(lambda: all(map(has_come, self.connections)), "the answers have begun", 120)

    def stay(self):
        """They come again before they are given up, which they cannot see."""
        if time.monotonic() > self.until:
            self.go()
            self.ask()
            self.wait()

    def go(self):
        for connection in self.connections:
            connection.close()
        self.connections.clear()


def has_come(connection):
    """Whether there is something to read, which stays where it is."""
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
    except BlockingIOError:
        return False


class Others:
    """The 99th percentiles of those who are not slow, alone and beside those who are."""

    def __init__(self, place):
        self.place = place
        self.alone = []
        self.beside = []

    def measure_alone(self):
        self.alone += [self.place.measure() for _ in range(BASELINES)]

    def measure_beside(self, stay=lambda: None):
        end = time.monotonic() + SECONDS
        while not self.beside or time.monotonic() < end:
            stay()
            self.beside.append(self.place.measure())

    def check(self, what, show):
        alone, beside = median(self.alone), median(self.beside)
        show(f"{what}: p99 of others {beside * 1000:.1f} ms (worst {max(self.beside) * 1000:.1f}), "
             f"without them {alone * 1000:.1f} ms, {len(self.beside)} times {REQUESTS} requests, "
             "none failed")
        if FULL:
            assert beside <= 2 * alone + 0.005


KINDS = ("nginx", "nginx-unbuffered", "lighttpd", "apache", "direct")


@pytest.mark.parametrize("kind", KINDS)
def test_clients_that_drip_hold_up_nobody(request, directory, library, kind, show):
    with site(request, directory, kind, library) as (place, control):
        create(place.client, place.user)
        others = Others(place)
        others.measure_alone()
        with Dripping(place, DRIPPING) as dripping:
            others.measure_beside()
            if kind == "direct":
                # The time of a request is over at once.
                dripping.come_again = False
                control.pass_time(DEADLINE + 1)
                wait_until(lambda: dripping.closed() == DRIPPING, "all are given up", 60)
        others.measure_alone()
        others.check(f"{DRIPPING} drip through {kind}, {dripping.again} came again", show)


@pytest.mark.parametrize("kind", KINDS)
def test_clients_that_do_not_read_hold_up_nobody(request, directory, library, kind, show):
    with site(request, directory, kind, library) as (place, control):
        somebody = visitor()
        for _ in range(100):
            create(place.client, somebody, description="x" * (LIST_SIZE // 100))
        create(place.client, place.user)
        others = Others(place)
        others.measure_alone()
        slow = NotReading(place, somebody, READING_NOTHING)
        slow.ask()
        at_first = place.measure()
        slow.wait()
        others.measure_beside(slow.stay)
        if kind == "direct":
            control.pass_time(DEADLINE + 1)
            # What is in the socket can be read, but not the end of the answer.
            wait_until(lambda: all(map(is_cut, slow.connections)), "all are given up", 60)
        else:
            assert place.unsent() < LIST_SIZE / 2, "the kernel has taken the lists over"
        slow.go()
        others.measure_alone()
        others.check(f"{READING_NOTHING} do not read through {kind} (while their lists are made, p99 "
                     f"{at_first * 1000:.1f} ms)", show)


def is_cut(connection):
    """Whether the connection ends before the answer does."""
    connection.settimeout(60)
    data = b""
    while chunk := connection.recv(1 << 20):
        data += chunk
    return not data.endswith(fcgi.record(fcgi.END, bytes(8)))
