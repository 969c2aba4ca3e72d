"""taskgate export and import: from one database to another, from other programs, and whatever may be
wrong with a file."""

import json
import os
import signal
import stat
import subprocess
import threading

import pytest

from harness import check
from harness.process import wait_until
from harness.site import KINDS, done, rows_of, summary
from harness.stack import (ORIGIN, PASSWORD, create, listed, sign_in, sign_up, unique_email,
                           visitor)
from harness.taskgate import environment, program
from harness.terminal import Terminal

# "violet Harbor 27 lantern" by other programs.
BCRYPT = "$2b$04$abcdefghijklmnopqrstuu/3h.Va6f0ZQW9tN48RMQDVf70ypE9ja"
ARGON2ID = ("$argon2id$v=19$m=8192,t=3,p=1$vz3jc41aaQZ3EVsBQuQaEQ$z"
            "8Csww5WYqIH0GYDNw7/lmiqubAQOKzA67mre2Glmac")
SCRYPT = ("0123456789abcdef0123456789abcdef:"
          "1562156cf13d8b66a3895b7a459d10161d289ba94f0c0291a4a2995852fa8038"
          "b13218f3161682b3be095af062c589d07f58b8da9c3bfe734d6b34d4774a995c")
TIME = "2026-01-02T03:04:05.678Z"


def lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def exported(site, *options):
    """All rows without the first and the last, in an order that does not depend on the database."""
    rows = rows_of(done(site.run("export", *options)))
    assert rows[0]["type"] == "taskgate" and rows[-1] == {"type": "end", "rows": len(rows) - 2}
    return sorted(rows[1:-1], key=lambda row: json.dumps(row, sort_keys=True))


def import_rows(site, rows, *options, status=0):
    return summary(site.run("import", "--json", *options, stdin=lines(rows)), status)


def user_row(word="user", **members):
    return {"type": "user", "id": members.pop("id", unique_email(word).split("@")[0]),
            "email": unique_email(word), "createdAt": TIME, **members}


def task_row(user, number, **members):
    return {"type": "task", "userId": user["id"], "id": number, "title": f"task {number}",
            "createdAt": TIME, **members}


# --- there and back -------------------------------------------------------------------------------


@pytest.mark.parametrize("first, second", [("sqlite", "postgresql"), ("postgresql", "sqlite")])
def test_everything_comes_over_to_the_other_database_and_goes_on(make_site, first, second):
    here = make_site(first, "here", serve=True)
    ann, bob = sign_up(here.client, name="Ann \x1b \u202e \U0001f600 \\ \""), sign_up(here.client)
    far = visitor("far\x01\n\x7f" + unique_email("x"), email=unique_email("far"))
    tasks = [create(here.client, ann, f"task {i}", description="d\n" * i) for i in range(3)]
    create(here.client, far)
    done(here.run("user", "disable", bob.email, "--reason", "spam", "--days", "9"))
    create(here.client, sign_up(here.client), "of the banned")
    done(here.run("user", "disable", here.sql(
        "SELECT user_id FROM tasks WHERE title = 'of the banned'")[0][0]))
    rows = exported(here, "--sessions")
    assert {row["type"] for row in rows} == {"user", "account", "task", "session", "refreshToken"}
    assert "of the banned" in [row.get("title") for row in rows]

    there = make_site(second, "there")
    file = here.directory / "all.jsonl"
    done(here.run("export", file, "--sessions"))
    counts = summary(there.run("import", file, "--json"))
    assert counts["faults"] == counts["there"] == 0 and counts["written"]
    assert exported(there, "--sessions") == rows
    again = summary(there.run("import", file, "--json"))
    assert again["there"] == len(rows) and again["users"] == again["tasks"] == again["faults"] == 0
    assert exported(there, "--sessions") == rows

    there = make_site(second, "there2", serve=True)
    summary(there.run("import", file, "--json"))
    assert listed(there.client, ann)[0]["id"] == tasks[2]["id"]
    assert there.client.get("/api/auth/get-session", cookie=ann.cookie).json()["user"]["id"] == ann.id
    assert there.client.post("/api/auth/refresh", cookie=ann.cookie, origin=ORIGIN).status == 200
    assert sign_in(there.client, ann.email).status == 200
    check.error(sign_in(there.client, bob.email), 403, code="BANNED_USER")
    assert there.client.get("/api/tasks", token=far.token).json()["total"] == 1
    assert create(there.client, ann)["id"] > max(task["id"] for task in tasks)


def test_the_longest_that_a_request_can_write_comes_over_too(make_site):
    """Better Auth has no limit for a name; a user left out would lose all their tasks."""
    here = make_site("sqlite", "here", serve=True, MAX_BODY="131072")
    body = {"email": unique_email(), "password": PASSWORD, "name": "n" * 65000,
            "image": "\x01" * 10000}
    assert here.client.post("/api/auth/sign-up/email", json=body, origin=ORIGIN).status == 200
    there = make_site("postgresql", "there")
    counts = summary(there.run("import", "--json", stdin=done(here.run("export", "--sessions"))))
    assert counts["faults"] == 0 and counts["users"] == counts["sessions"] == 1
    assert exported(there, "--sessions") == exported(here, "--sessions")


def test_without_the_option_there_is_no_session_in_an_export(make_site):
    site = make_site(serve=True)
    user = sign_up(site.client)
    text = done(site.run("export"))
    assert {row["type"] for row in rows_of(text)} == {"taskgate", "user", "account", "end"}
    [(token,)] = site.sql("""SELECT "token" FROM "session" """)
    assert token not in text and user.token not in text


@pytest.mark.parametrize("kind", KINDS)
def test_a_user_with_more_rows_than_a_page_loses_none(make_site, kind):
    site = make_site(kind)
    user = user_row()
    # Many of one moment: pages end within them.
    rows = [user] + [task_row(user, i) for i in range(1, 1252)]
    assert import_rows(site, rows)["tasks"] == 1251
    ids = [row["id"] for row in exported(site) if row["type"] == "task"]
    assert sorted(ids) == list(range(1, 1252))


# --- from other programs --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name, stored", [("bcrypt", BCRYPT), ("argon2id", ARGON2ID),
                                          ("scrypt", SCRYPT)],
                         ids=["bcrypt", "argon2id", "scrypt"])
def test_hashes_of_other_programs_sign_in_and_are_replaced(make_site, kind, name, stored):
    site = make_site(kind, serve=True)
    row = {"type": "user", "email": unique_email(name), "password": stored}
    counts = import_rows(site, [row])
    assert counts["users"] == counts["accounts"] == 1
    [shown] = rows_of(done(site.run("user", "show", row["email"], "--json")))
    assert shown["password"] == name
    assert sign_in(site.client, row["email"], "wrong password").status == 401
    assert sign_in(site.client, row["email"]).status == 200
    [shown] = rows_of(done(site.run("user", "show", row["email"], "--json")))
    assert shown["password"] == "argon2id"
    assert sign_in(site.client, row["email"]).status == 200
    # A second import does not bring the old hash back.
    counts = import_rows(site, [row])
    assert counts["users"] == counts["accounts"] == 0 and counts["there"] == 1
    [shown] = rows_of(done(site.run("user", "show", row["email"], "--json")))
    assert shown["password"] == "argon2id"


@pytest.mark.parametrize("stored", [
    "violet Harbor 27 lantern", "", "$2b$31$abcdefghijklmnopqrstuuLEH.bJNlYtRUyE05x8IUHhxQjphZ6fO",
    "$argon2id$v=19$m=4194304,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA$" + "A" * 43,
    "$argon2id$v=19$m=19456,t=99999,p=1$AAAAAAAAAAAAAAAAAAAAAA$" + "A" * 43,
    "$6$rounds=999999999$salt$" + "A" * 86, "md5:" + "0" * 32], ids=range(7))
def test_a_hash_that_nobody_could_verify_is_refused(make_site, stored):
    site = make_site()
    result = site.run("import", stdin=lines([{**user_row(), "password": stored}]))
    assert result.returncode == 1 and 'standard input:1: "password" is no hash' in result.stderr
    assert "violet" not in result.stderr
    assert exported(site) == []


@pytest.mark.parametrize("kind", KINDS)
def test_two_databases_become_one(make_site, kind):
    """Their tasks have the same numbers: the second ones get new ones, once."""
    one, two = user_row("one"), user_row("two")
    site = make_site(kind)
    import_rows(site, [one] + [task_row(one, i) for i in range(1, 4)])
    rows = [two] + [task_row(two, i) for i in range(1, 6)]
    assert import_rows(site, rows)["tasks"] == 5
    for _ in range(2):
        tasks = [row for row in exported(site) if row["type"] == "task"]
        assert sorted(row["title"] for row in tasks if row["userId"] == two["id"]) == [
            f"task {i}" for i in range(1, 6)]
        assert len([row for row in tasks if row["userId"] == one["id"]]) == 3
        again = import_rows(site, rows)
        assert again["tasks"] == again["faults"] == 0 and again["there"] == 6


def test_tasks_without_numbers_are_known_by_time_and_title(make_site):
    site = make_site()
    user = user_row()
    rows = [user] + [{"type": "task", "userId": user["id"], "title": title, "createdAt": TIME}
                     for title in ("a", "b", "a")]
    assert import_rows(site, rows)["tasks"] == 2
    assert import_rows(site, rows)["tasks"] == 0


# --- what is wrong with a file --------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_faults_are_told_by_line_and_the_rest_is_done(make_site, kind):
    site = make_site(kind)
    good, other = user_row(), user_row()
    text = "".join([
        lines([good]),
        "not json\n",
        "\n",
        lines([{**other, "email": good["email"]}]),
        lines([task_row(good, 1), task_row({"id": "nobody"}, 2)]),
        json.dumps({**task_row(good, 3), "title": "x" * 256}) + "\n",
        "x" * 1100000 + "\n",
        lines([{"type": "session", "id": "s", "userId": "nobody", "token": "t",
                "expiresAt": "2999-01-01T00:00:00.000Z"}]),
        lines([{"type": "refreshToken", "tokenDigest": "d", "sessionId": "none",
                "userId": good["id"], "createdAt": TIME, "expiresAt": TIME}]),
        lines([task_row(good, 4)])])
    for options, word in ((("--dry-run",), "would be imported"), ((), "imported")):
        result = site.run("import", *options, stdin=text)
        assert result.returncode == 1 and result.stdout.startswith(word), result
        assert result.stderr.splitlines()[:-1] == [
            "standard input:2: this is not a JSON object",
            "standard input:4: another user has this address",
            "standard input:6: its user is not there",
            'standard input:7: "title" is too long',
            "standard input:8: the line is longer than a megabyte",
            "standard input:9: its user is not there",
            "standard input:10: its session is not there"], result.stderr
        assert "1 users, 0 accounts, 2 tasks" in result.stdout
        assert len(exported(site)) == (0 if options else 3)


@pytest.mark.parametrize("kind", KINDS)
def test_a_dry_run_writes_nothing_and_foresees_everything(make_site, kind):
    site = make_site(kind)
    here = user_row("here")
    import_rows(site, [here, task_row(here, 1)])
    before = exported(site, "--sessions")
    new = user_row("new", password=BCRYPT)
    twin = user_row("twin", email=new["email"])
    session = {"type": "session", "id": "s1", "userId": new["id"], "token": "t1",
               "expiresAt": "2999-01-01T00:00:00.000Z"}
    refresh = {"type": "refreshToken", "tokenDigest": "d1", "sessionId": "s1",
               "userId": new["id"], "createdAt": TIME, "expiresAt": TIME}
    rows = [here, task_row(here, 1), new, new, task_row(new, 7), session, refresh, twin,
            task_row(twin, 8)]
    dry = import_rows(site, rows, "--dry-run", status=1)
    assert exported(site, "--sessions") == before
    real = import_rows(site, rows, status=1)
    assert {**dry, "written": True} == real
    assert real == {"users": 1, "accounts": 1, "tasks": 1, "sessions": 1, "refreshTokens": 1,
                    "there": 3, "faults": 2, "written": True}


def test_a_file_may_come_from_windows(make_site):
    """With a byte order mark before its first line and CR LF behind each."""
    site = make_site()
    user = user_row()
    text = "\ufeff" + lines([user, task_row(user, 1)]).replace("\n", "\r\n")
    counts = summary(site.run("import", "--json", stdin=text))
    assert counts["users"] == counts["tasks"] == 1 and counts["faults"] == 0
    again = site.run("import", stdin=lines([user]) + "\ufeff" + lines([user_row()]))
    assert again.returncode == 1 and "input:2: this is not a JSON object" in again.stderr, again


def test_a_file_that_was_cut_off_is_noticed(make_site):
    site = make_site()
    user = user_row()
    import_rows(site, [user] + [task_row(user, i) for i in range(1, 10)])
    text = done(site.run("export"))
    there = make_site(name="there")
    cut = text[:text.index('{"type":"end"')]
    result = there.run("import", stdin=cut)
    assert result.returncode == 1 and "the file was cut off" in result.stderr, result
    result = there.run("import", stdin=cut[:-20])
    assert result.returncode == 1 and "the file was cut off" in result.stderr, result
    result = there.run("import", stdin=text + lines([user_row()]))
    assert result.returncode == 1 and "behind the end" in result.stderr, result
    assert exported(there) == exported(site)
    result = there.run("import", stdin=text.replace('"version":1', '"version":2', 1))
    assert result.returncode == 1 and "newer program" in result.stderr, result


def test_what_cannot_be_read_or_written_is_said(make_site):
    site = make_site()
    result = site.run("import", site.directory / "none.jsonl")
    assert result.returncode == 1 and "No such file" in result.stderr, result
    result = site.run("import", site.directory)
    assert result.returncode == 1 and "cannot be read" in result.stderr, result
    import_rows(site, [user_row()])
    for target in ("/dev/full", site.directory / "none" / "out.jsonl"):
        result = site.run("export", target)
        assert result.returncode == 1 and str(target) in result.stderr, result
    assert stat.S_ISCHR(os.stat("/dev/full").st_mode)
    assert site.run("import", DATABASE_URL="postgresql://u@127.0.0.1:1/d",
                    stdin="").returncode == 69


# --- files ----------------------------------------------------------------------------------------


def test_a_file_is_its_makers_alone_and_replaced_only_when_asked_to(make_site):
    site = make_site()
    import_rows(site, [user_row()])
    file = site.directory / "all.jsonl"
    done(site.run("export", file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_text()
    import_rows(site, [user_row()])
    result = site.run("export", file, stdin="yes\n")
    assert result.returncode == 1 and "--yes" in result.stderr and file.read_text() == before
    terminal = Terminal([program(), "export", file, "--config", site.config], site.directory)
    terminal.expect("to go on: ")
    terminal.type("no\n")
    assert terminal.end()[0] == 1 and file.read_text() == before
    link = site.directory / "link.jsonl"
    link.symlink_to(file)
    assert done(site.run("export", link, "--yes")) == "2 rows\n"
    assert link.is_symlink() and len(file.read_text().splitlines()) == 4
    assert sorted(path.name for path in site.directory.glob("*.jsonl*")) == ["all.jsonl",
                                                                             "link.jsonl"]
    assert done(site.run("export", "/dev/null")) == ""
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_a_bar_is_drawn_on_a_terminal_only(make_site):
    site = make_site()
    users = [user_row() for _ in range(30)]
    rows = users + [task_row(users[i % 30], i) for i in range(1, 20000)]
    file = site.directory / "many.jsonl"
    file.write_text(lines(rows))
    terminal = Terminal([program(), "import", file, "--config", site.config], site.directory)
    terminal.expect("import [")
    seen = terminal.expect("%")
    status, text = terminal.end()
    assert status == 0 and "ETA" in seen + text and "/s" in seen + text
    assert text.split("\x1b[K")[-1].startswith("imported: 30 users")
    result = site.run("export", site.directory / "out.jsonl")
    assert result.returncode == 0 and result.stderr == "" and "\x1b" not in result.stdout


def test_an_export_to_a_terminal_commands_nothing(make_site):
    site = make_site()
    import_rows(site, [user_row(name="\x1b[2J\x9b31m\u202e")])
    status, text = Terminal([program(), "export", "--config", site.config], site.directory).end()
    assert status == 0 and '"name":"\\u001b[2J\\u009b31m\\u202e"' in text
    assert all(c == "\n" or (c.isascii() and c.isprintable()) for c in text.split("\x1b[K")[-1])


# --- while others work ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_tasks_are_made_while_others_are_imported(make_site, kind):
    site = make_site(kind, serve=True)
    ann = sign_up(site.client)
    user = user_row()
    first = create(site.client, ann)["id"]
    rows = [user] + [task_row(user, first + i) for i in range(1, 4000)]
    file = site.directory / "many.jsonl"
    file.write_text(lines(rows))
    made, stop = [], threading.Event()

    def work():
        while not stop.is_set() or not made:
            made.append(site.client.post("/api/tasks", token=ann.token, json={"title": "t"}))

    thread = threading.Thread(target=work)
    thread.start()
    try:
        counts = summary(site.run("import", file, "--json"))
    finally:
        stop.set()
        thread.join()
    assert counts["tasks"] == 3999 and counts["faults"] == 0
    assert [answer.status for answer in made] == [201] * len(made)
    made.append(site.client.post("/api/tasks", token=ann.token, json={"title": "t"}))
    ids = [answer.json()["id"] for answer in made]
    assert len(set(ids)) == len(ids) and ids[-1] > first + 3999 - len(made)
    assert len([r for r in exported(site) if r.get("userId") == user["id"]]) == 3999


@pytest.mark.parametrize("kind", KINDS)
def test_an_import_that_was_killed_is_whole_batches_and_can_be_repeated(make_site, kind):
    site = make_site(kind)
    user = user_row()
    rows = [user] + [task_row(user, i) for i in range(1, 6000)]
    file = site.directory / "many.jsonl"
    file.write_text(lines(rows))

    def count():
        return site.sql("SELECT count(*) FROM tasks")[0][0]

    process = subprocess.Popen([program(), "import", file, "--config", site.config],
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, env=environment())
    wait_until(lambda: int(count()) > 0, "the first batch")
    process.send_signal(signal.SIGKILL)
    process.wait()
    if kind == "postgresql":  # what its server was told last it does to the end
        others = "pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        wait_until(lambda: site.sql(f"SELECT 1 FROM {others}") == [], "nobody is at work")
    there = int(count())
    assert there == 5999 or (there + 1) % 500 == 0  # the first row is the user
    counts = summary(site.run("import", file, "--json"))
    assert counts["tasks"] == 5999 - there and counts["faults"] == 0
    assert int(count()) == 5999
