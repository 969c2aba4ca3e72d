"""The manual's cookbook: its settings and configurations are right, and what its commands do to a
database is what the text says. Each block is taken as a reader copies it; only places are others."""

import json
import os
import re
import shutil
import subprocess

import pytest

from conftest import short_directory
from harness.manual import blocks
from harness.postgres import psql_program, run_sql
from harness.process import free_port
from harness.servers import DEPLOY
from harness.taskgate import SECRET, environment, program, run, write_settings

# A password of a user who came from a program in Python.
BCRYPT = "$2b$04$EGcfCrhZUdrwVe5uoVYdm.Mv4/Cd8KpS7VzlpOQ8sLV33hKEbHfxC"


def put(path, text):
    path.write_text(text)
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("number", range(len(blocks("settings"))))
def test_settings_of_recipes_are_accepted(directory, number):
    secret = put(directory / "secret", SECRET)
    text = blocks("settings")[number].replace("/etc/taskgate/secret", str(secret))
    done = run("check", "--offline", "--config", put(directory / "it.conf", text),
               directory=directory)
    assert done.returncode == 0, done
    assert "warning" not in done.stdout + done.stderr, done


def certificate(directory):
    """A folder with a certificate that nobody trusts."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x",
                    "-keyout", directory / "privkey.pem", "-out", directory / "fullchain.pem"],
                   check=True, capture_output=True)
    return str(directory)


def installed(text):
    return text.replace("/usr/share/taskgate", str(DEPLOY))


@pytest.mark.parametrize("number", range(len(blocks("nginx"))))
def test_nginx_takes_the_sites_of_recipes(directory, number):
    text = installed(blocks("nginx")[number])
    text = text.replace("/etc/ssl/tasks.example.org", certificate(directory))
    text = re.sub(r"listen (\[::\]:)?(\d+)", lambda _: f"listen 127.0.0.1:{free_port()}", text)
    frame = (f"pid {directory}/pid;\nerror_log stderr;\nevents {{ }}\nhttp {{\naccess_log off;\n"
             + "".join(f"{kind}_temp_path {directory}/{kind};\n" for kind in
                       ("client_body", "fastcgi", "proxy", "uwsgi", "scgi")) + text + "}\n")
    done = subprocess.run(["nginx", "-t", "-p", directory, "-e", "stderr", "-c",
                           put(directory / "nginx.conf", frame)], capture_output=True, text=True,
                          env=environment(), check=False)
    assert done.returncode == 0 and "[warn]" not in done.stderr, done


def test_lighttpd_takes_the_configuration_of_its_recipe(directory):
    text = blocks("lighttpd")[0].replace("/usr/sbin/taskgate", program())
    done = subprocess.run(["lighttpd", "-tt", "-f", put(directory / "it.conf", installed(text))],
                          capture_output=True, text=True, env=environment(), check=False)
    assert done.returncode == 0 and not done.stderr, done


def test_systemd_takes_the_units_of_recipes(directory):
    names = ["taskgate.service.d/it.conf", "taskgate-backup.service", "taskgate-backup.timer"]
    found = blocks("systemd")
    assert len(found) == len(names)
    shutil.copy(DEPLOY / "systemd" / "taskgate.socket", directory)
    unit = (DEPLOY / "systemd" / "taskgate.service").read_text()
    (directory / "taskgate.service").write_text(unit.replace("/usr/sbin/taskgate", "/bin/true"))
    (directory / "taskgate.service.d").mkdir()
    for name, text in zip(names, found):
        (directory / name).write_text(text)
    done = subprocess.run(["systemd-analyze", "--man=no", "verify",
                           *(directory / name for name in ("taskgate.service", *names[1:]))],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not done.stderr, done


@pytest.mark.parametrize("number", range(len(blocks("sh"))))
def test_commands_of_recipes_are_a_shells(number):
    subprocess.run(["sh", "-n"], input=blocks("sh")[number], text=True, check=True)


class Shell:
    """Runs a recipe's commands with taskgate, psql and the like in their path, and the settings."""

    def __init__(self, directory, database_url, **environ):
        self.directory = directory
        (directory / "bin").mkdir()
        (directory / "bin" / "taskgate").symlink_to(program())
        self.config = write_settings(directory / "taskgate.conf", {
            "BETTER_AUTH_SECRET": SECRET, "DATABASE_URL": database_url})
        path = f"{directory}/bin:{os.path.dirname(psql_program())}:{os.environ['PATH']}"
        self.environ = {**environment(), **environ, "PATH": path}

    def run(self, text, **places):
        for old, new in (("/etc/taskgate/taskgate.conf", self.config), *places.items()):
            text = text.replace(old, str(new))
        done = subprocess.run(["sh", "-eu"], input=text, capture_output=True, text=True,
                              cwd=self.directory, env=self.environ, timeout=60, check=False)
        assert done.returncode == 0, done
        return done.stdout

    def export(self):
        """Rows by their type."""
        rows = {}
        for line in self.run("taskgate export --config /etc/taskgate/taskgate.conf").splitlines():
            row = json.loads(line)
            rows.setdefault(row["type"], []).append(row)
        return rows


def recipe(word):
    found, = [text for text in blocks("sh") if word in text]
    return found


# As SQLModel makes it, next to the tables of Better Auth.
OLD_TASKS = """
CREATE TABLE tasks (id {serial} PRIMARY KEY, user_id varchar NOT NULL, title varchar NOT NULL,
    description varchar, completed boolean NOT NULL, created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL);
CREATE INDEX ix_tasks_user_id ON tasks (user_id);
INSERT INTO tasks (user_id, title, description, completed, created_at, updated_at) VALUES
    ('{user}', 'Milk', NULL, false, '2025-03-01 12:00:00.25', '2025-03-02 13:00:00'),
    ('{user}', 'Two
lines, and "quotes"', 'It''s', true, '2025-03-03 12:00:00', '2025-03-03 12:00:00')
"""
OLD_USERS = """
CREATE TABLE users (id {serial} PRIMARY KEY, email varchar NOT NULL, name varchar,
    hashed_password varchar NOT NULL, created_at timestamp NOT NULL);
INSERT INTO users (email, name, hashed_password, created_at) VALUES
    ('ada@example.org', 'Ada', '{hash}', '2025-01-01 10:00:00');
"""


def assert_moved(tasks, user):
    assert [(t["userId"], t["title"], t["description"], t["completed"]) for t in tasks] == [
        (user, "Milk", None, False), (user, 'Two\nlines, and "quotes"', "It's", True)]
    assert [t["id"] for t in tasks] == [1, 2]
    assert tasks[0]["createdAt"] == "2025-03-01T12:00:00.250Z"
    assert tasks[0]["updatedAt"] == "2025-03-02T13:00:00.000Z"


def test_tasks_of_fastapi_stay_in_their_postgresql(directory, cluster):
    url = cluster.create(f"fastapi_{directory.name}")
    old = OLD_TASKS.format(serial="serial", user="u-1")
    for statement in ('CREATE TABLE "user" (id text PRIMARY KEY, name text NOT NULL, email text NOT'
                      ' NULL UNIQUE, "emailVerified" boolean NOT NULL, image text, "createdAt"'
                      ' timestamptz NOT NULL DEFAULT now(), "updatedAt" timestamptz NOT NULL DEFAULT'
                      " now())",
                      'INSERT INTO "user" (id, name, email, "emailVerified") VALUES'
                      " ('u-1', 'Ada', 'ada@example.org', true)", old,
                      "INSERT INTO tasks VALUES (9, 'gone', 'x', NULL, false, now(), now())"):
        run_sql(url, statement)
    shell = Shell(directory, url)
    shell.run(recipe("tasks_before"), **{"-d shop": f"-d '{url}'"})
    assert_moved(shell.export()["task"], "u-1")
    rows = run_sql(url, "INSERT INTO tasks (user_id, title, created_at, updated_at) VALUES"
                        " ('u-1', 'new', now(), now()) RETURNING id")
    assert rows == [["3"]]


def test_users_and_tasks_of_another_postgresql_are_imported(directory, cluster):
    url = cluster.create(f"old_{directory.name}")
    for text in OLD_USERS, OLD_TASKS:
        run_sql(url, text.format(serial="serial", user="1", hash=BCRYPT))
    shell = Shell(directory, f"sqlite:///{directory}/new.db", TZ="Asia/Tokyo")
    shell.run(recipe("psql -d old"), **{"-d old": f"-d '{url}'"})
    assert_imported(shell)


def test_users_and_tasks_of_sqlite_are_imported(directory):
    shell = Shell(directory, f"sqlite:///{directory}/new.db")
    old = (OLD_USERS + OLD_TASKS).format(serial="integer", user="1", hash=BCRYPT)
    subprocess.run(["sqlite3", directory / "old.db"], input=old + ";", text=True, check=True)
    shell.run(recipe("sqlite3 old.db"))
    assert_imported(shell)


def assert_imported(shell):
    rows = shell.export()
    user, = rows["user"]
    assert (user["id"], user["email"], user["name"]) == ("1", "ada@example.org", "Ada")
    assert user["createdAt"] == "2025-01-01T10:00:00.000Z"
    assert [account["password"] for account in rows["account"]] == [BCRYPT]
    assert_moved(rows["task"], "1")


def test_the_nightly_backup_is_what_restore_takes():
    with short_directory() as directory:
        shell = Shell(directory, f"sqlite:///{directory}/it.db")
        shell.run("taskgate migrate --config /etc/taskgate/taskgate.conf\n"
                  "echo 'correct horse battery' | taskgate user add ada@example.org"
                  " --password-stdin --config /etc/taskgate/taskgate.conf")
        unit, = [text for text in blocks("systemd") if "ExecStart" in text]
        command = re.search(r'^ExecStart=/bin/sh -c "(.*)"$', unit, re.M | re.S).group(1)
        command = command.replace("$$", "$").replace("%%", "%")
        shell.run(command, **{"/var/backups/taskgate": directory})
        copy, = directory.glob("day-[1-7]")
        shell.run("taskgate user delete ada@example.org --yes --config /etc/taskgate/taskgate.conf")
        lines = [line for line in recipe("taskgate db restore /var/backups").splitlines()
                 if not line.startswith("systemctl")]
        shell.run("\n".join(lines), **{"/var/backups/taskgate/day-3": copy,
                                       "runuser -u taskgate -- taskgate db restore":
                                       "taskgate db restore --yes"})
        assert [user["email"] for user in shell.export()["user"]] == ["ada@example.org"]
