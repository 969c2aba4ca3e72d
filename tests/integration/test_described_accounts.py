"""What openapi.json promises of single operations under /api/auth and no other test asks for."""

import sqlite3
from contextlib import closing

import pytest

from conftest import BASIC_SETTINGS, short_directory
from harness import check, tokens
from harness.mailbox import Mailbox, link_of
from harness.people import Holder
from harness.stack import ORIGIN, PASSWORD, create, sign_in, unique_email
from harness.taskgate import SECRET, Taskgate

LONG = "x" * 600


class Place:
    """A program without a web server."""

    def __init__(self, directory, **settings):
        self.file = directory / "it.db"
        self.taskgate = Taskgate(directory, {
            **BASIC_SETTINGS, "DATABASE_URL": f"sqlite:///{self.file}", **settings}).start()
        self.client = self.taskgate.client

    def sql(self, statement, *values):
        with closing(sqlite3.connect(self.file, timeout=60)) as database, database:
            return database.execute(statement, values).fetchall()

    def holder(self):
        return Holder(self.client)


def placed(**settings):
    """A fixture; the program writes its letters into a folder."""
    @pytest.fixture(scope="module")
    def place():
        with short_directory() as directory:
            folder = directory / "mail"
            folder.mkdir()
            place = Place(directory, **{name: value or folder for name, value in settings.items()})
            place.mailbox = Mailbox(folder)
            try:
                yield place
                assert place.taskgate.stop() == 0, place.taskgate.log()
            finally:
                if place.taskgate.service.running():
                    place.taskgate.kill()
    return place


plain = placed()
mailing = placed(MAIL_DIR=None)
strict = placed(MAIL_DIR=None, REQUIRE_EMAIL_VERIFICATION="on")
lasting = placed(MAIL_DIR=None, DELETE_USER="off")


# --- passwords ------------------------------------------------------------------------------------


@pytest.mark.parametrize("route, body", [
    ("change-password", {"currentPassword": PASSWORD, "newPassword": LONG}),
    ("verify-password", {"password": LONG}),
    ("delete-user", {"password": LONG})])
def test_a_password_that_is_too_long_is_told(plain, route, body):
    check.error(plain.holder().post(route, body), 400, code="PASSWORD_TOO_LONG")


def test_a_user_without_a_password_is_told_so(plain):
    holder = plain.holder()
    plain.sql('DELETE FROM account WHERE "userId" = ?', holder.id)
    for route, body in (("change-password", {"currentPassword": PASSWORD,
                                             "newPassword": "another " + PASSWORD}),
                        ("delete-user", {"password": PASSWORD})):
        check.error(holder.post(route, body), 400, code="CREDENTIAL_ACCOUNT_NOT_FOUND")


def test_an_account_is_not_deleted_by_a_wrong_password_or_an_old_session(plain):
    holder = plain.holder()
    check.error(holder.post("delete-user", {"password": "a wrong one"}), 400,
                code="INVALID_PASSWORD")
    plain.sql("""UPDATE "session" SET "createdAt" = '2001-01-01T00:00:00.000Z'
                 WHERE token = ?""", holder.session)
    check.error(holder.post("delete-user"), 400, code="SESSION_EXPIRED")
    assert holder.is_alive()


def test_a_new_password_is_judged_before_the_link_is_used_up(mailing):
    holder = mailing.holder()
    holder.post("request-password-reset", {"email": holder.email})
    token = link_of(mailing.mailbox.wait(holder.email)).split("/")[-1].split("?")[0]
    for password, code in (("short", "PASSWORD_TOO_SHORT"), (LONG, "PASSWORD_TOO_LONG")):
        check.error(holder.post("reset-password", {"newPassword": password, "token": token}), 400,
                    code=code)
    mailing.sql('DELETE FROM "user" WHERE id = ?', holder.id)
    answer = mailing.client.post("/api/auth/reset-password",
                                 json={"newPassword": "another " + PASSWORD, "token": token})
    check.error(answer, 400, code="USER_NOT_FOUND")


# --- addresses ------------------------------------------------------------------------------------


def test_where_no_letters_are_sent_an_address_stays(plain):
    check.error(plain.holder().post("change-email", {"newEmail": unique_email()}), 400,
                code="CHANGE_EMAIL_DISABLED")


def test_a_taken_address_is_told_under_both_names_of_the_sign_up(plain):
    body = {"email": plain.holder().email, "password": PASSWORD}
    for name in ("sign-up", "signup"):
        check.error(plain.client.post(f"/api/auth/{name}", json=body), 400,
                    code="EMAIL_ALREADY_EXISTS")


def test_who_has_not_proven_the_address_cannot_sign_in_by_any_path(strict):
    email = unique_email()
    body = {"email": email, "password": PASSWORD, "name": "N"}
    assert strict.client.post("/api/auth/sign-up", json=body).status == 201
    for path in ("sign-in", "login", "sign-in/email"):
        check.error(sign_in(strict.client, email, path=f"/api/auth/{path}"), 403,
                    code="EMAIL_NOT_VERIFIED")


def test_only_the_own_address_that_is_not_proven_gets_a_letter(mailing):
    holder = mailing.holder()
    check.error(holder.post("send-verification-email", {"email": unique_email()}), 400,
                code="EMAIL_MISMATCH")
    mailing.sql('UPDATE "user" SET "emailVerified" = 1 WHERE id = ?', holder.id)
    check.error(holder.post("send-verification-email", {"email": holder.email}), 400,
                code="EMAIL_ALREADY_VERIFIED")


def follow(place, payload, **options):
    """The link of a letter that has these claims, without a page to go on to."""
    token = payload if isinstance(payload, str) else tokens.forge(
        {**payload, **{name: value for name, value in tokens.claims("u").items()
                       if name not in ("sub", *payload)}}, SECRET, {"alg": "HS256"})
    return place.client.get(f"/api/auth/verify-email?token={token}", **options)


def test_the_link_that_proves_an_address_tells_what_is_wrong_with_it(mailing):
    holder, other = mailing.holder(), mailing.holder()
    check.error(follow(mailing, "x.y.z"), 401, code="INVALID_TOKEN")
    check.error(follow(mailing, {"email": holder.email, "exp": 1}), 401, code="TOKEN_EXPIRED")
    check.error(follow(mailing, {"email": unique_email()}), 401, code="USER_NOT_FOUND")
    move = {"email": holder.email, "updateTo": other.email, "userId": holder.id,
            "requestType": "change-email-verification"}
    check.error(follow(mailing, move, cookie=other.cookie, origin=ORIGIN), 401, code="INVALID_USER")
    check.error(follow(mailing, move), 422, code="USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL")
    assert follow(mailing, {"email": holder.email}).json() == {"status": True, "user": None}


# --- the end of an account ------------------------------------------------------------------------


def test_the_link_that_deletes_a_user_is_answered_without_a_page_too(mailing):
    holder = mailing.holder()
    answer = holder.post("delete-user")
    assert answer.json()["message"] == "Verification email sent"
    target = link_of(mailing.mailbox.wait(holder.email)).split("&callbackURL")[0]
    check.error(mailing.client.get(target.split("=")[0] + "=x", cookie=holder.cookie), 404,
                code="INVALID_TOKEN")
    check.error(holder.post("delete-user", {"token": "x"}), 404, code="INVALID_TOKEN")
    answer = mailing.client.get(target, cookie=holder.cookie)
    assert answer.json() == {"success": True, "message": "User deleted"}
    assert not holder.is_alive()


def test_where_users_are_not_deleted_the_link_is_not_there(lasting):
    holder = lasting.holder()
    answer = lasting.client.get("/api/auth/delete-user/callback?token=x", cookie=holder.cookie)
    check.error(answer, 404, code="NOT_FOUND")
    assert holder.is_alive()


# --- tasks ----------------------------------------------------------------------------------------


def test_a_task_is_changed_on_each_of_its_paths(plain):
    holder = plain.holder()
    number = create(plain.client, holder)["id"]
    for path, options in (("", {"token": holder.token}), (f"/{holder.id}", {"token": holder.token}),
                          (f"/proxy/{holder.id}", {"cookie": holder.cookie, "origin": ORIGIN})):
        answer = plain.client.patch(f"/api{path}/tasks/{number}", json={"title": path or "/"},
                                    **options)
        assert answer.json()["title"] == (path or "/"), answer
