"""G3: the n-th call that may fail does, for each n, in each of some twenty kinds of request.

Nobody is let in for that, nothing is promised that is not kept, nothing is half done, and the
process does not crash and leaks no descriptors. One that cannot have memory ends by design
(src/base/mem.h; libfcgi does it by an assertion, json-c by a null pointer): its client has no answer
and the master starts another. libjwt without memory refuses a good token and does not say why: 401."""

import errno
import os
import random
import re

import pytest

import faults
from conftest import BASIC_SETTINGS, FULL
from harness.fcgi import FcgiClient
from harness.load import attempt
from harness.people import Holder
from harness.process import wait_until
from harness.stack import Stack, create, visitor
from harness.taskgate import Taskgate
from scenarios import SCENARIOS

SHOTS = 1  # of each sweep in CI; the full form takes all there are

# name: (kind of calls, what they say, how)
FAULTS = {
    "read": ("read", errno.EIO, "fail"),
    "write": ("write", errno.ENOSPC, "fail"),
    "short-write": ("write", 0, "short"),
    "receive": ("receive", errno.ECONNRESET, "fail"),
    "short-receive": ("receive", 0, "short"),
    "send": ("send", errno.EPIPE, "fail"),
    "short-send": ("send", 0, "short"),
    "sync": ("sync", errno.EIO, "fail"),
    "open": ("open", errno.EMFILE, "fail"),
    "lock": ("lock", errno.ENOLCK, "fail"),
    "map": ("map", errno.ENOMEM, "fail"),
}
STORES = ("sqlite", "postgresql")
# In CI each on the database that has the more such calls.
CASES = [(name, store) for name in FAULTS for store in STORES
         if FULL or store == ("postgresql" if FAULTS[name][0] in ("receive", "send", "open")
                              else "sqlite")]
ENDS_WITHOUT_MEMORY = "71"  # sysexits.h EX_OSERR
LIBFCGI_WITHOUT_MEMORY = "fcgiapp.c:75: Malloc: Assertion"
JSON_C_WITHOUT_MEMORY = "json-c has no memory for a name"  # of preload.c


class World:
    """A program with one worker, and the people in it."""

    def __init__(self, directory, url, library):
        self.counted = 0  # calls that may fail
        self.faults = faults.Faults(library, directory)
        settings = {**BASIC_SETTINGS, "DATABASE_URL": url, "RATE_LIMIT_MAX": 1000}
        self.taskgate = Taskgate(directory, settings, workers=1)
        self.taskgate.service.env = self.faults.environment()
        self.taskgate.start()
        self.client = FcgiClient(self.taskgate.socket)
        self.hurt = FcgiClient(self.taskgate.socket, timeout=8)
        self.sql = Stack("world", None, self.client, None, url, None, {}).sql
        self.reader = visitor()
        self.task = [create(self.client, self.reader, f"number {i}")["id"] for i in range(3)][0]
        self.holder = Holder(self.client)
        self.gone = self.holder.another()
        assert self.gone.post("sign-out").status == 200

    def healthy(self):
        """Also what only a while heals: connections and back-off."""
        wait_until(self.taskgate.complete, "a worker")
        wait_until(lambda: getattr(attempt(self.client.get, "/api/tasks", token=self.reader.token),
                                   "status", None) == 200, "the service is well")

    def shoot(self, scenario, fault, number):
        """One request in which the NUMBERth call fails; whether one did."""
        (method, path, options), after = scenario.prepare(self)
        worker = self.taskgate.workers()[0]
        self.faults.pass_time(11)  # who ends after so long is replaced at once
        self.faults.aim(worker)
        self.faults.arm(fault[0], number, fault[1], fault[2])
        answer = attempt(self.hurt.request, method, path, **options)
        hit = self.faults.disarm()
        self.faults.set("pid", 0)
        self.healthy()
        allowed = [*scenario.good]
        if hit:
            allowed += [500, 503] + [401] * (fault[0] == "memory")
        assert answer is None and hit or answer.status in allowed, (scenario.name, number, answer)
        after(answer)
        return hit

    def calls(self, scenario, kind):
        """How many there are when nothing fails."""
        (method, path, options), after = scenario.prepare(self)
        self.faults.aim(self.taskgate.workers()[0])
        answer = self.client.request(method, path, **options)
        count = self.faults.calls(kind)
        self.counted += count
        self.faults.set("pid", 0)
        assert answer.status in scenario.good, answer
        after(answer)
        return count

    def sweep(self, scenario, fault, chance):
        """How many shots hit."""
        count = self.calls(scenario, fault[0])
        if not FULL:
            numbers = chance.sample(range(1, count + 1), min(count, SHOTS))
            return sum(self.shoot(scenario, fault, number) for number in sorted(numbers))
        number = 1
        while self.shoot(scenario, fault, number):
            number += 1
        return number - 1

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.taskgate.workers()[0]}/fd"))


@pytest.fixture
def world(directory, url, library):
    world = World(directory, url, library)
    yield world
    assert world.taskgate.stop() == 0, world.taskgate.log()
    log = world.taskgate.log()
    assert set(re.findall(r"worker \d+ ended with status (\d+)", log)) <= {ENDS_WITHOUT_MEMORY}
    signals = log.count("was ended by signal") - log.count(LIBFCGI_WITHOUT_MEMORY)
    assert 0 <= signals <= log.count(JSON_C_WITHOUT_MEMORY)  # not each name is looked at


@pytest.mark.parametrize("name, url", CASES, indirect=["url"])
def test_calls_that_fail_let_nobody_in_and_lose_nothing(world, name, show):
    chance = random.Random(name)
    world.healthy()
    before = world.descriptors()
    hits = {scenario.name: world.sweep(scenario, FAULTS[name], chance) for scenario in SCENARIOS}
    assert world.descriptors() <= before + 1
    show(f"{sum(hits.values())} failures of {name} in {len(hits)} scenarios: {hits}")
    # Not every database has calls of every kind: PostgreSQL's client syncs no file.
    assert world.counted > 0 or FULL
    assert (sum(hits.values()) > 0) == (world.counted > 0)


@pytest.mark.parametrize("url", STORES if FULL else STORES[:1], indirect=True)
def test_memory_that_is_refused_lets_nobody_in_and_loses_nothing(plain_build, world, show):
    chance = random.Random("memory")
    hits = {scenario.name: world.sweep(scenario, ("memory", errno.ENOMEM, "fail"), chance)
            for scenario in SCENARIOS}
    ends = world.taskgate.log().count(f"ended with status {ENDS_WITHOUT_MEMORY}")
    show(f"{sum(hits.values())} allocations refused in {len(hits)} scenarios, {ends} ends of the "
         f"worker: {hits}")
    assert ends > 0
