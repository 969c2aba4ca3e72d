"""Connections of a web server that it uses for one request after another."""

import json
import os
import random
import resource
import signal

import pytest

from harness import check, fcgi
from harness.process import wait_until
from harness.stack import create, listed, unique_email

pytestmark = pytest.mark.usefixtures("same_workers")


def test_a_kept_connection_serves_one_request_after_another(pool, user):
    with pool.client.connect() as connection:
        made = []
        for number in range(5):
            connection.send(fcgi.request(fcgi.post_task(user), fcgi.TASK, keep=True))
            made.append(connection.next_reply().json())
            connection.send(fcgi.request(fcgi.get_tasks(user), keep=True))
            assert connection.next_reply().json()["items"] == made[::-1], number
        connection.send(fcgi.request(fcgi.get_tasks(user)))
        assert connection.next_reply().status == 200
        assert connection.read_to_end() == b""


def test_a_request_that_does_not_wait_for_the_answer_before_it_is_not_served(pool, user):
    data = fcgi.request(fcgi.post_task(user), fcgi.TASK, keep=True)
    with pool.client.connect() as connection:
        connection.send(data + data)
        connection.end_sending()
        output = connection.read_to_end()
    made = len(listed(pool.client, user))
    assert [kind for kind, _ in fcgi.records(output)].count(fcgi.END) == made <= 1


def test_a_refused_request_keeps_its_connection_too(pool, user):
    with pool.client.connect() as connection:
        for _ in range(3):
            pairs = fcgi.replaced(fcgi.post_task(user), "HTTP_AUTHORIZATION", "Bearer x")
            connection.send(fcgi.request(pairs, fcgi.TASK, keep=True))
            check.error(connection.next_reply(), 401)
            connection.send(fcgi.request(fcgi.get_tasks(user), keep=True))
            assert connection.next_reply().json()["items"] == []


def test_a_sign_in_on_a_kept_connection_leaves_it_usable(pool, user):
    """Another process answers it, and the connection goes on from there."""
    body = json.dumps({"email": "nobody@example.com", "password": "not the right one"}).encode()
    pairs = fcgi.environment("POST", "/api/auth/sign-in", [("Content-Type", "application/json")],
                             body)
    with pool.client.connect() as connection:
        for _ in range(3):
            connection.send(fcgi.request(pairs, body, keep=True))
            check.error(connection.next_reply(), 401)
            connection.send(fcgi.request(fcgi.get_tasks(user), keep=True))
            assert connection.next_reply().status == 200


def test_many_kept_connections_are_all_served(pool, user):
    """More than there are workers, and in any order."""
    connections = [pool.client.connect() for _ in range(60)]
    source = random.Random(7)
    for _ in range(3):
        source.shuffle(connections)
        for connection in connections:
            connection.send(fcgi.request(fcgi.get_tasks(user), keep=True))
        assert {connection.next_reply().status for connection in connections} == {200}
    for connection in connections:
        connection.socket.close()


# --- in pieces and among others -------------------------------------------------------------------


def kinds(client, user):
    """Requests of many kinds that change nothing, so that each always gets the same answer."""
    token, as_json = ("Authorization", f"Bearer {user.token}"), ("Content-Type", "application/json")
    task = create(client, user)
    large = json.dumps({"title": "x" * 70_000}).encode()
    rows = [
        ("GET", "/", [], None), ("HEAD", "/", [], None), ("GET", "/api/tasks", [token], None),
        ("GET", f"/api/tasks/{task['id']}", [token], None), ("GET", "/api/tasks", [], None),
        ("GET", "/api/somebody/tasks", [token], None), ("GET", "/api//tasks", [token], None),
        ("GET", "/api/tasks", [token, *((f"X-{n}", "x" * 300) for n in range(60))], None),
        ("POST", "/api/tasks", [token, as_json], b"{"), ("POST", "/api/tasks", [as_json], large),
        ("POST", "/api/tasks", [token, as_json], large), ("POST", "/api/tasks", [token], b"{}"),
        ("PUT", f"/api/tasks/{task['id']}", [token, as_json], b'{"title":5}'),
        ("POST", "/api/auth/sign-in", [as_json], b'{"email":"nobody@example.com"}'),
        ("POST", "/api/auth/sign-in", [as_json], large),
        ("GET", "/api/auth/verify-email?token=x", [], b"a body where none belongs"),
        ("GET", "/api/auth/verify-email?token=x", [], large),
    ]
    found = []
    for number, (method, target, headers, body) in enumerate(rows):
        pairs = fcgi.environment(method, target, headers, body)
        found.append(fcgi.request([*pairs, ("REQUEST_ID", f"kind-{number}")], body or b"",
                                  keep=True))
    return found


class Talk:
    """A connection on which requests follow each other; each step sends a piece or reads one."""

    def __init__(self, pool, plan):
        self.connection = pool.client.connect()
        self.connection.socket.setblocking(False)
        self.plan = plan
        self.kind, self.left, self.output = None, b"", b""

    def step(self, source, requests, expected):
        """False when there is nothing left to do."""
        if self.kind is None:
            if not self.plan:
                self.connection.socket.close()
                return False
            self.kind, self.output = self.plan.pop(), b""
            self.left = requests[self.kind]
        try:
            if self.left:
                size = source.choice([1, 9, 50, 2000, 50_000])
                self.left = self.left[self.connection.socket.send(self.left[:size]):]
            part = self.connection.socket.recv(65536)
            assert part, f"kind {self.kind} was not answered"
            self.output += part
        except BlockingIOError:
            return True
        found = fcgi.records(self.output)
        if found and found[-1][0] == fcgi.END:
            answer = content(found)
            assert answer == expected[self.kind]
            self.kind = None
        return True


def content(found):
    return b"".join(content for kind, content in found if kind == fcgi.STDOUT)


def test_requests_in_any_pieces_among_others_get_the_answers_that_they_get_alone(pool, user):
    requests = kinds(pool.client, user)
    expected = []
    for data in requests:
        with pool.client.connect() as connection:
            connection.send(data)
            output = b""
            while not output or fcgi.records(output)[-1:][0][0] != fcgi.END:
                output += connection.socket.recv(65536)
            expected.append(content(fcgi.records(output)))
    source = random.Random(20261121)
    talks = [Talk(pool, [source.randrange(len(requests)) for _ in range(8)]) for _ in range(30)]
    while talks:
        talk = source.choice(talks)
        if not talk.step(source, requests, expected):
            talks.remove(talk)


# --- what happens to the workers meanwhile --------------------------------------------------------


def keep(pool, user, count):
    """COUNT connections that have had an answer."""
    connections = [pool.client.connect() for _ in range(count)]
    for connection in connections:
        connection.send(fcgi.request(fcgi.get_tasks(user), keep=True))
        assert connection.next_reply().status == 200
    return connections


def test_a_reload_leaves_all_kept_connections_usable(make_pool, user):
    pool = make_pool(workers=4)
    connections = keep(pool, user, 40)
    for _ in range(3):
        pool.reload()
        for connection in connections:
            connection.send(fcgi.request(fcgi.get_tasks(user), keep=True))
        assert {connection.next_reply().status for connection in connections} == {200}


def wait_for_the_slow(pool, count):
    """Sign-ins that wait for the worker that hashes passwords, which is stopped, and its number."""
    body = json.dumps({"email": unique_email(), "password": "not the right one"}).encode()
    pairs = fcgi.environment("POST", "/api/auth/sign-in", [("Content-Type", "application/json")],
                             body)
    slow = pool.slow_worker()
    os.kill(slow, signal.SIGSTOP)
    connections = [pool.client.connect() for _ in range(count)]
    for connection in connections:
        connection.send(fcgi.request(pairs, body, keep=True))
    assert pool.client.get("/").status == 200
    return slow, connections


def test_who_waits_for_a_slow_worker_that_dies_is_served_by_the_next(make_pool):
    pool = make_pool(workers=2)

    def all_are_served():
        slow, connections = wait_for_the_slow(pool, 5)
        os.kill(slow, signal.SIGKILL)
        statuses = {connection.next_reply().status for connection in connections}
        wait_until(pool.complete, "a worker in its place")
        # Who has waited for too long is told to come again.
        assert statuses <= {401, 503}
        return statuses == {401}

    wait_until(all_are_served, "sign-ins that are in time for the next worker")


def test_who_waits_for_a_slow_worker_is_answered_by_one_that_is_alone_after_a_reload(make_pool):
    pool = make_pool(workers=2, start=False, WORKERS="2")
    option = pool.service.argv.index("--workers")
    del pool.service.argv[option:option + 2]  # it would win over the file
    pool.start()
    slow, connections = wait_for_the_slow(pool, 5)
    pool.configure(WORKERS="1")
    pool.service.send_signal(signal.SIGHUP)
    # Who has waited for too long is told to come again.
    assert {connection.next_reply().status for connection in connections} <= {401, 503}
    os.kill(slow, signal.SIGKILL)
    pool.workers_wanted = 1
    wait_until(pool.complete, "the one worker")


def test_with_few_descriptors_new_connections_take_the_place_of_kept_ones(make_pool, user):
    pool = make_pool(workers=2)
    resource.prlimit(pool.pid, resource.RLIMIT_NOFILE, (20, 20))
    pool.reload()
    connections = keep(pool, user, 50)
    connections[-1].send(fcgi.request(fcgi.get_tasks(user), keep=True))
    assert connections[-1].next_reply().status == 200
