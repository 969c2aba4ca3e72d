"""Limits on tries (contract.md section 7), through real web servers: who is counted together, that
no header of a client changes it, and that the counts are right across processes and programs."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import BASIC_SETTINGS, PAIRS, database_url, serving, short_directory
from harness import check
from harness.stack import PASSWORD, sign_in, sign_up, unique_email
from harness.taskgate import SECRET

LIMITED = "Too many requests. Please try again later."
SETTINGS = {name: value for name, value in BASIC_SETTINGS.items() if name != "PATH_RATE_LIMIT"}

# Of "password123", made by Better Auth.
SCRYPT_HASH = ("e733a254107e93459b879d43d6c087ee:"
               "6f6e2a603f5c5e95701c92deedad6d3210257b07e8a631c1ee0a1250fe207dc4"
               "67b353bc0dde99cd50d793f14c88f868f3bc0d7a6505c5593b328849c79812c2")


def front(request, server, store, **settings):
    """A web server and a program with the defaults but for SETTINGS."""
    with short_directory() as directory:
        url = database_url(request, store, directory, "limits")
        settings = {**SETTINGS, "DATABASE_URL": url, **settings}
        with serving(directory, "limits", server, settings) as stack:
            yield stack


@pytest.fixture(scope="module", params=PAIRS, ids="-".join)
def plain(request):
    """Nobody is trusted."""
    yield from front(request, *request.param)


@pytest.fixture(scope="module", params=PAIRS, ids="-".join)
def behind_proxy(request):
    """The tests are a proxy that is trusted."""
    yield from front(request, *request.param, TRUSTED_PROXIES="192.0.2.0/24, 127.0.0.1")


def check_limited(answer, seconds):
    body = check.error(answer, 429, LIMITED, message=LIMITED, code="TOO_MANY_REQUESTS")
    assert type(body["retryAfter"]) is int and 0 < body["retryAfter"] <= seconds, body
    assert answer.header("Retry-After") == str(body["retryAfter"])
    assert answer.header("X-Retry-After") == str(body["retryAfter"])
    assert not answer.all("Set-Cookie")


def wrong(stack, email, headers=(), path="/api/auth/sign-in"):
    return stack.client.post(path, json={"email": email, "password": "a wrong guess"},
                             headers=headers)


def statuses(stack, email, headers):
    """What seven wrong guesses are answered, each with the next of HEADERS."""
    return [wrong(stack, email, lines).status for lines in headers]


FIVE_FAIL = [401] * 5 + [429] * 2


def test_after_five_failed_sign_ins_the_right_password_does_not_help(plain):
    user = sign_up(plain.client)
    for _ in range(5):
        check.error(wrong(plain, user.email), 401, "Invalid email or password")
    for path in ("sign-in", "login"):
        check_limited(wrong(plain, user.email, path=f"/api/auth/{path}"), 900)
        check_limited(sign_in(plain.client, user.email.upper(), path=f"/api/auth/{path}"), 900)
    another = sign_up(plain.client)
    assert sign_in(plain.client, another.email).status == 200


def test_a_success_clears_the_failures(plain):
    user = sign_up(plain.client)
    for _ in range(2):
        assert [wrong(plain, user.email).status for _ in range(4)] == [401] * 4
        assert sign_in(plain.client, user.email).status == 200


def test_unknown_accounts_are_limited_alike(plain):
    assert statuses(plain, unique_email("nobody"), [()] * 7) == FIVE_FAIL


@pytest.mark.parametrize("lines", [
    lambda i: [("X-Forwarded-For", f"203.0.113.{i}")],
    lambda i: [("X-Forwarded-For", f"203.0.113.{i}, 127.0.0.1")],
    lambda i: [("X-Forwarded-For", f"203.0.113.{i}"), ("X-Forwarded-For", f"198.51.100.{i}")],
    lambda i: [("X_Forwarded_For", f"203.0.113.{i}")],
    lambda i: [("X-Real-IP", f"203.0.113.{i}")],
    lambda i: [("Forwarded", f"for=203.0.113.{i}")],
    lambda i: [("Remote-Addr", f"203.0.113.{i}"), ("REMOTE_ADDR", f"203.0.113.{i}")],
], ids=["one", "as a chain", "two lines", "with underscores", "X-Real-IP", "RFC 7239", "the name"])
def test_pr_10203_no_header_of_a_client_makes_it_another_client(plain, lines):
    assert statuses(plain, unique_email(), map(lines, range(7))) == FIVE_FAIL


@pytest.mark.parametrize("lines", [
    lambda i: [("X-Forwarded-For", f"203.0.113.{i}, 198.51.100.7")],
    lambda i: [("X-Forwarded-For", f"203.0.113.{i},198.51.100.7 , 192.0.2.9")],
    lambda i: [("X-Forwarded-For", f"203.0.113.{i}"), ("X-Forwarded-For", "198.51.100.7")],
    lambda i: [("X_Forwarded_For", f"203.0.113.{i}"), ("X-Forwarded-For", "198.51.100.7")],
    lambda i: [("X-Forwarded-For", "198.51.100.7"), ("X_Forwarded_For", f"203.0.113.{i}")],
    lambda i: [("X-Forwarded-For", f"203.0.113.{i}:80, bad{i}")],
], ids=["to the left", "of a chain", "two lines", "underscores first", "underscores last",
        "no address"])
def test_pr_10203_what_a_client_writes_is_not_believed_behind_a_proxy(behind_proxy, lines):
    assert statuses(behind_proxy, unique_email(), map(lines, range(7))) == FIVE_FAIL


def test_clients_behind_a_trusted_proxy_are_told_apart(behind_proxy):
    email = unique_email()
    for i in range(7):
        lines = [("X-Forwarded-For", f"203.0.113.250, 198.51.100.{i}")]
        assert wrong(behind_proxy, email, lines).status == 401
    user = sign_up(behind_proxy.client)
    for sent, kept in (("1.2.3.4, 198.51.100.3", "198.51.100.3"),
                       ("::ffff:198.51.100.3", "198.51.100.3"),
                       ("2001:db8:1:2::3", "2001:0db8:0001:0002:0000:0000:0000:0000"),
                       ("unknown", "")):
        answer = behind_proxy.client.post("/api/auth/sign-in", headers=[("X-Forwarded-For", sent)],
                                          json={"email": user.email, "password": PASSWORD})
        assert answer.json()["session"]["ipAddress"] == kept


@pytest.mark.parametrize("addresses", [
    [f"2001:db8:7:8::{i:x}" for i in range(1, 8)],
    [f"2001:db8:7:8:{i:x}:{i:x}:{i:x}:{i:x}" for i in range(1, 8)],
    ["2001:db8:7:9::1", "2001:DB8:7:9::1", "2001:0db8:0007:0009::1", "2001:db8:7:9:0:0:0:1",
     "2001:db8:7:9::0.0.0.1", "2001:db8:7:9:0::1", "2001:0DB8:7:9::0001"],
    ["198.51.100.77", "::ffff:198.51.100.77", "::FFFF:c633:644d", "0:0:0:0:0:ffff:c633:644d",
     "::ffff:c633:644d", "0:0::ffff:198.51.100.77", "198.51.100.77"],
], ids=["rotation in the last group", "rotation in the /64", "spellings", "mapped IPv4"])
def test_ghsa_p6v2_xcpg_h6xw_one_customer_of_ipv6_is_one_client(behind_proxy, addresses):
    lines = [[("X-Forwarded-For", address)] for address in addresses]
    assert statuses(behind_proxy, unique_email(), lines) == FIVE_FAIL
    assert wrong(behind_proxy, unique_email(), lines[0]).status == 401


def test_of_parallel_guesses_exactly_five_are_looked_at(plain):
    """Some may be sent away unseen (503); those do not count."""
    email = unique_email()
    with ThreadPoolExecutor(16) as threads:
        seen = list(threads.map(lambda _: wrong(plain, email).status, range(100)))
    seen += [wrong(plain, email).status for _ in range(6)]
    assert set(seen) <= {401, 429, 503}
    assert seen.count(401) == 5, seen
    assert seen[-1] == 429


def test_of_parallel_guesses_at_programs_that_share_a_database_five_are_looked_at(
        make_pool, cluster, directory):
    """Each looks at guesses of its own, so that they really are looked at side by side."""
    url = cluster.create(f"share_{directory.name}")
    pools = [make_pool(f"pool{i}", workers=4, DATABASE_URL=url) for i in range(4)]
    for _ in range(5):
        body = {"email": unique_email(), "password": "a wrong guess"}

        def guess(number, body=body):
            return pools[number % 4].client.post("/api/auth/sign-in", json=body).status

        with ThreadPoolExecutor(12) as threads:
            seen = list(threads.map(guess, range(60)))
        seen += map(guess, range(6))  # in the place of those that were sent away
        assert set(seen) <= {401, 429, 503}
        assert seen.count(401) == 5, seen


def test_the_table_names_nobody(plain):
    email = unique_email("whoever")
    assert wrong(plain, email).status == 401
    keys = [row[0] for row in plain.sql('SELECT "key" FROM "rateLimit"')]
    assert keys
    assert not any("whoever" in key or "@" in key for key in keys)


def test_better_auths_paths_have_its_limits_by_default(behind_proxy):
    """3 in 10 s on /sign-in/..., also when they end in 400 or 415; 100 in 10 s elsewhere."""
    client = behind_proxy.client
    one = [("X-Forwarded-For", "198.51.100.101")]
    assert client.post("/api/auth/sign-in/email", body=b"{", headers=[
        *one, ("Content-Type", "application/json")]).status == 400
    assert client.post("/api/auth/sign-in/email", body=b"x", headers=[
        *one, ("Content-Type", "text/plain")]).status == 415
    assert client.get("/api/auth/sign-in/email", headers=one).status == 404
    check_limited(client.post("/api/auth/sign-in/email", headers=one,
                              json={"email": unique_email(), "password": PASSWORD}), 10)
    # Others are not concerned, nor are the other paths.
    other = [("X-Forwarded-For", "198.51.100.102")]
    assert client.get("/api/auth/sign-in/email", headers=other).status == 404
    seen = [client.get("/api/auth/get-session", headers=one).status for _ in range(101)]
    assert seen == [200] * 100 + [429]
    for _ in range(4):
        assert client.get("/api/auth/session", headers=one).status in (200, 404)


def test_of_parallel_requests_to_a_limited_path_exactly_three_pass(behind_proxy):
    lines = [("X-Forwarded-For", "198.51.100.103")]
    path = "/api/auth/request-password-reset"  # a window of 60 s: on a busy machine 10 s may be over
    with ThreadPoolExecutor(16) as threads:
        seen = list(threads.map(
            lambda _: behind_proxy.client.get(path, headers=lines).status, range(100)))
    assert sorted(seen) == [404] * 3 + [429] * 97


def test_path_limits_can_be_switched_off(make_pool):
    client = make_pool(PATH_RATE_LIMIT="off").client
    assert {client.get("/api/auth/sign-in/email").status for _ in range(10)} == {404}


def test_the_limit_of_failed_sign_ins_can_be_set(make_pool):
    client = make_pool(RATE_LIMIT_MAX="2", RATE_LIMIT_WINDOW="60").client
    email = unique_email()
    for status in (401, 401, 429):
        answer = client.post("/api/auth/sign-in", json={"email": email, "password": "wrong"})
        assert answer.status == status
    assert 0 < answer.json()["retryAfter"] <= 60


def test_a_password_that_better_auth_hashed_signs_in_and_is_hashed_anew(plain):
    user = sign_up(plain.client)
    where = f"\"userId\" = '{user.id}'"
    plain.sql(f"UPDATE account SET password = '{SCRYPT_HASH}' WHERE {where}")
    assert sign_in(plain.client, user.email).status == 401
    assert sign_in(plain.client, user.email, "password123").status == 200
    assert plain.sql(f"SELECT password FROM account WHERE {where}")[0][0].startswith("$argon2id$")
    assert sign_in(plain.client, user.email, "password123").status == 200


def test_the_audit_log_says_that_somebody_is_limited_and_not_what_they_sent(plain):
    email = unique_email("audited")
    assert statuses(plain, email, [()] * 7) == FIVE_FAIL
    log = plain.log()
    assert "sign-in outcome=failure reason=limited" in log
    assert email not in log and "a wrong guess" not in log and SECRET not in log
