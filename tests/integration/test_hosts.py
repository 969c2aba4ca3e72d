"""Three hosts behind a balancer on one PostgreSQL: what one of them knows, all know at once. The
balancer and the hosts have the configuration that deploy/nginx/ ships."""

import json
from itertools import cycle, islice, permutations
from urllib.parse import parse_qs, urlsplit

import pytest

from conftest import BASIC_SETTINGS, short_directory
from harness.fleet import Fleet, MachineClient
from harness.mailbox import link_of
from harness.people import REFRESH, Holder
from harness.postgres import run_sql
from harness.process import at_once
from harness.stack import ORIGIN, PASSWORD, create, listed, sign_in, sign_up, unique_email
from harness.taskgate import run
from harness.tokens import decode

NEW_PASSWORD = "amber Meadow 31 compass"


@pytest.fixture(scope="module")
def fleet():
    """With Better Auth's limits for each path, which most tests stay away from."""
    settings = {name: value for name, value in BASIC_SETTINGS.items() if name != "PATH_RATE_LIMIT"}
    with short_directory() as directory:
        fleet = Fleet(directory, settings, 3)
        yield fleet
        fleet.stop()


@pytest.fixture(params=permutations(range(3), 2), ids=lambda pair: "from {} to {}".format(*pair))
def pair(request, fleet):
    """Two hosts: where something happens, and where it must be known."""
    here, there = request.param
    return fleet.hosts[here].client, fleet.hosts[there].client


def command(fleet, *words):
    """The command line on one of the hosts."""
    done = run(*words, directory=fleet.directory, settings=fleet.hosts[0].settings,
               launcher=fleet.hosts[0].machine.launcher)
    assert done.returncode == 0, done
    return done.stdout


def test_the_balancer_asks_every_host(fleet):
    before = [host.nginx.requests() for host in fleet.hosts]
    for _ in range(12):
        assert fleet.client.get("/health").status == 200
    assert all(host.nginx.requests() > old for host, old in zip(fleet.hosts, before))


def test_a_session_is_good_at_another_host(pair):
    here, there = pair
    holder = Holder(here)
    for word, bearer in holder.bearers().items():
        assert there.get("/api/tasks", token=bearer).status == 200, word
    session = there.get("/api/auth/get-session", cookie=holder.cookie).json()
    assert session["session"]["id"] == holder.session_id
    task = create(here, holder)
    assert listed(there, holder) == [task]


def test_a_sign_out_counts_at_another_host_at_once(pair):
    here, there = pair
    holder = Holder(here).take_eddsa()
    assert there.get("/api/tasks", token=holder.token).status == 200
    assert holder.post("sign-out").status == 200
    for word, bearer in holder.bearers().items():
        assert there.get("/api/tasks", token=bearer).status == 401, word
    assert there.get("/api/auth/get-session", cookie=holder.cookie).json() is None
    answer = there.post("/api/auth/refresh", cookie=holder.refresh_cookie, origin=ORIGIN)
    assert answer.status == 401, answer


def test_a_revocation_counts_at_another_host_at_once(pair):
    here, there = pair
    holder = Holder(here)
    other = Holder(there, holder.email)
    answer = here.post("/api/auth/revoke-other-sessions", json={}, cookie=holder.cookie,
                       origin=ORIGIN)
    assert answer.status == 200, answer
    assert there.get("/api/tasks", token=other.token).status == 401
    assert there.get("/api/tasks", token=holder.token).status == 200


def test_a_ban_counts_at_every_host_at_once(fleet):
    holder = Holder(fleet.client)
    task = create(fleet.client, holder)
    command(fleet, "user", "disable", holder.email)
    for host in fleet.hosts:
        for bearer in holder.bearers().values():
            assert host.client.get("/api/tasks", token=bearer).status in (401, 403)
        assert sign_in(host.client, holder.email).status == 403
    command(fleet, "user", "enable", holder.email)
    again = sign_in(fleet.client, holder.email).json()["token"]
    assert fleet.client.get(f"/api/tasks/{task['id']}", token=again).status == 200


def test_of_parallel_refreshes_at_all_hosts_exactly_one_wins(fleet):
    for _ in range(5):
        holder = Holder(fleet.client)
        answers = at_once(
            lambda client=host.client: client.post("/api/auth/refresh", origin=ORIGIN,
                                                   cookie=holder.refresh_cookie)
            for host in fleet.hosts * 3)
        assert sorted(answer.status for answer in answers) == [200] + [401] * 8
        [[unused]] = run_sql(fleet.url, "SELECT count(*) FROM \"refreshToken\" WHERE \"userId\" = "
                                        f"'{holder.id}' AND \"usedAt\" IS NULL")
        assert int(unused) <= 1, "no second successor"


def test_a_refresh_token_that_was_used_at_one_host_ends_the_session_at_another(pair):
    here, there = pair
    holder = Holder(here)
    answer = here.post("/api/auth/refresh", cookie=holder.refresh_cookie, origin=ORIGIN)
    token = answer.json()["token"]
    assert there.get("/api/tasks", token=token).status == 200
    answer = there.post("/api/auth/refresh", cookie=holder.refresh_cookie, origin=ORIGIN)
    assert answer.status == 401, answer
    assert here.get("/api/tasks", token=token).status == 401


def test_of_100_parallel_requests_exactly_as_many_pass_as_the_limit_of_a_path_says(fleet):
    body = {"email": unique_email(), "redirectTo": "/new"}
    statuses = []
    while 429 not in statuses:
        statuses += [answer.status for answer in at_once([
            lambda: fleet.client.post("/api/auth/request-password-reset", json=body,
                                      origin=ORIGIN)] * 100)]
    # A host whose workers for this are busy says 503 and counts nothing.
    assert set(statuses) <= {200, 429, 503}
    assert statuses.count(200) == 3
    for host in fleet.hosts:
        answer = host.client.post("/api/auth/request-password-reset", json=body, origin=ORIGIN)
        assert answer.status == 429, "the balancer passes the client's address on"
        other = MachineClient(fleet.balancer, host.machine.address, "198.51.100.1")
        answer = other.post("/api/auth/request-password-reset", json=body, origin=ORIGIN)
        assert answer.status == 200, "another client has a limit of its own"


def test_five_sign_ins_fail_at_all_hosts_together_and_then_none_may_try(fleet):
    email = unique_email()

    def wrong(client):
        return client.post("/api/auth/sign-in", json={"email": email, "password": "a wrong guess"})

    statuses = []
    while statuses.count(401) < 5:
        statuses += [answer.status for answer in at_once(
            lambda client=host.client: wrong(client) for host in fleet.hosts)]
        assert set(statuses) <= {401, 429, 503}
    # A host whose hashing is busy says 503 and counts nothing.
    assert statuses.count(401) == 5
    for client in (host.client for host in fleet.hosts):
        assert wrong(client).status == 429


def test_no_client_chooses_its_address(fleet):
    email = unique_email()
    statuses = [fleet.client.post(
        "/api/auth/sign-in", json={"email": email, "password": "a wrong guess"},
        headers=[("X-Forwarded-For", f"203.0.113.{i}")]).status for i in range(6)]
    assert statuses == [401] * 5 + [429]


def test_a_host_answers_the_balancer_only(fleet):
    host = fleet.hosts[0].machine.address
    answer = MachineClient(fleet.client.machine, host).get("/health")
    assert answer.status == 403
    assert MachineClient(fleet.balancer, host).get("/health").status == 200


def test_a_rotated_key_signs_and_verifies_everywhere_and_the_old_one_still_verifies(fleet):
    user = sign_up(fleet.client)
    clients = [host.client for host in fleet.hosts]

    def token_at(client):
        return client.get("/api/auth/token", token=user.account["session"]["token"]).json()["token"]

    def published(client):
        return {key["kid"] for key in client.get("/api/auth/jwks").json()["keys"]}

    old = [token_at(client) for client in clients]
    before = published(clients[0])
    command(fleet, "keys", "rotate")
    new = [token_at(client) for client in clients]
    [added] = published(clients[0]) - before
    for client in clients:
        assert published(client) == before | {added}
        for token in old + new:
            assert client.get("/api/tasks", token=token).status == 200
    assert {json.loads(decode(token.split(".")[0]))["kid"] for token in new} == {added}


def test_a_letter_of_one_host_proves_the_address_at_another(fleet):
    for here, there in islice(permutations(fleet.hosts, 2), 3):
        holder = Holder(here.client)
        answer = holder.post("send-verification-email", {"email": holder.email})
        assert answer.status == 200, answer
        link = link_of(here.mailbox.wait(holder.email))
        answer = there.client.get(link, cookie=holder.cookie)
        assert answer.status == 302, answer
        for host in fleet.hosts:
            session = host.client.get("/api/auth/get-session", cookie=holder.cookie).json()
            assert session["user"]["emailVerified"] is True


def test_a_letters_token_is_used_up_once_whoever_of_the_hosts_is_asked(fleet):
    host = fleet.hosts[0]
    client = MachineClient(fleet.balancer, host.machine.address, "198.51.100.2")
    holder = Holder(client)
    client.post("/api/auth/request-password-reset",
                json={"email": holder.email, "redirectTo": "/new"}, origin=ORIGIN)
    link = link_of(host.mailbox.wait(holder.email))
    target = fleet.hosts[1].client.get(link).header("Location")
    token = parse_qs(urlsplit(target).query)["token"][0]
    answers = at_once(
        lambda client=each: client.post("/api/auth/reset-password", origin=ORIGIN,
                                        json={"token": token, "newPassword": NEW_PASSWORD})
        for each in islice(cycle(host.client for host in fleet.hosts), 6))
    statuses = [answer.status for answer in answers]
    assert statuses.count(200) == 1 and set(statuses) <= {200, 400, 503}, statuses
    for each in fleet.hosts:
        assert sign_in(each.client, holder.email, NEW_PASSWORD).status == 200
    assert sign_in(host.client, holder.email, PASSWORD).status == 401
