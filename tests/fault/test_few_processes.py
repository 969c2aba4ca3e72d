"""G17: no process to spare. What there is serves, and the others come when they can."""

import os
import signal

import pytest

from conftest import BASIC_SETTINGS, ending, rounds
from harness import check, fcgi
from harness.limits import bind, limit
from harness.load import attempt, threads
from harness.process import wait_until
from harness.stack import create, listed, sign_in, sign_up, visitor
from harness.taskgate import Taskgate

# The sanitizers have a malloc, an address space and processes of their own.
pytestmark = pytest.mark.usefixtures("plain_build")

WORKERS = 4
PLENTY = 100


def bound(directory, url, processes):
    """A program whose user may have so many processes; it was not started yet, and is stopped."""
    settings = {**BASIC_SETTINGS, "DATABASE_URL": url}
    taskgate = Taskgate(directory, settings, workers=WORKERS)
    return ending(bind(taskgate, f"--nproc={processes}:{PLENTY}"))


def allow(taskgate, processes):
    limit(taskgate.pid, f"--nproc={processes}:")


def status(call, *args, **options):
    return getattr(attempt(call, *args, **options), "status", None)


def check_no_sign_in(taskgate):
    """Who wants what only a slow worker does is told so; a request that came before that was known
    may wait."""
    hasty = fcgi.FcgiClient(taskgate.socket, timeout=2)
    wait_until(lambda: status(sign_in, hasty, "nobody@example.org") == 503, "a word", 30)
    answer = sign_in(taskgate.client, "nobody@example.org")
    check.error(answer, 503)
    assert int(answer.header("Retry-After")) > 0


def test_where_there_is_one_worker_only_tasks_are_served(directory, url):
    with bound(directory, url, 2) as taskgate:
        taskgate.service.start()
        user = visitor()
        wait_until(lambda: taskgate.service.running() and taskgate.accepts() and status(
            taskgate.client.get, "/api/tasks", token=user.token) == 200, "tasks are served", 30)
        task = create(taskgate.client, user)
        check_no_sign_in(taskgate)
        assert len(taskgate.workers()) == 1
        assert "a worker cannot be started" in taskgate.log()
        allow(taskgate, PLENTY)
        wait_until(taskgate.complete, "the other workers", 30)
        account = sign_up(taskgate.client)
        assert sign_in(taskgate.client, account.email).status == 200
        assert listed(taskgate.client, user) == [task]


def test_killed_workers_come_back_when_there_is_a_process_for_them(directory, url):
    with bound(directory, url, PLENTY) as taskgate:
        taskgate.start()
        user = visitor()
        task = create(taskgate.client, user)
        *fast, slow = taskgate.workers()
        allow(taskgate, 1)
        os.kill(slow, signal.SIGKILL)
        check_no_sign_in(taskgate)
        assert listed(taskgate.client, user) == [task]
        for worker in fast:
            os.kill(worker, signal.SIGKILL)
        wait_until(lambda: not taskgate.workers(), "all workers are gone")
        with taskgate.client.connect() as waiting:
            waiting.send(fcgi.request(fcgi.get_tasks(user)))
            allow(taskgate, PLENTY)
            assert waiting.reply().json()["items"] == [task]
        wait_until(taskgate.complete, "all workers are back", 30)
        assert taskgate.log().count("a worker cannot be started") <= WORKERS, "once for each"


def test_a_reload_with_one_process_to_spare_loses_no_request(directory, url):
    with bound(directory, url, 1 + WORKERS + 1) as taskgate:
        taskgate.start()
        user = visitor()
        statuses = []

        def work(number):
            statuses.append(taskgate.client.get("/api/tasks", token=user.token).status)

        with threads(3, work) as failures:
            for _ in range(rounds(2, 20)):
                taskgate.reload()
                wait_until(lambda: failures or taskgate.complete(), "all workers", 30)
        assert set(statuses) == {200}
        assert "a worker cannot be started" in taskgate.log()


def test_a_reload_without_a_process_to_spare_changes_nothing(directory, url):
    with bound(directory, url, 1 + WORKERS) as taskgate:
        # The schema's child needs the place of a worker, and has gone when they come.
        taskgate.start()
        pool = taskgate.workers()
        taskgate.service.send_signal(signal.SIGHUP)
        wait_until(lambda: "the old ones go on serving" in taskgate.log(), "the reload is refused")
        assert taskgate.workers() == pool
        assert taskgate.client.get("/api/tasks", token=visitor().token).status == 200
