"""Advisories about Better Auth as a regression list: what went wrong there, tried here. Others are
where their subject is; tests/lint/advisories.sh holds the whole list."""

import hashlib
import hmac
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from harness import check, tokens
from harness.mailbox import link_of
from harness.people import SESSION, Holder, rows_of
from harness.process import PATIENCE
from harness.stack import ORIGIN, PASSWORD, create, unique_email
from harness.taskgate import SECRET
from harness.tokens import encode

OTHER_PASSWORD = "copper Window 83 thistle"


def post(site, route, body, cookie=None):
    return site.client.post(f"/api/auth/{route}", json=body, origin=ORIGIN, cookie=cookie)


def sign_up(site, email, password=PASSWORD, route="sign-up/email"):
    return post(site, route, {"name": "N", "email": email, "password": password})


def sign_in(site, email, password=PASSWORD, route="sign-in/email"):
    return post(site, route, {"email": email, "password": password})


def reset_token(site, email, count=1):
    """Of the newest of COUNT letters about a forgotten password."""
    assert post(site, "request-password-reset", {"email": email}).status == 200
    link = link_of(site.mailbox.wait(email, count))
    return urlsplit(link).path.rsplit("/", 1)[1]


def reset(site, token, password=OTHER_PASSWORD):
    return post(site, "reset-password", {"newPassword": password, "token": token})


def dead(site, holder):
    for name, token in holder.bearers().items():
        assert site.client.get("/api/tasks", token=token).status == 401, name
    assert not holder.is_alive()
    check.error(site.client.post("/api/auth/refresh", cookie=holder.refresh_cookie, origin=ORIGIN),
                401)


# --- GHSA-x732-6j76-qmhm --------------------------------------------------------------------------

SPELLINGS = ["//api/auth/sign-in/email", "/api//auth/sign-in/email", "/api/auth//sign-in/email",
             "/api/auth/sign-in//email", "/api/auth/sign-in/email/", "/api/auth/sign-in/email//",
             "/api/auth/./sign-in/email", "/api/auth/x/../sign-in/email",
             "/api/auth/sign-in/%65mail",
             "/api/auth/sign-in%2femail", "/api/auth/sign-in;x/email", "/API/auth/sign-in/email",
             "/api/auth/SIGN-IN/email", "/api/auth\\sign-in\\email", "/api/auth/sign-in/email%00",
             "/api/auth/sign-in/email%20", "/./api/auth/sign-in/email"]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_ghsa_x732_6j76_qmhm_no_spelling_of_a_path_avoids_its_limit(make_pool, spelling):
    """//sign-in/email was served and neither limited nor switched off. A spelling is that path, and
    counted with it, or it is none."""
    client = make_pool(PATH_RATE_LIMIT="on").client
    body = {"email": unique_email(), "password": PASSWORD}
    assert sign_up(SimpleNamespace(client=client), body["email"]).status == 200
    seen = [client.post(spelling, json=body).status for _ in range(5)]
    assert seen in ([200] * 3 + [429] * 2, [404] * 5, [400] * 5), seen


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_ghsa_x732_6j76_qmhm_no_spelling_avoids_what_is_switched_off(make_pool, spelling):
    client = make_pool(AUTH_ROUTES="off").client
    answer = client.post(spelling, json={"email": unique_email(), "password": PASSWORD})
    assert answer.status in (400, 401, 404), answer
    assert not answer.all("Set-Cookie")


# --- GHSA-xg6x-h9c9-2m83 --------------------------------------------------------------------------


def cached(holder):
    """Better Auth's cookie cache for HOLDER, rightly signed: the compact form, and the JWT."""
    now = int(time.time() * 1000)
    iso = "2099-01-01T00:00:00.000Z"
    user = {"id": holder.id, "name": "N", "email": holder.email, "emailVerified": True,
            "image": None, "createdAt": iso, "updatedAt": iso}
    session = {"id": holder.session_id, "token": holder.session, "userId": holder.id,
               "expiresAt": iso, "createdAt": iso, "updatedAt": iso, "ipAddress": "",
               "userAgent": ""}
    data = {"session": session, "user": user, "updatedAt": now, "version": "1"}
    end = now + 300_000
    signed = json.dumps({**data, "expiresAt": end}, separators=(",", ":"), ensure_ascii=False)
    mac = hmac.new(SECRET.encode(), signed.encode(), hashlib.sha256).digest()
    compact = {"session": data, "expiresAt": end, "signature": encode(mac)}
    yield encode(json.dumps(compact, separators=(",", ":")).encode())
    yield tokens.forge({**data, "iat": now // 1000, "exp": end // 1000}, SECRET, {"alg": "HS256"})


def opens(stack, holder, cookie):
    """What a request with that cookie is let into."""
    options = {"cookie": cookie, "origin": ORIGIN}
    session = stack.client.get("/api/auth/get-session", **options)
    assert session.status == 200
    found = [session.json() is not None]
    found += [stack.client.get(path, **options).status == 200 for path in (
        f"/api/proxy/{holder.id}/tasks", "/api/auth/list-accounts", "/api/auth/list-sessions",
        "/api/auth/token")]
    return found


def test_ghsa_xg6x_h9c9_2m83_a_cached_session_is_none(stack):
    """The cache made a half-finished sign-in a whole one. Nothing of it counts without a living
    session, and a sign-out is seen at once."""
    holder = Holder(stack.client)
    for cache in cached(holder):
        alone = f"better-auth.session_data={cache}"
        assert opens(stack, holder, alone) == [False] * 5
        assert opens(stack, holder, f"{alone}; {SESSION}={holder.session}") == [False] * 5
        assert opens(stack, holder, f"{alone}; {holder.cookie}") == [True] * 5
    assert holder.post("sign-out").status == 200
    for cache in cached(holder):
        cookie = f"better-auth.session_data={cache}; {holder.cookie}"
        assert opens(stack, holder, cookie) == [False] * 5


def test_ghsa_xg6x_h9c9_2m83_a_sign_in_that_is_not_finished_gives_nothing(strict):
    """Where an address must be proven, the right password alone is half a sign-in."""
    email = unique_email()
    assert sign_up(strict, email).status == 200
    for route in ("sign-in/email", "sign-in", "login"):
        answer = sign_in(strict, email, route=route)
        check.error(answer, 403, code="EMAIL_NOT_VERIFIED")
        assert not answer.all("Set-Cookie") and not answer.header("set-auth-token")
        assert b"eyJ" not in answer.body
    assert not strict.sql(f"""SELECT 1 FROM "session" AS s JOIN "user" AS u ON u."id" = s."userId"
                              WHERE u."email" = '{email}'""")


# --- GHSA-qq9h-g4jm-xgf3, GHSA-g38m-r43w-p2q7 -----------------------------------------------------


def test_ghsa_qq9h_g4jm_xgf3_a_reset_ends_what_was_there_before_the_first_proof(site):
    """Somebody made an account with an address that is not theirs, and waits for its owner."""
    thief = Holder(site.client).take_eddsa()
    second = thief.another()
    site.sql(f"""INSERT INTO account ("id", "accountId", "providerId", "userId", "createdAt",
                 "updatedAt") VALUES ('{thief.id}', '7', 'github', '{thief.id}',
                 '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z')""")
    answer = reset(site, reset_token(site, thief.email))
    assert (answer.status, answer.json()) == (200, {"status": True})
    dead(site, thief)
    dead(site, second)
    assert rows_of(site, thief.id)['"session"'] == []
    assert rows_of(site, thief.id)['"refreshToken"'] == []
    accounts = site.sql(f"""SELECT "providerId" FROM account WHERE "userId" = '{thief.id}'""")
    assert [row[0] for row in accounts] == ["credential"]
    check.error(sign_in(site, thief.email), 401)
    assert sign_in(site, thief.email, OTHER_PASSWORD).status == 200


def test_ghsa_qq9h_g4jm_xgf3_a_reset_of_a_proven_address_ends_no_session(site):
    """As at Better Auth: there it was the owner's all the time."""
    email = unique_email()
    assert sign_up(site, email).status == 200
    site.sql(f"""UPDATE "user" SET "emailVerified" = {site_true(site)} WHERE "email" = '{email}'""")
    owner = Holder(site.client, email)
    assert reset(site, reset_token(site, email)).status == 200
    assert owner.is_alive()


def site_true(site):
    return "1" if site.database.startswith("sqlite") else "true"


def test_ghsa_qq9h_g4jm_xgf3_a_proof_ends_the_sessions_of_others(site):
    """The password stays, as at Better Auth: it is for the owner to reset."""
    thief = Holder(site.client)
    assert post(site, "send-verification-email", {"email": thief.email}).status == 200
    answer = site.client.get(link_of(site.mailbox.wait(thief.email)))
    assert answer.status in (200, 302), answer
    dead(site, thief)
    assert sign_in(site, thief.email).status == 200


@pytest.mark.parametrize("route", ["sign-up/email", "sign-up", "signup"])
def test_ghsa_g38m_r43w_p2q7_a_second_sign_up_takes_nothing_over(site, route):
    """Neither does the owner get the thief's account nor the thief the owner's password."""
    thief = Holder(site.client)
    before = rows_of(site, thief.id)
    for email in (thief.email, thief.email.upper()):
        answer = sign_up(site, email, OTHER_PASSWORD, route)
        check.error(answer, 422 if "/" in route else 400)
        assert not answer.all("Set-Cookie")
    assert rows_of(site, thief.id) == before
    check.error(sign_in(site, thief.email, OTHER_PASSWORD), 401)


@pytest.mark.parametrize("route", ["sign-up/email", "sign-up", "signup"])
def test_ghsa_g38m_r43w_p2q7_a_second_sign_up_takes_nothing_over_in_silence(strict, route):
    email = unique_email()
    assert sign_up(strict, email).status == 200
    user = strict.sql(f"""SELECT "id" FROM "user" WHERE "email" = '{email}'""")[0][0]
    before = rows_of(strict, user)
    answer = sign_up(strict, email, OTHER_PASSWORD, route)
    assert answer.status == (200 if "/" in route else 201), answer
    assert not answer.all("Set-Cookie")
    assert rows_of(strict, user) == before
    check.error(sign_in(strict, email, OTHER_PASSWORD), 401)
    check.error(sign_in(strict, email), 403, code="EMAIL_NOT_VERIFIED")


def test_ghsa_g38m_r43w_p2q7_a_change_of_address_takes_no_account_over(site):
    """Neither when it is asked for, nor with a letter that is older than the other account."""
    owner = Holder(site.client)
    taken, later = unique_email("taken"), unique_email("later")
    thief = Holder(site.client, (sign_up(site, taken), taken)[1])
    before = rows_of(site, thief.id)
    assert post(site, "change-email", {"newEmail": taken}, owner.cookie).status == 200
    assert post(site, "change-email", {"newEmail": later}, owner.cookie).status == 200
    link = link_of(site.mailbox.wait(later))
    assert not site.mailbox.to(taken)
    assert sign_up(site, later, OTHER_PASSWORD).status == 200
    answer = site.client.get(link, cookie=owner.cookie)
    assert answer.status == 302 and "error=" in answer.header("Location"), answer
    assert rows_of(site, thief.id) == before
    assert sign_in(site, later, OTHER_PASSWORD).json()["user"]["id"] != owner.id
    assert sign_in(site, owner.email).json()["user"]["id"] == owner.id
    for email in (taken, later):
        rows = site.sql(f"""SELECT 1 FROM "user" WHERE "email" = '{email}'""")
        assert len(rows) == 1


# --- GHSA-cq3f-vc6p-68fh --------------------------------------------------------------------------


def put_verification(site, identifier, value):
    site.sql(f"""INSERT INTO verification ("id", "identifier", "value", "expiresAt", "createdAt",
                 "updatedAt") VALUES ('{unique_email()}', '{identifier}', '{value}',
                 '2099-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z',
                 '2026-01-01T00:00:00.000Z')""")


def test_ghsa_cq3f_vc6p_68fh_what_has_no_owner_is_nobodys(site):
    """A request without an owner could be approved by anybody. Here: links of nobody, of somebody
    who is gone, or of somebody else."""
    who, other = Holder(site.client), Holder(site.client)
    for number, owner in enumerate(["", " ", "null", "undefined", "%", other.id.lower() + "x",
                                    who.id[:-1], who.id + " "]):
        token = f"{number}" + "n" * 31
        put_verification(site, f"delete-account-{token}", owner)
        answer = site.client.get(f"/api/auth/delete-user/callback?token={token}", cookie=who.cookie)
        check.error(answer, 404)
        check.error(post(site, "delete-user", {"token": token}, who.cookie), 404)
        put_verification(site, f"reset-password:{token}", owner)
        answer = reset(site, token)
        check.error(answer, 400)
        assert answer.json()["code"] in ("INVALID_TOKEN", "USER_NOT_FOUND")
    put_verification(site, "delete-account-" + "o" * 32, other.id)
    answer = site.client.get(f"/api/auth/delete-user/callback?token={'o' * 32}", cookie=who.cookie)
    check.error(answer, 404, code="INVALID_TOKEN")
    for holder in (who, other):
        assert holder.is_alive()
        assert sign_in(site, holder.email).status == 200


@pytest.mark.parametrize("claims", [{"sub": ""}, {"sub": None}, {"sub": "null"}, {"sub": " "},
                                    {"user_id": ""}, {"sub": "undefined"}])
def test_ghsa_cq3f_vc6p_68fh_a_token_without_an_owner_owns_nothing(stack, claims):
    victim = Holder(stack.client)
    task = create(stack.client, victim)
    payload = {**tokens.claims("x", sub=None), **claims}
    token = tokens.forge({k: v for k, v in payload.items() if v is not None}, SECRET)
    for path in (f"/api/{victim.id}/tasks/{task['id']}", f"/api/tasks/{task['id']}",
                 f"/api/%20/tasks/{task['id']}", f"/api/null/tasks/{task['id']}"):
        assert stack.client.get(path, token=token).status in (401, 403, 404), path
        assert stack.client.delete(path, token=token).status in (401, 403, 404), path
    assert stack.client.get(f"/api/tasks/{task['id']}", token=victim.token).json() == task


# --- GHSA-7w99-5wm4-3g79, GHSA-hc7v-rggr-4hvx, PR 8067 --------------------------------------------


def at_once(count, use):
    """What COUNT calls of USE at the same moment answer; the hashing gate's 503 is no try yet."""
    barrier = threading.Barrier(count)

    def run(number):
        barrier.wait(PATIENCE)
        while (answer := use(number)).status == 503:
            pass
        return answer

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(run, range(count)))


def test_ghsa_7w99_5wm4_3g79_pr_8067_a_link_resets_once_however_many_use_it(site):
    email = unique_email()
    assert sign_up(site, email).status == 200
    for count in range(1, 4):
        token = reset_token(site, email, count)
        passwords = [f"{OTHER_PASSWORD} {count} {number}" for number in range(8)]
        answers = at_once(8, lambda n: reset(site, token, passwords[n]))
        won = [password for password, answer in zip(passwords, answers) if answer.status == 200]
        assert len(won) == 1, answers
        for answer in answers:
            assert answer.status == 200 or check.error(answer, 400, code="INVALID_TOKEN")
        assert sign_in(site, email, won[0]).status == 200
        check.error(reset(site, token), 400, code="INVALID_TOKEN")


def test_ghsa_7w99_5wm4_3g79_pr_8067_a_link_deletes_once_however_many_use_it(site):
    holder = Holder(site.client)
    answer = post(site, "delete-user", {"callbackURL": "/bye"}, holder.cookie)
    assert answer.json()["message"] == "Verification email sent", answer
    link = link_of(site.mailbox.wait(holder.email))
    answers = at_once(6, lambda _: site.client.get(link, cookie=holder.cookie))
    assert [answer.status for answer in answers].count(302) == 1, answers
    for answer in answers:
        assert answer.status == 302 or check.error(answer, 404)
    assert not any(rows_of(site, holder.id).values())


def test_ghsa_hc7v_rggr_4hvx_a_use_that_failed_gives_no_second_one(site):
    """What is refused before the link counts leaves it; what counted is used up, whatever came of
    it; and an old link is worth nothing beside a new one that was used."""
    email = unique_email()
    assert sign_up(site, email).status == 200
    token = reset_token(site, email)
    for password, code in (("short", "PASSWORD_TOO_SHORT"), ("x" * 129, "PASSWORD_TOO_LONG")):
        check.error(reset(site, token, password), 400, code=code)
    for wrong in (token[:-1], token + "x", token.swapcase(), token + "%00", " " + token):
        check.error(reset(site, wrong), 400, code="INVALID_TOKEN")
    check.error(sign_in(site, email, OTHER_PASSWORD), 401)
    assert reset(site, token).status == 200
    for password in (PASSWORD, "short", OTHER_PASSWORD):
        check.error(reset(site, token, password), 400)
    assert sign_in(site, email, OTHER_PASSWORD).status == 200
    expired = "e" * 24
    user = site.sql(f"""SELECT "id" FROM "user" WHERE "email" = '{email}'""")[0][0]
    put_verification(site, f"reset-password:{expired}", user)
    site.sql(f"""UPDATE verification SET "expiresAt" = '2001-01-01T00:00:00.000Z'
                 WHERE "identifier" = 'reset-password:{expired}'""")
    for _ in range(2):
        check.error(reset(site, expired, PASSWORD), 400, code="INVALID_TOKEN")
    assert sign_in(site, email, OTHER_PASSWORD).status == 200


def test_pr_8067_the_letter_about_an_address_changes_it_once(site):
    """The token is signed and names no row, so what it says must still be so."""
    old, new = unique_email(), unique_email("new")
    holder = Holder(site.client, (sign_up(site, old), old)[1])
    assert post(site, "change-email", {"newEmail": new}, holder.cookie).status == 200
    link = link_of(site.mailbox.wait(new))
    answers = at_once(6, lambda _: site.client.get(link, cookie=holder.cookie))
    moved = [answer for answer in answers if "error=" not in (answer.header("Location") or "")]
    assert len(moved) == 1 and moved[0].status == 302, answers
    assert site.client.get(link, cookie=holder.cookie).header("Location").endswith(
        "error=INVALID_TOKEN")
    assert sign_in(site, new).status == 200
    check.error(sign_in(site, old), 401)


# --- PR 8839 --------------------------------------------------------------------------------------


def shape(value):
    """What is the same of two answers: everything but ids, addresses and times."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    return value if value is None or isinstance(value, bool) else type(value)


@pytest.mark.parametrize("route", ["sign-up/email", "sign-up", "signup"])
def test_pr_8839_a_sign_up_tells_nobody_who_has_an_account(strict, route):
    taken, fresh = unique_email(), unique_email()
    assert sign_up(strict, taken).status == 200
    answers = [sign_up(strict, email, route=route) for email in (taken, fresh)]
    known, unknown = answers
    assert known.status == unknown.status == (200 if "/" in route else 201)
    assert shape(known.json()) == shape(unknown.json())
    assert list(known.json()["user"]) == list(unknown.json()["user"])
    assert known.json()["token"] is None and known.json()["user"]["email"] == taken
    assert len(known.json()["user"]["id"]) == len(unknown.json()["user"]["id"])
    assert [name.lower() for name in known.headers] == [name.lower() for name in unknown.headers]
    ids = strict.sql(f"""SELECT "id" FROM "user" WHERE "email" = '{taken}'""")
    assert len(ids) == 1 and ids[0][0].encode() not in answers[0].body


@pytest.mark.parametrize("route, body", [
    ("request-password-reset", {}), ("send-verification-email", {}),
])
def test_pr_8839_no_letter_tells_who_has_an_account(site, route, body):
    taken, fresh = unique_email(), unique_email()
    assert sign_up(site, taken).status == 200
    answers = [post(site, route, {"email": email, **body}) for email in (taken, fresh)]
    bodies = [(answer.status, answer.body) for answer in answers]
    assert bodies[0] == bodies[1] and bodies[0][0] == 200
