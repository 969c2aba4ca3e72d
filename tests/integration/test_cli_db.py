"""taskgate db check, backup and restore: what they find, what they copy, what they refuse."""

import json
import os
import sqlite3
import stat
import threading
from contextlib import closing

import pytest

from harness.site import KINDS, done, rows_of, summary
from harness.stack import create, listed, sign_in, sign_up
from harness.terminal import Terminal
from harness.taskgate import program

ROUNDS = 100 if os.environ.get("TASKGATE_FULL") else 6


def findings(site, status=0):
    """What "db check" says: {check: [(state, text)]}."""
    found = {}
    for row in rows_of(done(site.run("db", "check", "--json"), status)):
        found.setdefault(row["check"], []).append((row["state"], row["text"]))
    return found


def wrong(site):
    """The texts of all that is wrong, and the checks that they are of."""
    found = findings(site, 1)
    return {(check, text) for check, rows in found.items() for state, text in rows
            if state == "wrong"}


def bad_checks(site):
    return {check for check, _ in wrong(site)}


# --- check ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_database_that_is_well_passes_every_check(make_site, kind):
    site = make_site(kind, serve=True)
    create(site.client, sign_up(site.client))
    found = findings(site)
    assert all(state == "fine" for rows in found.values() for state, _ in rows), found
    common = {"version", "schema", "references"}
    assert set(found) == common | ({"owner", "permissions", "log", "space", "integrity", "journal"}
                                   if kind == "sqlite" else
                                   {"server", "encoding", "clock", "connections", "permissions",
                                    "indexes"})
    result = site.run("db", "check")
    assert result.returncode == 0 and "fine\tschema\tevery table" in result.stdout, result


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_schema_lacks_is_named(make_site, kind):
    site = make_site(kind)
    for statement in ('DROP TABLE "jwks"', 'ALTER TABLE "user" DROP COLUMN "banReason"',
                      "DROP INDEX tasks_user_created_idx",
                      'ALTER TABLE "account" ADD COLUMN "issuer" text NOT NULL DEFAULT \'x\''):
        site.sql(statement)
    texts = {text for check, text in wrong(site) if check == "schema"}
    assert any('the table "jwks" is missing' == text for text in texts), texts
    assert any('the column "user"."banReason" is missing' == text for text in texts), texts
    [index] = [text for text in texts if text.startswith('an index on "tasks" is missing: CREATE')]
    assert len(texts) == 3
    # What it says to do helps.
    site.sql(index.split(": ", 1)[1].replace("CREATE INDEX ON", "CREATE INDEX again ON"))
    assert not any("index" in text for check, text in wrong(site) if check == "schema")


def test_a_required_column_of_another_program_is_named(make_site):
    site = make_site("postgresql")
    site.sql('ALTER TABLE "account" ADD COLUMN "issuer" text NOT NULL')
    assert wrong(site) == {("schema", 'the column "account"."issuer" is required, and this program '
                                      'does not write it')}
    site.sql('ALTER TABLE "account" ALTER COLUMN "issuer" DROP NOT NULL')
    site.sql('ALTER TABLE "session" ALTER COLUMN "expiresAt" TYPE timestamp')
    assert wrong(site) == {("schema", 'the column "session"."expiresAt" has the type timestamp '
                                      'instead of timestamptz')}


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_and_a_newer_database_are_told_apart(make_site, kind):
    site = make_site(kind, migrate=False)
    if kind == "sqlite":
        site.sql("CREATE TABLE other (x)")
        site.file.chmod(0o600)
    assert [text for _, text in wrong(site)] == [
        'there are no tables of taskgate yet: run "taskgate migrate"']
    done(site.run("migrate"))
    assert findings(site)
    site.sql("INSERT INTO taskgate_schema VALUES (9999, 'x', '2999-01-01T00:00:00.000Z')")
    assert any("9999" in text and "newer program" in text for _, text in wrong(site))


def test_damage_to_a_sqlite_file_is_found(make_site):
    site = make_site()
    with closing(sqlite3.connect(site.file)) as database:
        [page] = database.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'tasks'"
                                  ).fetchone()
        database.execute("PRAGMA journal_mode=DELETE")
    whole = site.file.read_bytes()
    site.file.write_bytes(whole[:(page - 1) * 4096] + b"\xff" * 4096 + whole[page * 4096:])
    assert bad_checks(site) == {"integrity"}
    site.file.write_bytes(b"This is no database at all. " * 400)
    assert bad_checks(site) == {"integrity"}


def test_rows_without_parents_and_foreign_owners_are_found(make_site):
    site = make_site()
    with closing(sqlite3.connect(site.file, isolation_level=None)) as database:
        database.execute("INSERT INTO tasks (user_id, title, created_at, updated_at)"
                         " VALUES ('nobody', 't', 'x', 'x')")
        site.file.chmod(0o644)
        assert wrong(site) >= {("references", '1 rows of "tasks" have no parent in "user"')}
        assert bad_checks(site) == {"references", "permissions"}
        site.file.chmod(0o600)
        if os.geteuid() == 0:
            os.chown(f"{site.file}-wal", 65534, -1)
            assert bad_checks(site) == {"references", "owner"}


def test_an_index_that_was_interrupted_and_a_right_that_is_missing_are_found(make_site):
    site = make_site("postgresql")
    site.sql("UPDATE pg_index SET indisvalid = false WHERE indexrelid = "
             "'tasks_user_created_idx'::regclass")
    [(check, text)] = wrong(site)
    assert check == "indexes" and "REINDEX INDEX CONCURRENTLY \"tasks_user_created_idx\"" in text
    site.sql(text.split(": ", 1)[1])
    role = f"reader_{site.directory.name}"
    site.sql(f"CREATE ROLE {role} LOGIN PASSWORD 'Reader7'; GRANT USAGE ON SCHEMA public TO {role};"
             f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    reader = site.url.replace("//postgres:", f"//{role}:").replace(site.password,
                                                                   "Reader7")
    result = site.run("db", "check", DATABASE_URL=reader)
    assert result.returncode == 1 and f'GRANT INSERT ON "tasks" TO "{role}"' in result.stdout
    site.sql(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_a_database_that_is_not_there_is_status_69(make_site):
    site = make_site()
    for url in ("sqlite:////nonexistent/x.db", "postgresql://u:Secret1@127.0.0.1:1/d"):
        result = site.run("db", "check", DATABASE_URL=url)
        assert result.returncode == 69 and "Secret1" not in result.stdout + result.stderr, result
        result = site.run("db", "backup", site.directory / "none.db", DATABASE_URL=url)
        assert result.returncode == 69 and "Secret1" not in result.stdout + result.stderr, result
        assert not (site.directory / "none.db").exists()
    result = site.run("user", "list", DATABASE_URL="sqlite:////nonexistent/x.db")
    assert result.returncode == 69 and "x.db: No such file or directory" in result.stderr, result
    assert '"taskgate db check" looks closer' in result.stderr, result


def test_what_cannot_be_backed_up_is_named_and_not_its_copy(make_site):
    site = make_site()
    site.sql("INSERT INTO taskgate_schema VALUES (9999, 'x', '2999-01-01T00:00:00.000Z')")
    foreign = site.directory / "foreign.db"
    with closing(sqlite3.connect(foreign)) as database:
        database.execute("CREATE TABLE x (y)")
    for file, words in ((site.file, "has schema version 9999"), (foreign, "is no database of")):
        result = site.run("db", "backup", "copy", DATABASE_URL=f"sqlite:///{file}")
        assert result.returncode == 1 and f"{file} {words}" in result.stderr, result
    other = make_site(name="other")
    with closing(sqlite3.connect(other.file, isolation_level=None)) as database:
        database.execute("INSERT INTO tasks (user_id, title, created_at, updated_at)"
                         " VALUES ('nobody', 't', 'x', 'x')")
    result = other.run("db", "backup", "copy")
    assert result.returncode == 1 and "what it was copied from" in result.stderr, result
    assert not list(site.directory.glob("copy*"))


# --- backup and restore ---------------------------------------------------------------------------


class Writers:
    """People who make tasks as long as the block lasts, and know which were acknowledged. EACH_ROUND
    is how many each of them may make from one go() to the next."""

    EACH_ROUND = 150

    def __init__(self, client, count=3):
        self.client = client
        self.people = [sign_up(client) for _ in range(count)]
        self.made = {person.id: [] for person in self.people}
        self.room = {person.id: threading.Semaphore(0) for person in self.people}
        self.stopping = threading.Event()
        self.failures = []

    def write(self, person):
        while not self.stopping.is_set():
            self.room[person.id].acquire()
            try:
                self.made[person.id].append(create(self.client, person)["id"])
            except AssertionError as failure:
                self.failures.append(failure)
                return

    def __enter__(self):
        self.threads = [threading.Thread(target=self.write, args=(person,))
                        for person in self.people]
        for thread in self.threads:
            thread.start()
        return self

    def go(self):
        for room in self.room.values():
            for _ in range(self.EACH_ROUND):
                room.release()

    def __exit__(self, *_):
        self.stopping.set()
        self.go()
        for thread in self.threads:
            thread.join()

    def acknowledged(self):
        return {person: len(ids) for person, ids in self.made.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_g26_backups_while_others_write_are_whole_and_open_elsewhere(make_site, kind):
    """Every copy has all that was acknowledged before it began, nothing with a gap, and lets the
    people in."""
    site = make_site(kind, "busy", serve=True)
    there = make_site(kind, "elsewhere")
    file = site.directory / "busy.copy"
    with Writers(site.client) as writers:
        for number in range(ROUNDS):
            writers.go()
            before = writers.acknowledged()
            counts = summary(site.run("db", "backup", file, "--json", "--yes"))
            after = writers.acknowledged()
            done(there.run("db", "restore", file, "--yes"))
            found = dict(map(tuple, there.sql(
                "SELECT user_id, count(*) FROM tasks GROUP BY user_id")))
            found = {person: int(count) for person, count in found.items()}
            assert sum(found.values()) == counts["tasks"] and counts["user"] == 3
            for person in writers.people:
                assert before[person.id] <= found.get(person.id, 0) <= after[person.id] + 1, number
    assert not writers.failures
    assert all(state == "fine" for rows in findings(there).values() for state, _ in rows
               ) or kind == "sqlite"
    # With a server on the copy, people sign in and see their tasks.
    elsewhere = there.serve()
    person = writers.people[0]
    assert sign_in(elsewhere, person.email).status == 200
    assert listed(elsewhere, person, "?limit=1")
    ids = [int(row[0]) for row in there.sql(
        f"SELECT id FROM tasks WHERE user_id = '{person.id}' ORDER BY id")]
    assert ids == sorted(writers.made[person.id])[:len(ids)] and ids


@pytest.mark.parametrize("kind", KINDS)
def test_a_backup_is_its_makers_alone_and_replaced_only_when_asked_to(make_site, kind):
    site = make_site(kind)
    file = site.directory / "copy"
    done(site.run("db", "backup", file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    result = site.run("db", "backup", file, stdin="yes\n")
    assert result.returncode == 1 and "--yes" in result.stderr and file.read_bytes() == before
    done(site.run("db", "backup", file, "--yes"))
    result = site.run("db", "backup", site.directory)
    assert result.returncode == 1 and "is not a file" in result.stderr, result
    result = site.run("db", "backup", site.directory / "none" / "copy")
    assert result.returncode == 1 and "No such file" in result.stderr, result
    left = [name for name in os.listdir(site.directory) if name.startswith("copy.")]
    assert left == [], left


@pytest.mark.parametrize("kind", KINDS)
def test_a_restore_brings_back_what_was_there(make_site, kind):
    site = make_site(kind)
    done(site.run("user", "add", "ann@example.org", "--password-stdin", stdin="violet Harbor 27\n"))
    file = site.directory / "copy"
    done(site.run("db", "backup", file))
    done(site.run("user", "delete", "ann@example.org", "--yes"))
    result = site.run("db", "restore", file)
    assert result.returncode == 1 and "--yes" in result.stderr, result
    assert "ann" not in done(site.run("user", "list"))
    counts = summary(site.run("db", "restore", file, "--yes", "--json"))
    assert counts["user"] == counts["account"] == 1
    assert "ann@example.org" in done(site.run("user", "list"))
    if kind == "sqlite":
        # What was replaced is still there, whole.
        again = summary(site.run("db", "restore", counts["kept"], "--yes", "--json"))
        assert again["user"] == 0 and again["kept"] != counts["kept"]
        assert stat.S_IMODE(site.file.stat().st_mode) == 0o600
        assert sorted(name for name in os.listdir(site.directory)
                      if name.startswith(site.file.name + "-")) == []


def test_a_restore_is_refused_while_a_server_runs(make_site):
    site = make_site(serve=True)
    user = sign_up(site.client)
    file = site.directory / "copy"
    done(site.run("db", "backup", file))
    result = site.run("db", "restore", file, "--yes")
    assert result.returncode == 1 and "stop it first" in result.stderr, result
    listening = site.run("db", "restore", file, "--yes", LISTEN=f"unix:{site.socket}")
    assert listening.returncode == 1 and f"listens on unix:{site.socket}" in listening.stderr
    assert create(site.client, user)
    assert [name for name in os.listdir(site.directory) if "replaced" in name] == []
    site.stop()
    done(site.run("db", "restore", file, "--yes", LISTEN=f"unix:{site.socket}"))
    assert site.sql("SELECT count(*) FROM tasks") == [(0,)]


def test_a_damaged_database_is_replaced_and_kept(make_site):
    site = make_site()
    file = site.directory / "copy"
    done(site.run("db", "backup", file))
    site.file.write_bytes(b"This is no database at all. " * 400)
    counts = summary(site.run("db", "restore", file, "--yes", "--json"))
    assert open(counts["kept"], "rb").read(7) == b"This is"
    assert findings(site)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_backup_is_refused_before_anything_changes(make_site, kind):
    site = make_site(kind)
    file = site.directory / "copy"
    done(site.run("db", "backup", file))
    whole = file.read_bytes()
    other = site.directory / "other.db"
    with closing(sqlite3.connect(other)) as database:
        database.execute("CREATE TABLE x (y)")
    bad = {"empty": b"", "text": b"hello " * 900, "cut": whole[:len(whole) // 2]}
    if kind == "sqlite":
        bad["foreign"] = other.read_bytes()
        with closing(sqlite3.connect(file)) as database:
            database.execute("INSERT INTO taskgate_schema VALUES (9999, 'x', 'x')")
            database.commit()
        bad["newer"] = file.read_bytes()
    site.sql("""INSERT INTO "jwks" ("id", "publicKey", "privateKey", "createdAt")
                VALUES ('mark', 'p', 'k', '2026-01-02T03:04:05.678Z')""")
    for name, data in bad.items():
        file.write_bytes(data)
        result = site.run("db", "restore", file, "--yes")
        assert result.returncode == 1 and result.stderr, (name, result)
    assert site.run("db", "restore", site.directory / "none", "--yes").returncode == 1
    assert len(site.sql('SELECT * FROM "jwks"')) == 1


def test_a_failed_postgresql_restore_takes_nothing_away(make_site):
    site = make_site("postgresql")
    file = site.directory / "copy"
    done(site.run("db", "backup", file))
    site.sql("""CREATE TABLE plugin (id text PRIMARY KEY REFERENCES "user" ("id"))""")
    result = site.run("db", "restore", file, "--yes")
    assert result.returncode == 1 and "plugin" in result.stderr, result
    assert findings(site)


def test_the_password_of_the_url_reaches_no_arguments_and_no_environment(make_site):
    """A pg_dump that writes down what it was started with."""
    site = make_site("postgresql")
    tools = site.directory / "bin"
    tools.mkdir()
    seen = site.directory / "seen"
    fake = tools / "pg_dump"
    fake.write_text(f"#!/bin/sh\n{{ echo \"$@\"; env; cat \"$PGPASSFILE\"; }} >{seen}\nexit 3\n")
    fake.chmod(0o755)
    result = site.run("db", "backup", site.directory / "copy", env={"PATH": f"{tools}:/usr/bin:/bin"})
    assert result.returncode == 1 and "pg_dump failed" in result.stderr, result
    *lines, passfile = seen.read_text().splitlines()
    password = site.password
    assert passfile == f"*:*:*:*:{password}"
    assert not any(password in line for line in lines), lines
    assert not any("BETTER_AUTH" in line for line in lines)
    assert not (site.directory / "copy").exists()


def test_without_postgresqls_programs_the_package_is_named(make_site):
    site = make_site("postgresql")
    result = site.run("db", "backup", site.directory / "copy", env={"PATH": "/nonexistent"})
    assert result.returncode == 1 and "postgresql-client" in result.stderr, result


def test_a_person_sees_how_far_a_backup_is_and_is_asked_before_a_restore(make_site):
    site = make_site()
    user = json.dumps({"type": "user", "id": "u", "email": "u@example.org"})
    tasks = "\n".join(json.dumps({"type": "task", "userId": "u", "id": i, "title": "t" * 200,
                                  "description": "d" * 4000}) for i in range(1, 1500))
    done(site.run("import", stdin=f"{user}\n{tasks}\n"))
    file = site.directory / "copy"
    terminal = Terminal([program(), "db", "backup", file, "--config", site.config], site.directory)
    terminal.expect("backup [")
    assert terminal.end()[0] == 0
    terminal = Terminal([program(), "db", "restore", file, "--config", site.config], site.directory)
    terminal.expect("which has 1 users and 1499 tasks.")
    terminal.expect("Type yes to go on: ")
    terminal.type("no\n")
    status, text = terminal.end()
    assert status == 1 and "nothing was changed" in text
