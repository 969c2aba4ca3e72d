"""The limit that the database sets: pgbench(1) with the statements of the API, as prepared ones."""

import re
import subprocess
import time
from pathlib import Path

import data
import machine

STATEMENTS = {"get": "task_get", "list20": "task_list_created_desc", "toggle": "task_toggle",
              "create": "task_insert"}

# What stands for a parameter, by its name in the .sql file. pgbench cannot pass NULL.
VALUES = {"user": ":user", "id": ":id", "now": ":now", "limit": ":limit", "after": ":after",
          "after_id": "9223372036854775807", "completed": "NULL::boolean", "search": "NULL::text",
          "title": ":title", "description": ":title", "created_at": ":now", "updated_at": ":now",
          "session": "('s' || :user)"}


def statement(name, queries):
    """The text of a named statement with pgbench's variables in it."""
    text = Path(queries, "task.sql").read_text()
    found = re.search(rf"^-- name: {name}\n-- params: (.*)\n(?:-- .*\n)*((?:(?!;).*\n?)*?.*);", text, re.M)
    assert found, f"no statement {name}"
    names = [param.split()[0] for param in found[1].split(", ")]
    types = [param.split()[1] for param in found[1].split(", ")]
    sql = {"text": "text", "time": "timestamptz", "int": "bigint", "bool": "boolean"}

    def value(match):
        index = int(match[1]) - 1
        word = VALUES[names[index]]
        if names[index] == "completed" and name == "task_insert":
            word = "false"
        return f"{word}::{sql[types[index]]}"

    return re.sub(r"\$(\d+)", value, found[2])


def script(scenario, queries, folder):
    path = Path(folder) / f"pgbench-{scenario}.sql"
    path.write_text(
        f"\\set user random({data.FIRST_USER}, {data.FIRST_USER + data.USERS - 1})\n"
        f"\\set id (:user - {data.FIRST_USER}) * {data.TASKS} + random(1, {data.TASKS})\n"
        + " ".join(statement(STATEMENTS[scenario], queries).split()) + ";\n")
    return path


def measure(scenario, url, pid, queries, folder, seconds):
    program = sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"))[-1]
    variables = {"now": time.strftime("%Y-%m-%dT%H:%M:%SZ"), "limit": "10001", "title": "x" * 40,
                 "after": "9999-12-31T23:59:59Z"}
    before = machine.cpu_seconds(pid)
    done = subprocess.run(
        [program, "-n", "-M", "prepared", "-c", "4", "-j", "1", "-T", str(seconds),
         "-f", script(scenario, queries, folder),
         *[word for name, value in variables.items() for word in ("-D", f"{name}={value}")], url],
        capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    count = int(re.search(r"actually processed: (\d+)", done.stdout)[1])
    cpu = (machine.cpu_seconds(pid) - before) / max(count, 1) * 1e6
    return {"rate": float(re.search(r"^tps = ([\d.]+)", done.stdout, re.M)[1]), "cpu_db": cpu, "cpu": cpu}
