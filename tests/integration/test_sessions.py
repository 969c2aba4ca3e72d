"""Better Auth's sessions over plain HTTP: cookies, bearer tokens, sliding expiry, revocation, proxy."""

from datetime import datetime, timezone
from types import SimpleNamespace
from urllib.parse import unquote

import pytest

from harness import check
from harness.stack import ORIGIN, PASSWORD, create, epoch_ms, sign_up, unique_email

TOKEN = "better-auth.session_token"
FORGET = "better-auth.dont_remember"
CACHE = "better-auth.session_data"
REFRESH = "better-auth.refresh_token"
USER = {"id", "name", "email", "emailVerified", "image", "createdAt", "updatedAt"}
SESSION = {"id", "token", "userId", "expiresAt", "createdAt", "updatedAt", "ipAddress", "userAgent"}
DAY = 86400 * 1000


def sign_in(stack, email, **members):
    return stack.client.post("/api/auth/sign-in/email",
                             json={"email": email, "password": PASSWORD, **members})


def cookie_header(answer):
    return "; ".join(f"{name}={value}" for name, (value, _) in answer.cookies().items() if value)


def browser(stack, user=None, **members):
    """A session by sign-in/email and what a browser holds of it."""
    user = user or sign_up(stack.client)
    answer = sign_in(stack, user.email, **members)
    assert answer.status == 200, answer
    return SimpleNamespace(user=user, cookie=cookie_header(answer), token=answer.json()["token"],
                           jwt=answer.json()["jwt"], cookies=answer.cookies(), answer=answer)


@pytest.fixture
def who(stack):
    return browser(stack)


def get(stack, route, cookie=None, **options):
    return stack.client.get(f"/api/auth/{route}", cookie=cookie, **options)


def post(stack, route, cookie=None, **options):
    return stack.client.post(f"/api/auth/{route}", cookie=cookie, origin=ORIGIN, **options)


def is_alive(stack, cookie):
    answer = get(stack, "get-session", cookie)
    assert answer.status == 200
    return answer.json() is not None


def check_cleared(answer):
    cookies = answer.cookies()
    assert list(cookies) == [TOKEN, CACHE, FORGET, REFRESH]
    assert all(value == "" and attributes["max-age"] == "0"
               for value, attributes in cookies.values())


def move_end(stack, token, iso):
    stack.sql(f"""UPDATE "session" SET "expiresAt" = '{iso}' WHERE token = '{token}'""")


# --- get-session ----------------------------------------------------------------------------------


@pytest.mark.parametrize("route", ["get-session", "session"])
def test_get_session_answers_session_user_and_end(stack, who, route):
    answer = get(stack, route, who.cookie)
    body = answer.json()
    assert answer.status == 200 and set(body) == {"session", "user", "expiresAt"}
    assert set(body["session"]) == SESSION and set(body["user"]) == USER
    assert body["session"]["token"] == who.token
    assert body["session"]["userId"] == body["user"]["id"] == who.user.id
    assert body["expiresAt"] == epoch_ms(body["session"]["expiresAt"])
    assert body["expiresAt"] - epoch_ms(body["session"]["createdAt"]) == 7 * DAY
    for name in ("createdAt", "updatedAt", "expiresAt"):
        assert check.ISO_TIME.fullmatch(body["session"][name])
    assert answer.header("Cache-Control") == "no-store"
    assert answer.header("Pragma") == "no-cache"
    assert not answer.cookies()


def test_get_session_without_a_session_is_null(stack):
    for options in ({}, {"cookie": f"{TOKEN}=x.y"}, {"token": "a.b"}, {"token": "a.b.c"},
                    {"headers": {"Authorization": "Basic x"}}):
        answer = get(stack, "get-session", **options)
        assert answer.status == 200 and answer.json() is None and not answer.cookies()


BEARER = {
    "bare": lambda who: who.token,
    "signed": lambda who: unquote(who.cookies[TOKEN][0]),
    "percent-encoded": lambda who: who.cookies[TOKEN][0],
}


@pytest.mark.parametrize("spell", BEARER.values(), ids=BEARER)
def test_a_bearer_session_token_is_a_session_everywhere(stack, who, spell):
    token = spell(who)
    assert get(stack, "get-session", token=token).json()["session"]["token"] == who.token
    assert get(stack, "list-accounts", token=token).status == 200
    assert stack.client.get("/api/tasks", token=token).status == 200
    assert stack.client.get(f"/api/{who.user.id}/tasks", token=token).status == 200
    check.error(stack.client.get("/api/somebody/tasks", token=token), 403, code="USER_MISMATCH")
    assert create(stack.client, SimpleNamespace(token=token))["user_id"] == who.user.id


def test_the_bearer_header_replaces_the_cookie(stack, who):
    other = browser(stack)
    body = get(stack, "get-session", who.cookie, token=other.token).json()
    assert body["user"]["id"] == other.user.id
    answer = get(stack, "get-session", who.cookie, token="nobodys")
    assert answer.json() is None
    check_cleared(answer)
    # What is not rightly signed is ignored.
    for token in ("x." + who.token, unquote(other.cookies[TOKEN][0])[:-2] + "x="):
        body = get(stack, "get-session", who.cookie, token=token).json()
        assert body["user"]["id"] == who.user.id


def test_a_jwt_stands_for_its_session_in_get_session_only(stack, who):
    assert get(stack, "get-session", token=who.jwt).json()["session"]["token"] == who.token
    check.error(get(stack, "list-sessions", token=who.jwt), 401, code="UNAUTHORIZED")
    assert post(stack, "revoke-sessions", who.cookie).status == 200
    assert get(stack, "get-session", token=who.jwt).json() is None


def test_a_dead_session_clears_its_cookies(stack, who):
    stack.sql(f"""DELETE FROM "session" WHERE token = '{who.token}'""")
    answer = get(stack, "get-session", who.cookie)
    assert answer.json() is None
    check_cleared(answer)
    answer = get(stack, "list-accounts", who.cookie)
    check.error(answer, 401, "Unauthorized", code="UNAUTHORIZED")
    check_cleared(answer)
    check.unauthorized(stack.client.get("/api/tasks", token=who.token), "Invalid token")


def test_an_expired_session_is_deleted_on_sight_with_its_refresh_family(stack, who):
    move_end(stack, who.token, "2001-01-01T00:00:00.000Z")
    assert get(stack, "get-session", who.cookie).json() is None
    assert not stack.sql(f"""SELECT id FROM "session" WHERE token = '{who.token}'""")
    check.error(post(stack, "refresh", who.cookie), 401, code="INVALID_REFRESH_TOKEN")


# --- sliding expiry, rememberMe -------------------------------------------------------------------


def test_a_session_slides_once_a_day_is_used_up(stack, who):
    assert not get(stack, "get-session", who.cookie).cookies(), "it is new"
    created = epoch_ms(get(stack, "get-session", who.cookie).json()["session"]["createdAt"])
    # As if it had been made a day ago: six days are left.
    end = datetime.fromtimestamp((created + 6 * DAY) // 1000, timezone.utc)
    move_end(stack, who.token, end.strftime("%Y-%m-%dT%H:%M:%S.000Z"))
    assert not get(stack, "get-session?disableRefresh=true", who.cookie).cookies()
    answer = get(stack, "list-accounts", who.cookie)
    value, attributes = answer.cookies()[TOKEN]
    assert (value, attributes["max-age"]) == (who.cookies[TOKEN][0], "604800")
    assert answer.header("set-auth-token") == unquote(value)
    body = get(stack, "get-session", who.cookie).json()
    assert body["expiresAt"] >= created + 7 * DAY


def test_a_session_that_is_not_remembered_lasts_a_day_and_does_not_slide(stack):
    who = browser(stack, rememberMe=False)
    assert list(who.cookies) == [TOKEN, FORGET, REFRESH]
    assert all("max-age" not in attributes for _, attributes in who.cookies.values())
    body = get(stack, "get-session", who.cookie).json()
    assert body["expiresAt"] - epoch_ms(body["session"]["createdAt"]) == DAY
    # Less than six days are left, but the mark of the browser forbids it.
    assert not get(stack, "get-session", who.cookie).cookies()
    # Without the mark it is extended: it is a common session then.
    cookie = f"{TOKEN}={who.cookies[TOKEN][0]}"
    assert not get(stack, "get-session?disableRefresh=true", cookie).cookies()
    answer = get(stack, "get-session", cookie)
    assert list(answer.cookies()) == [TOKEN]
    assert answer.cookies()[TOKEN][1]["max-age"] == "604800"
    assert answer.header("set-auth-token") == unquote(who.cookies[TOKEN][0])
    assert answer.json()["expiresAt"] > body["expiresAt"]
    assert answer.json()["session"]["token"] == who.token


def test_a_remembered_sign_in_takes_the_mark_away(stack):
    who = browser(stack, rememberMe=False)
    answer = stack.client.post("/api/auth/sign-in/email", cookie=who.cookie, origin=ORIGIN,
                               json={"email": who.user.email, "password": PASSWORD})
    value, attributes = answer.cookies()[FORGET]
    assert (value, attributes["max-age"]) == ("", "0")
    assert answer.cookies()[TOKEN][1]["max-age"] == "604800"


# --- lists and revocation -------------------------------------------------------------------------


def test_list_sessions_lists_the_users_own(stack, who):
    other = browser(stack, who.user)
    browser(stack)
    answer = get(stack, "list-sessions", who.cookie)
    assert answer.status == 200
    listed = {session["token"]: session for session in answer.json()}
    assert {who.token, other.token} <= set(listed)
    assert all(set(session) == SESSION and session["userId"] == who.user.id
               for session in listed.values())
    check.error(get(stack, "list-sessions"), 401, "Unauthorized", code="UNAUTHORIZED")


def test_list_sessions_wants_a_fresh_session(stack, who):
    stack.sql(f"""UPDATE "session" SET "createdAt" = '2001-01-01T00:00:00.000Z'
                  WHERE token = '{who.token}'""")
    check.error(get(stack, "list-sessions", who.cookie), 403, code="SESSION_NOT_FRESH")
    assert get(stack, "list-accounts", who.cookie).status == 200


def test_revoke_session_ends_the_users_own_only(stack, who):
    other, victim = browser(stack, who.user), browser(stack)
    for token in (victim.token, "unknown", ""):
        answer = post(stack, "revoke-session", who.cookie, json={"token": token})
        assert answer.status == 200 and answer.json() == {"status": True}
        assert not answer.cookies()
    assert is_alive(stack, victim.cookie)
    post(stack, "revoke-session", who.cookie, json={"token": other.token})
    assert not is_alive(stack, other.cookie) and is_alive(stack, who.cookie)
    answer = post(stack, "revoke-session", who.cookie, json={"token": who.token})
    assert answer.json() == {"status": True}
    check_cleared(answer)
    assert not is_alive(stack, who.cookie)


@pytest.mark.parametrize("options", [{}, {"json": {}}], ids=["no-body", "empty-object"])
def test_revoke_other_sessions_leaves_this_one(stack, who, options):
    other = browser(stack, who.user)
    answer = post(stack, "revoke-other-sessions", who.cookie, **options)
    assert answer.json() == {"status": True} and not answer.cookies()
    assert is_alive(stack, who.cookie) and not is_alive(stack, other.cookie)
    check.error(post(stack, "refresh", other.cookie), 401)


def test_revoke_sessions_ends_them_all(stack, who):
    other, stranger = browser(stack, who.user), browser(stack)
    answer = post(stack, "revoke-sessions", who.cookie)
    assert answer.json() == {"status": True}
    check_cleared(answer)
    assert not is_alive(stack, who.cookie) and not is_alive(stack, other.cookie)
    assert is_alive(stack, stranger.cookie)
    for token in (who.jwt, who.token, other.jwt, who.user.token):
        check.unauthorized(stack.client.get("/api/tasks", token=token))
    check.error(post(stack, "refresh", who.cookie), 401)


@pytest.mark.parametrize("route", ["revoke-session", "revoke-sessions", "revoke-other-sessions",
                                   "sign-out", "update-user", "change-password"])
def test_a_foreign_page_revokes_nothing(stack, who, route):
    for origin, code in (("https://evil.example", "INVALID_ORIGIN"),
                         ("null", "MISSING_OR_NULL_ORIGIN"), (None, "MISSING_OR_NULL_ORIGIN")):
        answer = stack.client.post(f"/api/auth/{route}", cookie=who.cookie, origin=origin,
                                   json={"token": who.token})
        check.error(answer, 403, code=code)
    assert is_alive(stack, who.cookie)


def test_post_get_session_is_405(stack):
    check.error(post(stack, "get-session", json={}), 405,
                code="METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED")


@pytest.mark.parametrize("method,route", [
    ("POST", "list-sessions"), ("GET", "revoke-session"), ("PUT", "get-session"),
    ("GET", "sign-in/email"), ("DELETE", "sign-out"), ("GET", "unknown"), ("GET", "get-session/"),
    ("GET", "Get-Session"), ("POST", "forget-password"), ("POST", "set-password")])
def test_other_methods_and_paths_are_404_without_a_body(stack, who, method, route):
    answer = stack.client.request(method, f"/api/auth/{route}", cookie=who.cookie, origin=ORIGIN)
    assert answer.status == 404 and answer.body == b""
    assert answer.header("Content-Type") is None or stack.server == "lighttpd"


# --- proxy ----------------------------------------------------------------------------------------


def test_the_proxy_serves_tasks_to_the_session_cookie(stack, who):
    path = f"/api/proxy/{who.user.id}/tasks"
    created = stack.client.post(path, json={"title": "t"}, cookie=who.cookie, origin=ORIGIN)
    assert created.status == 201
    task = check.task(created.json(), who.user.id)
    assert created.header("Location") == f"{path}/{task['id']}"
    one = f"{path}/{task['id']}"
    assert stack.client.get(path, cookie=who.cookie).json()["items"] == [task]
    assert stack.client.get(one, cookie=who.cookie).json() == task
    options = {"cookie": who.cookie, "origin": ORIGIN}
    assert stack.client.put(one, json={"title": "u"}, **options).json()["title"] == "u"
    assert stack.client.patch(f"{one}/complete", **options).json()["completed"] is True
    assert stack.client.delete(one, **options).status == 200


def test_the_proxy_takes_no_header_and_no_foreign_page(stack, who):
    path = f"/api/proxy/{who.user.id}/tasks"
    for options in ({}, {"token": who.token}, {"token": who.jwt}, {"cookie": "a=b"},
                    {"cookie": f"{TOKEN}={who.token}"}):
        body = check.error(stack.client.get(path, **options), 401)
        assert (body["error"], body["message"]) == ("Unauthorized", "No session token found")
    for origin in ("https://evil.example", "null", None):
        check.error(stack.client.post(path, json={"title": "t"}, cookie=who.cookie, origin=origin),
                    403)
    assert stack.client.get(path, cookie=who.cookie).json()["total"] == 0
    check.error(stack.client.get("/api/proxy/somebody/tasks", cookie=who.cookie), 403,
                code="USER_MISMATCH")
    check.unauthorized(stack.client.get("/api/tasks", cookie=who.cookie))


# --- settings -------------------------------------------------------------------------------------


def test_a_pure_verifier_serves_tasks_and_no_accounts(make_pool):
    client = make_pool(AUTH_ROUTES="off").client
    for method, route in (("GET", "get-session"), ("POST", "sign-in"), ("POST", "sign-up/email"),
                          ("POST", "sign-out"), ("GET", "token")):
        answer = client.request(method, f"/api/auth/{route}", json={})
        assert answer.status == 404 and answer.body == b""
    assert client.get("/api/auth/ok").json() == {"ok": True}
    assert client.get("/api/auth/jwks").status == 200


def test_cookie_names_follow_the_base_url_and_the_aliases(make_pool):
    client = make_pool(BASE_URL="https://app.example.org", COOKIE_ALIASES="better-auth-token").client
    answer = client.post("/api/auth/sign-up/email",
                         json={"name": "", "email": unique_email(), "password": PASSWORD})
    cookies = answer.cookies()
    assert list(cookies) == [f"__Secure-{TOKEN}", "better-auth-token", f"__Secure-{REFRESH}"]
    assert all(attributes.get("secure") for _, attributes in cookies.values())
    value = cookies[f"__Secure-{TOKEN}"][0]
    assert cookies["better-auth-token"][0] == value
    for name, alive in ((f"__Secure-{TOKEN}", True), (TOKEN, True), ("better-auth-token", False)):
        session = client.get("/api/auth/get-session", cookie=f"{name}={value}").json()
        assert (session is not None) == alive
