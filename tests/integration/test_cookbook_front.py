"""The manual's recipe for what stands behind a CDN or load balancer: the program sees the address
of the client, and what a client claims is not believed."""

import http.client
import re
import socket

import pytest

from conftest import BASIC_SETTINGS
from harness.apache import MODULES, ApacheProxy, socket_options
from harness.manual import blocks
from harness.process import free_port, listens, wait_until
from harness.servers import DEPLOY, Lighttpd, nginx_service
from harness.stack import sign_up
from harness.web import HttpClient

CLIENT = "203.0.113.9"
HEADER = {"CF-Connecting-IP": CLIENT}
CLAIMS = {"X-Forwarded-For": "198.51.100.1", "X-Real-IP": "198.51.100.2",
          "Forwarded": "for=198.51.100.3", "X_Forwarded_For": "198.51.100.4"}
ELSEWHERE = "127.0.0.2"
LINE = f"PROXY TCP4 {CLIENT} 127.0.0.1 40000 80\r\n".encode()


class Front(HttpClient):
    """Connects from the address SOURCE, the CDN's or another, and says FIRST before all else."""

    def __init__(self, address, source="127.0.0.1", first=b""):
        super().__init__(address)
        self.source = source
        self.first = first

    def connect(self):
        connection = socket.create_connection(self.address, self.timeout, (self.source, 0))
        connection.sendall(self.first)
        return connection

    def seen_as(self, headers):
        """The address that the program keeps with a session."""
        self.headers = headers
        return sign_up(self).account["session"]["ipAddress"]

    def exchange(self, method, target, pairs, body):
        return super().exchange(method, target, [*pairs, *self.headers.items()], body)


def recipe(kind, word):
    """With this machine in the place of the CDN."""
    text, = [block for block in blocks(kind) if word in block]
    assert "192.0.2.0/24" in text
    return text.replace("192.0.2.0/24", "127.0.0.1/32")


@pytest.fixture
def nginx(make_pool, directory):
    """Starts the recipe's nginx after CHANGES; its address."""
    started = []

    def start(*changes):
        port = free_port()
        text = recipe("nginx", "$from_cdn")
        for old, new in (("include /usr/share/taskgate/nginx/upstream.conf;",
                          f"upstream taskgate {{ server unix:{make_pool().socket}; }}"),
                         *changes, ("listen 80", f"listen 127.0.0.1:{port}")):
            assert old in text, old
            text = text.replace(old, new)
        service = nginx_service(directory, "nginx",
                                text.replace("/usr/share/taskgate", str(DEPLOY)))
        started.append(service)
        service.start()
        address = ("127.0.0.1", port)
        wait_until(lambda: not service.running() or listens(address), "nginx listens", 60)
        assert service.running(), service.log()
        return address

    yield start
    for service in started:
        service.stop()


def assert_let_out(front):
    with pytest.raises((http.client.BadStatusLine, ConnectionError)):
        front.seen_as(HEADER)


def test_nginx_takes_the_address_from_the_cdn_and_lets_nobody_else_in(nginx):
    address = nginx()
    assert Front(address).seen_as(HEADER) == CLIENT
    assert Front(address).seen_as({**CLAIMS, **HEADER}) == CLIENT
    assert Front(address).seen_as(CLAIMS) == "127.0.0.1"
    assert_let_out(Front(address, ELSEWHERE))


def test_nginx_takes_the_address_from_the_proxy_protocol(nginx):
    page = re.sub(r"\s+", " ", (DEPLOY.parent / "man" / "taskgate-cookbook.7").read_text())
    for words in ("listen 80 proxy_protocol", "real_ip_header proxy_protocol"):
        assert f".Li {words}" in page
    address = nginx(("listen 80", "listen 80 proxy_protocol"),
                    ("real_ip_header CF-Connecting-IP", "real_ip_header proxy_protocol"))
    assert Front(address, first=LINE).seen_as({}) == CLIENT
    claims = {**CLAIMS, "CF-Connecting-IP": "198.51.100.5"}
    assert Front(address, first=LINE).seen_as(claims) == CLIENT
    assert_let_out(Front(address, ELSEWHERE, LINE))


def assert_believes_the_cdn_alone(address):
    assert Front(address).seen_as(HEADER) == CLIENT
    assert Front(address).seen_as({**CLAIMS, **HEADER}) == CLIENT
    assert Front(address).seen_as(CLAIMS) == "127.0.0.1"
    assert Front(address, ELSEWHERE).seen_as({**CLAIMS, **HEADER}) == ELSEWHERE


def test_apache_believes_the_cdn_and_nobody_else(make_pool, directory):
    pool = make_pool(start=False)
    pool.service.argv[-1] += socket_options()
    web = ApacheProxy(directory, pool.start().socket)
    web.write(f"LoadModule remoteip_module {MODULES}/mod_remoteip.so\n"
              + recipe("apache", "RemoteIPHeader"))
    web.start()
    try:
        assert_believes_the_cdn_alone(web.address)
    finally:
        web.stop()


def test_lighttpd_believes_the_cdn_and_nobody_else(directory):
    web = Lighttpd(directory, {**BASIC_SETTINGS, "DATABASE_URL": f"sqlite:///{directory}/it.db"})
    with open(web.config, "a", encoding="ascii") as config:
        config.write(recipe("lighttpd", "extforward"))
    web.start()
    try:
        wait_until(lambda: HttpClient(web.address).get("/health").status == 200, "health", 60)
        assert_believes_the_cdn_alone(web.address)
    finally:
        web.stop()
