"""Whatever ends a session ends all that was given out with it, at once and everywhere; and no kind
of token stands for another (lists D1 and D5)."""

import time

import pytest

from harness import check, tokens
from harness.people import REFRESH, SESSION, Holder, rows_of
from harness.stack import ORIGIN, PASSWORD, create, good_token
from harness.taskgate import SECRET


def refresh(client, value):
    return client.post("/api/auth/refresh", cookie=f"{REFRESH}={value}", origin=ORIGIN)


def lasting_rows(stack, holder):
    """What a dead session must not change; its own row may go when it is seen."""
    rows = rows_of(stack, holder.id)
    return {table: rows[table] for table in ('"user"', "account", "tasks")}


def assert_dead(stack, holder):
    """Nothing of the session opens anything or changes anything."""
    client, before = stack.client, lasting_rows(stack, holder)
    for name, token in holder.bearers().items():
        for path in ("/api/tasks", f"/api/{holder.id}/tasks"):
            assert client.get(path, token=token).status == 401, (name, path)
            answer = client.post(path, token=token, json={"title": "late"})
            check.unauthorized(answer, "Invalid token")
        assert client.get("/api/auth/get-session", token=token).json() is None, name
        check.error(client.get("/api/auth/token", token=token), 401, code="UNAUTHORIZED")
        check.error(client.get("/api/auth/list-sessions", token=token), 401, code="UNAUTHORIZED")
    proxy = f"/api/proxy/{holder.id}/tasks"
    options = {"cookie": holder.cookie, "origin": ORIGIN}
    check.error(client.get(proxy, **options), 401)
    check.error(client.post(proxy, json={"title": "late"}, **options), 401)
    assert client.get("/api/auth/get-session", **options).json() is None
    check.error(client.get("/api/auth/token", **options), 401, code="UNAUTHORIZED")
    body = {"currentPassword": holder.password, "newPassword": "a late " + holder.password}
    check.error(holder.post("change-password", body), 401, code="UNAUTHORIZED")
    check.error(refresh(client, holder.refresh), 401)
    assert lasting_rows(stack, holder) == before


def assert_alive(stack, holder):
    for name, token in holder.bearers().items():
        assert stack.client.get("/api/tasks", token=token).status == 200, name
    assert stack.client.get(f"/api/proxy/{holder.id}/tasks", cookie=holder.cookie).status == 200
    assert holder.is_alive()
    assert refresh(stack.client, holder.refresh).status == 200


def sign_out(stack, holder, other):
    assert holder.post("sign-out").status == 200


def log_out(stack, holder, other):
    assert holder.post("logout").status == 200


def sign_out_by_token(stack, holder, other):
    assert stack.client.post("/api/auth/sign-out", token=holder.session).status == 200


def log_out_by_jwt(stack, holder, other):
    assert stack.client.post("/api/auth/logout", token=holder.token).status == 200


def revoke_itself(stack, holder, other):
    assert holder.post("revoke-session", {"token": holder.session}).status == 200


def revoked_by_another(stack, holder, other):
    assert other.post("revoke-session", {"token": holder.session}).status == 200


def revoked_with_the_others(stack, holder, other):
    assert other.post("revoke-other-sessions").status == 200


def change_password(stack, holder, other):
    body = {"currentPassword": PASSWORD, "newPassword": "a new " + PASSWORD,
            "revokeOtherSessions": True}
    assert other.post("change-password", body).status == 200


def revoke_all(stack, holder, other):
    assert other.post("revoke-sessions").status == 200


def delete_user(stack, holder, other):
    assert other.post("delete-user", {"password": PASSWORD}).status == 200


def reuse_the_refresh_token(stack, holder, other):
    assert refresh(stack.client, holder.refresh).status == 200
    assert refresh(stack.client, holder.refresh).status == 401


def expire(stack, holder, other):
    stack.sql(f"""UPDATE "session" SET "expiresAt" = '2001-01-01T00:00:00.000Z'
                  WHERE token = '{holder.session}'""")


def delete_the_row(stack, holder, other):
    stack.sql(f"""DELETE FROM "session" WHERE token = '{holder.session}'""")


# What becomes of the other session of the same account.
WAYS = {sign_out: True, log_out: True, sign_out_by_token: True, log_out_by_jwt: True,
        revoke_itself: True, revoked_by_another: True, revoked_with_the_others: True,
        reuse_the_refresh_token: True, expire: True, delete_the_row: True,
        change_password: False, revoke_all: False, delete_user: False}


@pytest.mark.parametrize("end, other_lives", WAYS.items(), ids=[way.__name__ for way in WAYS])
def test_what_ends_a_session_ends_all_its_credentials_at_once(stack, end, other_lives):
    holder, bystander = Holder(stack.client), Holder(stack.client)
    other = holder.another()
    create(stack.client, holder)
    end(stack, holder, other)
    assert_dead(stack, holder)
    if other_lives:
        assert_alive(stack, other)
    else:
        assert_dead(stack, other)
    assert_alive(stack, bystander)


def test_ghsa_2vg6_77g8_24mp_with_a_user_every_session_and_family_ends(stack):
    """Better Auth left live sessions in a second store when a user was removed."""
    sessions = [Holder(stack.client)]
    sessions += [sessions[0].another() for _ in range(3)]
    eddsa = sessions[1].take_eddsa().eddsa
    create(stack.client, sessions[0])
    assert stack.client.get("/api/tasks", token=eddsa).json()["total"] == 1
    delete_user(stack, None, sessions[2])
    assert not any(rows_of(stack, sessions[0].id).values())
    for session in sessions:
        assert_dead(stack, session)
    for method, path in (("GET", "/api/tasks"), ("POST", "/api/tasks"),
                         ("GET", f"/api/{sessions[0].id}/tasks")):
        json = {"title": "late"} if method == "POST" else None
        answer = stack.client.request(method, path, token=eddsa, json=json)
        check.unauthorized(answer, "Invalid token")
    assert not any(rows_of(stack, sessions[0].id).values())


def test_ghsa_2vg6_77g8_24mp_a_user_deleted_by_hand_is_gone_as_well(stack):
    holder = Holder(stack.client).take_eddsa()
    create(stack.client, holder)
    stack.sql(f"""DELETE FROM "user" WHERE id = '{holder.id}'""")
    assert_dead(stack, holder)
    check.unauthorized(stack.client.get("/api/tasks", token=holder.eddsa), "Invalid token")


def test_a_new_password_makes_the_old_one_worthless(stack):
    holder = Holder(stack.client)
    change_password(stack, None, holder)
    for path, body in (("sign-in", {}), ("login", {}), ("sign-in/email", {})):
        answer = stack.client.post(f"/api/auth/{path}",
                                   json={"email": holder.email, "password": PASSWORD, **body})
        check.error(answer, 401)
        assert not answer.all("Set-Cookie")
    Holder(stack.client, holder.email, "a new " + PASSWORD)


# --- no kind of token stands for another ----------------------------------------------------------


def kinds(holder):
    """Every kind of token that is given out, the letters' too."""
    now = int(time.time())
    letter = {"email": holder.email, "userId": holder.id, "iat": now, "exp": now + 3600}
    return {
        **holder.bearers(),
        "EdDSA": holder.eddsa,
        "refresh token": holder.refresh,
        "letter": tokens.forge(letter, SECRET, {"alg": "HS256"}),
        "letter that moves": tokens.forge(
            {**letter, "updateTo": "x@example.org", "requestType": "change-email-verification"},
            SECRET, {"alg": "HS256"}),
        "session id": holder.session_id,
        "user id": holder.id,
        "front end's own JWT": good_token(holder.id, email=holder.email),
    }


SESSIONS = {"session token", "signed session token", "as in the cookie"}
JWTS = {"JWT", "access token", "EdDSA", "front end's own JWT"}
COOKIES = {"signed session token", "as in the cookie"}


def is_session(answer):
    return answer.status == 200 and answer.json() is not None


# place: (how it is tried there, which kinds are right there)
PLACES = {
    "bearer of the task routes": (
        lambda c, h, t: c.get("/api/tasks", token=t).status == 200, SESSIONS | JWTS),
    "bearer of get-session": (
        lambda c, h, t: is_session(c.get("/api/auth/get-session", token=t)),
        SESSIONS | {"JWT", "access token"}),
    "bearer of list-sessions": (
        lambda c, h, t: c.get("/api/auth/list-sessions", token=t).status == 200, SESSIONS),
    "bearer of revoke-sessions": (
        lambda c, h, t: c.post("/api/auth/revoke-session", token=t,
                               json={"token": "x"}).status == 200, SESSIONS),
    "session cookie": (
        lambda c, h, t: is_session(c.get("/api/auth/get-session", cookie=f"{SESSION}={t}")),
        COOKIES),
    "cookie of the proxy": (
        lambda c, h, t: c.get(f"/api/proxy/{h.id}/tasks", cookie=f"{SESSION}={t}").status == 200,
        COOKIES),
    "cache cookie": (
        lambda c, h, t: is_session(c.get("/api/auth/get-session",
                                         cookie=f"better-auth.session_data={t}")), set()),
    "letter about an address": (
        lambda c, h, t: c.get(f"/api/auth/verify-email?token={t}").status == 200,
        {"letter", "letter that moves"}),
    "letter about a password": (
        lambda c, h, t: c.post("/api/auth/reset-password", json={
            "newPassword": "stolen " + PASSWORD, "token": t}).status == 200, set()),
    "letter that deletes": (
        lambda c, h, t: c.get(f"/api/auth/delete-user/callback?token={t}",
                              cookie=h.cookie).status == 200, set()),
    "end of a session": (
        lambda c, h, t: h.post("revoke-session", {"token": t}) is not None and not h.is_alive(),
        {"session token"}),
    "refresh cookie": (lambda c, h, t: refresh(c, t).status == 200, {"refresh token"}),
}


@pytest.mark.parametrize("place", PLACES)
def test_no_kind_of_token_stands_for_another(stack, place):
    """Access token where a refresh token is expected, and the reverse, and all the rest."""
    attempt, right = PLACES[place]
    names = sorted(kinds(Holder(stack.client).take_eddsa()), key=lambda name: name in right)
    assert right <= set(names)
    holder = Holder(stack.client).take_eddsa()
    for name in names:
        if place == "letter about an address" and name in right:
            holder = Holder(stack.client).take_eddsa()
        assert attempt(stack.client, holder, kinds(holder)[name]) == (name in right), name
