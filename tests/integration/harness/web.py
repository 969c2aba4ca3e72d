"""A small HTTP client that sends exactly the bytes it is told to, and what came back."""

import http.client
import io
import json as json_text
import socket

from . import canaries, description


class Answer:
    """One response: status, headers, body."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def __repr__(self):
        return f"<{self.status} {self.body[:300]!r}>"

    def header(self, name):
        return self.headers.get(name)

    def all(self, name):
        return self.headers.get_all(name) or []

    def json(self):
        """The body, which must say that it is JSON."""
        kind = self.header("Content-Type") or ""
        assert kind.split(";")[0].strip() == "application/json", (self, kind)
        return json_text.loads(self.body)

    def cookies(self):
        """Set-Cookie lines as {name: (value, {attribute in lower case: value or True})}."""
        found = {}
        for line in self.all("Set-Cookie"):
            pair, *attributes = [part.strip() for part in line.split(";")]
            name, value = pair.split("=", 1)
            parsed = {}
            for attribute in attributes:
                key, has_value, text = attribute.partition("=")
                parsed[key.lower()] = text if has_value else True
            assert name not in found, f"cookie {name} is set twice: {self.all('Set-Cookie')}"
            found[name] = (value, parsed)
        return found


def header_pairs(headers, *, token=None, cookie=None, origin=None):
    pairs = list(headers.items()) if isinstance(headers, dict) else list(headers)
    if token is not None:
        pairs.append(("Authorization", f"Bearer {token}"))
    if cookie is not None:
        pairs.append(("Cookie", cookie))
    if origin is not None:
        pairs.append(("Origin", origin))
    return pairs


class Client:
    """Requests by method and target; how the bytes travel is the subclass's part."""

    def exchange(self, method, target, pairs, body):
        raise NotImplementedError

    def request(self, method, target, *, json=None, body=None, headers=(), token=None,
                cookie=None, origin=None):
        """JSON is sent with its content type; BODY is sent as it is, without one."""
        pairs = header_pairs(headers, token=token, cookie=cookie, origin=origin)
        if json is not None:
            body = json_text.dumps(json, ensure_ascii=False).encode()
            pairs.append(("Content-Type", "application/json"))
        elif body is None and method in ("POST", "PUT", "PATCH", "DELETE"):
            body = b""
        answer = self.exchange(method, target, pairs, body)
        if answer is not None:
            canaries.watch(target, pairs, body, answer)
            self.compare(method, target, pairs, body, answer)
        return answer

    def compare(self, method, target, pairs, body, answer):
        """With what openapi.json says."""
        description.watch(method, target, pairs, body, answer)

    def get(self, target, **options):
        return self.request("GET", target, **options)

    def post(self, target, **options):
        return self.request("POST", target, **options)

    def put(self, target, **options):
        return self.request("PUT", target, **options)

    def patch(self, target, **options):
        return self.request("PATCH", target, **options)

    def delete(self, target, **options):
        return self.request("DELETE", target, **options)


class HttpClient(Client):
    """HTTP/1.1 over TCP, one connection for each request."""

    def __init__(self, address, timeout=30):
        self.address = address
        self.timeout = timeout

    @property
    def host(self):
        return f"{self.address[0]}:{self.address[1]}"

    def exchange(self, method, target, pairs, body):
        lines = [f"{method} {target} HTTP/1.1".encode("latin-1"), f"Host: {self.host}".encode()]
        lines += [f"{name}: {value}".encode("latin-1") for name, value in pairs]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}".encode())
        lines.append(b"Connection: close")
        return self.raw(b"\r\n".join(lines) + b"\r\n\r\n" + (body or b""), method)

    def connect(self):
        return socket.create_connection(self.address, timeout=self.timeout)

    def connect_from_afar(self):
        """What is not read finds no more room in the kernel than over a network; on the loopback
        interface there is some for a megabyte and more."""
        connection = socket.socket()
        connection.settimeout(self.timeout)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1460)
        connection.connect(self.address)
        return connection

    def raw(self, data, method="GET"):
        """Sends DATA, reads one response. A server may answer and close before it read it all."""
        with self.connect() as connection:
            try:
                connection.sendall(data)
            except (BrokenPipeError, ConnectionResetError):
                pass
            response = http.client.HTTPResponse(connection, method=method)
            response.begin()
            return Answer(response.status, response.headers, response.read())


def parse_headers(text):
    """The header block of a CGI response."""
    return http.client.parse_headers(io.BytesIO(text + b"\r\n\r\n"))
