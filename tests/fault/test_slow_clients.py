"""G11 and G12: clients that send a byte a second, and clients that do not read their answer, hold up
nobody else."""

import socket
import threading
import time
from contextlib import ExitStack, contextmanager
from statistics import median

import pytest

import faults
from conftest import BASIC_SETTINGS, FULL, database_url, rounds
from harness import fcgi
from harness.load import percentile
from harness.process import wait_until
from harness.servers import DEPLOY, Lighttpd, Nginx
from harness.stack import create, visitor
from harness.taskgate import Taskgate
from harness.web import HttpClient

DRIPPING = rounds(60, 200)
READING_NOTHING = rounds(30, 100)
SECONDS = rounds(0, 120)  # at least so long do they stay
BASELINES = rounds(1, 9)  # measures without them
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
        connection = self.client.connect()
        return connection if self.http else connection.socket

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

    def long_read(self):
        if self.http:
            return (f"GET /api/tasks HTTP/1.1\r\nHost: {self.client.host}\r\n"
                    f"Authorization: Bearer {self.user.token}\r\n\r\n").encode()
        return fcgi.request(fcgi.environment("GET", "/api/tasks", [
            ("Authorization", f"Bearer {self.user.token}")]))

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
        taskgate = Taskgate(directory, {**BASIC_SETTINGS, "DATABASE_URL": url}, workers=4)
        taskgate.service.env = control.environment()
        taskgate.start()
        at_end.callback(lambda: check_stop(taskgate))
        if kind == "direct":
            yield Site(taskgate.client, user, False), control
            return
        web = Nginx(directory, taskgate.socket)
        if kind == "nginx-unbuffered":
            unbuffered(web)
        at_end.callback(web.stop)
        web.start()
        yield Site(HttpClient(web.address), user, True), control


def check_stop(taskgate):
    assert taskgate.stop() == 0, taskgate.log()


class Dripping:
    """Connections that send BYTE each second."""

    def __init__(self, connections):
        self.connections = connections
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()
        for connection in self.connections:
            connection.close()

    def run(self):
        while not self.stop.wait(1):
            for connection in self.connections:
                try:
                    connection.send(b" ", socket.MSG_DONTWAIT)
                except OSError:
                    pass

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


def measure_alone(site):
    """The same when nobody is slow."""
    return median(site.measure() for _ in range(BASELINES))


def check_others(site, baseline, what, show):
    begin = time.monotonic()
    slow = [site.measure()]
    while time.monotonic() < begin + SECONDS:
        slow.append(site.measure())
    show(f"{what}: p99 of others {median(slow) * 1000:.1f} ms (at first {slow[0] * 1000:.1f}, worst "
         f"{max(slow) * 1000:.1f}), without them {baseline * 1000:.1f} ms, {len(slow)} times "
         f"{REQUESTS} requests, none failed")
    if FULL:
        assert median(slow) <= 2 * baseline + 0.005


KINDS = ("nginx", "nginx-unbuffered", "lighttpd", "direct")


@pytest.mark.parametrize("kind", KINDS)
def test_clients_that_drip_hold_up_nobody(request, directory, library, kind, show):
    with site(request, directory, kind, library) as (place, control):
        create(place.client, place.user)
        baseline = measure_alone(place)
        connections = [place.connect() for _ in range(DRIPPING)]
        for connection in connections:
            connection.sendall(place.half_a_write())
        with Dripping(connections) as dripping:
            check_others(place, baseline, f"{DRIPPING} drip through {kind}", show)
            if kind == "direct":
                # The time of a request is over at once.
                control.pass_time(DEADLINE + 1)
                wait_until(lambda: dripping.closed() == DRIPPING, "all are given up", 60)
            place.measure()


@pytest.mark.parametrize("kind", KINDS)
def test_clients_that_do_not_read_hold_up_nobody(request, directory, library, kind, show):
    with site(request, directory, kind, library) as (place, control):
        other = place.user
        place.user = visitor()
        for _ in range(100):
            create(place.client, place.user, description="x" * 9900)
        long_read = place.long_read()
        place.user = other
        create(place.client, place.user)
        baseline = measure_alone(place)
        connections = []
        for _ in range(READING_NOTHING):
            connection = place.connect()
            connection.sendall(long_read)
            connections.append(connection)
        check_others(place, baseline, f"{READING_NOTHING} do not read through {kind}", show)
        if kind == "direct":
            control.pass_time(DEADLINE + 1)
            # What is in the socket can be read, but not the end of the answer.
            wait_until(lambda: all(map(is_cut, connections)), "all are given up", 60)
        place.measure()
        for connection in connections:
            connection.close()


def is_cut(connection):
    """Whether the connection ends before the answer does."""
    connection.settimeout(60)
    data = b""
    while chunk := connection.recv(1 << 20):
        data += chunk
    return not data.endswith(fcgi.record(fcgi.END, bytes(8)))
