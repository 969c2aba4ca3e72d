"""The cookie cache (COOKIE_CACHE) through real web servers: their buffers, several workers."""

import pytest

from conftest import BASIC_SETTINGS, database_url, serving, short_directory
from harness import check
from harness.stack import ORIGIN, PASSWORD, sign_in, sign_up

CACHE = "better-auth.session_data"
TOKEN = "better-auth.session_token"
SITES = [("nginx", "sqlite", "jwe"), ("lighttpd", "postgresql", "jwe"),
         ("nginx", "postgresql", "compact"), ("lighttpd", "sqlite", "jwt")]


@pytest.fixture(scope="module", params=SITES, ids="-".join)
def site(request):
    server, store, form = request.param
    with short_directory() as directory:
        settings = {**BASIC_SETTINGS, "COOKIE_CACHE": form, "COOKIE_CACHE_MAX_AGE": "600",
                    "DATABASE_URL": database_url(request, store, directory, "cache")}
        with serving(directory, "cache", server, settings) as stack:
            stack.user = sign_up(stack.client)
            yield stack


def browser(answer):
    """What a browser sends after ANSWER."""
    return "; ".join(f"{name}={value}" for name, (value, _) in answer.cookies().items() if value)


def enter(site, **options):
    answer = site.client.post("/api/auth/sign-in/email",
                              json={"email": site.user.email, "password": PASSWORD}, **options)
    assert answer.status == 200, answer
    return answer


def get_session(site, cookie, query=""):
    answer = site.client.get(f"/api/auth/get-session{query}", cookie=cookie)
    assert answer.status == 200, answer
    return answer.json()


def forget_sessions(site):
    site.sql(f"DELETE FROM session WHERE \"userId\" = '{site.user.id}'")


def test_every_worker_believes_what_another_one_wrote(site):
    answer = enter(site)
    value, attributes = answer.cookies()[CACHE]
    assert value and attributes["max-age"] == "600"
    cookie = browser(answer)
    stored = get_session(site, cookie, "?disableCookieCache=true")
    forget_sessions(site)
    for _ in range(20):
        assert get_session(site, cookie) == stored


def test_only_get_session_believes_it(site):
    cookie = browser(enter(site))
    forget_sessions(site)
    assert get_session(site, cookie)["user"]["id"] == site.user.id
    for route in ("list-sessions", "list-accounts", "token"):
        answer = site.client.get(f"/api/auth/{route}", cookie=cookie)
        check.error(answer, 401, code="UNAUTHORIZED")
        assert answer.cookies()[CACHE][0] == ""
    check.error(site.client.get(f"/api/proxy/{site.user.id}/tasks", cookie=cookie), 401)
    assert get_session(site, cookie, "?disableCookieCache=1") is None


def test_ghsa_xg6x_h9c9_2m83_sign_out_ends_it_at_once(site):
    cookie = browser(enter(site))
    answer = site.client.post("/api/auth/sign-out", cookie=cookie, origin=ORIGIN)
    assert answer.status == 200
    assert answer.cookies()[CACHE][0] == "" and answer.cookies()[TOKEN][0] == ""
    assert answer.cookies()[CACHE][1]["max-age"] == "0"


def test_ghsa_xg6x_h9c9_2m83_it_is_nothing_without_its_session_cookie(site):
    answer = enter(site)
    cache = f"{CACHE}={answer.cookies()[CACHE][0]}"
    assert get_session(site, cache) is None
    assert get_session(site, f"{cache}; {TOKEN}=nobody.nothing") is None
    other = sign_in(site.client, sign_up(site.client).email)
    token = other.cookies()[TOKEN][0]
    assert get_session(site, f"{cache}; {TOKEN}={token}")["user"]["id"] != site.user.id


@pytest.mark.parametrize("length", [0, 200, 600, 1000, 1400, 2000, 3000])
def test_whatever_its_size_the_web_server_takes_the_answer(site, length):
    """The longer the browser's name, the longer the cookie; it is left out where it doesn't fit."""
    answer = enter(site, headers={"User-Agent": "A" * length or "B"})
    cookie = browser(answer)
    set_here = CACHE in answer.cookies()
    assert set_here if length <= 200 else not set_here or length < 2000
    session = get_session(site, cookie, "?disableCookieCache=1")["session"]
    assert session["userAgent"] == ("A" * length or "B")
    assert get_session(site, cookie)["session"] == session
    if not set_here:
        forget_sessions(site)
        assert get_session(site, cookie) is None
