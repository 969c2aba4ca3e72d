"""Under a service manager: what it is told (sd_notify), and the socket that it keeps."""

import os
import signal
import socket

import pytest

from harness import fcgi
from harness.process import Service, free_port, wait_until
from harness.stack import visitor
from harness.taskgate import environment, program


class Manager:
    """The end of the socket that messages come to."""

    def __init__(self, directory):
        self.path = directory / "notify"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        self.socket.settimeout(20)

    def message(self):
        """The next message as {name: value}."""
        text = self.socket.recv(65536).decode()
        return dict(line.split("=", 1) for line in text.splitlines())


@pytest.fixture
def manager(directory):
    manager = Manager(directory)
    yield manager
    manager.socket.close()


def managed(pool, manager, **variables):
    """POOL with what a manager puts into the environment."""
    pool.service.env = environment(NOTIFY_SOCKET=str(manager.path), **variables)
    return pool


def test_the_manager_is_told_start_reload_and_stop(make_pool, manager):
    pool = managed(make_pool(start=False), manager)
    pool.service.start()
    assert manager.message() == {"READY": "1", "STATUS": "serving with 2 workers"}

    pool.service.send_signal(signal.SIGHUP)
    reloading = manager.message()
    assert reloading["RELOADING"] == "1" and int(reloading["MONOTONIC_USEC"]) > 0
    assert manager.message() == {"READY": "1", "STATUS": "serving with 2 workers"}

    pool.service.send_signal(signal.SIGTERM)
    assert manager.message() == {"STOPPING": "1"}
    assert pool.service.wait() == 0


def test_the_manager_is_told_that_new_settings_were_refused(make_pool, manager):
    pool = managed(make_pool(start=False), manager)
    pool.service.start()
    assert manager.message()["READY"] == "1"
    pool.configure(BETTER_AUTH_SECRET="short")
    pool.service.send_signal(signal.SIGHUP)
    assert manager.message()["RELOADING"] == "1"
    refused = manager.message()
    assert refused["READY"] == "1" and refused["STATUS"].startswith("the settings are wrong")


def test_a_start_does_not_wait_for_a_database_that_does_not_answer(make_pool, manager):
    pool = managed(make_pool(start=False,
                             DATABASE_URL=f"postgresql://127.0.0.1:{free_port()}/none"), manager)
    pool.service.start()
    first = manager.message()
    assert first["READY"] == "1" and first["STATUS"].startswith("the database does not answer")
    assert pool.client.get("/health").status == 503


def test_wrong_settings_are_never_ready(make_pool, manager):
    pool = managed(make_pool(start=False, BETTER_AUTH_SECRET="short"), manager)
    pool.service.start()
    assert pool.service.wait() == 78
    manager.socket.setblocking(False)
    with pytest.raises(BlockingIOError):
        manager.message()


def test_a_watchdog_hears_from_the_master_in_time(make_pool, manager):
    pool = managed(make_pool(start=False), manager, WATCHDOG_USEC="200000")
    pool.service.start()
    manager.socket.settimeout(10)
    signs = 0
    while signs < 5:
        signs += manager.message().get("WATCHDOG") == "1"


def test_a_watchdog_for_another_process_hears_nothing(make_pool, manager):
    pool = managed(make_pool(start=False), manager, WATCHDOG_USEC="1000", WATCHDOG_PID="1")
    pool.service.start()
    assert manager.message()["READY"] == "1"
    pool.service.send_signal(signal.SIGTERM)
    assert manager.message() == {"STOPPING": "1"}
    pool.service.wait()


class Activated:
    """`taskgate serve` with a socket that the manager has opened and keeps."""

    def __init__(self, pool, listener):
        script = 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$@" 3<&0 </dev/null'
        self.listener = listener
        self.service = Service("activated", ["sh", "-c", script, "sh", program(), "serve",
                                             "--config", pool.config], pool.directory,
                               environment())

    def __enter__(self):
        self.service.start(stdin=self.listener)
        return self

    def __exit__(self, *_):
        assert self.service.stop() == 0, self.service.log()


def test_a_socket_of_the_manager_outlives_the_service(make_pool, directory):
    pool = make_pool(start=False)
    path = directory / "manager.sock"
    user = visitor()
    client = fcgi.FcgiClient(path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(16)
        with Activated(pool, listener):
            wait_until(lambda: client.get("/health").status == 200, "the first serves")
        assert os.path.exists(path), "the socket is the manager's to remove"
        with client.connect() as waiting:
            waiting.send(fcgi.request(fcgi.environment("GET", "/api/tasks", [
                ("Authorization", f"Bearer {user.token}")])))
            with Activated(pool, listener):
                assert waiting.reply().status == 200
