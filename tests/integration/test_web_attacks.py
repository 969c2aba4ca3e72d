"""List D3 of attacks from the web that are not of one route: redirects, headers made of what a
client sent, cookies of somebody else. test_route_attacks.py tries the rest on every route."""

import json
from urllib.parse import quote, urlsplit

import pytest

from conftest import ON_TWO_STACKS
from harness import check
from harness.people import REFRESH, SESSION, Holder
from harness.routes import ROUTES
from harness.stack import ORIGIN, PASSWORD, create, good_token, listed, unique_email, visitor

# --- open redirects -------------------------------------------------------------------------------

ELSEWHERE = [
    "//evil.example", "///evil.example", "/\\evil.example", "\\/evil.example", "\\\\evil.example",
    "/\\/evil.example", "/\t/evil.example", "\t//evil.example", " //evil.example",
    "/\n/evil.example", "%09//evil.example", "/%2f/evil.example", "/%2F%2fevil.example",
    "/%5cevil.example",
    "%2f%2fevil",
    "https://evil.example", "HTTPS://EVIL.EXAMPLE", "https:evil.example", "https:/evil.example",
    "https:///evil.example", "https:\\\\evil.example", "http://localhost:3000.evil.example",
    "http://localhost:3000@evil.example", "http://localhost:3000%5c@evil.example",
    "http://evil.example#http://localhost:3000", "http://evil.example?http://localhost:3000",
    "http://evil.example/http://localhost:3000", "http://localhost:3001.evil.example/",
    "http://localhost", "https://localhost:3000", "http://localhost:30000",
    "http://sub.localhost:3000/", "//localhost:3000/x", "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)", "data:text/html,<script>", "vbscript:x", "file:///etc/passwd",
    "blob:http://localhost:3000/x", "about:blank", "evil.example", "./x", "../x", "x", "?x", "#x",
    "\uff0f\uff0fevil.example", "http://\u2024evil.example",
    "http://localhost:3000\u3002evil.example",
    "/x\r\nLocation: https://evil.example", "/x\0", "http://127.1:3000/", "http://2130706433:3000",
]
CALLBACKS = {"callbackURL": "INVALID_CALLBACK_URL", "redirectTo": "INVALID_REDIRECT_URL",
             "errorCallbackURL": "INVALID_ERROR_CALLBACK_URL",
             "newUserCallbackURL": "INVALID_NEW_USER_CALLBACK_URL"}
POSTED = [route for route in ROUTES if route.better_auth and route.method == "POST"]
LINKS = ["/api/auth/verify-email?token=x", "/api/auth/reset-password/x?",
         "/api/auth/delete-user/callback?token=x"]


def goes_elsewhere(answer):
    """Whether a browser would leave our origins."""
    target = answer.header("Location")
    if target is None:
        return False
    assert not set(target) & set("\\\t\r\n \0"), target
    parts = urlsplit(target)
    ours = ("localhost:3000", "localhost:3001", "app.example.org", "localhost:8080", "")
    return parts.netloc not in ours or target.startswith("//") or parts.scheme not in (
        "", "http", "https")


@pytest.fixture(scope="module")
def holder(stack):
    return Holder(stack.client)


@ON_TWO_STACKS
@pytest.mark.parametrize("route", POSTED, ids=map(repr, POSTED))
def test_no_body_sends_a_browser_elsewhere(stack, holder, route):
    """Whether the route uses the member or not."""
    for member, code in CALLBACKS.items():
        for url in ELSEWHERE:
            options = {"cookie": holder.cookie, "origin": ORIGIN}
            body = {"email": holder.email, "password": "not " + PASSWORD, "name": "N", member: url}
            answer = stack.client.post(route.target(), json=body, **options)
            refused = (400, "BAD_REQUEST") if "\0" in url else (403, code)
            assert (answer.status, answer.json()["code"]) == refused, (member, url, answer)
            assert answer.header("Location") is None and not answer.all("Set-Cookie"), (url, answer)
    for url in ("//evil.example", "https://evil.example", "javascript:x"):
        target = f"{route.target()}?callbackURL={quote(url, safe='')}"
        answer = stack.client.post(target, json={}, **options)
        check.error(answer, 403, code="INVALID_CALLBACK_URL")
    assert holder.is_alive()


@ON_TWO_STACKS
@pytest.mark.parametrize("link", LINKS)
def test_no_link_sends_a_browser_elsewhere(stack, holder, link):
    for url in ELSEWHERE:
        for cookie in (None, holder.cookie):
            answer = stack.client.get(f"{link}&callbackURL={quote(url, safe='')}", cookie=cookie)
            assert answer.status in (400, 403), (url, answer)
            assert answer.header("Location") is None, (url, answer)
    for query in ("callbackURL[]=https://evil.example", "callbackURL[href]=https://evil.example",
                  "callbackurl=https://evil.example", "CallbackURL=https://evil.example",
                  "callbackURL=/x&callbackURL=https://evil.example",
                  "callbackURL=https://evil.example&callbackURL=/x", "callbackURL",
                  "callbackURL=", "callbackURL=/x%", "callbackURL=/%ff", "callbackURL=%00",
                  "next=https://evil.example", "redirectTo=https://evil.example"):
        for cookie in (None, holder.cookie):
            answer = stack.client.get(f"{link}&{query}", cookie=cookie)
            assert answer.status < 500, (query, answer)
            assert not goes_elsewhere(answer), (query, answer)


def test_a_path_of_our_own_is_where_a_browser_may_go(stack, holder):
    for url in ("/", "/in?a=b&c=//d", "/in#x", "http://localhost:3000/in", ORIGIN,
                "https://app.example.org/a?b#c",
                # To a browser this is the path /@evil.example (WHATWG URL standard).
                "http://localhost:3000\\@evil.example"):
        body = {"email": holder.email, "password": PASSWORD, "callbackURL": url}
        answer = stack.client.post("/api/auth/sign-in/email", json=body)
        assert answer.status == 200 and answer.json()["url"] == url, answer
        assert not goes_elsewhere(answer), answer


# --- headers made of what a client sent -----------------------------------------------------------

BREAKS = ["%0d%0a", "%0a", "%0d", "%0d%0a%20", "%e5%98%8d%e5%98%8a", "%c4%8d%c4%8a", "%e2%80%a8",
          "%c2%85", "%0b", "%0c", "%1c", "%00", "%250d%250a", "%u000d%u000a", "\\r\\n", "%5cr%5cn"]
ECHOED = [
    "/api/tasks?limit=1&q={}", "/api/tasks?limit=1&sort={}", "/api/tasks?limit=1&cursor={}",
    "/api/tasks?limit=1&completed={}", "/api/tasks?limit=1&{}=1", "/api/tasks/{}", "/api/{}/tasks",
    "/api/auth/verify-email?token=x&callbackURL=/x{}", "/api/auth/verify-email?token={}",
    "/api/auth/verify-email?token={}&callbackURL=/x", "/api/auth/reset-password/{}?callbackURL=/x",
    "/api/auth/reset-password/x?callbackURL=/x{}", "/api/auth/reset-password/x?callbackURL=/x?a={}",
    "/api/auth/delete-user/callback?token={}&callbackURL=/x",
    "/api/auth/delete-user/callback?token=x&callbackURL=/x?{}", "/api/auth/error?error={}",
    "/api/auth/error?error=x&error_description={}", "/api/auth/{}", "/{}",
]


def check_whole(answer, what):
    """Nothing that the client wrote became a header or a second answer."""
    assert answer.status < 500, (what, answer)
    names = {name.lower() for name in answer.headers}
    assert "x-injected" not in names, (what, answer.headers.items())
    for name, value in answer.headers.items():
        assert not any(ord(c) < 0x20 or ord(c) > 0x7e for c in value), (what, name, value)
    assert not answer.all("Set-Cookie") or "evil" not in str(answer.all("Set-Cookie")), what


@ON_TWO_STACKS
@pytest.mark.parametrize("target", ECHOED)
def test_no_part_of_a_target_becomes_a_header(stack, target, same_pool):
    user = visitor()
    create(stack.client, user, "X-Injected: 1")
    create(stack.client, user, "X-Injected: 1")
    for line_break in BREAKS:
        for text in ("X-Injected:%201", "Set-Cookie:%20evil=1", "{}X-Injected:1{}<b>".format(
                line_break, line_break)):
            path = target.format(line_break + text)
            check_whole(stack.client.get(path, token=user.token), path)
            check_whole(stack.client.get(path, origin=ORIGIN), path)


@ON_TWO_STACKS
def test_no_member_of_a_body_becomes_a_header(stack, same_pool):
    for evil in ("\r\nX-Injected: 1", "\nX-Injected: 1", "\rX-Injected: 1", "\r\n\r\n<script>",
                 "\u560d\u560aX-Injected: 1", "\u2028X-Injected: 1", "\x0bX-Injected: 1"):
        email = unique_email()
        body = {"email": email, "password": PASSWORD, "name": "N" + evil, "image": "/i" + evil}
        for route in ("sign-up", "sign-up/email"):
            check_whole(stack.client.post(f"/api/auth/{route}", json=body), (route, evil))
        answer = stack.client.post("/api/auth/sign-in/email",
                                   json={"email": email, "password": PASSWORD})
        assert answer.status == 200
        check_whole(answer, evil)
        session = stack.client.get("/api/auth/get-session", token=answer.json()["token"])
        assert session.json()["user"]["name"] == "N" + evil
        check_whole(session, evil)
        for member in ("callbackURL", "redirectTo", "email", "password", "token"):
            evil_body = {"email": email, "password": PASSWORD, member: "/x" + evil}
            for route in ("sign-in/email", "sign-in", "request-password-reset", "reset-password"):
                check_whole(stack.client.post(f"/api/auth/{route}", json=evil_body), (route, evil))
        user = visitor()
        answer = stack.client.post("/api/tasks", token=user.token,
                                   json={"title": "t" + evil, "description": evil})
        check_whole(answer, evil)
        assert answer.status == 201 and answer.json()["title"] == "t" + evil


def test_no_user_id_of_a_token_becomes_a_header(stack, same_pool):
    """The header Location of a new task has the user of the path in it."""
    for evil in ("u\r\nX-Injected: 1", "u\nX-Injected: 1", "u\u0001", "u\u007f", "u/../../x",
                 "u;a=b",
                 "u\\x", "\u00fc \u540d", "u\u2028x", "%0d%0aX-Injected:%201", "<script>", "u\"x"):
        token = good_token(evil)
        for path in ("/api/tasks", f"/api/{quote(evil, safe='')}/tasks"):
            answer = stack.client.post(path, token=token, json={"title": "t"})
            check_whole(answer, (evil, path))
            if answer.status == 201:
                location = answer.header("Location")
                assert stack.client.get(location, token=token).json() == answer.json(), location


# What HTTP allows in a field's value, and what it does not: a web server may refuse the latter.
ODD_VALUES = ["evil\x01", "evil\x0b", "evil\x7f", "evil\xe9", "evil\t1", "evil" * 200, "\"", "a\\b"]


@ON_TWO_STACKS
@pytest.mark.parametrize("name", ["Origin", "Referer", "Content-Type", "User-Agent", "Cookie",
                                  "X-Request-Id", "X-Forwarded-For", "X-Forwarded-Host", "Accept",
                                  "Access-Control-Request-Headers", "Authorization",
                                  "If-None-Match"])
def test_no_header_of_a_request_becomes_one_of_the_answer(stack, name, same_pool):
    for value in ODD_VALUES:
        for method, path in (("GET", "/api/tasks"), ("POST", "/api/auth/sign-in/email"),
                             ("OPTIONS", "/api/tasks"), ("GET", "/api/auth/get-session")):
            headers = {name: value}
            if method == "OPTIONS":
                headers["Access-Control-Request-Method"] = "GET"
            answer = stack.client.request(method, path, headers=headers, body=b"{}"
                                          if method == "POST" else None)
            assert answer.status < 500, (method, path, value, answer)
            for field in answer.headers:
                if field.lower() not in ("server", "date"):
                    assert "evil" not in answer.header(field), (name, value, field)


# --- cookies of somebody else ---------------------------------------------------------------------


def whose(stack, cookie):
    """The user that a cookie header makes somebody, None for nobody; told by two routes."""
    answer = stack.client.get("/api/auth/get-session", cookie=cookie)
    assert answer.status == 200
    user = answer.json() and answer.json()["user"]["id"]
    accounts = stack.client.get("/api/auth/list-accounts", cookie=cookie)
    assert accounts.status == (200 if user else 401)
    return user


def test_of_two_session_cookies_neither_counts(stack):
    """A neighbouring site sets one with a wider domain or a longer path; either may come first."""
    victim, thief = Holder(stack.client), Holder(stack.client)
    ours, theirs = victim.cookie, thief.cookie
    assert whose(stack, ours) == victim.id
    assert whose(stack, f"{ours}; {ours}") == victim.id
    for cookie in (f"{ours}; {theirs}", f"{theirs}; {ours}", f"a=b; {theirs}; c=d; {ours}",
                   f"{ours}; {SESSION}=", f"{SESSION}=x; {ours}", f"{ours}, {theirs}",
                   f"{ours};{theirs}", f"{theirs} ; {ours} "):
        assert whose(stack, cookie) is None, cookie
        path = f"/api/proxy/{victim.id}/tasks"
        check.error(stack.client.post(path, json={"title": "t"}, cookie=cookie, origin=ORIGIN), 401)
        stack.client.post("/api/auth/sign-out", cookie=cookie, origin=ORIGIN)
        stack.client.post("/api/auth/revoke-sessions", cookie=cookie, origin=ORIGIN)
    assert victim.is_alive() and thief.is_alive()


def test_two_lines_of_cookies_count_as_one(stack):
    victim, thief = Holder(stack.client), Holder(stack.client)
    for lines in ([("Cookie", victim.cookie), ("Cookie", thief.cookie)],
                  [("Cookie", thief.cookie), ("Cookie", "a=b"), ("Cookie", victim.cookie)]):
        answer = stack.client.get("/api/auth/get-session", headers=lines)
        assert answer.status == 400 or answer.json() is None, (lines, answer)
    answer = stack.client.get("/api/auth/get-session",
                              headers=[("Cookie", "a=b"), ("Cookie", victim.cookie)])
    assert answer.status == 400 or answer.json()["user"]["id"] == victim.id


def test_of_two_refresh_cookies_neither_counts_and_neither_is_used_up(stack):
    victim, thief = Holder(stack.client), Holder(stack.client)
    for cookie in (f"{victim.refresh_cookie}; {thief.refresh_cookie}",
                   f"{thief.refresh_cookie}; {victim.refresh_cookie}"):
        for method in ("GET", "POST"):
            answer = stack.client.request(method, "/api/auth/refresh", cookie=cookie, origin=ORIGIN)
            check.error(answer, 401)
    for holder in (victim, thief):
        answer = stack.client.post("/api/auth/refresh", cookie=holder.refresh_cookie, origin=ORIGIN)
        assert answer.status == 200 and answer.json()["user"]["id"] == holder.id


@pytest.mark.parametrize("name", [
    SESSION.upper(), f"{SESSION}x", f"x{SESSION}", f"{SESSION}[]", f"{SESSION}%20",
    f"\"{SESSION}\"",
    "better-auth_session_token", "better-auth.session%5ftoken", "session_token",
    "__Host-" + SESSION,
    "__secure-" + SESSION, "__Secure-__Secure-" + SESSION, "", "better-auth"])
def test_no_other_name_is_the_session_cookie(stack, holder, name):
    assert whose(stack, f"{name}={holder.value}") is None


class Https:
    """Somebody with a session at a program whose own URL is https."""

    def __init__(self, client):
        self.client = client
        answer = client.post("/api/auth/sign-up",
                             json={"email": unique_email(), "password": PASSWORD})
        assert answer.status == 201
        self.id = answer.json()["user"]["id"]
        cookies = answer.cookies()
        assert all(name.startswith("__Secure-") and attributes["secure"] is True
                   for name, (_, attributes) in cookies.items())
        self.value = cookies["__Secure-" + SESSION][0]
        self.refresh = cookies["__Secure-" + REFRESH][0]


def test_on_https_a_cookie_without_the_prefix_never_wins(make_pool):
    """A page that is not https cannot set the name with the prefix, only the one without."""
    pool = make_pool(BASE_URL="https://tasks.example.org")
    victim, thief = Https(pool.client), Https(pool.client)
    secure, other = f"__Secure-{SESSION}={victim.value}", f"__Secure-{SESSION}={thief.value}"
    plain = f"{SESSION}={thief.value}"
    assert whose(pool, secure) == victim.id
    for cookie in (f"{secure}; {plain}", f"{plain}; {secure}", f"{plain}; {secure}; {SESSION}=x"):
        assert whose(pool, cookie) == victim.id, cookie
    # Two that differ are nobody's, and make no room for a third.
    for cookie in (f"{secure}; {other}", f"{secure}; {other}; {plain}",
                   f"{plain}; {other}; {secure}",
                   f"__Secure-{SESSION}=; {plain}", f"__Secure-{SESSION}=x.y; {plain}"):
        assert whose(pool, cookie) is None, cookie
    origin = "https://tasks.example.org"
    secure, plain = f"__Secure-{REFRESH}={victim.refresh}", f"{REFRESH}={thief.refresh}"
    other = f"__Secure-{REFRESH}={thief.refresh}"
    for cookie in (f"{secure}; {other}", f"{secure}; {other}; {plain}",
                   f"__Secure-{REFRESH}=x; {plain}"):
        check.error(pool.client.post("/api/auth/refresh", cookie=cookie, origin=origin), 401)
    answer = pool.client.post("/api/auth/refresh", cookie=f"{plain}; {secure}", origin=origin)
    assert answer.status == 200 and answer.json()["user"]["id"] == victim.id


# --- members that nobody may assign ---------------------------------------------------------------

GREEDY = {
    "id": "root", "userId": "root", "user_id": "root", "emailVerified": True,
    "email_verified": True,
    "createdAt": "2001-01-01T00:00:00.000Z", "created_at": "2001-01-01T00:00:00.000Z",
    "updatedAt": "2001-01-01T00:00:00.000Z", "updated_at": "2001-01-01T00:00:00.000Z",
    "role": "admin", "isAdmin": True, "admin": True, "banned": False, "banReason": "x",
    "banExpires": "2099-01-01T00:00:00.000Z", "scope": "admin", "permissions": ["*"],
    "expiresAt": "2099-01-01T00:00:00.000Z", "sessionId": "root", "accountId": "root",
    "providerId": "github", "ipAddress": "203.0.113.1", "userAgent": "evil",
    "impersonatedBy": "root",
    "activeOrganizationId": "root", "__proto__": {"role": "admin"},
    "constructor": {"role": "admin"},
    "user": {"role": "admin", "emailVerified": True, "id": "root"},
    "session": {"userId": "root", "expiresAt": "2099-01-01T00:00:00.000Z"},
    "data": {"role": "admin"}, "user[role]": "admin", "user.role": "admin",
    "$set": {"role": "admin"},
}


def row(stack, table, column, value):
    """The only one, as texts by column."""
    if stack.database.startswith("sqlite"):
        names = [name[1] for name in stack.sql(f"PRAGMA table_info({table})")]
    else:
        names = [name[0] for name in stack.sql(
            f"SELECT column_name FROM information_schema.columns WHERE table_name = "
            f"'{table.strip(chr(34))}' AND table_schema = 'public' ORDER BY ordinal_position")]
    rows = stack.sql(f"SELECT * FROM {table} WHERE {column} = '{value}'")
    assert len(rows) == 1
    return dict(zip(names, map(str, rows[0])))


def check_modest(values):
    """Nothing of GREEDY is in a row."""
    text = " ".join(values.values())
    for word in ("root", "admin", "2001-", "2099-", "github", "203.0.113.1", "evil", "{"):
        assert word not in text, values
    for name in ("role", "banReason", "impersonatedBy"):
        assert values.get(name, "") in ("", "None", "NULL"), values


@pytest.mark.parametrize("route", ["sign-up", "signup", "sign-up/email"])
def test_a_sign_up_assigns_nothing_but_what_it_asks_for(stack, route):
    email = unique_email()
    body = {"email": email, "password": PASSWORD, "name": "N", **GREEDY}
    answer = stack.client.post(f"/api/auth/{route}", json=body, headers={"User-Agent": "tests"})
    assert answer.status in (200, 201), answer
    user = row(stack, '"user"', '"email"', email)
    check_modest(user)
    assert user["emailVerified"] in ("0", "f", "False") and user["name"] == "N"
    assert answer.json()["user"]["emailVerified"] is False
    check_modest(row(stack, "account", '"userId"', user["id"]))
    session = row(stack, '"session"', '"userId"', user["id"])
    check_modest(session)
    assert session["userAgent"] == "tests"
    assert b"admin" not in answer.body and b"root" not in answer.body


@pytest.mark.parametrize("route, body", [
    ("sign-in/email", {}), ("sign-in", {}), ("login", {}), ("update-user", {"name": "M"}),
    ("change-password", {"currentPassword": PASSWORD, "newPassword": "new " + PASSWORD}),
    ("update-session", {"token": "x", "expiresAt": "2099-01-01T00:00:00.000Z"}),
    ("verify-password", {"password": PASSWORD}), ("send-verification-email", {}),
    ("request-password-reset", {}), ("logout", {}), ("sign-out", {}),
])
def test_no_account_route_assigns_what_it_was_not_asked_for(stack, route, body):
    holder = Holder(stack.client)
    before = row(stack, '"user"', '"id"', holder.id)
    account = row(stack, "account", '"userId"', holder.id)
    session = row(stack, '"session"', '"token"', holder.session)
    extra = {} if route in ("update-user", "update-session") else {
        "email": holder.email, "password": PASSWORD}
    answer = holder.post(route, {**GREEDY, **extra, **body})
    assert answer.status in (200, 400), answer
    after = row(stack, '"user"', '"id"', holder.id)
    check_modest(after)
    changed = {name for name in after if after[name] != before[name]}
    assert changed <= ({"name", "updatedAt"} if route == "update-user" else set()), changed
    now = row(stack, "account", '"userId"', holder.id)
    assert {name for name in now if now[name] != account[name]} <= {"password", "updatedAt"}
    if holder.is_alive():
        now = row(stack, '"session"', '"token"', holder.session)
        assert now == session


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_no_task_route_assigns_what_it_was_not_asked_for(stack, method):
    user, other = visitor(), visitor()
    task = create(stack.client, other, "theirs")
    target = create(stack.client, user, "mine")
    path = "/api/tasks" if method == "POST" else f"/api/tasks/{target['id']}"
    greedy = {**GREEDY, "id": task["id"], "user_id": other.id, "userId": other.id}
    for text in (json.dumps({"title": "x", **greedy}), json.dumps({**greedy, "title": "x"})):
        answer = stack.client.request(method, path, token=user.token, body=text.encode(),
                                      headers={"Content-Type": "application/json"})
        assert answer.status in (200, 201), answer
        made = check.task(answer.json(), user.id)
        assert made["id"] != task["id"] and not made["created_at"].startswith("2001")
        check_modest(row(stack, "tasks", "id", made["id"]))
    assert listed(stack.client, other) == [task]
