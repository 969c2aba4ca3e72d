"""SQLite: what several requests write is committed together, and still each of them is kept or refused
for itself, whatever fails meanwhile."""

import errno
import os
import signal
import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

import faults
from conftest import BASIC_SETTINGS, rounds
from harness import fcgi
from harness.load import BROKEN
from harness.people import REFRESH, Holder
from harness.process import wait_until
from harness.stack import ORIGIN, create, listed, visitor
from harness.taskgate import Taskgate

SHOTS = rounds(4, 60)
WRITERS = 12
HELLO = fcgi.request(fcgi.environment("GET", "/health"), keep=True)

# name: (kind of calls, what they say, how)
FAULTS = {
    "full": ("write", errno.ENOSPC, "fail"),
    "broken": ("write", errno.EIO, "fail_all"),
    "locks": ("lock", errno.ENOLCK, "fail"),
    "killed": ("write", 0, "kill"),
}


@contextmanager
def stopped(pid):
    """What comes meanwhile, the process finds all at once."""
    os.kill(pid, signal.SIGSTOP)
    try:
        wait_until(lambda: Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T",
                   "the worker is stopped")
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


class World:
    """A program with one worker whose requests may be groups, and one for slow requests."""

    def __init__(self, directory, library):
        self.database = directory / "tasks.db"
        self.faults = faults.Faults(library, directory)
        self.taskgate = Taskgate(directory, {**BASIC_SETTINGS,
                                             "DATABASE_URL": f"sqlite:///{self.database}"})
        self.taskgate.service.env = self.faults.environment()
        self.taskgate.start()
        self.client = fcgi.FcgiClient(self.taskgate.socket, timeout=120)

    def worker(self):
        workers = wait_until(self.taskgate.complete, "all workers", 60)
        return (set(workers) - {self.taskgate.slow_worker()}).pop()

    def ask_together(self, requests, fault=None, number=0):
        """The answers to REQUESTS, which come at once on connections that the worker has; None where
        none came. The NUMBERth call of a kind fails. And whether it did."""
        worker = self.worker()
        connections = [self.client.connect() for _ in requests]
        for connection in connections:
            connection.send(HELLO)
            assert connection.next_reply().status == 200
        with stopped(worker):
            for connection, request in zip(connections, requests):
                connection.send(request)
            if fault is not None:
                self.faults.aim(worker)
                self.faults.arm(fault[0], number, fault[1], fault[2])
        answers = []
        for connection in connections:
            with connection:
                try:
                    answers.append(connection.reply())
                except BROKEN:
                    answers.append(None)
        hit = self.faults.disarm()
        self.faults.set("pid", 0)
        return answers, hit

    def sql(self, statement):
        with closing(sqlite3.connect(self.database, timeout=60)) as database:
            return database.execute(statement).fetchall()


@pytest.fixture
def world(directory, library):
    world = World(directory, library)
    yield world
    assert world.taskgate.stop() == 0
    assert world.sql("PRAGMA integrity_check") == [("ok",)]
    assert world.sql("PRAGMA foreign_key_check") == []


def ask(method, path, body, token=None, cookie=None):
    headers = [("Content-Type", "application/json"), ("Origin", ORIGIN)]
    headers += [("Authorization", f"Bearer {token}")] if token else []
    headers += [("Cookie", cookie)] if cookie else []
    return fcgi.request(fcgi.environment(method, path, headers, body), body)


def post_task(token, title):
    return ask("POST", "/api/tasks", b'{"title":"%s"}' % title.encode(), token)


@pytest.mark.parametrize("name", FAULTS)
def test_of_a_group_in_which_a_call_fails_what_was_acknowledged_is_kept_and_nothing_else(
        world, name, show):
    user = visitor()
    create(world.client, user)
    statuses = {}
    hits = 0
    for shot in range(1, SHOTS + 1):
        titles = [f"{shot}-{i}" for i in range(WRITERS)]
        requests = [post_task(user.token, title) for title in titles]
        wrong = ask("POST", "/api/tasks", b'{"title":1}', user.token)
        world.faults.pass_time(11)  # who ends after so long is replaced at once
        answers, hit = world.ask_together([*requests, wrong], FAULTS[name], shot)
        hits += hit
        world.worker()
        wait_until(lambda: world.client.get("/api/tasks", token=user.token).status == 200, "reads")
        kept = [row["title"] for row in listed(world.client, user, "?limit=500")]
        for title, answer in zip(titles, answers):
            status = answer and answer.status
            statuses[status] = statuses.get(status, 0) + 1
            if status == 201:
                assert kept.count(title) == 1
            elif status is None:
                assert name == "killed" and kept.count(title) <= 1
            else:
                assert status == 503 and title not in kept
        assert answers[-1] is None or answers[-1].status in (422, 503)
    assert hits, "nothing failed"
    show(f"{hits} groups; answers: {statuses}")


def test_who_signs_out_in_a_group_writes_nothing_behind_it(world):
    holder = Holder(world.client)
    requests = [post_task(token, "x") for token in holder.bearers().values()]
    out = ask("POST", "/api/auth/sign-out", b"{}", cookie=holder.cookie)
    answers, _ = world.ask_together([requests[0], out, *requests[1:]])
    statuses = [answer.status for answer in answers]
    assert statuses.pop(1) == 200
    assert set(statuses) <= {201, 401}
    kept = world.sql(f"SELECT count(*) FROM tasks WHERE user_id = '{holder.id}'")
    assert kept == [(statuses.count(201),)]
    assert not holder.is_alive()


def test_a_refresh_token_that_comes_several_times_in_a_group_is_used_once(world):
    holder = Holder(world.client)
    request = ask("POST", "/api/auth/refresh", b"{}", cookie=holder.refresh_cookie)
    answers, _ = world.ask_together([request] * WRITERS)
    assert {answer.status for answer in answers} <= {200, 401}
    fresh = {answer.cookies()[REFRESH][0] for answer in answers if answer.status == 200}
    assert len(fresh) == 1 and holder.refresh not in fresh
