"""A FastCGI client that can also lie: records are built one by one, whole or in part."""

import socket
import struct

from .web import Answer, Client, parse_headers

BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, STDERR, DATA, GET_VALUES = range(1, 10)
RESPONDER, AUTHORIZER, FILTER = 1, 2, 3


def record(kind, content=b"", request_id=1, padding=0, version=1):
    head = struct.pack("!BBHHBx", version, kind, request_id, len(content), padding)
    return head + content + bytes(padding)


def begin(role=RESPONDER, keep=False, request_id=1):
    return record(BEGIN, struct.pack("!HB5x", role, int(keep)), request_id)


def length(number):
    return bytes([number]) if number < 128 else struct.pack("!I", number | 0x80000000)


def pairs_block(pairs):
    block = b""
    for name, value in pairs:
        name = name.encode("latin-1")
        value = value.encode("latin-1")
        block += length(len(name)) + length(len(value)) + name + value
    return block


def stream(kind, data, request_id=1):
    """DATA in records of that kind, ended by the empty one."""
    chunks = [data[at:at + 65528] for at in range(0, len(data), 65528)]
    return b"".join(record(kind, chunk, request_id) for chunk in [*chunks, b""])


def request(pairs, body=b"", keep=False, request_id=1):
    """A whole request as bytes."""
    return (begin(keep=keep, request_id=request_id)
            + stream(PARAMS, pairs_block(pairs), request_id)
            + stream(STDIN, body, request_id))


def environment(method, target, headers=(), body=None):
    """What a well-behaved web server says about a request, as a list of (name, value)."""
    path, _, query = target.partition("?")
    pairs = [
        ("GATEWAY_INTERFACE", "CGI/1.1"), ("SERVER_PROTOCOL", "HTTP/1.1"),
        ("SERVER_SOFTWARE", "tests"), ("SERVER_NAME", "localhost"), ("SERVER_PORT", "80"),
        ("REQUEST_SCHEME", "http"), ("REMOTE_ADDR", "127.0.0.1"), ("REMOTE_PORT", "40000"),
        ("REQUEST_METHOD", method), ("REQUEST_URI", target), ("SCRIPT_NAME", path),
        ("QUERY_STRING", query), ("CONTENT_LENGTH", "" if body is None else str(len(body))),
    ]
    for name, value in headers:
        key = name.upper().replace("-", "_")
        pairs.append((key if key == "CONTENT_TYPE" else f"HTTP_{key}", value))
    return pairs


def without(pairs, name):
    return [pair for pair in pairs if pair[0] != name]


def replaced(pairs, name, value):
    return without(pairs, name) + [(name, value)]


TASK = b'{"title":"by fastcgi"}'


def post_task(user, body=TASK):
    """The parameters of a good request to create a task."""
    return environment("POST", "/api/tasks", [
        ("Authorization", f"Bearer {user.token}"), ("Content-Type", "application/json")], body)


def get_tasks(user, target="/api/tasks"):
    return environment("GET", target, [("Authorization", f"Bearer {user.token}")])


class Connection:
    """One connection to the program: to a Unix socket's path, or (host, port)."""

    def __init__(self, address, timeout=30):
        tcp = isinstance(address, tuple)
        self.socket = socket.socket(socket.AF_INET if tcp else socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(address if tcp else str(address))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        """Sends DATA; a peer that has already hung up is for reply() to find out."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def end_sending(self):
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def read_to_end(self):
        """Everything until the program closes the connection."""
        data = b""
        while True:
            try:
                chunk = self.socket.recv(65536)
            except ConnectionResetError:
                return data
            if not chunk:
                return data
            data += chunk

    def next_reply(self):
        """The answer to one request on a connection that may be kept."""
        data = b""
        while not (found := records(data)) or found[-1][0] != END:
            chunk = self.socket.recv(65536)
            assert chunk, f"the connection was closed after {data!r}"
            data += chunk
        return parse(b"".join(content for kind, content in found if kind == STDOUT))

    def reply(self):
        """The answer, or None when the program hung up without one."""
        found = records(self.read_to_end())
        output = b"".join(content for kind, content in found if kind == STDOUT)
        return parse(output) if output else None


def records(data):
    """The (kind, content) of each whole record in DATA."""
    found = []
    while len(data) >= 8:
        _, kind, _, size, padding = struct.unpack("!BBHHBx", data[:8])
        if len(data) < 8 + size + padding:
            break
        found.append((kind, data[8:8 + size]))
        data = data[8 + size + padding:]
    return found


def parse(output):
    """A CGI response as an Answer."""
    head, found, body = output.partition(b"\r\n\r\n")
    assert found, output
    headers = parse_headers(head)
    status = headers.get("Status", "200").split()[0]
    return Answer(int(status), headers, body)


class FcgiClient(Client):
    """The same requests as over HTTP, straight to the program's socket."""

    def __init__(self, address, timeout=30):
        self.address = address
        self.timeout = timeout

    def connect(self):
        return Connection(self.address, self.timeout)

    def exchange(self, method, target, pairs, body):
        return self.send(request(environment(method, target, pairs, body), body or b""))

    def send(self, data, *, end=False):
        """Sends DATA as it is; the answer or None. END also closes our direction behind it."""
        with self.connect() as connection:
            connection.send(data)
            if end:
                connection.end_sending()
            return connection.reply()
