"""G17: too few descriptors. A start ends and says why, or serves; who runs out of them waits."""

import os
import resource
import signal
import time

import pytest

from conftest import BASIC_SETTINGS, ending, rounds
from harness import fcgi
from harness.load import attempt, threads
from harness.process import processor_time, wait_until
from harness.stack import create, listed, sign_in, sign_up, visitor
from harness.taskgate import Taskgate

# The sanitizers have a malloc, an address space and processes of their own.
pytestmark = pytest.mark.usefixtures("plain_build")

PLENTY = 256
ENOUGH = 16
LIMITS = rounds((4, 6, 8, 10, 12, 14, 15, ENOUGH), range(4, ENOUGH + 5))
WINDOW = 1.0  # seconds in which nobody may be busy


def make(directory, url, *options, workers=2, **settings):
    settings = {**BASIC_SETTINGS, "DATABASE_URL": url, **settings}
    launcher = ["prlimit", *options, "--"] if options else []
    return Taskgate(directory, settings, workers=workers, launcher=launcher)


def allow(pid, number):
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (number, PLENTY))


def comes_to_serve(taskgate):
    """Whether it does; else it has ended, and told why."""
    taskgate.service.start()
    wait_until(lambda: not taskgate.service.running() or
               getattr(attempt(taskgate.client.get, "/health"), "status", None) == 200,
               "it serves or ends", 60)
    if taskgate.service.running():
        return True
    assert taskgate.service.wait() == 78, taskgate.log()
    assert "open files" in taskgate.log(), taskgate.log()
    assert not taskgate.socket.exists()
    return False


def test_a_start_with_few_descriptors_serves_or_says_that_they_are_too_few(directory, url):
    served = []
    for number in LIMITS:
        taskgate = make(directory, url, f"--nofile={number}:{number}")
        taskgate.service.log_path.unlink(missing_ok=True)
        taskgate.client = fcgi.FcgiClient(taskgate.socket, timeout=10)
        with ending(taskgate):
            served.append(comes_to_serve(taskgate))
            if served[-1]:
                user = visitor()
                task = create(taskgate.client, user)
                assert listed(taskgate.client, user) == [task]
    assert served == sorted(served), "what serves with few serves with more"
    assert served[-1] and not served[0]


def test_sixteen_descriptors_are_enough_to_serve_many_connections(directory, url):
    """One at a time for each worker; who rests gives his place to who comes."""
    taskgate = make(directory, url, f"--nofile={ENOUGH}:{ENOUGH}", workers=3)
    with ending(taskgate.start()):
        account = sign_up(taskgate.client)
        create(taskgate.client, account)
        pool = [taskgate.pid, *taskgate.workers()]
        statuses = []

        def work(number):
            with taskgate.client.connect() as connection:
                connection.send(fcgi.request(fcgi.get_tasks(account), keep=True))
                statuses.append(connection.next_reply().status)

        with threads(12, work) as failures:
            wait_until(lambda: failures or statuses.count(200) >= 200, "requests are served", 120)
        assert set(statuses) == {200}
        assert sign_in(taskgate.client, account.email).status == 200
        assert [taskgate.pid, *taskgate.workers()] == pool, "nobody ended"


def check_rest(pids):
    """Nobody runs in circles."""
    before = sum(map(processor_time, pids))
    end = time.monotonic() + WINDOW
    wait_until(lambda: time.monotonic() > end, "the window is over")
    assert sum(map(processor_time, pids)) - before < WINDOW / 2


def test_who_comes_when_descriptors_have_run_out_waits_and_is_served(directory, url):
    """Not one is left, also not for those that are open: they go first."""
    taskgate = make(directory, url)
    with ending(taskgate.start()):
        user = visitor()
        task = create(taskgate.client, user)
        pool = [taskgate.pid, *taskgate.workers()]
        kept = [taskgate.client.connect() for _ in range(5)]
        for connection in kept:
            connection.send(fcgi.request(fcgi.get_tasks(user), keep=True))
            assert connection.next_reply().status == 200
        for pid in pool:
            allow(pid, 3)
        waiting = [taskgate.client.connect() for _ in range(5)]
        for connection in waiting:
            connection.send(fcgi.request(fcgi.get_tasks(user)))
        wait_until(lambda: "a connection cannot be accepted" in taskgate.log(), "a word", 30)
        check_rest(pool)
        for pid in pool:
            allow(pid, PLENTY)
        for connection in waiting:
            with connection:
                assert connection.reply().json()["items"] == [task]
        assert [taskgate.pid, *taskgate.workers()] == pool, "nobody ended"
        for connection in kept:
            connection.socket.close()


def test_workers_that_cannot_open_what_they_need_are_tried_again_until_they_can(directory, url):
    """The limit falls while it runs; new workers inherit it."""
    taskgate = make(directory, url)
    with ending(taskgate.start()):
        user = visitor()
        task = create(taskgate.client, user)
        allow(taskgate.pid, 9)
        for worker in taskgate.workers():
            os.kill(worker, signal.SIGKILL)
        wait_until(lambda: "this worker cannot start: Too many open files" in taskgate.log(),
                   "a word about it", 30)
        with taskgate.client.connect() as connection:
            connection.send(fcgi.request(fcgi.get_tasks(user)))
            check_rest([taskgate.pid])
            allow(taskgate.pid, PLENTY)
            assert connection.reply().json()["items"] == [task]
        wait_until(taskgate.complete, "all workers are back", 30)


def test_a_reload_that_leaves_new_workers_too_few_descriptors_changes_nothing(directory, url):
    """The limit falls while it runs; the old workers keep the one that they have."""
    taskgate = make(directory, url)
    with ending(taskgate.start()):
        user = visitor()
        task = create(taskgate.client, user)
        pool = [taskgate.pid, *taskgate.workers()]
        allow(taskgate.pid, 9)
        os.kill(taskgate.pid, signal.SIGHUP)
        wait_until(lambda: "the old workers go on serving" in taskgate.log(), "a word about it", 60)
        assert "the limit of open files is 9" in taskgate.log()
        assert [taskgate.pid, *taskgate.workers()] == pool, "nobody ended"
        assert listed(taskgate.client, user) == [task]
        allow(taskgate.pid, PLENTY)
        os.kill(taskgate.pid, signal.SIGHUP)
        wait_until(lambda: not set(pool[1:]) & set(taskgate.workers()), "other workers", 60)
        wait_until(taskgate.complete, "all of them", 60)
        assert listed(taskgate.client, user) == [task]
