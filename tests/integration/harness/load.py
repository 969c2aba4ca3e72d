"""Load: threads that ask again and again."""

import threading
from contextlib import contextmanager
from http.client import HTTPException

# What a client sees when the connection breaks: no answer, hence nothing acknowledged.
BROKEN = (OSError, HTTPException)


@contextmanager
def threads(count, work):
    """COUNT threads that call WORK(number) again and again until the block ends; a thread's failure
    fails the test."""
    stop = threading.Event()
    failures = []

    def run(number):
        try:
            while not stop.is_set():
                work(number)
        except BaseException as failure:  # handed to the test below
            failures.append(failure)

    running = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in running:
        thread.start()
    try:
        yield failures
    finally:
        stop.set()
        for thread in running:
            thread.join(60)
    assert not failures, failures[:3]


def attempt(call, *args, **options):
    """The answer, or None when the connection broke."""
    try:
        return call(*args, **options)
    except BROKEN:
        return None


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]
