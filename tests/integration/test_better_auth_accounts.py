"""Better Auth's account routes over plain HTTP: their JSON, statuses and codes, and our additions."""

import pytest
from harness import check, tokens
from harness.stack import ORIGIN, PASSWORD, unique_email

USER = {"id", "name", "email", "emailVerified", "image", "createdAt", "updatedAt"}
TOKEN = "better-auth.session_token"
REFRESH = "better-auth.refresh_token"


def sign_up(client, email=None, **members):
    return client.post("/api/auth/sign-up/email",
                       json={"name": "N", "email": email or unique_email(), "password": PASSWORD,
                             **members})


def sign_in(client, email, password=PASSWORD, **members):
    return client.post("/api/auth/sign-in/email",
                       json={"email": email, "password": password, **members})


class Browser:
    def __init__(self, client):
        self.client = client
        self.email = unique_email()
        answer = sign_up(client, self.email)
        assert answer.status == 200, answer
        self.user = answer.json()["user"]
        self.keep(answer)

    def keep(self, answer):
        self.cookie = "; ".join(f"{name}={value}"
                                for name, (value, _) in answer.cookies().items())

    def post(self, route, body):
        return self.client.post(f"/api/auth/{route}", cookie=self.cookie, origin=ORIGIN, json=body)

    def get(self, route):
        return self.client.get(f"/api/auth/{route}", cookie=self.cookie)


@pytest.fixture
def who(client):
    return Browser(client)


def check_signed_in(client, answer, members):
    assert answer.status == 200, answer
    body = answer.json()
    assert set(body) == members | {"token", "user", "jwt"} and set(body["user"]) == USER
    assert len(body["token"]) == 32 and body["token"].isalnum()
    for token in (body["token"], body["jwt"]):
        assert client.get("/api/tasks", token=token).status == 200
    assert tokens.payload_of(body["jwt"])["sub"] == body["user"]["id"]
    value, attributes = answer.cookies()[TOKEN]
    assert value.startswith(body["token"] + ".") and attributes["max-age"] == "604800"
    assert answer.cookies()[REFRESH][1]["path"] == "/api/auth"
    assert answer.header("set-auth-token").startswith(body["token"] + ".")
    return body


def test_sign_up_and_sign_in_answer_as_better_auth_does(client):
    email = unique_email()
    body = check_signed_in(client, sign_up(client, email.upper(), image="http://x/i.png"), set())
    assert (body["user"]["email"], body["user"]["emailVerified"]) == (email, False)
    assert body["user"]["image"] == "http://x/i.png"
    body = check_signed_in(client, sign_in(client, email), {"redirect"})
    assert body["redirect"] is False
    answer = sign_in(client, email, callbackURL="/dashboard")
    body = check_signed_in(client, answer, {"redirect", "url"})
    assert (body["redirect"], body["url"]) == (True, "/dashboard")
    assert answer.header("Location").endswith("/dashboard")


def test_the_refresh_cookie_of_sign_in_email_refreshes(client):
    email = unique_email()
    answer = sign_up(client, email)
    cookie = f"{REFRESH}={answer.cookies()[REFRESH][0]}"
    refreshed = client.post("/api/auth/refresh", cookie=cookie, origin=ORIGIN)
    assert refreshed.status == 200
    assert refreshed.json()["session"]["token"] == answer.json()["token"]


def test_the_short_paths_and_better_auths_know_the_same_accounts(client):
    email = unique_email()
    assert sign_up(client, email).status == 200
    short = client.post("/api/auth/sign-in", json={"email": email, "password": PASSWORD})
    assert short.status == 200 and short.json()["user"]["userId"]
    check.error(client.post("/api/auth/sign-up", json={"email": email, "password": PASSWORD}), 400)


SIGN_UP_ERRORS = {
    "short": ({"password": "1234567"}, 400, "PASSWORD_TOO_SHORT", None),
    "long": ({"password": "x" * 129}, 400, "PASSWORD_TOO_LONG", None),
    "utf-16": ({"password": "\U0001f600" * 3}, 400, "PASSWORD_TOO_SHORT", None),
    "no-address": ({"email": "no"}, 400, "VALIDATION_ERROR", "[body.email] Invalid email address"),
    "empty": ({"password": ""}, 400, "VALIDATION_ERROR",
              "[body.password] Too small: expected string to have >=1 characters"),
    "null-name": ({"name": None}, 400, "VALIDATION_ERROR",
                  "[body.name] Invalid input: expected string, received null"),
    "callback": ({"callbackURL": "https://evil.example"}, 403, "INVALID_CALLBACK_URL", None),
    "callback-array": ({"callbackURL": ["/"]}, 400, "VALIDATION_ERROR", None),
    "remember": ({"rememberMe": "false"}, 400, "VALIDATION_ERROR",
                 "[body.rememberMe] Invalid input: expected boolean, received string"),
}


@pytest.mark.parametrize("members,status,code,message", SIGN_UP_ERRORS.values(),
                         ids=SIGN_UP_ERRORS)
def test_a_bad_sign_up_has_better_auths_code(client, members, status, code, message):
    answer = sign_up(client, **members)
    check.error(answer, status, code=code, message=message)
    assert not answer.cookies()


def test_a_taken_address_is_422_in_any_case(client, who):
    for email in (who.email, who.email.upper()):
        check.error(sign_up(client, email), 422, code="USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL")


def test_sign_in_tells_nobody_what_was_wrong(client, who):
    wrong = sign_in(client, who.email, "wrong password")
    unknown = sign_in(client, unique_email(), "wrong password")
    check.error(wrong, 401, "Invalid email or password", code="INVALID_EMAIL_OR_PASSWORD")
    assert wrong.body == unknown.body
    check.error(sign_in(client, "no address"), 400, code="INVALID_EMAIL")
    check.error(sign_in(client, who.email, "x" * 129), 400, code="PASSWORD_TOO_LONG")
    check.error(sign_in(client, who.email, "short"), 401, code="INVALID_EMAIL_OR_PASSWORD")


def test_an_html_form_signs_in(client, who):
    body = f"email={who.email.replace('@', '%40')}&password={PASSWORD.replace(' ', '+')}".encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = client.post("/api/auth/sign-in/email", body=body, headers=headers)
    check_signed_in(client, answer, {"redirect"})
    answer = client.post("/api/auth/sign-out", body=body, headers=headers)
    check.error(answer, 415, code="UNSUPPORTED_MEDIA_TYPE")


CSRF = {
    "cross-site navigation": ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
                              "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED"),
    "fetch without origin": ({"Sec-Fetch-Mode": "cors"}, "MISSING_OR_NULL_ORIGIN"),
    "null origin": ({"Origin": "null"}, "MISSING_OR_NULL_ORIGIN"),
    "foreign origin": ({"Origin": "https://evil.example"}, "INVALID_ORIGIN"),
    "foreign referer": ({"Referer": "https://evil.example/x"}, "INVALID_ORIGIN"),
    "other port": ({"Origin": "http://localhost:3002"}, "INVALID_ORIGIN"),
    "suffix": ({"Origin": "http://localhost:3000.evil.example"}, "INVALID_ORIGIN"),
}


@pytest.mark.parametrize("headers,code", CSRF.values(), ids=CSRF)
@pytest.mark.parametrize("path", ["sign-in/email", "sign-up/email"])
def test_a_page_of_another_site_signs_nobody_in(client, path, headers, code):
    body = {"name": "N", "email": unique_email(), "password": PASSWORD}
    check.error(client.post(f"/api/auth/{path}", json=body, headers=headers), 403, code=code)


def test_malformed_json_beats_origin_beats_validation_beats_401(client):
    def post(body, origin):
        return client.post("/api/auth/revoke-session", body=body, cookie="a=b", origin=origin,
                           headers={"Content-Type": "application/json"})

    check.error(post(b"{", "https://evil.example"), 400, code="BAD_REQUEST",
                message="Invalid JSON in request body")
    check.error(post(b"{}", "https://evil.example"), 403, code="INVALID_ORIGIN")
    check.error(post(b"{}", ORIGIN), 400, code="VALIDATION_ERROR")
    check.error(post(b'{"token":"x"}', ORIGIN), 401, code="UNAUTHORIZED")


# --- signed in ------------------------------------------------------------------------------------


def test_update_user_changes_name_and_image(who):
    answer = who.post("update-user", {"name": "Ada", "image": "http://x/a.png"})
    assert answer.json() == {"status": True}
    assert answer.cookies()[TOKEN][1]["max-age"] == "604800"
    user = who.get("get-session").json()["user"]
    assert (user["name"], user["image"]) == ("Ada", "http://x/a.png")
    assert user["updatedAt"] > user["createdAt"]
    assert who.post("update-user", {"image": None}).status == 200
    assert who.get("get-session").json()["user"]["image"] is None
    check.error(who.post("update-user", {}), 400, message="No fields to update")
    check.error(who.post("update-user", {"email": "x@example.org"}), 400,
                code="EMAIL_CAN_NOT_BE_UPDATED")
    check.error(who.post("update-session", {"token": "x"}), 400, message="No fields to update")


def test_no_member_of_a_body_is_assigned_unseen(who):
    before = who.get("get-session").json()["user"]
    members = {"id": "x", "userId": "x", "role": "admin", "emailVerified": True,
               "createdAt": "2001-01-01T00:00:00.000Z"}
    assert who.post("update-user", {"name": "N2", **members}).status == 200
    after = who.get("get-session").json()["user"]
    assert {**after, "name": "N", "updatedAt": before["updatedAt"]} == before


def test_list_accounts_names_the_credential(who):
    (account,) = who.get("list-accounts").json()
    assert set(account) == {"id", "providerId", "accountId", "userId", "createdAt", "updatedAt",
                            "scopes"}
    assert (account["providerId"], account["scopes"]) == ("credential", [])
    assert account["accountId"] == account["userId"] == who.user["id"]


def test_a_password_is_changed_by_who_knows_it(client, who):
    new = "a quite other password"
    assert who.post("verify-password", {"password": PASSWORD}).json() == {"status": True}
    check.error(who.post("verify-password", {"password": new}), 400, code="INVALID_PASSWORD")
    check.error(who.post("change-password", {"currentPassword": new, "newPassword": new}), 400,
                code="INVALID_PASSWORD")
    check.error(who.post("change-password", {"currentPassword": PASSWORD, "newPassword": "short"}),
                400, code="PASSWORD_TOO_SHORT")
    answer = who.post("change-password", {"currentPassword": PASSWORD, "newPassword": new})
    assert answer.status == 200 and set(answer.json()) == {"token", "user"}
    assert answer.json()["token"] is None and not answer.cookies()
    check.error(sign_in(client, who.email), 401)
    assert sign_in(client, who.email, new).status == 200
    assert who.get("get-session").json() is not None


def test_a_changed_password_may_end_all_other_sessions(client, who):
    other = sign_in(client, who.email).json()
    old = who.cookie
    answer = who.post("change-password", {"currentPassword": PASSWORD, "newPassword": PASSWORD + "2",
                                          "revokeOtherSessions": True})
    token = answer.json()["token"]
    assert answer.cookies()[TOKEN][0].startswith(token + ".")
    who.keep(answer)
    assert who.get("get-session").json()["session"]["token"] == token
    assert client.get("/api/auth/get-session", cookie=old).json() is None
    for credential in (other["token"], other["jwt"]):
        check.unauthorized(client.get("/api/tasks", token=credential), "Invalid token")
    check.error(client.post("/api/auth/refresh", cookie=old, origin=ORIGIN), 401)
    assert client.post("/api/auth/refresh", cookie=who.cookie, origin=ORIGIN).status == 200


@pytest.mark.parametrize("route,body", [
    ("update-user", {"name": "x"}), ("change-password", {"currentPassword": "x", "newPassword": "y"}),
    ("verify-password", {"password": "x"}), ("update-session", {}), ("revoke-sessions", {})])
def test_nobody_is_let_in_without_a_session(client, route, body):
    check.error(client.post(f"/api/auth/{route}", json=body), 401, "Unauthorized",
                code="UNAUTHORIZED")


def test_ok_and_the_error_page(client):
    assert client.get("/api/auth/ok").json() == {"ok": True}
    answer = client.get("/api/auth/error?error=%3Cx%3E&error_description=%3Cscript%3E")
    assert answer.status == 200
    assert answer.header("Content-Type").startswith("text/html")
    assert b"UNKNOWN" in answer.body and b"<script" not in answer.body
    assert b"please_retry" in client.get("/api/auth/error?error=please_retry").body
