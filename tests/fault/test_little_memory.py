"""G17: little address space. A request that cannot have memory is answered with 503 or ends a
worker, which is replaced; nothing that was acknowledged is lost."""

import resource
from pathlib import Path

import pytest

from conftest import BASIC_SETTINGS, ending, rounds
from harness import check
from harness.load import attempt, threads
from harness.process import wait_until
from harness.stack import create, listed, sign_in, sign_up, unique_email, visitor
from harness.taskgate import Taskgate

# The sanitizers have a malloc, an address space and processes of their own.
pytestmark = pytest.mark.usefixtures("plain_build")

MIB = 1024 * 1024
LIMITS = rounds((8, 24, 40, 56, 72), range(4, 128, 4))


def limited(directory, url, space=None):
    """A program with so many bytes of address space; it was not started yet, and is stopped."""
    launcher = [] if space is None else ["prlimit", f"--as={space}:", "--"]
    taskgate = Taskgate(directory, {**BASIC_SETTINGS, "DATABASE_URL": url}, workers=2,
                        launcher=launcher)
    return ending(taskgate)


def size(pid):
    """The address space of a process in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmSize:")) * 1024


def allow(pid, space=resource.RLIM_INFINITY):
    resource.prlimit(pid, resource.RLIMIT_AS, (space, resource.RLIM_INFINITY))


def serves(taskgate):
    return taskgate.accepts() and getattr(
        attempt(taskgate.client.get, "/api/tasks", token=visitor().token), "status", None) == 200


def gave_a_reason(taskgate):
    """Ours, that of the loader of programs, or that of a library."""
    return any(word in taskgate.log() for word in ("memory", "failed to map"))


def test_a_start_with_little_address_space_serves_or_says_that_it_is_too_little(directory, url):
    """A server that cannot have workers yet is no other than one whose workers die: it tries."""
    for number in LIMITS:
        with limited(directory, url, number * MIB) as taskgate:
            taskgate.service.log_path.unlink(missing_ok=True)
            taskgate.service.start()
            wait_until(lambda: not taskgate.service.running() or serves(taskgate) or
                       gave_a_reason(taskgate), f"{number} MiB: it serves or says why not", 60)
            if taskgate.service.running():
                for pid in (taskgate.pid, *taskgate.workers()):
                    attempt(allow, pid)
                # Or it was about to end.
                wait_until(lambda: not taskgate.service.running() or serves(taskgate),
                           f"{number} MiB, then more: it serves", 60)
            if not taskgate.service.running():
                assert taskgate.service.wait() != 0 and gave_a_reason(taskgate), taskgate.log()


def test_128_mib_of_address_space_are_enough(directory, url):
    with limited(directory, url, 128 * MIB) as taskgate:
        taskgate.start()
        pool = [taskgate.pid, *taskgate.workers()]
        account = sign_up(taskgate.client)
        tasks = [create(taskgate.client, account, description="x" * 9900) for _ in range(100)]
        assert listed(taskgate.client, account) == list(reversed(tasks))
        statuses = []

        def work(number):
            email = unique_email() if number else account.email
            statuses.append(sign_in(taskgate.client, email).status)

        with threads(4, work) as failures:
            wait_until(lambda: failures or len(statuses) >= 40, "sign-ins", 60)
        assert set(statuses) <= {200, 401, 429, 503}, set(statuses)
        assert 200 in statuses or sign_in(taskgate.client, account.email).status == 200
        assert [taskgate.pid, *taskgate.workers()] == pool, "nobody ended"


def test_without_memory_for_a_password_hash_sign_ins_are_503_and_tasks_go_on(directory, url):
    with limited(directory, url) as taskgate:
        taskgate.start()
        account = sign_up(taskgate.client)
        task = create(taskgate.client, account)
        pool = taskgate.workers()
        for worker in pool:
            allow(worker, size(worker) + 8 * MIB)
        for _ in range(3):
            check.error(sign_in(taskgate.client, account.email), 503)
            check.error(sign_in(taskgate.client, unique_email()), 503)
            assert listed(taskgate.client, account) == [task]
        for worker in pool:
            allow(worker)
        assert sign_in(taskgate.client, account.email).status == 200
        assert taskgate.workers() == pool, "nobody ended"


def test_a_worker_that_can_have_no_memory_is_replaced_and_loses_nothing(directory, url):
    with limited(directory, url) as taskgate:
        taskgate.start()
        user = visitor()
        promised = [create(taskgate.client, user)]
        for _ in range(rounds(3, 10)):
            for worker in wait_until(taskgate.complete, "all workers", 60):
                attempt(lambda: allow(worker, size(worker)))  # one of before may end just now
            answer = attempt(taskgate.client.post, "/api/tasks", token=user.token,
                             json={"title": "x", "description": "x" * 9000})
            assert answer is None or answer.status in (201, 500, 503), answer
            if answer is not None and answer.status == 201:
                promised.append(answer.json())
            wait_until(lambda: serves(taskgate), "it serves again", 60)
        for worker in taskgate.workers():
            attempt(allow, worker)
        wait_until(lambda: serves(taskgate), "it serves again", 60)
        found = listed(taskgate.client, user, "?limit=500")
        assert [task for task in found if task in promised] == list(reversed(promised))
