"""Tokens of others that are accepted, where they are read from, and users who live elsewhere."""

import time

import pytest

from harness import check
from harness.stack import create, good_token as good, renamed_token as renamed, sign_up, visitor
from harness.taskgate import PREVIOUS_SECRET, SECRET
from harness.tokens import HEADER, claims, forge

NOW = int(time.time())
FAR = NOW + 10 * 365 * 24 * 3600
BEARER_FORMAT = "Invalid authorization header format. Expected: Bearer <token>"
MISSING = "Authorization header missing. Include: Authorization: Bearer <token>"


# --- accepted -------------------------------------------------------------------------------------

ACCEPTED = {
    "sub alone": good,
    "user_id alone": lambda u: renamed(u, user_id=u),
    "userId alone": lambda u: renamed(u, userId=u),
    "all three equal": lambda u: good(u, user_id=u, userId=u),
    "no typ": lambda u: forge(claims(u), SECRET, {"alg": "HS256"}),
    "the secret before the rotation": lambda u: forge(claims(u), PREVIOUS_SECRET),
    "right iss": lambda u: good(u, iss="better-auth"),
    "right aud": lambda u: good(u, aud="fastapi-backend"),
    "right aud among others": lambda u: good(u, aud=["x", "fastapi-backend"]),
    "nbf in the past": lambda u: good(u, nbf=NOW - 100),
    "iat within the leeway": lambda u: good(u, iat=NOW + 20),
    "no iat": lambda u: good(u, iat=None),
    "exp in ten years": lambda u: good(u, exp=FAR),
    "claims nobody asked for": lambda u: good(u, role="x", data={"a": [1, {"b": None}]}),
    "a key offered in the header": lambda u: forge(
        claims(u), SECRET, {**HEADER, "jwk": {"kty": "oct"}}),
}


@pytest.mark.parametrize("make", ACCEPTED.values(), ids=ACCEPTED)
def test_a_good_token_is_accepted(client, make):
    user = visitor()
    answer = client.get("/api/tasks", token=make(user.id))
    assert answer.status == 200 and answer.json()["items"] == []


@pytest.mark.parametrize("user_id", [
    "user123", "usr_cm5x8y9z0000", "7", "a@b.example", "\u00fc \u540d", "x" * 255, "a'b\"c;--",
    "0e6fbd5c-4d0a-4d0b-9d0e-0a0b0c0d0e0f"])
def test_a_user_id_is_any_text(client, user_id):
    user = visitor(user_id)
    assert create(client, user)["user_id"] == user_id


# --- the Authorization header ---------------------------------------------------------------------


def test_without_a_header_the_answer_explains_it(client):
    body = check.unauthorized(client.get("/api/tasks"), MISSING)
    assert "errors" not in body


def test_without_a_credential_the_challenge_names_no_error(client):
    assert client.get("/api/tasks").header("WWW-Authenticate") == "Bearer"


@pytest.mark.parametrize("make", [
    lambda t: t, lambda t: "Bearer", lambda t: f"Bearer {t} x", lambda t: f"Bearer {t},{t}",
    lambda t: f"Basic {t}", lambda t: f"Token {t}", lambda t: f"Bearer{t}", lambda t: f"Bearer:{t}",
    lambda t: f"Bearer={t}", lambda t: f"Bearer {t}, Bearer {t}", lambda t: "Basic dXNlcjpwYXNz",
], ids=["bare token", "no token", "two tokens", "comma", "Basic", "Token", "no space", "colon",
        "equals", "two credentials", "Basic user"])
def test_a_malformed_header_is_401(client, stack, make):
    answer = client.get("/api/tasks", headers={"Authorization": make(stack.alice.token)})
    body = check.unauthorized(answer)
    assert body["detail"] in (BEARER_FORMAT, "Invalid token")


@pytest.mark.parametrize("make", [lambda t: t, lambda t: f"Basic {t}", lambda t: f"Bearer {t} x"],
                         ids=["bare token", "Basic", "two tokens"])
def test_a_malformed_header_is_named_as_such(client, stack, make):
    answer = client.get("/api/tasks", headers={"Authorization": make(stack.alice.token)})
    check.unauthorized(answer, BEARER_FORMAT)


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "bEaReR"])
def test_the_scheme_has_any_case(client, stack, scheme):
    headers = {"Authorization": f"{scheme} {stack.alice.token}"}
    assert client.get("/api/tasks", headers=headers).status == 200


def test_two_authorization_headers_are_refused(client, stack):
    value = f"Bearer {stack.alice.token}"
    answer = client.get("/api/tasks", headers=[("Authorization", value), ("Authorization", value)])
    assert answer.status in (400, 401)


def test_a_token_is_taken_from_the_authorization_header_only(client, stack):
    token = stack.alice.token
    attempts = [
        client.get(f"/api/tasks?token={token}&access_token={token}"),
        client.get("/api/tasks", headers={"X-Authorization": f"Bearer {token}"}),
        client.get("/api/tasks", headers={"X-Access-Token": token}),
        client.get("/api/tasks", headers={"Proxy-Authorization": f"Bearer {token}"}),
        client.get("/api/tasks", headers={"Redirect-Authorization": f"Bearer {token}"}),
        client.get("/api/tasks", cookie=stack.alice.cookie, origin="http://localhost:3000"),
        client.get("/api/tasks", cookie=f"better-auth.session_token={token}"),
        client.post("/api/tasks", json={"title": "x", "token": token}),
    ]
    for answer in attempts:
        check.unauthorized(answer, MISSING)


def test_the_refresh_token_is_no_access_token(client, stack):
    refresh = stack.alice.cookies["better-auth.refresh_token"][0]
    assert client.get("/api/tasks", token=refresh).status == 401


# --- users who live elsewhere ---------------------------------------------------------------------


def test_the_first_write_of_an_unknown_user_makes_the_row(client):
    user = visitor(email="first.write@example.net", name="First")
    task = create(client, user, "hello")
    assert client.get(f"/api/tasks/{task['id']}", token=user.token).json() == task


def test_an_unknown_user_without_an_address_can_write(client):
    user = visitor()
    check.task(create(client, user), user.id)


def test_an_unknown_user_whose_address_is_taken_can_write(client, stack):
    """Another issuer may know the same person under another id."""
    user = visitor(email=stack.alice.email, name="Another Alice")
    assert create(client, user)["user_id"] == user.id
    assert stack.client.get("/api/tasks", token=stack.alice.token).status == 200


@pytest.mark.parametrize("members", [{"email": 5}, {"email": "not an address"}, {"email": ""},
                                     {"name": ["x"]}, {"name": "x" * 3000}, {"email": None}])
def test_strange_claims_of_an_unknown_user_never_break_a_write(client, members):
    user = visitor()
    token = forge({**claims(user.id), **members}, SECRET)
    answer = client.post("/api/tasks", token=token, json={"title": "x"})
    assert answer.status in (201, 401), answer


def test_a_user_of_another_issuer_cannot_sign_in_by_a_guess(client, stack):
    user = visitor(email="elsewhere@example.net")
    create(client, user)
    for password in ("", "password123", "null"):
        answer = client.post("/api/auth/sign-in",
                             json={"email": "elsewhere@example.net", "password": password})
        assert answer.status in (400, 401)


def test_session_ids_that_are_not_ours_are_no_reason_to_refuse(client):
    user = visitor(sessionId="from-elsewhere")
    assert client.get("/api/tasks", token=user.token).status == 200


def test_the_token_of_one_sign_up_opens_no_other_account(client, stack):
    other = sign_up(client)
    check.error(client.get(f"/api/{stack.alice.id}/tasks", token=other.token), 403)
