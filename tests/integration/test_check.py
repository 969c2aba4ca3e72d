"""taskgate check and migrate: what they find out about the database, and say in plain words."""

import json
import re

import pytest

from harness.servers import DEPLOY
from harness.stack import sql_at
from harness.taskgate import SECRET, run
from conftest import database_url

NEWEST = len(list((DEPLOY.parent / "sql/sqlite").glob("*.sql")))


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request, directory):
    """Those of a new database, which on SQLite is not there yet."""
    return {"BETTER_AUTH_SECRET": SECRET,
            "DATABASE_URL": database_url(request, request.param, directory, "check")}


@pytest.fixture
def command(directory, settings):
    def run_command(*words, **changes):
        return run(*words, directory=directory, settings={**settings, **changes})
    return run_command


def is_sqlite(settings):
    return settings["DATABASE_URL"].startswith("sqlite:")


def said(done):
    """The second line of an answer; the first is about the settings."""
    assert done.returncode == 0 and done.stderr == "", done
    first, second = done.stdout.splitlines()
    assert first == "The settings are right."
    return second


def test_a_database_without_a_schema_is_right_where_serve_makes_it(command, settings, directory):
    text = said(command("check"))
    if is_sqlite(settings):
        assert text == (f'There is no database {directory}/check.db yet: "taskgate serve" makes '
                        'it.')
        assert not (directory / "check.db").exists()
    else:
        assert text == ('The database answers and has no schema of this program yet: "taskgate '
                        f'serve" brings it to version {NEWEST}.')


def test_a_database_without_a_schema_is_wrong_where_nobody_makes_it(command, settings, directory):
    done = command("check", AUTO_MIGRATE="off")
    assert done.returncode == (69 if is_sqlite(settings) else 78), done
    assert "taskgate migrate" in done.stderr and "AUTO_MIGRATE=on" in done.stderr
    assert not (directory / "check.db").exists()


def test_migrate_says_from_which_version_to_which(command):
    done = command("migrate")
    assert done.returncode == 0, done
    assert done.stdout == f"The database was brought from schema version 0 to {NEWEST}.\n"
    again = command("migrate")
    assert again.returncode == 0 and again.stderr == "", again
    assert again.stdout == (f"The database is at schema version {NEWEST} already: there is nothing "
                            "to do.\n")
    assert command("migrate", "--json").stdout == f'{{"from":{NEWEST},"to":{NEWEST}}}\n'
    assert said(command("check")) == (f"The database answers and is at schema version {NEWEST}, as "
                                      "this program wants it.")


def test_check_has_json_too(command, settings):
    first = json.loads(command("check", "--json").stdout)
    assert first == ({"database": "missing"} if is_sqlite(settings) else
                     {"database": "answers", "schemaVersion": 0, "programVersion": NEWEST})
    assert command("migrate").returncode == 0
    assert json.loads(command("check", "--json").stdout) == {
        "database": "answers", "schemaVersion": NEWEST, "programVersion": NEWEST}
    offline = command("check", "--json", "--offline")
    assert json.loads(offline.stdout) == {"database": "not asked"}


def test_a_schema_of_a_newer_program_is_refused(command, settings):
    assert command("migrate").returncode == 0
    sql_at(settings["DATABASE_URL"], f"UPDATE taskgate_schema SET version = {NEWEST + 7} "
                                     f"WHERE version = {NEWEST}")
    for words in (("check",), ("migrate",), ("user", "list")):
        done = command(*words)
        assert done.returncode == 78, done
        assert f"schema version {NEWEST + 7}, newer than this program's {NEWEST}" in done.stderr


def test_a_schema_of_an_older_program_stays_as_it_is(command, settings):
    assert command("migrate").returncode == 0
    sql_at(settings["DATABASE_URL"], f"DELETE FROM taskgate_schema WHERE version = {NEWEST}")
    for _ in range(2):
        assert said(command("check")) == (
            f'The database answers and is at schema version {NEWEST - 1}: "taskgate serve" brings '
            f'it to version {NEWEST}.')
    done = command("check", AUTO_MIGRATE="off")
    assert done.returncode == 78 and f"version {NEWEST - 1}" in done.stderr


def test_nobody_asks_a_database_for_settings_alone(command):
    url = "postgresql://u:hunter2@127.0.0.1:1/d"
    assert command("check", "--offline", DATABASE_URL=url).stdout == "The settings are right.\n"
    assert command("check", "--print", DATABASE_URL=url).returncode == 0
    done = command("check", DATABASE_URL=url)
    assert done.returncode == 69 and done.stdout == "The settings are right.\n", done
    assert "refused" in done.stderr and "does not answer" in done.stderr
    assert "hunter2" not in done.stderr


@pytest.mark.parametrize("make, why", [
    (lambda path: None, "No such file or directory"),
    (lambda path: path.write_text("a file"), "Not a directory"),
])
def test_a_file_that_cannot_be_made_is_told(directory, make, why):
    folder = directory / "none"
    make(folder)
    done = run("check", directory=directory,
               settings={"BETTER_AUTH_SECRET": SECRET, "DATABASE_URL": f"sqlite:///{folder}/x.db"})
    assert done.returncode == 69, done
    assert str(folder) in done.stderr and why in done.stderr


def test_a_file_that_is_no_database_is_told(directory):
    path = directory / "letter.db"
    path.write_text("Dear Sir or Madam, " * 100)
    done = run("check", directory=directory,
               settings={"BETTER_AUTH_SECRET": SECRET, "DATABASE_URL": f"sqlite:///{path}"})
    assert done.returncode == 69 and "not a database" in done.stderr, done
    assert path.read_text().startswith("Dear Sir")


# --- the command line -----------------------------------------------------------------------------


def test_without_a_file_of_settings_one_is_told_how_to_name_it(directory):
    for words in (("check",), ("user", "list"), ("serve",)):
        done = run(*words, directory=directory)
        assert done.returncode == 78 and "--config FILE" in done.stderr, done
    named = run("check", directory=directory, settings={"LIST_SHAPE": "array"})
    assert named.returncode == 78 and "--config" not in named.stderr


def test_help_of_a_command_is_about_that_command(directory):
    text = run("user", "disable", "--help", directory=directory).stdout
    assert text.startswith("Usage: taskgate user disable USER [OPTION]...\n"
                           "Let a user sign in no more and end all sessions.\n\nOptions:\n")
    verbs = run("keys", "--help", directory=directory).stdout
    assert verbs.startswith("Usage: taskgate keys COMMAND [OPTION]... [ARGUMENT]...\n\nCommands:\n")
    assert re.findall(r"^  keys (\w+)", verbs, re.M) == ["list", "rotate"]
    assert run("serve", "--help", directory=directory).stdout.startswith("Usage: taskgate serve ")
