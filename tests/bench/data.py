"""A thousand users with twenty tasks each, three with many, and their tokens: the same in SQLite and
in PostgreSQL. Ids are numbers, so that pgbench(1) can make them up."""

import base64
import hashlib
import hmac
import json
import sqlite3
import time
from contextlib import closing

USERS = 1000
TASKS = 20
FIRST_USER = 100000
MANY = (200, 2000, 10000)

SQL = {
    "user": """INSERT INTO "user" ("id", "name", "email", "emailVerified", "createdAt", "updatedAt")
        VALUES (?, ?, ?, ?, ?, ?)""",
    "session": """INSERT INTO "session" ("id", "expiresAt", "token", "createdAt", "updatedAt", "userId")
        VALUES (?, ?, ?, ?, ?, ?)""",
    "task": """INSERT INTO tasks
        (user_id, id, title, description, completed, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)""",
}


def iso(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(seconds))


def users():
    """(id, how many tasks, id of the first one)."""
    first = 1
    for number in range(USERS):
        yield str(FIRST_USER + number), TASKS, first
        first += TASKS
    for count in MANY:
        yield f"many{count}", count, first
        first += count


def rows():
    """(kind, values); tasks of one user lie apart, as they do in a table that has grown."""
    now = int(time.time())
    for user, _, _ in users():
        yield "user", (user, f"User {user}", f"{user}@example.test", True, iso(now), iso(now))
        yield "session", (f"s{user}", iso(now + 30 * 86400), f"token-{user}", iso(now), iso(now), user)
    for number in range(max(MANY)):
        for user, count, first in users():
            if number < count:
                text = None if number % 4 == 0 else (
                    f"Description {number}: pick it up before six,\nthen ring " + "someone " * (number % 9))
                made = iso(now - 86400 * 30 + number * 60)
                yield "task", (user, first + number, f'Task {number}: buy "milk" & bread', text,
                               number % 3 == 0, made, made)


def tasks_total():
    return USERS * TASKS + sum(MANY)


def fill_sqlite(path):
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("BEGIN")
        for kind, values in rows():
            database.execute(SQL[kind], values)
        database.execute("COMMIT")
        database.execute("ANALYZE")


def sql_text(value):
    if value is None:
        return "NULL"
    if isinstance(value, (bool, int)):
        return str(value)
    return "'" + value.replace("'", "''") + "'"


def postgresql_script():
    """The same as text for psql(1), many rows to a statement."""
    pending = {kind: [] for kind in SQL}

    def flush(kind):
        if pending[kind]:
            head = SQL[kind].split("VALUES")[0]
            yield f"{head} VALUES {','.join(pending[kind])};\n"
            pending[kind] = []

    for kind, values in rows():
        pending[kind].append("(" + ",".join(map(sql_text, values)) + ")")
        if kind == "task" and len(pending["task"]) == 1:
            yield from flush("user")
            yield from flush("session")
        if len(pending[kind]) >= 1000 and kind == "task":
            yield from flush(kind)
    yield from flush("task")
    yield f"SELECT setval(pg_get_serial_sequence('tasks', 'id'), {tasks_total()});\n"
    yield 'VACUUM (FREEZE, ANALYZE) "user", "session", tasks;\n'


# --- tokens ---------------------------------------------------------------------------------------


def part(value):
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def token(user, secret, session=None):
    """As a sign-in makes it: its session is asked for at each request."""
    now = int(time.time())
    claims = {"sub": user, "user_id": user, "userId": user, "email": f"{user}@example.test",
              "name": f"User {user}", "sessionId": session or f"s{user}", "iss": "better-auth", "iat": now,
              "exp": now + 86400, "jti": f"tg_{user}"}
    text = part(b'{"alg":"HS256","typ":"JWT"}') + "." + part(json.dumps(claims).encode())
    return text + "." + part(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest())


def users_file(path, secret):
    """USER <tab> TOKEN <tab> FIRST ID <tab> LAST ID <tab> TASKS, a line for each user."""
    with open(path, "w", encoding="ascii") as out:
        for user, count, first in users():
            out.write(f"{user}\t{token(user, secret)}\t{first}\t{first + count - 1}\t{count}\n")
    return path
