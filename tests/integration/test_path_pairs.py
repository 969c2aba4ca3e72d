"""Our path rule against those of nginx and lighttpd, on targets that are made up (goal G2).

A FastCGI program of the tests (tests/fuzz/path_witness.c) stands where the server's program does.
It reads the target with our own code and compares what comes out with the path that the web server
has normalised, which is what the server's locations and conditions were matched with. A target that
we accept and the server reads as another path could slip past a rule of the server's administrator.
"""

import os
import random
import socket
from collections import Counter
from pathlib import Path

import pytest

from conftest import short_directory
from harness.process import Service, children, free_port, kill_all, listens, wait_until
from harness.servers import DEPLOY, LIGHTTPD, NGINX_SITES, nginx_service
from harness.taskgate import environment, program

PAIRS = 4_000_000 if os.environ.get("TASKGATE_FULL") else 100_000
BATCH = 100

# What targets are made of; between the marks what mostly ends in the server's own 400.
WORDS = ["api", "tasks", "auth", "sign-in", "a", "b1", "%41", "%7e", "%20", "%c3%a9", "~", "-", "_",
         "a.b", "...", ".a", "a.", "+", "%2B", "%2b", "*", "@", "$", "!", "&", "=", ",", ":", "'",
         "(", "%25", "%2541", "%3A", "%3f", "%23", "%3b", "%26", "%22", "%7C", "%5B"]
ODD = [".", "..", "%2e", "%2E%2e", ".%2e", "%2f", "%2F", "%5c", "\\", ";", "..;", ";x=1", "%252f",
       "%252e%252e", "%c0%ae", "%ff", "%ed%a0%80", "%0a", "%7f", "%01", "\xc3\xa9", "\xff", "\"",
       "<", "|", "^", "`", "{", "[", "%00", "%", "%zz", "%u0041", "%4", " "]
BREAKS = [*["/"] * 6, "//", "/./", "/../", "", "/%2e%2e/", "%2f", "/.", "/..", "\\"]
ENDS = [*[""] * 5, "/", "//", "?", "?x=1&y=%2f", "?/../", "?%00", "#", "#/../x", "#?", "/.", "/.."]
STARTS = [*["/"] * 30, "//", "/./", "/../", "http://h/", "HTTPS://h:1/", "http://h", "http://u@h/",
          "", "*", "\\", "%2f"]


def made_up(chance):
    """A random target: of good parts mostly, so that there is much on which both sides decide."""
    parts = [chance.choice(STARTS)]
    for _ in range(chance.choice((1, 2, 3, 3, 4, 5, 8, 9))):
        parts.append(chance.choice(WORDS if chance.random() < 0.9 else ODD))
        parts.append("/" if chance.random() < 0.8 else chance.choice(BREAKS))
    if chance.random() < 0.7:
        parts.pop()
    return "".join(parts) + chance.choice(ENDS)


def witness():
    path = Path(program()).parent / "tests/fuzz/path_witness"
    assert path.exists(), f"{path} is missing: make check builds it"
    return path


class Connection:
    """Pipelined requests; a server closes it behind an error of its own."""

    def __init__(self, address):
        self.socket = socket.create_connection(address, timeout=30)
        self.data = b""

    def send(self, targets):
        lines = "".join(f"GET {target} HTTP/1.1\r\nHost: h\r\n\r\n" for target in targets)
        try:
            self.socket.sendall(lines.encode("latin-1"))
        except (BrokenPipeError, ConnectionResetError):
            pass

    def more(self):
        try:
            chunk = self.socket.recv(1 << 16)
        except ConnectionResetError:
            return False
        self.data += chunk
        return bool(chunk)

    def next(self):
        """(status, body) of the next answer, None when there are no more."""
        while (end := self.data.find(b"\r\n\r\n")) < 0:
            if not self.more():
                return None
        head = self.data[:end].lower()
        at = head.find(b"\r\ncontent-length:")
        assert at >= 0, head
        size = int(head[at + 17:].split(b"\r\n", 1)[0])
        while len(self.data) < end + 4 + size:
            if not self.more():
                return None
        body = self.data[end + 4:end + 4 + size]
        self.data = self.data[end + 4 + size:]
        return int(head[9:12]), body


def ask(address, targets):
    """Yields (target, status, body) for all TARGETS."""
    rest = list(targets)
    while rest:
        connection = Connection(address)
        connection.send(rest)
        answered = 0
        while answered < len(rest) and (answer := connection.next()) is not None:
            yield rest[answered], *answer
            answered += 1
        connection.socket.close()
        assert answered > 0, f"no answer to {rest[0]!r}"
        rest = rest[answered:]


@pytest.fixture
def nginx():
    with short_directory() as path:
        name = path / "witness.sock"
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(name))
        listener.listen(512)
        name.chmod(0o666)
        port = free_port()
        sites = NGINX_SITES.format(socket=name, deploy=DEPLOY, port=port, array_port=free_port())
        extra = "keepalive_requests 1000000; fastcgi_param SCRIPT_NAME $fastcgi_script_name;"
        sites = sites.replace("server_name localhost;", f"server_name localhost; {extra}")
        behind = Service("witness", [witness()], path, environment())
        behind.start(stdin=listener)
        yield from serving(nginx_service(path, "nginx", sites), port)
        kill_all([behind.pid])
        behind.wait()


@pytest.fixture
def lighttpd():
    with short_directory() as path:
        (path / "empty").mkdir()
        port = free_port()
        variables = [f"{name}={value}" for name, value in environment().items()]
        command = ["/usr/bin/env", *variables, str(witness())]
        config = path / "lighttpd.conf"
        config.write_text(LIGHTTPD.format(
            port=port, array_port=free_port(), dir=path, deploy=DEPLOY, command=" ".join(command))
            + "server.max-keep-alive-requests = 1000000\n")
        yield from serving(Service("lighttpd", ["lighttpd", "-D", "-f", config], path,
                                   environment()), port)


def serving(server, port):
    """The address of a web server, which is ended with what it started."""
    address = ("127.0.0.1", port)
    server.start()
    wait_until(lambda: not server.running() or listens(address), f"{server.name} listens")
    assert server.running(), server.log()
    yield address
    started = children(server.pid)
    server.stop()
    kill_all(started)


@pytest.mark.parametrize("server", ["nginx", "lighttpd"])
def test_no_path_is_accepted_that_the_web_server_reads_as_another(server, request):
    address = request.getfixturevalue(server)
    seed = random.SystemRandom().randrange(1 << 32)
    chance = random.Random(seed)
    seen = Counter()
    for _ in range(PAIRS // 2 // BATCH):
        for target, status, body in ask(address, [made_up(chance) for _ in range(BATCH)]):
            verdict, _, passed = body.decode("latin-1").partition("\n")
            if status != 200:
                seen["refused by the server"] += 1
                continue
            seen[verdict.split(":")[0]] += 1
            assert verdict in ("same", "refused"), (seed, target, verdict)
    assert seen["same"] > PAIRS / 8 and seen["refused"] > PAIRS / 50, seen
