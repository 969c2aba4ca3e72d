"""Lists D5 and D3 over the whole route table: who may not is refused and changes nothing, whatever
the route, the credential and the body. A new route is tried as soon as it is in the table."""

import json
from types import SimpleNamespace
from urllib.parse import quote, unquote

import pytest

from conftest import ON_TWO_STACKS
from harness import check, tokens
from harness.people import REFRESH, SESSION, Holder, rows_of
from harness.routes import ROUTES, names, needing
from harness.stack import ORIGIN, PASSWORD, create, good_token, unique_email

BEARER = needing("USER", "OWNER")
PROXY = needing("PROXY")
SIGNED_IN = needing("SESSION", "FRESH")
UNSAFE = [route for route in ROUTES if route.method != "GET"]
WITH_COOKIES = [route for route in UNSAFE if route.need not in ("USER", "OWNER", "NOTHING")]
WITH_BODY = [route for route in ROUTES if "ROUTE_BODY" in route.flags]

# The whole list of what nobody needs to prove anything for.
PUBLIC = {
    "GET /", "GET /health", "GET /api/health", "GET /api/auth/ok", "GET /api/auth/error",
    "GET /api/auth/jwks", "GET /api/auth/reset-password/:token",
    "POST /api/auth/sign-up", "POST /api/auth/signup", "POST /api/auth/sign-up/email",
    "POST /api/auth/sign-in", "POST /api/auth/login", "POST /api/auth/sign-in/email",
    "POST /api/auth/sign-out", "POST /api/auth/logout", "POST /api/auth/refresh",
    "GET /api/auth/refresh", "GET /api/auth/get-session", "POST /api/auth/get-session",
    "GET /api/auth/session", "POST /api/auth/request-password-reset",
    "POST /api/auth/reset-password", "POST /api/auth/send-verification-email",
    "GET /api/auth/verify-email", "GET /api/auth/delete-user/callback",
}


def every(routes):
    return pytest.mark.parametrize("route", routes, ids=names(routes))


@pytest.fixture(scope="module")
def people(stack):
    """The one who is attacked, with a task; a thief with an account; and who is no more."""
    victim, thief = Holder(stack.client), Holder(stack.client).take_eddsa()
    victim.task = create(stack.client, victim, "private")["id"]
    thief.task = create(stack.client, thief, "the thief's")["id"]
    revoked = Holder(stack.client)
    assert revoked.post("sign-out").status == 200
    deleted = Holder(stack.client).take_eddsa()
    assert deleted.post("delete-user", {"password": PASSWORD}).status == 200
    expired = Holder(stack.client)
    stack.sql(f"""UPDATE "session" SET "expiresAt" = '2001-01-01T00:00:00.000Z'
                  WHERE token = '{expired.session}'""")
    return SimpleNamespace(victim=victim, thief=thief, revoked=revoked, deleted=deleted,
                           expired=expired)


@pytest.fixture
def untouched(stack, people):
    """The test changes nothing of what the victim has."""
    before = rows_of(stack, people.victim.id)
    yield
    assert rows_of(stack, people.victim.id) == before


def greedy(victim):
    """A body that fits every route, and that names the victim wherever it could."""
    return {
        "title": "taken", "description": "taken", "completed": True, "name": "taken",
        "password": PASSWORD, "currentPassword": PASSWORD, "newPassword": "another " + PASSWORD,
        "newEmail": unique_email("taken"), "callbackURL": "/x", "token": victim.session,
        "user_id": victim.id, "userId": victim.id, "id": victim.task, "sub": victim.id,
        "user": {"id": victim.id}, "session": {"userId": victim.id, "token": victim.session},
        "sessionId": victim.session_id, "revokeOtherSessions": True, "role": "admin",
    }


def call(stack, route, user, task, body=None, query="", **options):
    """A request for the route with the body that it takes."""
    json = body if route.takes_body else None
    return stack.client.request(route.method, route.target(user, task) + query, json=json,
                                **options)


# --- D5: nobody -----------------------------------------------------------------------------------


def test_what_is_public_is_a_closed_list():
    assert set(names(needing("NOTHING", "ORIGIN", "GUEST"))) == PUBLIC
    assert {route.need for route in ROUTES} == {"NOTHING", "ORIGIN", "GUEST", "SESSION", "FRESH",
                                                "USER", "OWNER", "PROXY"}


def bad_bearers(people):
    """(what, token, whose): tokens that prove nothing, to be tried on their own user's paths."""
    thief = people.thief
    now = tokens.claims(thief.id)
    made_up = {
        "a JWT that expired": good_token(thief.id, exp=now["iat"] - 1),
        "a JWT of tomorrow": good_token(thief.id, nbf=now["iat"] + 86400),
        "a JWT of another secret": tokens.forge(now, "another secret of 32 bytes and more"),
        "a JWT without a signature": thief.token.rsplit(".", 1)[0] + ".",
        "the refresh token": thief.refresh,
        "the refresh token, decoded": unquote(thief.refresh),
        "the session's id": thief.session_id,
        "the user's id": thief.id,
        "an unknown session token": "x" * 32,
        "a wrongly signed session token": thief.session + "." + "A" * 43 + "=",
    }
    for name, token in made_up.items():
        yield name, token, thief
    for who in ("revoked", "deleted", "expired"):
        for name, token in getattr(people, who).bearers().items():
            yield f"{who}: {name}", token, getattr(people, who)
    yield "deleted: EdDSA", people.deleted.eddsa, people.deleted


@every(BEARER)
def test_without_a_good_token_no_task_route_opens(stack, people, route, untouched):
    thief, victim = people.thief, people.victim
    for owner in (thief, victim):
        def attempt(query="", owner=owner, **options):
            return call(stack, route, owner.id, owner.task, greedy(victim), query, **options)

        check.unauthorized(attempt())
        check.unauthorized(attempt(cookie=owner.cookie, origin=ORIGIN))
        check.unauthorized(attempt(cookie=f"token={owner.token}; jwt={owner.token}", origin=ORIGIN))
        for name in ("X-Access-Token", "X-Authorization", "Token", "X-User-Id", "X-Forwarded-User",
                     "X-Remote-User", "Proxy-Authorization"):
            value = owner.id if "User" in name else f"Bearer {owner.token}"
            check.unauthorized(attempt(headers={name: value}))
        for name in ("access_token", "token", "jwt", "auth", "authorization"):
            check.unauthorized(attempt(query=f"?{name}={owner.token}"))
    for name, token, owner in bad_bearers(people):
        answer = call(stack, route, owner.id, thief.task, greedy(victim), token=token)
        assert answer.status == 401, (name, answer)
        check.unauthorized(answer)


def bad_cookies(people):
    thief = people.thief
    yield "none", None
    yield "another", "a=b"
    yield "unsigned", f"{SESSION}={thief.session}"
    yield "wrongly signed", f"{SESSION}={thief.session}.{'A' * 43}%3D"
    yield "signed for another name", f"{SESSION}={thief.value}x"
    yield "a JWT", f"{SESSION}={thief.token}"
    yield "the refresh token", f"{SESSION}={thief.refresh}"
    yield "the refresh cookie alone", thief.refresh_cookie
    yield "the session under the refresh cookie's name", f"{REFRESH}={thief.value}"
    yield "the cache alone", f"better-auth.session_data={thief.value}"
    yield "two that differ", f"{thief.cookie}; {SESSION}={people.victim.value[:-4]}"
    for who in ("revoked", "deleted", "expired"):
        yield who, getattr(people, who).cookie


@every(PROXY)
def test_without_a_good_cookie_no_proxy_route_opens(stack, people, route, untouched):
    thief, victim = people.thief, people.victim
    for owner in (thief, victim):
        for name, cookie in bad_cookies(people):
            answer = call(stack, route, owner.id, owner.task, greedy(victim), cookie=cookie,
                          origin=ORIGIN)
            assert answer.status == 401, (name, answer)
        for name, token in thief.bearers().items():
            answer = call(stack, route, owner.id, owner.task, greedy(victim), token=token)
            assert answer.status == 401, (name, answer)


@every(SIGNED_IN)
def test_ghsa_99h5_pjcv_gr6v_cve_2025_61928_a_body_is_no_authority(stack, people, route, untouched):
    """Better Auth took a call for a trusted one because a field of the body was there."""
    thief = people.thief
    victim = people.victim
    body = greedy(victim)
    for name, cookie in bad_cookies(people):
        answer = call(stack, route, "", "", body, cookie=cookie, origin=ORIGIN)
        assert answer.status == 401, (name, answer)
        check.error(answer, 401, code="UNAUTHORIZED")
    for name, token, _ in bad_bearers(people):
        answer = call(stack, route, "", "", body, token=token)
        assert answer.status == 401, (name, answer)
    if "ROUTE_JWT" not in route.flags:
        for name, token in {**thief.bearers(), "EdDSA": thief.eddsa}.items():
            if token.count(".") == 2:
                assert call(stack, route, "", "", body, token=token).status == 401, name
    for query in (f"?userId={victim.id}", f"?token={victim.session}", f"?session={victim.value}"):
        check.error(call(stack, route, "", "", body, query), 401, code="UNAUTHORIZED")


@every(needing("NOTHING", "ORIGIN", "GUEST"))
def test_what_is_public_changes_nothing_of_who_is_named(stack, people, route, untouched):
    victim = people.victim
    query = f"?token={quote(victim.session)}&userId={victim.id}&callbackURL=/"
    for extra in ({}, {"email": victim.email}):
        body = {**greedy(victim), "password": "not the password", **extra}
        answer = stack.client.request(route.method, route.target(token=victim.session) + query,
                                      json=body if route.method == "POST" else None)
        assert answer.status < 500, answer
        assert not answer.all("Set-Cookie") or all(
            value == "" for value, _ in answer.cookies().values()), answer
        for secret in (victim.session, victim.email, victim.session_id):
            location = answer.header("Location") or ""
            assert secret.encode() not in answer.body and (
                secret not in location or "reset-password" in route.pattern), (secret, answer)


# --- D5: somebody else ----------------------------------------------------------------------------


def as_thief(route, thief):
    if route.need == "PROXY":
        return {"cookie": thief.cookie, "origin": ORIGIN}
    return {"token": thief.token}


@every([route for route in BEARER + PROXY if ":user" in route.pattern])
def test_another_users_path_is_403_whatever_is_behind_it(stack, people, route, untouched):
    thief, victim = people.thief, people.victim
    for task in (victim.task, thief.task, 999999999, 0, "abc"):
        answer = call(stack, route, victim.id, task, greedy(thief), **as_thief(route, thief))
        check.error(answer, 403, code="USER_MISMATCH")
    if route.need != "PROXY":
        for changes in ({"role": "admin"}, {"admin": True}, {"scope": "admin"},
                        {"permissions": ["*"]}, {"aud": ["fastapi-backend", "admin"]}):
            token = good_token(thief.id, **changes)
            answer = call(stack, route, victim.id, victim.task, greedy(victim), token=token)
            check.error(answer, 403, code="USER_MISMATCH")
        for token in [*thief.bearers().values(), thief.eddsa]:
            answer = call(stack, route, victim.id, victim.task, greedy(victim), token=token)
            check.error(answer, 403, code="USER_MISMATCH")


@every([route for route in BEARER + PROXY if ":id" in route.pattern])
def test_another_users_task_is_404_and_not_403(stack, people, route, untouched):
    """The user in the token, in the path and in the body: the token's alone counts."""
    thief, victim = people.thief, people.victim
    absent = call(stack, route, thief.id, 999999999, greedy(victim), **as_thief(route, thief))
    check.error(absent, 404, "Task not found")
    answer = call(stack, route, thief.id, victim.task, greedy(victim), **as_thief(route, thief))
    check.error(answer, 404, "Task not found")
    assert answer.body == absent.body


@every([route for route in BEARER + PROXY if ":id" not in route.pattern])
def test_a_list_and_a_new_task_are_the_callers_whoever_is_named(stack, people, route, untouched):
    thief, victim = people.thief, people.victim
    query = f"?user_id={victim.id}&userId={victim.id}" if route.method == "GET" else ""
    answer = call(stack, route, thief.id, "", greedy(victim), query, **as_thief(route, thief))
    assert answer.status in (200, 201), answer
    body = answer.json()
    for task in body["items"] if route.method == "GET" else [body]:
        assert task["user_id"] == thief.id and task["id"] != victim.task


@every(SIGNED_IN)
def test_no_route_of_a_session_touches_somebody_else(stack, people, route, untouched):
    """With a good session, and a body that names another everywhere."""
    who = Holder(stack.client)
    answer = call(stack, route, "", "", greedy(people.victim), cookie=who.cookie, origin=ORIGIN)
    assert answer.status < 500, answer
    for value in (people.victim.email, people.victim.id, people.victim.session):
        assert value.encode() not in answer.body, answer


# --- D3: a page of somebody else ------------------------------------------------------------------

FOREIGN = [
    {}, {"Origin": "null"}, {"Origin": ""}, {"Origin": "http://localhost:3002"},
    {"Origin": "http://localhost"}, {"Origin": "https://localhost:3000"},
    {"Origin": "http://evil.localhost:3000"}, {"Origin": "https://sub.app.example.org"},
    {"Origin": "http://localhost:3000.evil.example"}, {"Origin": "http://localhost:30000"},
    {"Origin": "http://localhost:3000@evil.example"}, {"Origin": "https://app.example.org.evil"},
    {"Origin": "https://evilapp.example.org"}, {"Origin": "http://localhost:3000, http://evil"},
    {"Origin": "evil"}, {"Origin": "file://"}, {"Origin": "http://[::1]:3000"},
    {"Referer": "https://evil.example/"},
    {"Referer": "https://evil.example/?http://localhost:3000"},
    {"Referer": "http://localhost:3000.evil.example/"}, {"Referer": "about:blank"},
    {"Origin": "https://evil.example", "Referer": "http://localhost:3000/"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-origin"},
    {"Origin": "null", "Referer": "http://localhost:3000/"},
    {"X-Forwarded-Host": "localhost:3000"}, {"X-Requested-With": "XMLHttpRequest"},
]


@every(WITH_COOKIES)
def test_a_page_of_another_origin_changes_nothing(stack, people, route, untouched):
    victim = people.victim
    body = greedy(victim)
    if "sign-up" in route.pattern or "signup" in route.pattern:
        body = {**body, "email": unique_email(), "name": "N"}
    elif route.better_auth or "sign-in" in route.pattern or "login" in route.pattern:
        body = {**body, "email": victim.email}
    if "update-user" in route.pattern:
        body.pop("email")
    for headers in FOREIGN:
        answer = call(stack, route, victim.id, victim.task, body, headers=headers,
                      cookie=f"{victim.cookie}; {victim.refresh_cookie}")
        assert answer.status == 403, (headers, answer)
        check.error(answer, 403)
        assert not answer.all("Set-Cookie"), (headers, answer)
        assert not answer.header("Access-Control-Allow-Origin"), (headers, answer)
    assert victim.is_alive()


@every(ROUTES)
def test_no_foreign_origin_is_ever_reflected(stack, people, route):
    who = people.thief
    for origin in ("https://evil.example", "null", "http://localhost:3000.evil.example", "*",
                   "https://sub.app.example.org"):
        target = route.target(who.id, 999999999)
        preflight = stack.client.request("OPTIONS", target, origin=origin, headers={
            "Access-Control-Request-Method": route.method,
            "Access-Control-Request-Headers": "authorization"})
        answers = [preflight, stack.client.request(route.method, target, origin=origin)]
        if route.need in ("USER", "OWNER") and route.method == "GET":
            answers.append(stack.client.get(target, origin=origin, token=who.token))
        for answer in answers:
            found = [name for name in answer.headers if name.lower().startswith("access-control-")]
            assert not found, (origin, answer, found)
            assert "Origin" in (answer.header("Vary") or ""), (origin, answer)


# --- D3: bodies of another type -------------------------------------------------------------------


class Caller:
    """A good session for one route after the other: some of them end it."""

    def __init__(self, stack):
        self.stack = stack
        self.holder = Holder(stack.client)
        self.task = create(stack.client, self.holder)["id"]
        # Or delete-user would want no password.
        stack.sql(f"""UPDATE "session" SET "createdAt" = '2001-01-01T00:00:00.000Z'
                      WHERE "userId" = '{self.holder.id}'""")

    def options(self, route):
        if not self.holder.is_alive():
            self.__init__(self.stack)
        if route.need in ("USER", "OWNER"):
            return {"token": self.holder.token}
        return {"cookie": self.holder.cookie, "origin": ORIGIN}

    def send(self, route, body, kind="application/json"):
        options = self.options(route)
        headers = {} if kind is None else {"Content-Type": kind}
        return self.stack.client.request(route.method, route.target(self.holder.id, self.task),
                                         body=body, headers=headers, **options)


@pytest.fixture(scope="module")
def caller(stack):
    return Caller(stack)


OBJECT = (b'{"title":"x","name":"x","email":"a@example.org","password":"12345678","token":"x",'
          b'"newPassword":"12345678","currentPassword":"12345678","newEmail":"b@example.org"}')


@ON_TWO_STACKS
@every(WITH_BODY)
def test_a_body_of_another_content_type_is_not_read(stack, caller, route):
    before = stack.sql('SELECT count(*) FROM "user"')
    forms = "ROUTE_SIGN_IN" in route.flags
    for kind in ("text/plain", "text/plain; application/json", "multipart/form-data; boundary=x",
                 "application/xml", "application/octet-stream", "application/x-json", "json", "",
                 "application/x-www-form-urlencoded", None):
        answer = caller.send(route, OBJECT, kind)
        known = (400, 415) if not kind or (forms and "form-u" in kind) else (415,)
        assert answer.status in known, (kind, answer)
        check.error(answer, answer.status)
    assert stack.sql('SELECT count(*) FROM "user"') == before


NO_OBJECT = {
    "array": b"[]", "null": b"null", "true": b"true", "number": b"7", "text": b'"text"',
    "objects in an array": b"[" + OBJECT + b"]", "nothing": b"", "space": b" ",
    "17 deep": OBJECT[:-1] + b',"x":' + b"[" * 16 + b"]" * 16 + b"}",
    "17 deep, objects": OBJECT[:-1] + b',"x":' + b'{"x":' * 16 + b"1" + b"}" * 16 + b"}",
    "as deep as can be": OBJECT[:-1] + b',"x":' + b"[" * 60_000,
    "twice": OBJECT + OBJECT, "cut": OBJECT[:-1], "not UTF-8": OBJECT[:-1] + b',"x":"\xff"}',
    "a member twice": OBJECT[:-1] + b',"password":"87654321","title":"y","token":"y"}',
}


@ON_TWO_STACKS
@every(WITH_BODY)
def test_what_is_no_json_object_is_refused(stack, caller, route, same_pool):
    before = stack.sql('SELECT count(*) FROM "user"')
    for name, body in NO_OBJECT.items():
        answer = caller.send(route, body)
        assert answer.status in (400, 422), (name, answer)
        check.error(answer, answer.status)
    assert stack.sql('SELECT count(*) FROM "user"') == before


CALLBACKS = ["callbackURL", "redirectTo", "errorCallbackURL", "newUserCallbackURL"]
MEMBERS = ["title", "description", "completed", "name", "email", "password", "newPassword",
           "currentPassword", "newEmail", "token", "rememberMe", "image", "revokeOtherSessions"]
CONFUSED = [[], {}, [["/"]], ["/"], {"$ne": ""}, {"toString": 1}, 0, -1, 1.5, 10 ** 30, True, None,
            ["/", "https://evil.example"], {"href": "https://evil.example"}]


def confused_bodies(route):
    """One member after the other; all at once where the route names none, and does what it does
    whatever the body holds."""
    for value in CONFUSED:
        for member in CALLBACKS:
            yield {member: value}
        if "ROUTE_OPTIONAL_BODY" in route.flags:
            yield dict.fromkeys(MEMBERS, value)
        else:
            yield from ({member: value} for member in MEMBERS)


@ON_TWO_STACKS
@every([route for route in ROUTES if route.takes_body])
def test_members_of_a_wrong_type_are_never_a_500(caller, route, same_pool):
    for body in confused_bodies(route):
        answer = caller.send(route, json.dumps(body).encode())
        assert answer.status < 500, (body, answer)
        assert answer.header("Location") is None or answer.status == 201, (body, answer)
        (member, value), *_ = body.items()
        if member in CALLBACKS and route.better_auth and value is not None:
            assert answer.status == 400, (body, answer)
