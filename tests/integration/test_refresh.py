"""Refresh tokens: single use, rotated, reuse ends the session (contract.md section 3)."""

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from conftest import BASIC_SETTINGS, database_url, serving, short_directory
from harness import check, tokens
from harness.process import wait_until
from harness.stack import ORIGIN, sign_in, sign_up
from harness.taskgate import PREVIOUS_SECRET, SECRET

NAME = "better-auth.refresh_token"


def holder(answer):
    """What a browser holds after ANSWER."""
    body = answer.json()
    return SimpleNamespace(refresh=answer.cookies()[NAME][0], token=body["token"],
                           session=body["session"], cookies=answer.cookies())


@pytest.fixture
def browser(stack):
    return holder(sign_in(stack.client, stack.bob.email))


def refresh(client, value, method="POST", origin=ORIGIN, **options):
    return client.request(method, "/api/auth/refresh", cookie=f"{NAME}={value}", origin=origin,
                          **options)


def check_refused(answer):
    check.error(answer, 401)
    assert not answer.cookies().get(NAME, ("", {}))[0]


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_refresh_answers_with_new_tokens_of_the_same_session(stack, browser, method):
    answer = refresh(stack.client, browser.refresh, method)
    assert answer.status == 200
    assert set(answer.json()) == set(stack.bob.account)
    new = holder(answer)
    assert new.refresh != browser.refresh
    assert new.session["id"] == browser.session["id"]
    assert tokens.payload_of(new.token)["sub"] == stack.bob.id
    assert tokens.payload_of(new.token)["jti"] != tokens.payload_of(browser.token)["jti"]
    for token in (new.token, browser.token, answer.json()["accessToken"]):
        assert stack.client.get("/api/tasks", token=token).status == 200
    _, attributes = new.cookies[NAME]
    assert attributes == browser.cookies[NAME][1]


def test_a_chain_of_refreshes_goes_on(client, browser):
    value = browser.refresh
    seen = {value}
    for _ in range(5):
        answer = refresh(client, value)
        assert answer.status == 200
        value = holder(answer).refresh
        seen.add(value)
    assert len(seen) == 6


def test_a_used_token_ends_the_family_and_the_session(client, browser):
    new = holder(refresh(client, browser.refresh))
    check_refused(refresh(client, browser.refresh))
    check_refused(refresh(client, new.refresh))
    for token in (browser.token, new.token):
        wait_until(lambda: client.get("/api/tasks", token=token).status == 401,
                   "the session has ended", 7)


def test_the_reuse_of_one_session_leaves_the_users_others_alone(stack, browser):
    other = holder(sign_in(stack.client, stack.bob.email))
    refresh(stack.client, browser.refresh)
    check_refused(refresh(stack.client, browser.refresh))
    assert refresh(stack.client, other.refresh).status == 200
    assert stack.client.get("/api/tasks", token=other.token).status == 200


def test_ghsa_392p_2q2v_4372_parallel_use_of_one_token_has_one_winner(client, browser):
    with ThreadPoolExecutor(6) as executor:
        answers = list(executor.map(lambda _: refresh(client, browser.refresh), range(6)))
    statuses = [answer.status for answer in answers]
    assert statuses.count(200) == 1 and statuses.count(401) == 5
    # A browser's tabs share their cookies: a loser that came at the same moment must not clear those
    # of the winner; one that came later has ended the session for all.
    reused = [answer for answer in answers if answer.status == 401 and answer.all("Set-Cookie")]
    winner = next(answer for answer in answers if answer.status == 200)
    successor = holder(winner).refresh
    assert refresh(client, successor).status == (401 if reused else 200)


def test_sign_out_ends_the_refresh_family(client, browser):
    cookie = "; ".join(f"{name}={value}" for name, (value, _) in browser.cookies.items())
    assert client.post("/api/auth/logout", cookie=cookie, origin=ORIGIN).status == 200
    check_refused(refresh(client, browser.refresh))


@pytest.mark.parametrize("value",
                         ["", "nonsense", "a" * 43, "a" * 3000, "%00", "'; DROP TABLE x; --"])
def test_a_made_up_token_is_401(client, value):
    check_refused(refresh(client, value))


def test_only_the_refresh_cookie_refreshes(client, browser):
    session = browser.cookies["better-auth.session_token"][0]
    attempts = [
        client.post("/api/auth/refresh"), client.get("/api/auth/refresh"),
        client.post("/api/auth/refresh", token=browser.token),
        client.post("/api/auth/refresh", token=browser.refresh),
        client.post("/api/auth/refresh", json={"refreshToken": browser.refresh}),
        client.get(f"/api/auth/refresh?refresh_token={browser.refresh}"),
        client.post("/api/auth/refresh", cookie=f"better-auth.session_token={session}",
                    origin=ORIGIN),
        client.post("/api/auth/refresh", cookie=f"{NAME}={session}", origin=ORIGIN),
        client.post("/api/auth/refresh", cookie=f"{NAME}={browser.token}", origin=ORIGIN),
    ]
    for answer in attempts:
        check_refused(answer)
    assert refresh(client, browser.refresh).status == 200


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("origin",
                         ["https://evil.example", "http://localhost:3000.evil.example", "null"])
def test_a_foreign_origin_is_403_and_consumes_nothing(client, browser, method, origin):
    check.error(refresh(client, browser.refresh, method, origin), 403)
    assert refresh(client, browser.refresh).status == 200


def test_without_an_origin_a_get_is_served_and_a_post_is_403(client, browser):
    """Browsers send no Origin with a GET to the page's own server."""
    check.error(refresh(client, browser.refresh, "POST", None), 403)
    assert refresh(client, browser.refresh, "GET", None).status == 200


def test_a_head_request_is_404_and_uses_no_token_up(client, browser):
    """RFC 9110 section 9.2.1: HEAD is safe. Nobody who only looks gets or spends a token."""
    answer = refresh(client, browser.refresh, "HEAD")
    assert (answer.status, answer.body) == (404, b"")
    assert not answer.all("Set-Cookie")
    assert refresh(client, browser.refresh).status == 200


def test_an_expired_refresh_token_is_401(stack, browser):
    stack.sql(f"""UPDATE "refreshToken" SET "expiresAt" = '2001-01-01T00:00:00.000Z'
                  WHERE "sessionId" = '{browser.session["id"]}'""")
    check_refused(refresh(stack.client, browser.refresh))


# --- REFRESH_REUSE_GRACE -------------------------------------------------------------------------


@pytest.fixture(scope="module", params=[("nginx", "sqlite"), ("lighttpd", "postgresql")],
                ids="-".join)
def patient(request):
    """A server that answers a lost race with the successor."""
    server, store = request.param
    with short_directory() as directory:
        settings = {**BASIC_SETTINGS, "REFRESH_REUSE_GRACE": "10",
                    "DATABASE_URL": database_url(request, store, directory, "grace")}
        with serving(directory, "grace", server, settings) as stack:
            stack.user = sign_up(stack.client)
            yield stack


def begin(stack):
    return holder(sign_in(stack.client, stack.user.email))


def in_parallel(clients, value):
    """What every one of CLIENTS is answered for the same token at the same time."""
    with ThreadPoolExecutor(len(clients)) as executor:
        return list(executor.map(lambda client: refresh(client, value), clients))


def check_ended(stack, browser):
    rows = stack.sql(f"SELECT 1 FROM session WHERE id = '{browser.session['id']}'")
    assert not rows


def test_within_the_grace_parallel_requests_get_one_successor(patient):
    browser = begin(patient)
    value = browser.refresh
    for _ in range(5):
        answers = in_parallel([patient.client] * 6, value)
        assert [answer.status for answer in answers] == [200] * 6
        successors = {holder(answer).refresh for answer in answers}
        assert len(successors) == 1
        assert {answer.json()["session"]["id"] for answer in answers} == {browser.session["id"]}
        (value,) = successors
    rows = patient.sql(f"""SELECT 1 FROM "refreshToken"
                           WHERE "sessionId" = '{browser.session["id"]}'""")
    assert len(rows) == 6


def test_within_the_grace_a_token_whose_successor_was_used_ends_the_session(patient):
    browser = begin(patient)
    second = holder(refresh(patient.client, browser.refresh))
    third = holder(refresh(patient.client, second.refresh))
    check_refused(refresh(patient.client, browser.refresh))
    check_ended(patient, browser)
    check_refused(refresh(patient.client, third.refresh))


def test_ghsa_392p_2q2v_4372_after_the_grace_a_used_token_ends_the_session(patient):
    browser = begin(patient)
    second = holder(refresh(patient.client, browser.refresh))
    patient.sql(f"""UPDATE "refreshToken" SET "usedAt" = '2001-01-01T00:00:00.000Z'
                    WHERE "sessionId" = '{browser.session["id"]}' AND "usedAt" IS NOT NULL""")
    check_refused(refresh(patient.client, browser.refresh))
    check_ended(patient, browser)
    check_refused(refresh(patient.client, second.refresh))


def test_signed_out_there_is_no_successor_to_get(patient):
    browser = begin(patient)
    second = holder(refresh(patient.client, browser.refresh))
    cookie = "; ".join(f"{name}={value}" for name, (value, _) in second.cookies.items())
    assert patient.client.post("/api/auth/logout", cookie=cookie, origin=ORIGIN).status == 200
    check_refused(refresh(patient.client, browser.refresh))


def test_programs_whose_secret_is_being_changed_give_one_successor(make_pool, cluster, directory):
    """One has the new secret already, the other one not yet."""
    url = cluster.create(f"secrets_{directory.name}")
    settings = {"DATABASE_URL": url, "REFRESH_REUSE_GRACE": "10"}
    changed = make_pool("new", **settings)
    old = make_pool("old", BETTER_AUTH_SECRET=PREVIOUS_SECRET, BETTER_AUTH_SECRET_PREVIOUS=SECRET,
                    **settings)
    user = sign_up(changed.client)
    clients = [changed.client, old.client] * 3
    for _ in range(5):
        value = holder(sign_in(changed.client, user.email)).refresh
        for _ in range(3):
            answers = in_parallel(clients, value)
            assert [answer.status for answer in answers] == [200] * 6
            successors = {holder(answer).refresh for answer in answers}
            assert len(successors) == 1
            (value,) = successors
