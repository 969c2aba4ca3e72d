"""Two hosts behind a balancer on one PostgreSQL, and a third that joins them: machines that die, cables
that are pulled, clocks that are wrong. The tests of this file are one story, in this order."""

import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import count

import pytest

from conftest import BASIC_SETTINGS, short_directory
from harness import check
from harness.fleet import Fleet, MachineClient, skewed_clock
from harness.people import Holder
from harness.postgres import psql_program, run_sql
from harness.process import at_once, wait_until
from harness.stack import ORIGIN, create, listed, unique_email, visitor

pytestmark = pytest.mark.usefixtures("sound")


@pytest.fixture(scope="module")
def fleet():
    with short_directory() as directory:
        fleet = Fleet(directory, {**BASIC_SETTINGS, "PATH_RATE_LIMIT": "on"}, 2)
        yield fleet
        fleet.stop()


@pytest.fixture
def sound(fleet):
    """Before each test every host answers the balancer again."""
    wait_until(lambda: all_take_part(fleet), "requests at every host")


def all_take_part(fleet):
    before = [host.nginx.requests() for host in fleet.hosts]
    answers = [fleet.client.get("/health").status for _ in range(2 * len(fleet.hosts))]
    return set(answers) == {200} and all(
        host.nginx.requests() > old for host, old in zip(fleet.hosts, before))


class Writers:
    """Threads that make tasks by way of the balancer; no title is sent twice."""

    def __init__(self, fleet, threads=4):
        self.fleet = fleet
        self.user = visitor()
        create(fleet.client, self.user, "the first")
        self.numbers = count()
        self.acknowledged = ["the first"]
        self.statuses = set()
        self.ending = threading.Event()
        self.threads = [threading.Thread(target=self.write) for _ in range(threads)]

    def write(self):
        while not self.ending.is_set():
            title = f"task {next(self.numbers)}"
            answer = self.fleet.client.post("/api/tasks", token=self.user.token,
                                            json={"title": title})
            self.statuses.add(answer.status)
            if answer.status == 201:
                self.acknowledged.append(title)
            else:
                check.error(answer, 503)

    def wait_for_more(self, number=30):
        now = len(self.acknowledged)
        wait_until(lambda: len(self.acknowledged) >= now + number, "acknowledged tasks")


@contextmanager
def writing(fleet):
    """In the end no acknowledged task is missing and none is there twice."""
    writers = Writers(fleet)
    for thread in writers.threads:
        thread.start()
    try:
        writers.wait_for_more()
        yield writers
    finally:
        writers.ending.set()
        for thread in writers.threads:
            thread.join()
    titles = [task["title"] for task in listed(fleet.client, writers.user)]
    assert set(writers.acknowledged) <= set(titles), "acknowledged and lost"
    assert len(set(titles)) == len(titles), "one request was done twice"


def test_when_a_host_dies_the_other_goes_on_and_no_acknowledged_write_is_lost(fleet):
    dead, other = fleet.hosts
    before = other.pids()
    holder = Holder(dead.client)
    with writing(fleet) as writers:
        dead.die()
        writers.wait_for_more()
    assert fleet.client.get("/api/tasks", token=holder.token).status == 200
    # Nothing listens there any more, so that nothing is sent in vain and no client notices.
    for _ in range(6):
        create(fleet.client, holder)
    assert other.pids() == before, "nobody was restarted"
    dead.start()
    assert len(listed(dead.client, holder)) == 6
    wait_until(lambda: all_take_part(fleet), "requests at the host that came back")


def test_a_host_whose_program_is_stopped_is_passed_over(fleet):
    """Its nginx hangs up, and the balancer asks the other, but for a POST never a second time."""
    stopped = fleet.hosts[0]
    with writing(fleet) as writers:
        assert stopped.taskgate.stop() == 0
        writers.wait_for_more()
        for _ in range(6):
            assert fleet.client.get("/health").status == 200
        stopped.taskgate.start()


@contextmanager
def waiting(fleet, table, request):
    """(what REQUEST will return, the host at which it waits) while TABLE is locked. The nginx of a host
    may die meanwhile."""
    with subprocess.Popen([psql_program(), "-X", "-q", "-d", fleet.url], stdin=subprocess.PIPE,
                          text=True) as psql, ThreadPoolExecutor(1) as pool:
        try:
            psql.stdin.write(f'BEGIN; LOCK TABLE "{table}" IN ACCESS EXCLUSIVE MODE;\n')
            psql.stdin.flush()
            wait_until(lambda: run_sql(fleet.url, "SELECT 1 FROM pg_locks WHERE granted AND mode ="
                                       f" 'AccessExclusiveLock' AND relation = '\"{table}\"'"
                                       "::regclass"), "the lock")
            future = pool.submit(request)
            [[address]] = wait_until(lambda: run_sql(fleet.url, WAITING), "a host that waits")
            [host] = [each for each in fleet.hosts if each.machine.address == address]
            yield future, host
        finally:
            psql.stdin.close()
            for each in fleet.hosts:
                each.nginx.start_again()
    wait_until(lambda: not run_sql(fleet.url, WAITING), "the end of all that waited")


def others_waiting(fleet, host):
    return {address for [address] in run_sql(fleet.url, WAITING)} - {host.machine.address}


def check_not_repeated(fleet, future, host):
    """The client has an answer, and no other host the request."""
    wait_until(lambda: others_waiting(fleet, host) or future.done(), "an answer")
    assert not others_waiting(fleet, host), "another host was asked"
    check.error(future.result(), 503)


WAITING = "SELECT host(client_addr) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


def test_a_write_whose_host_hangs_up_is_not_sent_to_another(fleet):
    """It was done although nobody was told; so the client is told that nobody knows."""
    user = visitor()
    create(fleet.client, user, "before")
    with waiting(fleet, "tasks", lambda: fleet.client.post(
            "/api/tasks", token=user.token, json={"title": "once"})) as (future, host):
        host.nginx.die()
        check_not_repeated(fleet, future, host)
    assert [task["title"] for task in listed(fleet.client, user)] == ["once", "before"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_refresh_token_is_not_sent_to_another_host_either(fleet, method):
    """There it would look like a stolen one, and end the session."""
    holder = Holder(fleet.client)
    with waiting(fleet, "refreshToken", lambda: fleet.client.request(
            method, "/api/auth/refresh", cookie=holder.refresh_cookie,
            origin=ORIGIN)) as (future, host):
        host.nginx.die()
        check_not_repeated(fleet, future, host)
    [[used]] = run_sql(fleet.url, 'SELECT count("usedAt") FROM "refreshToken"'
                                  f" WHERE \"userId\" = '{holder.id}'")
    assert used == "1" and holder.is_alive()


def test_a_read_whose_host_hangs_up_is_answered_by_another(fleet):
    holder = Holder(fleet.client)
    with waiting(fleet, "tasks", lambda: fleet.client.get(
            "/api/tasks", token=holder.token)) as (future, host):
        host.nginx.die()
        wait_until(lambda: others_waiting(fleet, host), "the same request at another host")
    assert future.result().status == 200


def test_a_third_host_joins_and_no_request_is_lost(fleet):
    with writing(fleet) as writers:
        third = fleet.join()
        wait_until(lambda: third.nginx.requests() > 5, "requests at the third host")
        writers.wait_for_more()
    assert writers.statuses == {201}


def test_a_host_whose_cable_is_pulled_is_passed_over(fleet):
    """What was sent to it waits until the balancer gives it up; what reads is then answered by
    another, and what writes is told that nobody knows."""
    lost = fleet.hosts[1]
    holder = Holder(fleet.client)

    def read():
        return fleet.client.get("/api/tasks", token=holder.token).status

    def write(number):
        answer = fleet.client.post("/api/tasks", token=holder.token, json={"title": str(number)})
        return number, answer.status

    lost.machine.unplug()
    try:
        reads, writes = at_once([read] * 8), at_once([partial(write, n) for n in range(8)])
        assert set(reads) == {200}
        assert {status for _, status in writes} <= {201, 503}
        assert [write(number)[1] for number in range(8, 16)] == [201] * 8
    finally:
        lost.machine.plug()
    titles = [task["title"] for task in listed(fleet.client, holder)]
    assert {str(number) for number, status in writes if status == 201} <= set(titles)
    assert len(set(titles)) == len(titles), "one request was done twice"


def test_without_the_database_all_say_503_and_with_it_they_go_on_without_a_restart(fleet):
    holder = Holder(fleet.client)
    task = create(fleet.client, holder)
    before = [host.pids() for host in fleet.hosts]
    fleet.database.unplug()
    try:
        for answer in at_once([lambda: fleet.client.get("/api/tasks", token=holder.token)] * 6):
            check.error(answer, 503)
            assert int(answer.header("Retry-After")) > 0
        check.error(fleet.client.get("/api/tasks", token="x.y.z"), 401)
    finally:
        fleet.database.plug()
    for host in fleet.hosts:
        wait_until(lambda client=host.client: listed_or_none(client, holder) == [task],
                   "tasks again")
    assert [host.pids() for host in fleet.hosts] == before, "nobody was restarted"


def listed_or_none(client, user):
    answer = client.get("/api/tasks", token=user.token)
    return answer.json()["items"] if answer.status == 200 else None


def test_a_silent_database_server_keeps_nobody_from_the_one_behind_it(fleet):
    """As a primary that lost its power, in front of the standby that took over."""
    host = fleet.hosts[0]
    silent = fleet.network.add("silent", "192.0.2.21")
    silent.answer_nobody()
    url = host.settings["DATABASE_URL"]
    host.settings["DATABASE_URL"] = (url.replace("@", f"@{silent.address},")
                                     + "?target_session_attrs=read-write")
    try:
        host.restart()
        holder = Holder(host.client)
        assert listed(host.client, holder) == []
    finally:
        host.settings["DATABASE_URL"] = url
        host.restart()


# --- A clock that is wrong ------------------------------------------------------------------------

@pytest.fixture(scope="module", params=[300, -300], ids=["five minutes ahead", "five minutes behind"])
def clocks(request, fleet):
    """(a host that is early, one that is late): one of them has the right time."""
    wrong, right = fleet.hosts[:2]
    wrong.restart("env", f"LD_PRELOAD={skewed_clock(fleet.directory, request.param)}")
    yield (right, wrong) if request.param > 0 else (wrong, right)
    wrong.restart()


def test_sessions_and_their_end_do_not_depend_on_the_hosts_clock(clocks):
    for here, there in (clocks, clocks[::-1]):
        holder = Holder(here.client)
        for host in clocks:
            assert host.client.get("/api/tasks", token=holder.session).status == 200
        other = Holder(there.client, holder.email)
        assert holder.post("sign-out").status == 200
        assert there.client.get("/api/tasks", token=holder.token).status == 401
        assert there.client.get("/api/tasks", token=holder.session).status == 401
        assert there.client.get("/api/tasks", token=other.session).status == 200


def test_a_token_from_the_future_of_a_host_is_refused_there(clocks):
    """More than the minute that is tolerated; the session's own token is good."""
    early, late = clocks
    holder = Holder(late.client)
    assert late.client.get("/api/tasks", token=holder.token).status == 200
    check.unauthorized(early.client.get("/api/tasks", token=holder.token), "Invalid token")
    holder = Holder(early.client)
    assert late.client.get("/api/tasks", token=holder.token).status == 200


def test_failed_sign_ins_are_counted_together_whatever_the_clocks_say(clocks):
    email = unique_email()
    statuses = [host.client.post("/api/auth/sign-in",
                                 json={"email": email, "password": "a wrong guess"}).status
                for host in clocks * 3]
    assert statuses == [401] * 5 + [429]


def test_a_limit_shorter_than_the_difference_starts_anew_with_each_change_of_host(fleet, clocks):
    """Better Auth's, of 10 and 60 seconds: taskgate-growing(7) says so."""
    def ask(host):
        client = MachineClient(fleet.balancer, host.machine.address, "198.51.100.9")
        return client.post("/api/auth/request-password-reset", origin=ORIGIN,
                           json={"email": unique_email(), "redirectTo": "/new"}).status

    assert [ask(clocks[0]) for _ in range(4)] == [200] * 3 + [429]
    assert [ask(host) for host in clocks[::-1] * 3] == [200] * 6
