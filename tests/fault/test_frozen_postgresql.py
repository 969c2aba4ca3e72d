"""G7: PostgreSQL stands still without closing a connection."""

import os
import signal
import threading
import time
from pathlib import Path

from conftest import FULL, rounds, serving
from harness import check
from harness.load import percentile, threads
from harness.process import children, wait_until
from harness.stack import create, visitor

FROZEN = rounds(6, 60)  # seconds
CLIENTS = 24
DEADLINE = 5            # seconds in which every request has its answer


def freeze(cluster):
    """Stops every process of the server; a function that lets them go on."""
    pids = [cluster.pid()]
    os.kill(pids[0], signal.SIGSTOP)  # from here on it has no new children
    pids += children(pids[0])
    for pid in pids[1:]:
        os.kill(pid, signal.SIGSTOP)

    def thaw():
        for pid in pids:
            os.kill(pid, signal.SIGCONT)

    return thaw


def memory(pid):
    """What a process has of its own in memory, in KiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon:"))


def test_a_frozen_server_makes_503_in_time_and_no_memory(plain_build, own_cluster, directory,
                                                         show):
    url = own_cluster.create("frozen")
    with serving(directory, url) as stack:
        user = visitor()
        create(stack.client, user)
        pool = stack.pool()
        answers = []
        lock = threading.Lock()

        def ask(number):
            begin = time.monotonic()
            if number % 2:
                answer = stack.client.get("/api/tasks", token=user.token)
            else:
                answer = stack.client.post("/api/tasks", token=user.token, json={"title": "lost"})
            with lock:
                answers.append((begin, time.monotonic(), answer))

        for _ in range(50):
            ask(1)
        before = {pid: memory(pid) for pid in pool}
        answers.clear()
        thaw = freeze(own_cluster)
        frozen_at = time.monotonic()
        try:
            with threads(CLIENTS, ask) as failures:
                wait_until(lambda: failures or time.monotonic() > frozen_at + FROZEN,
                           "the server stands still", FROZEN + 60)
                asked_until = time.monotonic()
        finally:
            thaw()
        thawed_at = time.monotonic()
        wait_until(lambda: stack.client.get("/api/tasks", token=user.token).status == 200,
                   "the service is back")
        back = time.monotonic() - thawed_at
        grown = max(memory(pid) - before[pid] for pid in pool)
        assert stack.pool() == pool, "nobody was restarted"
        during = [(end - begin, answer) for begin, end, answer in answers
                  if begin > frozen_at and end < asked_until]
        for _, answer in during:
            check.error(answer, 503)
            assert int(answer.header("Retry-After")) > 0
        slowest = max(took for took, _ in during)
        show(f"{len(during)} requests of {CLIENTS} clients in {FROZEN} s: all 503, p50 "
             f"{percentile([took for took, _ in during], 0.5):.2f} s, slowest {slowest:.2f} s; "
             f"memory +{grown} KiB at most; back {back:.2f} s after the server goes on")
        assert slowest <= (DEADLINE if FULL else 6 * DEADLINE), "CI's machine may be busy"
        assert grown <= 1024
        assert back < 1 or not FULL
