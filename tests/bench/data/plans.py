#!/usr/bin/python3
"""How much of the database each statement touches, by the number of users.

usage: plans.py DATABASE_URL=USERS…

Each database was made by build.py; all are of one kind. Prints a line for each statement of sql/query/:
the blocks of PostgreSQL that it read or wrote (8 KiB each, whether from memory or not) in each
database, and the last divided by the first. Milliseconds depend on the machine, blocks do not. SQLite
counts none. A statement that reads a whole table, or whose blocks grow with the users, ends the program
with status 1; the few that may are listed below, with the reason.
"""

import json
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import rows

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "integration"))
from harness.postgres import psql_program

QUERIES = HERE.parents[2] / "sql" / "query"
TYPES = {"text": "text", "int": "bigint", "bool": "boolean", "time": "timestamptz"}

# What may read a whole table, and why.
EXCEPTIONS = {
    "transfer_user_total": "counts all users, once for an export",
    "key_find": "there is a handful of keys",
    "key_list": "there is a handful of keys",
    "key_retire": "there is a handful of keys",
    "key_signing": "there is a handful of keys",
    "key_lock": "there is a handful of steps",
    "schema_version": "there is a handful of steps",
    "throttle_forget": "one process of all hosts, once a minute",
}
# B-trees become a level deeper now and then, and each level is one block for each look-up; what is
# written may find its page full.
GROWTH = 2
SLACK = 8


class Statement:
    """One of sql/query/: its name, its parameters as (name, type), its text."""

    def __init__(self, block):
        head, _, rest = block.partition("\n")
        self.name = head.strip()
        params = re.search(r"^-- params: (.*)$", rest, re.M)
        self.params = [tuple(each.split()) for each in params[1].split(",")] if params else []
        self.text = rest[:rest.index(";")]


def statements():
    return [Statement(block) for path in sorted(QUERIES.glob("*.sql"))
            for block in path.read_text().split("-- name: ")[1:]]


def own(number):
    """What parameters are for user NUMBER, by name."""
    return {
        "user": rows.name("user", number), "email": rows.email(number),
        "old_email": rows.email(number), "session": rows.name("session", number),
        "token": rows.name("token", number), "digest": rows.name("refresh", number),
        "key": f"client {number}", "identifier": f"reset-password:{rows.name('link', number)}",
        "account": rows.name("user", number), "provider": "credential",
        "old_hash": rows.PASSWORD_HASH, "now": rows.BEGIN, "created_at": rows.BEGIN,
        "updated_at": rows.BEGIN, "expires_at": rows.END, "limit": 21, "max": 100, "window": 60000,
        "version": 1000,
    }


NEW = {"id": "new", "email": "new@example.org", "token": "new", "digest": "new",
       "identifier": "new"}


def own_id(statement, number):
    """The column "id" of user NUMBER, in the table that STATEMENT is about."""
    if "_task" in f"_{statement.name}":
        return number  # of the first task
    noun = "session" if "session" in statement.name else "user"
    return rows.name(noun, number)


def first_page(statement, kind):
    """The parameter "after" of a list's first page."""
    if kind == "time":
        return "infinity" if statement.name.endswith("_desc") else "-infinity"
    return None if "_title_" in statement.name else ""


def values(statement, number):
    """What STATEMENT is run with for user NUMBER; what it inserts is new."""
    known = {**own(number), "id": own_id(statement, number),
             "after": first_page(statement, dict(statement.params).get("after"))}
    if re.search("INSERT INTO", statement.text):
        known.update(NEW if not statement.name.startswith("transfer") else {})
    elif re.search("_(list|count)", statement.name):
        known.update(completed=None, search=None, match=None)
    defaults = {"text": "new", "int": 1, "bool": "true", "time": rows.BEGIN}
    return [known.get(name, defaults[kind]) for name, kind in statement.params]


def literal(value):
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def script(number):
    """SQL that explains every statement with the plan that serves all parameters, and changes
    nothing."""
    lines = ["BEGIN;", "SET LOCAL plan_cache_mode = force_generic_plan;"]
    for statement in statements():
        types = ", ".join(TYPES[kind] for _, kind in statement.params)
        given = ", ".join(map(literal, values(statement, number)))
        lines += ["SAVEPOINT s;",
                  f"PREPARE p{f' ({types})' if types else ''} AS {statement.text};",
                  f"\\echo ---{statement.name}",
                  f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE p{f' ({given})' if given else ''};",
                  "DEALLOCATE p;", "ROLLBACK TO s;"]
    return "\n".join([*lines, "ROLLBACK;"])


def nodes(plan):
    yield plan
    for below in plan.get("Plans", []):
        yield from nodes(below)


def explain_sqlite(path, number):
    """What explain() returns, without blocks."""
    database = sqlite3.connect(path)
    database.create_function("strpos", 2, lambda text, part: text.find(part) + 1)
    database.create_collation("C", lambda a, b: (a > b) - (a < b))
    found = {}
    for statement in statements():
        plan = database.execute(f"EXPLAIN QUERY PLAN {statement.text}", values(statement, number))
        scans = [re.match(r"SCAN (\w+)", row[3]) for row in plan]
        found[statement.name] = (0, {scan[1] for scan in scans if scan} - {"CONSTANT"})
    return found


def explain(url, users):
    """{statement: (blocks, tables that were read as a whole)} for a user in the middle."""
    number = max(users // 20 * 10, 10)
    if url.startswith("sqlite:///"):
        return explain_sqlite(url.removeprefix("sqlite:///"), number)
    done = subprocess.run([psql_program(), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1",
                           "-d", url, "-f", "-"],
                          input=script(number), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stderr)
    found = {}
    for part in done.stdout.split("---")[1:]:
        name, text = part.split("\n", 1)
        plan = json.loads(text)[0]["Plan"]
        whole = {node["Relation Name"] for node in nodes(plan) if node["Node Type"] == "Seq Scan"}
        found[name] = (plan["Shared Hit Blocks"] + plan["Shared Read Blocks"], whole)
    return found


def main(databases):
    sizes = [int(users) for _, users in databases]
    found = [explain(url, users) for (url, _), users in zip(databases, map(int, sizes))]
    bad = False
    print(f"{'statement':32}" + "".join(f"{size:>11}" for size in sizes) + "   last/first")
    for name in found[0]:
        blocks = [each[name][0] for each in found]
        growth = blocks[-1] / max(blocks[0], 1)
        words = []
        if name not in EXCEPTIONS:
            words += [f"reads all of {table}" for table in sorted(found[-1][name][1])]
            if growth >= GROWTH and blocks[-1] - blocks[0] > SLACK:
                words.append("grows")
        bad = bad or bool(words)
        print(f"{name:32}" + "".join(f"{each:11}" for each in blocks)
              + f"{growth:13.2f}  {', '.join(words)}".rstrip())
    return 1 if bad else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main([argument.rsplit("=", 1) for argument in sys.argv[1:]]))
