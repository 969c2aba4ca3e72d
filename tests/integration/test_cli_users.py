"""taskgate user: what a person does with accounts, on both databases, while the server runs."""

import json
import re
import signal
from pathlib import Path
from types import SimpleNamespace

import pytest

from conftest import BASIC_SETTINGS, database_url, short_directory, stop_well
from harness import check
from harness.stack import (ORIGIN, PASSWORD, Stack, create, sign_in, sign_up, unique_email,
                           visitor)
from harness.taskgate import Taskgate, program, run
from harness.terminal import Terminal

NEW_PASSWORD = "amber Meadow 61 compass"
BANNED = ("You have been banned from this application. Please contact support if you believe this "
          "is an error.")
HOSTILE = "Eve\x1b[2J\x1b]0;owned\x07\x9b31m\n\u202egnp.exe\u2066"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def site(request):
    """A server without a web server, and its command line."""
    with short_directory() as directory:
        url = database_url(request, request.param, directory, "users")
        taskgate = Taskgate(directory, {**BASIC_SETTINGS, "DATABASE_URL": url}).start()
        stack = Stack(request.param, None, taskgate.client, None, url, lambda: taskgate.pid,
                      {"taskgate": taskgate.log})

        def command(*words, stdin=None, **changes):
            return run(*words, directory=directory, settings={**taskgate.settings, **changes},
                       stdin=stdin)

        def terminal(*words, columns=100):
            return Terminal([program(), *words, "--config", taskgate.config], directory, columns)

        yield SimpleNamespace(client=taskgate.client, sql=stack.sql, run=command,
                              terminal=terminal, log=taskgate.log, config=taskgate.config,
                              name=request.param)
        stop_well(taskgate)


def done(result):
    assert result.returncode == 0, result
    return result.stdout


def objects(text):
    return [json.loads(line) for line in text.splitlines()]


def add(site, email=None, *options, password=PASSWORD):
    """A user made by the command; (address, id)."""
    email = email or unique_email()
    [row] = objects(done(site.run("user", "add", email, "--password-stdin", "--json", *options,
                                  stdin=password + "\n")))
    assert row["email"] == email.lower()
    return row["email"], row["id"]


def show(site, who):
    [row] = objects(done(site.run("user", "show", who, "--json")))
    return row


# --- accounts -------------------------------------------------------------------------------------


def test_who_was_added_signs_in(site):
    email, user_id = add(site, unique_email("Ada").upper(), "--name", "Ada L.")
    answer = sign_in(site.client, email)
    assert answer.status == 200
    user = answer.json()["user"]
    assert user["id"] == user_id and user["name"] == "Ada L." and not user["emailVerified"]
    other, other_id = add(site, None, "--verified")
    user = show(site, other_id)
    assert user["emailVerified"] is True and user["name"] == other.split("@")[0]
    assert user["password"] == "argon2id" and user["accounts"] == ["credential"]


@pytest.mark.parametrize("words, stdin, status, says", [
    (("add",), PASSWORD, 64, "user add needs EMAIL"),
    (("add", "no address"), PASSWORD, 64, "no address is not an e-mail address"),
    (("add", "new@example.org"), "short\n", 1, "8 to 128 characters"),
    (("add", "new@example.org"), "x" * 129 + "\n", 1, "8 to 128 characters"),
    (("add", "new@example.org"), "x" * 2000 + "\n", 1, "too long"),
    (("add", "new@example.org"), "", 1, "there was no password to read"),
    (("add", "new@example.org"), "pass\0word\n", 1, "NUL"),
    (("passwd", "nobody@example.org"), PASSWORD, 1, "there is no user nobody@example.org"),
    (("show", "nobody@example.org"), None, 1, "there is no user nobody@example.org"),
    (("show", "no\x1bid"), None, 1, "there is no user no\\x1bid"),
    (("disable", "a@example.org", "--days", "0"), None, 64, "--days takes a number"),
    (("disable", "a@example.org", "--days", "7x"), None, 64, "--days takes a number"),
    (("show", "a@example.org", "--days", "7"), None, 64, "user show takes no option --days"),
    (("burn", "a@example.org"), None, 64, "user takes add, list,"),
])
def test_what_is_wrong_is_said_and_nothing_is_done(site, words, stdin, status, says):
    options = ["--password-stdin"] if stdin is not None and words[0] in ("add", "passwd") else []
    result = site.run("user", *words, *options, stdin=stdin)
    assert result.returncode == status and says in result.stderr and result.stdout == "", result
    assert "\x1b" not in result.stderr
    assert site.run("user", "show", "new@example.org").returncode == 1


def test_an_address_is_added_once(site):
    email, _ = add(site)
    result = site.run("user", "add", email, "--password-stdin", stdin=NEW_PASSWORD)
    assert result.returncode == 1 and f"{email} has an account already" in result.stderr
    assert sign_in(site.client, email).status == 200


def test_a_password_without_a_terminal_takes_an_option(site):
    result = site.run("user", "add", "new@example.org", stdin=PASSWORD)
    assert result.returncode == 1 and "--password-stdin" in result.stderr, result


def test_a_user_is_found_by_address_in_any_case_and_by_id(site):
    email, user_id = add(site)
    for who in (email, email.upper(), user_id):
        assert show(site, who)["id"] == user_id
    # A user who lives elsewhere may have an address as id.
    far = visitor(unique_email("far"), email=unique_email("real"))
    create(site.client, far)
    assert show(site, far.id)["id"] == far.id
    assert show(site, far.id)["password"] == "none" and show(site, far.id)["tasks"] == 1


# --- lists ----------------------------------------------------------------------------------------


def many(site, count, word):
    site.sql(f"""
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
        INSERT INTO "user" ("id", "name", "email", "emailVerified", "createdAt", "updatedAt")
        SELECT '{word}' || i, 'N', '{word}.' || i || '@example.org', '0',
               '2026-01-02T03:04:05.678Z', '2026-01-02T03:04:05.678Z' FROM n""")


def test_a_list_of_many_has_each_once_in_order(site):
    many(site, 1301, "crowd")
    rows = objects(done(site.run("user", "list", "CROWD.", "--json")))
    emails = [row["email"] for row in rows]
    assert len(emails) == len(set(emails)) == 1301
    assert {row["id"] for row in rows} == {f"crowd{i}" for i in range(1, 1302)}
    assert all(row["createdAt"] == "2026-01-02T03:04:05.678Z" for row in rows)
    lines = done(site.run("user", "list", "crowd")).splitlines()
    assert [line.split("\t")[0] for line in lines] == emails
    assert lines[0].split("\t")[1:4] == ["N", "unverified", "2026-01-02T03:04:05.678Z"]
    assert len(done(site.run("user", "list", "crowd.77")).splitlines()) == 11
    assert done(site.run("user", "list", "nobody has this")) == ""
    assert len(objects(done(site.run("user", "list", "--json")))) > 1301


def test_a_table_on_a_terminal_is_aligned_under_headings(site):
    many(site, 3, "table")
    status, text = site.terminal("user", "list", "table.", columns=200).end()
    assert status == 0
    lines = text.splitlines()
    assert len(lines) == 4 and lines[0].split() == ["EMAIL", "NAME", "STATE", "CREATED", "ID"]
    for heading in lines[0].split():
        column = lines[0].index(heading)
        assert all(line[column - 1] == " " and line[column] != " " for line in lines if column)


def test_no_byte_of_the_database_commands_the_terminal(site):
    user = sign_up(site.client, unique_email("eve"), name=HOSTILE)
    agent = site.client.post("/api/auth/sign-in", json={"email": user.email, "password": PASSWORD},
                             headers={"User-Agent": "curl\x9b2J"})
    assert agent.status == 200
    reason = "why\x1b[31m"
    done(site.run("user", "disable", user.id, "--reason", reason))
    for words in (("list", "eve."), ("show", user.id), ("sessions", user.id)):
        for status, text in (site.terminal("user", *words).end(),
                             (0, done(site.run("user", *words)))):
            assert status == 0
            allowed = set("\n\t")
            assert all(c in allowed or c.isprintable() for c in text), repr(text)
    assert "Eve\\x1b[2J\\x1b]0;owned\\x07" in done(site.run("user", "list", "eve."))
    assert show(site, user.id)["name"] == HOSTILE
    assert show(site, user.id)["banReason"] == reason
    terminal = site.terminal("user", "delete", user.id)
    asked = terminal.expect("to go on: ")
    assert all(c in "\r\n" or c.isprintable() for c in asked), repr(asked)
    terminal.type("no\n")
    assert terminal.end()[0] == 1


# --- ends -----------------------------------------------------------------------------------------


def holdings(site, user):
    """Whether what USER got at sign-up is still good: token, session, refresh token."""
    client = site.client
    session = site.sql(f"""SELECT "token" FROM "session" WHERE "userId" = '{user.id}'""")
    refresh = client.post("/api/auth/refresh", cookie=user.cookie, origin=ORIGIN)
    return [client.get("/api/tasks", token=user.token).status,
            client.get("/api/auth/get-session", cookie=user.cookie).json() is not None,
            refresh.status, len(session)]


def test_another_password_ends_all_that_the_old_one_gave(site):
    user = sign_up(site.client)
    other = sign_up(site.client)
    assert "has a new password" in done(
        site.run("user", "passwd", user.email, "--password-stdin", stdin=NEW_PASSWORD + "\n"))
    assert holdings(site, user) == [401, False, 401, 0]
    assert sign_in(site.client, user.email).status == 401
    assert sign_in(site.client, user.email, NEW_PASSWORD).status == 200
    assert holdings(site, other)[:3] == [200, True, 200]


def test_a_user_without_a_password_is_given_one(site):
    far = visitor(email=unique_email("far"))
    create(site.client, far)
    email = show(site, far.id)["email"]
    assert sign_in(site.client, email).status == 401
    done(site.run("user", "passwd", far.id, "--password-stdin", stdin=NEW_PASSWORD))
    assert show(site, far.id)["password"] == "argon2id"
    assert sign_in(site.client, email, NEW_PASSWORD).status == 200


def test_a_disabled_user_is_out_at_once_and_back_when_enabled(site):
    user = sign_up(site.client)
    task = create(site.client, user)
    assert "disabled until somebody enables it" in done(
        site.run("user", "disable", user.email, "--reason", "spam"))
    assert holdings(site, user) == [401, False, 401, 0]
    for path in ("/api/auth/sign-in", "/api/auth/login", "/api/auth/sign-in/email"):
        check.error(sign_in(site.client, user.email, path=path), 403, code="BANNED_USER",
                    message=BANNED)
        check.error(sign_in(site.client, user.email, "wrong password", path), 401)
    shown = show(site, user.id)
    assert shown["banned"] and shown["banReason"] == "spam" and shown["banExpires"] is None
    assert shown["tasks"] == 1 and shown["sessions"] == 0

    assert "may sign in again" in done(site.run("user", "enable", user.email))
    assert holdings(site, user) == [401, False, 401, 0]
    token = sign_in(site.client, user.email).json()["token"]
    assert site.client.get(f"/api/tasks/{task['id']}", token=token).status == 200
    assert "is not disabled" in done(site.run("user", "enable", user.email))


def test_a_token_of_another_issuer_is_no_way_in_for_the_disabled(site):
    far = visitor(email=unique_email("far"))
    task = create(site.client, far)
    done(site.run("user", "disable", far.id))
    for method, path in (("GET", "/api/tasks"), ("GET", f"/api/tasks/{task['id']}"),
                         ("POST", "/api/tasks"), ("DELETE", f"/api/tasks/{task['id']}")):
        answer = site.client.request(method, path, token=far.token,
                                     json={"title": "t"} if method == "POST" else None)
        check.error(answer, 403, code="BANNED_USER")
    done(site.run("user", "enable", far.id))
    assert site.client.get(f"/api/tasks/{task['id']}", token=far.token).status == 200


def test_a_user_disabled_for_days_comes_back_after_them(site):
    user = sign_up(site.client)
    text = done(site.run("user", "disable", user.email, "--days", "3"))
    until = show(site, user.id)["banExpires"]
    assert until > show(site, user.id)["createdAt"]
    assert text == f"{user.email}: disabled until {until}; all sessions have ended\n"
    assert sign_in(site.client, user.email).status == 403
    site.sql(f"""UPDATE "user" SET "banExpires" = '2026-01-01T00:00:00.000Z'
                  WHERE "id" = '{user.id}'""")
    assert show(site, user.id)["banned"] is False
    assert sign_in(site.client, user.email).status == 200
    assert show(site, user.id)["banReason"] is None


def test_sessions_are_listed_without_their_tokens_and_revoked_one_by_one_or_all(site):
    user = sign_up(site.client)
    for _ in range(2):
        assert sign_in(site.client, user.email).status == 200
    text = done(site.run("user", "sessions", user.email, "--json"))
    rows = objects(text)
    assert len(rows) == 3
    for (token,) in site.sql(f"""SELECT "token" FROM "session" WHERE "userId" = '{user.id}'"""):
        assert token not in text
    assert "has ended" in done(site.run("user", "revoke", user.email, rows[0]["id"]))
    left = objects(done(site.run("user", "sessions", user.email, "--json")))
    assert [row["id"] for row in left] == [row["id"] for row in rows[1:]]
    assert site.run("user", "revoke", user.email, rows[0]["id"]).returncode == 1

    other = sign_up(site.client)
    [mine] = objects(done(site.run("user", "sessions", other.email, "--json")))
    assert site.run("user", "revoke", user.email, mine["id"]).returncode == 1
    done(site.run("user", "revoke", user.email))
    assert holdings(site, user) == [401, False, 401, 0]
    assert holdings(site, other)[:3] == [200, True, 200]


# --- questions ------------------------------------------------------------------------------------


def test_delete_wants_the_address_typed(site):
    user = sign_up(site.client, name="Ann")
    create(site.client, user)
    terminal = site.terminal("user", "delete", user.id)
    asked = terminal.expect("to go on: ")
    assert f"deletes {user.email} (Ann) and their 1 tasks" in asked
    terminal.type("yes\n")
    status, text = terminal.end()
    assert status == 1 and "nothing was changed" in text
    assert show(site, user.id)["tasks"] == 1

    terminal = site.terminal("user", "delete", user.id)
    terminal.expect("to go on: ")
    terminal.type(user.email + "\n")
    status, text = terminal.end()
    assert status == 0 and f"{user.email}: deleted" in text
    assert site.run("user", "show", user.id).returncode == 1
    assert site.client.get("/api/tasks", token=user.token).status == 401
    assert site.sql(f"SELECT 1 FROM tasks WHERE user_id = '{user.id}'") == []


def test_delete_without_a_terminal_takes_an_option(site):
    user = sign_up(site.client)
    result = site.run("user", "delete", user.email, stdin=user.email + "\n")
    assert result.returncode == 1 and "--yes" in result.stderr, result
    assert show(site, user.id)["id"] == user.id
    done(site.run("user", "delete", user.email, "--yes"))
    assert site.run("user", "show", user.id).returncode == 1


def test_a_password_is_asked_for_twice_and_never_shown(site):
    email = unique_email()
    terminal = site.terminal("user", "add", email)
    terminal.expect("Password: ")
    assert not terminal.echoes()
    limits = Path(f"/proc/{terminal.process.pid}/limits").read_text()
    assert re.search(r"^Max core file size +0 +0 ", limits, re.M), limits
    terminal.type(PASSWORD + "\n")
    terminal.expect("The same again: ")
    assert not terminal.echoes()
    terminal.type(PASSWORD + "\n")
    after = terminal.expect(f"{email}: added")
    assert terminal.echoes()
    status, text = terminal.end()
    assert status == 0 and PASSWORD not in after + text
    assert sign_in(site.client, email).status == 200


def test_two_different_passwords_are_none(site):
    email = unique_email()
    terminal = site.terminal("user", "add", email)
    terminal.expect("Password: ")
    terminal.type(PASSWORD + "\n")
    terminal.expect("The same again: ")
    terminal.type(NEW_PASSWORD + "\n")
    status, text = terminal.end()
    assert status == 1 and "two different passwords" in text
    assert site.run("user", "show", email).returncode == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_end_in_the_middle_leaves_the_terminal_as_it_was(site, number):
    email = unique_email()
    terminal = site.terminal("user", "add", email)
    terminal.expect("Password: ")
    assert not terminal.echoes()
    if number == signal.SIGINT:
        terminal.type("\x03")
    else:
        terminal.process.send_signal(number)
    status, _ = terminal.wait()
    assert status == -number and terminal.echoes()
    terminal.close()
    assert site.run("user", "show", email).returncode == 1


def test_who_stops_it_and_goes_on_is_asked_again(site):
    email = unique_email()
    shell = Terminal(["bash", "--norc", "--noprofile", "-i"], site.config.parent)
    shell.type(f"{program()} user add {email} --config {site.config}\n")
    shell.expect("Password: ")
    shell.type("\x1a")
    shell.expect("Stopped")
    shell.type("fg\n")
    for question in ("Password: ", "The same again: "):
        shell.expect(question)
        assert not shell.echoes()
        shell.type(PASSWORD + "\n")
    assert PASSWORD not in shell.expect(f"{email}: added")
    shell.type("exit\n")
    assert shell.end()[0] == 0
    assert sign_in(site.client, email).status == 200


# --- around them ----------------------------------------------------------------------------------


def test_what_was_done_is_in_the_audit_log_and_no_password(site):
    email = unique_email()
    log = site.config.parent / "audit.log"
    log.touch()  # the server makes it; a command does not
    result = site.run("user", "add", email, "--password-stdin", stdin=PASSWORD,
                      LOG_TO=f"file:{log}")
    user_id = show(site, email)["id"]
    assert f"add-user outcome=success user={user_id} uid=" in log.read_text()
    for words, event in ((("passwd", email, "--password-stdin"), "set-password"),
                         (("disable", email), "disable-user"),
                         (("enable", email), "enable-user"),
                         (("revoke", email), "revoke-sessions"),
                         (("delete", email, "--yes"), "delete-user")):
        result = site.run("user", *words, stdin=NEW_PASSWORD, LOG_TO=f"file:{log}")
        assert f"{event} outcome=success user={user_id} uid=" in log.read_text(), result
        assert NEW_PASSWORD not in result.stdout + result.stderr
    assert PASSWORD not in log.read_text() and NEW_PASSWORD not in log.read_text()


def test_exit_codes_tell_what_is_wrong(site):
    assert site.run("user", "list", DATABASE_URL="postgresql://u@127.0.0.1:1/d").returncode == 69
    assert site.run("user", "list", BETTER_AUTH_SECRET="short").returncode == 78
    assert site.run("user").returncode == 64
