"""The command line where something around it is wrong: descriptors that are closed, disks that are
full, signals at any moment, files that must not be replaced."""

import json
import os
import signal
import sqlite3
import subprocess
from contextlib import closing

import pytest

from harness.process import alive, wait_until
from harness.site import KINDS, done, rows_of
from harness.stack import PASSWORD, sign_in
from harness.taskgate import environment, program, run
from harness.terminal import Terminal

ENDINGS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


def redirected(site, how, *words, stdin=None):
    """One command in a shell that does HOW with its descriptors."""
    return run(*words, directory=site.directory, settings=site.settings, stdin=stdin,
               launcher=["sh", "-c", f'exec "$@" {how}', "sh"])


def add_users(site, count):
    rows = [{"type": "user", "id": f"user-{i:05}", "email": f"user-{i:05}@example.org"}
            for i in range(count)]
    done(site.run("import", stdin="".join(json.dumps(row) + "\n" for row in rows)))


class Command:
    """One that goes on while the test does something to it."""

    def __init__(self, site, *words, env=None):
        def as_usual():
            for number in ENDINGS:  # who runs the tests in the background ignores some
                signal.signal(number, signal.SIG_DFL)

        argv = [program(), *map(str, words), "--config", str(site.config)]
        self.process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            cwd=site.directory, env=environment(**(env or {})), start_new_session=True,
            preexec_fn=as_usual, text=True)

    def end(self, number):
        """By a signal; the exit status."""
        self.process.send_signal(number)
        self.process.communicate(timeout=60)
        return self.process.returncode


def end_at_work(site, words, piece, number):
    """Ends a command that waits for somebody's lock when its PIECE is there; the exit status. SQLite
    waits for some seconds only, and on a busy machine it may have given up by then."""
    status = 69
    while status == 69:
        command = Command(site, *words)
        wait_until(lambda: pieces(site, piece) or command.process.poll() is not None,
                   f"the work of {words} begins")
        status = command.end(number)
    return status


def pieces(site, name):
    """What is there under names that begin as NAME does."""
    return sorted(path.name for path in site.directory.glob(f"{name}*"))


# --- descriptors ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_closed_descriptor_is_an_error_and_no_database(make_site, kind):
    """Else the next connection or file would get its number, and what is printed."""
    site = make_site(kind)
    add_users(site, 3)
    for how in (">&-", ">&- <&-", ">&- 2>&-", "<&- >&- 2>&-"):
        result = redirected(site, how, "user", "list")
        assert result.returncode == 1, (how, result)
        assert ("the output cannot be written: Bad file descriptor" in result.stderr
                ) == ("2>&-" not in how), (how, result)
    assert len(done(redirected(site, "2>&- <&-", "user", "list")).splitlines()) == 3
    broken = "not json\n" * 200
    assert redirected(site, "2>&-", "import", stdin=broken).returncode == 1
    for words, text in ((("user", "add", "a@example.org", "--password-stdin"), "no password"),
                        (("import",), "standard input cannot be read: Bad file descriptor")):
        result = redirected(site, "<&-", *words)
        assert result.returncode == 1 and text in result.stderr, result
    assert len(rows_of(done(site.run("user", "list", "--json")))) == 3
    done(site.run("db", "check"))


def test_a_full_disk_is_told_whenever_it_shows(make_site):
    site = make_site()
    add_users(site, 2000)
    wanted = "the output cannot be written: No space left on device"
    for words in (("user", "list"), ("export",), ("--help",), ("user", "show", "user-00001")):
        result = redirected(site, ">/dev/full", *words)
        assert result.returncode == 1 and wanted in result.stderr, (words, result)
    for target in ("/dev/full", "/dev/stdout"):
        result = redirected(site, ">/dev/full", "export", target)
        assert result.returncode == 1, result
        assert f"{target} cannot be written: No space left on device" in result.stderr, result
    # What else is wrong is told too.
    result = redirected(site, ">/dev/full", "import", stdin="not json\n")
    assert f"lines with faults: 1; the others are imported; {wanted}" in result.stderr, result


def test_who_stops_reading_ends_the_command_without_a_word(make_site):
    site = make_site()
    add_users(site, 3000)
    result = subprocess.run(
        ["bash", "-c", '"$@" | head -1; echo "${PIPESTATUS[0]}"', "bash", program(), "export",
         "--config", str(site.config)],
        capture_output=True, text=True, timeout=60, check=False, env=environment())
    first, status = result.stdout.splitlines()
    assert json.loads(first)["type"] == "taskgate" and result.stderr == ""
    assert int(status) == 128 + signal.SIGPIPE


def test_a_terminal_that_takes_no_commands_gets_none(make_site):
    site = make_site()
    add_users(site, 3000)
    argv = [program(), "export", site.directory / "all.jsonl", "--yes", "--config", site.config]
    shown = Terminal(argv, site.directory).end()
    dumb = Terminal(["env", "TERM=dumb", *argv], site.directory).end()
    assert shown[0] == dumb[0] == 0 and "\x1b" in shown[1]
    assert dumb[1] == "3000 rows\n"


def test_a_long_name_spoils_no_list_on_a_terminal(make_site):
    site = make_site()
    names = ["n" * 50000, "\U0001f600" * 200, "a\u0301" * 50, "x" + "\u0301" * 3000, "short"]
    rows = [{"type": "user", "id": f"u{i}", "email": f"u{i}@example.org", "name": name}
            for i, name in enumerate(names)]
    done(site.run("import", stdin="".join(json.dumps(row) + "\n" for row in rows)))
    argv = [program(), "user", "list", "--config", site.config]
    status, text = Terminal(argv, site.directory).end()
    shown = [line.split("  ", 1)[1].split("  ")[0].strip() for line in text.splitlines()[1:]]
    assert status == 0
    assert shown == ["n" * 77 + "...", "\U0001f600" * 38 + "...", names[2], names[3], "short"]
    listed = [line.split("\t")[1] for line in done(site.run("user", "list")).splitlines()]
    assert listed == names


# --- signals --------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ENDINGS)
def test_a_signal_leaves_no_piece_of_a_copy_behind(make_site, number):
    """Somebody holds what is to be read; meanwhile the file that is made has another name."""
    site = make_site()
    done(site.run("db", "backup", site.directory / "whole"))
    held = {"backup": (site.file, ("db", "backup", site.directory / "copy"), "copy."),
            "restore": (site.directory / "whole",
                        ("db", "restore", site.directory / "whole", "--yes"), "site.db.")}
    for name, (file, words, piece) in held.items():
        with closing(sqlite3.connect(file, isolation_level=None)) as database:
            database.execute("PRAGMA journal_mode=DELETE")
            database.execute("BEGIN EXCLUSIVE")
            assert end_at_work(site, words, piece, number) == -number, name
        assert pieces(site, piece) == [], name
    assert not (site.directory / "copy").exists()
    done(site.run("db", "check"))


@pytest.mark.parametrize("number", ENDINGS)
def test_a_signal_ends_postgresqls_program_too(make_site, number):
    """It would go on by itself, and write the file that was just removed, or restore."""
    site = make_site("postgresql")
    tools = site.directory / "bin"
    tools.mkdir()
    seen = site.directory / "seen"
    fake = tools / "pg_dump"
    fake.write_text("#!/bin/sh\nfor word; do case $word in --file=*) echo x >\"${word#--file=}\";;"
                    f" esac; done\necho $$ >{seen}.new\nmv {seen}.new {seen}\n"
                    "exec sleep 1000\n")
    fake.chmod(0o755)
    command = Command(site, "db", "backup", "copy", env={"PATH": f"{tools}:/usr/bin:/bin"})
    wait_until(seen.exists, "pg_dump runs")
    child = int(seen.read_text())
    assert alive(child) and pieces(site, "copy")
    assert command.end(number) == -number
    assert not alive(child) and pieces(site, "copy") == []


def test_a_signal_that_is_ignored_stays_so(make_site):
    """nohup taskgate db backup FILE"""
    site = make_site()
    with closing(sqlite3.connect(site.file, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode=DELETE")
        database.execute("BEGIN EXCLUSIVE")
        process = subprocess.Popen(
            ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", program(), "db", "backup", "copy",
             "--config", str(site.config)],
            cwd=site.directory, env=environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, start_new_session=True)
        wait_until(lambda: pieces(site, "copy."), "the backup begins")
        process.send_signal(signal.SIGHUP)
        database.execute("ROLLBACK")
    assert process.wait(timeout=60) == 0 and pieces(site, "copy") == ["copy"]


# --- files ----------------------------------------------------------------------------------------


def test_the_database_itself_is_no_place_for_a_copy(make_site):
    """A server would go on with the file that is gone, and what it writes with it."""
    site = make_site()
    add_users(site, 1)
    link = site.directory / "link"
    link.symlink_to(site.file)
    before = site.file.stat().st_ino
    for name in (site.file, link, os.path.relpath(site.file, site.directory)):
        for words in (("db", "backup", name), ("export", name), ("db", "restore", name)):
            result = site.run(*words, "--yes")
            assert result.returncode == 1 and "is the database itself" in result.stderr, result
    assert site.file.stat().st_ino == before
    assert len(rows_of(done(site.run("user", "list", "--json")))) == 1


def test_a_backup_has_no_standard_output(make_site):
    site = make_site()
    result = site.run("db", "backup", "-")
    assert result.returncode == 64 and "a backup is a file" in result.stderr, result
    assert not (site.directory / "-").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_may_begin_as_an_option_does(make_site, kind):
    site = make_site(kind)
    for words in (("db", "backup"), ("db", "restore")):
        done(run(*words, "--yes", "--config", site.config, "--", "-l", directory=site.directory))
    assert (site.directory / "-l").exists()


def test_a_password_from_a_file_of_windows_has_no_end_of_line(make_site):
    site = make_site(serve=True)
    done(site.run("user", "add", "win@example.org", "--password-stdin", stdin=f"{PASSWORD}\r\n"))
    assert sign_in(site.client, "win@example.org", PASSWORD).status == 200


# --- JSON -----------------------------------------------------------------------------------------


def test_settings_and_version_are_json_when_asked_for(make_site):
    site = make_site(name="json")
    [settings] = rows_of(done(site.run("check", "--print", "--json")))
    plain = dict(line.split("=", 1) for line in
                 done(site.run("check", "--print")).splitlines())
    assert {name: value or "" for name, value in settings.items()} == plain
    assert settings["BETTER_AUTH_SECRET"] == "(set)" and settings["HOST"] is None
    [version] = rows_of(done(site.run("--version", "--json")))
    assert done(site.run("--version")) == f"taskgate {version['version']}\n"


# --- secrets --------------------------------------------------------------------------------------


def test_a_password_that_was_not_encoded_is_in_no_message(make_site):
    """libpq would look for a host that is named like its rest."""
    site = make_site()
    for url in ("postgresql://u:first@hunter2@127.0.0.1:1/d", "postgresql://u:a/hunter2@h/d"):
        result = site.run("user", "list", DATABASE_URL=url)
        assert result.returncode == 78 and "@ is %40" in result.stderr, result
        moved = site.run("db", "migrate-to", url)
        assert moved.returncode == 64 and "@ is %40" in moved.stderr, moved
        assert "hunter2" not in result.stdout + result.stderr + moved.stdout + moved.stderr
