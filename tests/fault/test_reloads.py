"""G8: rolling reloads under load, through both web servers."""

import os
import signal
import time

import pytest

from conftest import rounds, serving
from harness.load import threads
from harness.process import alive, wait_until
from harness.stack import create, visitor

RELOADS = rounds(10, 50)
REQUESTS = rounds(300, 100000)


def reload(stack):
    """SIGHUP, until the old workers are gone; the seconds that it took."""
    old = stack.pool()[1:]
    begin = time.monotonic()
    os.kill(stack.master(), signal.SIGHUP)
    wait_until(lambda: not any(map(alive, old)), "the old workers are gone", 35)
    return time.monotonic() - begin


@pytest.mark.parametrize("server", ["nginx", "lighttpd"])
def test_reloads_under_load_lose_no_request(directory, url, server, show):
    """nginx keeps its connections to the program, lighttpd makes one for each request."""
    statuses = {}
    took = []
    with serving(directory, url, server) as stack:
        user = visitor()
        create(stack.client, user)

        def work(number):
            if number == 0:
                answer = stack.client.post("/api/tasks", token=user.token, json={"title": "x"})
            else:
                answer = stack.client.get("/api/tasks?limit=1", token=user.token)
            statuses[answer.status] = statuses.get(answer.status, 0) + 1

        with threads(4, work) as failures:
            for number in range(1, RELOADS + 1):
                took.append(reload(stack))
                wait_until(lambda: failures or
                           sum(statuses.values()) >= REQUESTS * number // RELOADS,
                           "requests between two reloads", 120)
    assert set(statuses) == {200, 201}, statuses
    show(f"{sum(statuses.values())} requests over {RELOADS} reloads, none lost; the old workers "
         f"gone after {max(took):.2f} s at most")
