"""Sign-out, the session cookie, the Origin rule, and tokens whose session has ended."""

from types import SimpleNamespace
from urllib.parse import unquote

import pytest

from harness import check, tokens
from harness.process import wait_until
from harness.stack import ORIGIN, PASSWORD, create, sign_in, sign_up, unique_email

SIGNED_OUT = {
    "sign-out": {"success": True},
    "logout": {"success": True, "message": "Signed out"},
}


def check_signed_out(answer, path="sign-out"):
    assert answer.status == 200
    assert answer.json() == SIGNED_OUT[path]


@pytest.mark.parametrize("path", SIGNED_OUT)
def test_sign_out_ends_the_session_and_its_token(stack, path):
    answer = sign_in(stack.client, stack.bob.email)
    token = answer.json()["token"]
    cookie = "; ".join(f"{name}={value}" for name, (value, _) in answer.cookies().items())
    assert stack.client.get("/api/tasks", token=token).status == 200

    out = stack.client.post(f"/api/auth/{path}", cookie=cookie, origin=ORIGIN)
    check_signed_out(out, path)
    for name in ("better-auth.session_token", "better-auth.refresh_token"):
        value, attributes = out.cookies()[name]
        assert (value, attributes["max-age"]) == ("", "0")

    wait_until(lambda: stack.client.get("/api/tasks", token=token).status == 401,
               "the signed-out session's token is refused", 7)
    check.unauthorized(stack.client.get("/api/tasks", token=token), "Invalid token")
    assert stack.client.get("/api/tasks", token=stack.bob.token).status == 200


@pytest.mark.parametrize("path", SIGNED_OUT)
def test_sign_out_without_a_session_succeeds(client, path):
    check_signed_out(client.post(f"/api/auth/{path}"), path)


@pytest.mark.parametrize("options", [
    {"headers": {"Content-Type": "application/json"}}, {"json": {}},
    {"cookie": "better-auth.session_token=nonsense", "origin": ORIGIN},
    {"cookie": "better-auth.session_token=" + "a" * 32 + ".bm9uc2Vuc2U=", "origin": ORIGIN},
], ids=["json-type-no-body", "empty-object", "garbage-cookie", "badly-signed-cookie"])
def test_sign_out_takes_what_front_ends_send(client, options):
    check_signed_out(client.post("/api/auth/sign-out", **options))


@pytest.fixture
def session(stack):
    """A fresh session: its token, and the value of its cookie as sent and decoded."""
    answer = sign_in(stack.client, stack.bob.email)
    value = answer.cookies()["better-auth.session_token"][0]
    return SimpleNamespace(token=answer.json()["token"], value=value, plain=unquote(value))


def ended(client, session):
    status = client.get("/api/tasks", token=session.token).status
    assert status in (200, 401)
    return status == 401


NAME = "better-auth.session_token"
SPELLINGS = {
    "as it was set": lambda s: f"{NAME}={s.value}",
    "among others": lambda s: f"theme=dark; {NAME}={s.value}; lang=en",
    "decoded": lambda s: f"{NAME}={s.plain}",
    "quoted": lambda s: f'{NAME}="{s.value}"',
    "with the name of https": lambda s: f"__Secure-{NAME}={s.value}",
}


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
def test_the_session_cookie_is_read_as_better_auth_reads_it(client, session, spell):
    check_signed_out(client.post("/api/auth/sign-out", cookie=spell(session), origin=ORIGIN))
    assert ended(client, session)


WRONG_COOKIES = {
    "unsigned": lambda s: f"{NAME}={s.plain.split('.')[0]}",
    "a zero MAC": lambda s: f"{NAME}={s.plain.split('.')[0]}.{'A' * 43}%3D",
    "a MAC cut": lambda s: f"{NAME}={s.plain[:-2]}%3D",
    "a MAC of something else": lambda s: f"{NAME}=x{s.value}",
    "another name": lambda s: f"{NAME}2={s.value}",
    "two that differ": lambda s: f"{NAME}={s.value}; {NAME}=x.{s.value.split('.')[1]}",
}


@pytest.mark.parametrize("spell", WRONG_COOKIES.values(), ids=WRONG_COOKIES)
def test_a_wrong_session_cookie_ends_no_session(client, session, spell):
    check_signed_out(client.post("/api/auth/sign-out", cookie=spell(session), origin=ORIGIN))
    assert not ended(client, session)


def test_a_session_may_be_ended_by_its_bearer_token(client, session):
    check_signed_out(client.post("/api/auth/sign-out", token=session.token))
    assert ended(client, session)


def test_the_token_of_an_expired_session_is_refused(stack, session):
    session_id = tokens.payload_of(session.token)["sessionId"]
    stack.sql(f"""UPDATE "session" SET "expiresAt" = '2001-01-01T00:00:00.000Z'
                  WHERE id = '{session_id}'""")
    wait_until(lambda: ended(stack.client, session), "the expired session's token is refused", 7)


# --- Origin ---------------------------------------------------------------------------------------

FOREIGN = ["http://localhost:3002", "https://localhost:3000", "http://localhost", "null",
           "http://localhost:3000.evil.example", "http://evil.localhost:3000",
           "https://app.example.org.evil.example", "https://app.example.org:444", "evil"]


@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize("path", ["sign-in", "sign-up", "sign-out"])
def test_a_request_with_cookies_from_a_foreign_origin_is_403(client, path, origin):
    body = {"email": unique_email(), "password": PASSWORD}
    check.error(client.post(f"/api/auth/{path}", json=body, cookie="a=b", origin=origin), 403)
    assert sign_in(client, body["email"]).status == 401 or path != "sign-up"


@pytest.mark.parametrize("path", ["sign-in", "sign-out"])
def test_a_request_with_cookies_without_an_origin_is_403(client, path):
    check.error(client.post(f"/api/auth/{path}", json={}, cookie="a=b"), 403)


def test_a_refused_sign_out_leaves_the_session_alive(stack):
    answer = stack.client.post("/api/auth/sign-out", cookie=stack.alice.cookie,
                               origin="https://evil.example")
    check.error(answer, 403)
    assert stack.client.get("/api/tasks", token=stack.alice.token).status == 200


@pytest.mark.parametrize("headers", [{"Origin": ORIGIN}, {"Origin": "https://app.example.org"},
                                     {"Referer": ORIGIN + "/login?next=/"},
                                     {"Origin": "HTTPS://APP.example.org:443"},
                                     {"Origin": "null", "Sec-Fetch-Site": "same-origin"}])
def test_a_request_with_cookies_from_a_trusted_origin_is_served(client, headers):
    check_signed_out(client.post("/api/auth/sign-out", cookie="a=b", headers=headers))


# --- sessions of tokens ---------------------------------------------------------------------------


def test_the_token_of_a_deleted_user_is_refused(stack):
    user = sign_up(stack.client)
    create(stack.client, user)
    stack.sql(f"""DELETE FROM "user" WHERE id = '{user.id}'""")
    wait_until(lambda: stack.client.get("/api/tasks", token=user.token).status == 401,
               "the deleted user's token is refused", 7)
    check.unauthorized(stack.client.post("/api/tasks", token=user.token, json={"title": "x"}))
