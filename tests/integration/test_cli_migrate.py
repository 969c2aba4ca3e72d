"""taskgate db migrate-to: everything goes over to a database of the other kind, and back."""

import socket
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from harness.postgres import run_sql
from harness.site import done, summary
from harness.stack import ORIGIN, create, listed, sign_in, sign_up, visitor
from harness.taskgate import environment, program

TABLES = ["user", "account", "session", "verification", "jwks", "refreshToken", "tasks"]
PAIRS = [("sqlite", "postgresql"), ("postgresql", "sqlite")]
TIME = "2026-01-02T03:04:05.678Z"
ODD = ["", " ", "'\"\\", "\t\n\r\x01\x7f", "\u00e9 e\u0301 \u202e \ufeff \U0001f600 \U0010fffd",
       "\\N", "NULL", "\\.", "x" * 5000, "%s {} $1 ;--"]


def rows(site, table):
    """All rows of a table as a set of texts, times and booleans in one form."""
    columns = {"user": '"id", "name", "email", "emailVerified", "image", "createdAt", "banned"',
               "tasks": "id, user_id, title, description, completed, created_at, updated_at"
               }.get(table, "*")
    with closing(sqlite3.connect(site.file)) as database:
        return sorted(database.execute(f'SELECT {columns} FROM "{table}"').fetchall(), key=repr)


def write_odd_rows(site):
    """What no client would write, and a database may hold."""
    with closing(sqlite3.connect(site.file, isolation_level=None)) as database:
        database.execute("PRAGMA foreign_keys = ON")
        for i, text in enumerate(ODD):
            user = f"odd{i}{text[:40]}"
            database.execute(
                'INSERT INTO "user" ("id", "name", "email", "emailVerified", "image", "createdAt",'
                ' "updatedAt", "banned", "banReason", "banExpires")'
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (user, text, f"{i}@example.org", i % 2, text if i % 3 else None,
                 "1970-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z", [0, 1, None][i % 3],
                 text if i % 2 else None, TIME if i % 2 else None))
            database.execute(
                "INSERT INTO tasks (id, user_id, title, description, completed, created_at,"
                " updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (2 ** 53 + i, user, text, text if i % 2 else None, i % 2, TIME, TIME))
            database.execute('INSERT INTO "verification" VALUES (?, ?, ?, ?, ?, ?)',
                             (f"v{i}", text, text, TIME, TIME, TIME))


def test_there_and_back_gives_the_same_rows(make_site):
    one = make_site("sqlite", "one", serve=True)
    for i in range(2):
        create(one.client, sign_up(one.client), f"task {i}")
    one.stop()
    write_odd_rows(one)
    two = make_site("postgresql", "two", migrate=False)
    three = make_site("sqlite", "three", migrate=False)
    counts = summary(one.run("db", "migrate-to", two.url, "--json"))
    assert counts["user"] == 2 + len(ODD) and counts["tasks"] == 2 + len(ODD)
    assert summary(two.run("db", "migrate-to", three.url, "--json"))["tasks"] == counts["tasks"]
    for table in TABLES:
        assert rows(three, table) == rows(one, table), table
    assert rows(three, "tasks") and rows(three, "refreshToken")
    # What PostgreSQL made of it is right too, not only its way back.
    assert int(two.sql("SELECT count(*) FROM tasks WHERE completed")[0][0]) == len(ODD) // 2
    assert two.sql("""SELECT "createdAt" AT TIME ZONE 'UTC' FROM "user" WHERE "id" = 'odd0'"""
                   ) == [["1970-01-01 00:00:00"]]


@pytest.mark.parametrize("first, second", PAIRS)
def test_people_go_on_where_they_were(make_site, first, second):
    here = make_site(first, "here", serve=True)
    ann, far = sign_up(here.client, name="Ann"), visitor()
    tasks = [create(here.client, ann, f"task {i}") for i in range(3)]
    create(here.client, far)
    last = create(here.client, ann, "deleted")
    here.client.delete(f"/api/tasks/{last['id']}", token=ann.token)
    token = here.client.get("/api/auth/token", cookie=ann.cookie).json()["token"]
    keys = here.client.get("/api/auth/jwks").json()["keys"]
    there = make_site(second, "there", migrate=False)
    done(here.run("db", "migrate-to", there.url))
    client = there.serve()
    assert [task["id"] for task in listed(client, ann)] == [task["id"] for task in tasks[::-1]]
    assert client.get("/api/auth/get-session", cookie=ann.cookie).json()["user"]["id"] == ann.id
    assert client.post("/api/auth/refresh", cookie=ann.cookie, origin=ORIGIN).status == 200
    assert sign_in(client, ann.email).status == 200
    assert client.get("/api/tasks", token=token).status == 200
    assert client.get("/api/auth/jwks").json()["keys"] == keys
    assert client.get("/api/tasks", token=far.token).json()["total"] == 1
    # No number is given out twice, not even that of a task that is gone.
    assert create(client, ann)["id"] > last["id"]
    result = there.run("db", "check")
    assert result.returncode == 0, result


@pytest.mark.parametrize("first, second", PAIRS)
def test_a_database_with_rows_is_not_written_over(make_site, first, second):
    here, there = make_site(first, "here"), make_site(second, "there")
    done(there.run("user", "add", "bob@example.org", "--password-stdin", stdin="violet Harbor 27\n"))
    result = here.run("db", "migrate-to", there.url)
    assert result.returncode == 1 and "give an empty database" in result.stderr, result
    assert "bob@example.org" in done(there.run("user", "list"))


def test_what_postgresql_cannot_hold_is_named_and_nothing_is_kept(make_site):
    here = make_site("sqlite", "here")
    user = ("INSERT INTO \"user\" (\"id\", \"name\", \"email\", \"emailVerified\", \"createdAt\","
            f" \"updatedAt\") VALUES ('u%s', %s, 'u%s@example.org', 0, %s, '{TIME}')")
    task = ("INSERT INTO tasks (id, user_id, title, created_at, updated_at)"
            f" VALUES (%s, 'u0', 't', '{TIME}', '{TIME}')")
    here.sql(user % (0, "'n'", 0, f"'{TIME}'"))
    here.sql(task % 1)
    for number, name, value, time in ((1, "UTF-8", "CAST(x'ff41' AS text)", f"'{TIME}'"),
                                      (2, "UTF-8", "'a' || char(0) || 'b'", f"'{TIME}'"),
                                      (3, "no time", "'n'", "'yesterday'")):
        here.sql(user % (number, value, number, time))
        there = make_site("postgresql", f"there{number}", migrate=False)
        result = here.run("db", "migrate-to", there.url)
        assert result.returncode == 1 and f'the row "u{number}" of "user"' in result.stderr, result
        assert name in result.stderr and int(there.sql('SELECT count(*) FROM "user"')[0][0]) == 0
        here.sql(f"""DELETE FROM "user" WHERE "id" = 'u{number}'""")


def test_two_tasks_with_one_number_are_named(make_site):
    """PostgreSQL's key is user and number, SQLite's the number alone."""
    here = make_site("postgresql", "here")
    for user in "ab":
        here.sql(f"""INSERT INTO "user" ("id", "name", "email", "emailVerified")
                     VALUES ('{user}', 'n', '{user}', false);
                     INSERT INTO tasks (id, user_id, title, created_at, updated_at)
                     VALUES (7, '{user}', 't', now(), now())""")
    there = make_site("sqlite", "there", migrate=False)
    result = here.run("db", "migrate-to", there.url)
    assert result.returncode == 1 and 'the row "7" of "tasks"' in result.stderr, result
    assert there.sql("SELECT count(*) FROM tasks") == [(0,)]


def test_columns_of_others_are_told(make_site):
    here = make_site("sqlite", "here")
    here.sql('ALTER TABLE "user" ADD COLUMN "twoFactorEnabled" integer')
    there = make_site("postgresql", "there", migrate=False)
    result = here.run("db", "migrate-to", there.url)
    assert result.returncode == 0 and '"user"."twoFactorEnabled"' in result.stderr, result


def test_the_password_of_the_target_is_not_shown(make_site):
    here = make_site("sqlite", "here")
    url = "postgresql://u:Hidden7Secret@127.0.0.1:1/d"
    result = here.run("db", "migrate-to", url)
    assert result.returncode == 69 and "127.0.0.1" in result.stderr, result
    bad = here.run("db", "migrate-to", "mysql://u:Hidden7Secret@h/d")
    assert bad.returncode == 64, bad
    for text in (result.stdout, result.stderr, bad.stdout, bad.stderr):
        assert "Hidden7Secret" not in text


def test_the_database_that_fails_is_the_one_that_is_named(make_site):
    here = make_site("sqlite", "here")
    result = here.run("db", "migrate-to", "sqlite:////nonexistent/there.db")
    assert result.returncode == 69, result
    assert "the database /nonexistent/there.db does not answer" in result.stderr, result
    result = here.run("db", "migrate-to", f"sqlite:///{here.directory}/there.db",
                      DATABASE_URL="sqlite:////nonexistent/here.db")
    assert result.returncode == 69, result
    assert "the database /nonexistent/here.db does not answer" in result.stderr, result


def test_the_password_of_the_target_does_not_stay_in_the_list_of_processes(make_site):
    here = make_site("sqlite", "here")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://u:Hidden7Secret@127.0.0.1:{silent.getsockname()[1]}/d"
        command = subprocess.Popen([program(), "db", "migrate-to", url, "--config", here.config],
                                   stderr=subprocess.PIPE, text=True, env=environment())
        connection, _ = silent.accept()
        with connection:
            words = Path(f"/proc/{command.pid}/cmdline").read_bytes()
            assert b"migrate-to" in words and b"Hidden7Secret" not in words
        assert "Hidden7Secret" not in command.communicate()[1] and command.returncode == 69


def test_a_copy_is_of_one_moment_and_many_rows(make_site):
    here = make_site("postgresql", "here")
    here.sql("""INSERT INTO "user" ("id", "name", "email", "emailVerified")
                SELECT 'u' || i, 'n', i || '@example.org', false FROM generate_series(1, 2000) i;
                INSERT INTO tasks (user_id, title, description, created_at, updated_at)
                SELECT 'u' || i % 2000 + 1, 't' || i, repeat('d', i % 700), now(), now()
                FROM generate_series(1, 20000) i""")
    there = make_site("sqlite", "there", migrate=False)
    assert summary(here.run("db", "migrate-to", there.url, "--json"))["tasks"] == 20000
    back = make_site("postgresql", "back", migrate=False)
    done(there.run("db", "migrate-to", back.url))
    sums = "SELECT count(*), sum(hashtext(user_id || id || title || description)::bigint) FROM tasks"
    assert run_sql(back.url, sums) == run_sql(here.url, sums)
