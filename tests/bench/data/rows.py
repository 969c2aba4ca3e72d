"""The rows of the data set: user N, 1 and up, and what is theirs. postgresql.sql makes the same."""

import hashlib
from datetime import datetime, timedelta

# The hash is the program's own; what it is of lets everybody sign in.
PASSWORD = "violet Harbor 27 lantern"
PASSWORD_HASH = "$argon2id$v=19$m=19456,t=2,p=1$VPEO1EeqtI4pfjnMOnx1dA$OlkcBf6UIIu5bJR97pLyFM/R6Q8P3OWg0CYKw7Zyg5U"

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
DESCRIPTION = "About the fence, the tree behind it, and who keeps the key while they are away."
BEGIN = "2026-01-01T00:00:00.000Z"
END = "2100-01-01T00:00:00.000Z"
END_MS = 4102444800000


def name(kind, number):
    """The id of user, account, session, verification or limit NUMBER; its token, refresh, link."""
    return hashlib.md5(f"{kind} {number}".encode()).hexdigest()


def email(number):
    return f"user{number}@example.org"


def moment(milliseconds):
    """So many behind BEGIN."""
    time = datetime(2026, 1, 1) + timedelta(milliseconds=milliseconds)
    return time.isoformat(timespec="milliseconds") + "Z"


def inserts(users, tasks):
    """(statement, rows) for SQLite, each table in its turn."""
    everybody = range(1, users + 1)
    some = range(10, users + 1, 10)
    yield ('INSERT INTO "user" ("id", "name", "email", "emailVerified", "createdAt", "updatedAt")'
           " VALUES (?, ?, ?, 1, ?, ?)",
           ((name("user", n), f"User {n}", email(n), moment(n), moment(n)) for n in everybody))
    yield ('INSERT INTO "account" ("id", "accountId", "providerId", "userId", "password",'
           " \"createdAt\", \"updatedAt\") VALUES (?, ?, 'credential', ?, ?, ?, ?)",
           ((name("account", n), name("user", n), name("user", n), PASSWORD_HASH, BEGIN, BEGIN)
            for n in everybody))
    yield ('INSERT INTO "session" ("id", "expiresAt", "token", "createdAt", "updatedAt",'
           ' "ipAddress", "userAgent", "userId") VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
           ((name("session", n), END, name("token", n), BEGIN, BEGIN, f"198.51.100.{n % 256}",
             BROWSER, name("user", n)) for n in everybody))
    yield ('INSERT INTO "refreshToken" ("tokenDigest", "sessionId", "userId", "createdAt",'
           ' "expiresAt") VALUES (?, ?, ?, ?, ?)',
           ((name("refresh", n), name("session", n), name("user", n), BEGIN, END)
            for n in everybody))
    yield ('INSERT INTO "verification" ("id", "identifier", "value", "expiresAt", "createdAt",'
           ' "updatedAt") VALUES (?, ?, ?, ?, ?, ?)',
           ((name("verification", n), f"reset-password:{name('link', n)}", name("user", n), END,
             BEGIN, BEGIN) for n in some))
    yield ('INSERT INTO "rateLimit" ("id", "key", "count", "lastRequest") VALUES (?, ?, 1, ?)',
           ((name("limit", n), f"client {n}", END_MS) for n in some))
    yield ("INSERT INTO tasks (user_id, title, description, completed, created_at, updated_at)"
           " VALUES (?, ?, ?, ?, ?, ?)",
           ((name("user", i % users + 1), f"Task {i}: call the neighbours back",
             DESCRIPTION if i // users % 2 == 0 else None, i // users % 4 == 0, moment(i),
             moment(i)) for i in range(users * tasks)))
