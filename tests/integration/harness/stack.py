"""A web server, the program and a database, and the people who use them."""

import calendar
import itertools
import sqlite3
import time
import uuid
from contextlib import closing
from functools import cached_property

from . import tokens
from .process import children
from .postgres import run_sql
from .taskgate import SECRET

PASSWORD = "violet Harbor 27 lantern"
ORIGIN = "http://localhost:3000"
COUNTER = itertools.count(1)


def unique_email(word="user"):
    return f"{word}.{next(COUNTER)}.{uuid.uuid4().hex[:8]}@example.org"


class User:
    """Somebody with a token. ACCOUNT is the sign-up's answer, None for users who live elsewhere."""

    def __init__(self, user_id, token, email=None, account=None, cookies=None):
        self.id = user_id
        self.token = token
        self.email = email
        self.account = account
        self.cookies = cookies

    @property
    def cookie(self):
        """What a browser would send back."""
        return "; ".join(f"{name}={value}" for name, (value, _) in self.cookies.items())


def sign_up(client, email=None, password=PASSWORD, **members):
    """A new account by way of CLIENT."""
    email = email or unique_email()
    answer = client.post("/api/auth/sign-up",
                         json={"email": email, "password": password, **members})
    assert answer.status == 201, answer
    body = answer.json()
    return User(body["user"]["id"], body["token"], email, body, answer.cookies())


def sign_in(client, email, password=PASSWORD, path="/api/auth/sign-in"):
    return client.post(path, json={"email": email, "password": password})


def good_token(user_id, /, **changes):
    """A token with good claims but for CHANGES."""
    return tokens.forge(tokens.claims(user_id, **changes), SECRET)


def renamed_token(user_id, /, **members):
    """A token with the user id in MEMBERS instead of "sub"."""
    return tokens.forge({**tokens.claims(user_id, sub=None), **members}, SECRET)


def visitor(user_id=None, **changes):
    """A user without a row here, with a token that we made: costs no password hash."""
    user_id = user_id or f"usr_{uuid.uuid4().hex[:16]}"
    return User(user_id, good_token(user_id, **changes))


def create(client, user, title="a task", **members):
    """A new task of USER; the Task."""
    answer = client.post("/api/tasks", token=user.token, json={"title": title, **members})
    assert answer.status == 201, answer
    return answer.json()


def listed(client, user, query=""):
    """All tasks of USER in the order of the list."""
    answer = client.get(f"/api/tasks{query}", token=user.token)
    assert answer.status == 200, answer
    return answer.json()["items"]


def sql_at(url, statement):
    """Straight to the database behind URL."""
    if not url.startswith("sqlite:///"):
        return run_sql(url, statement)
    path = url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, timeout=10, isolation_level=None)) as database:
        database.execute("PRAGMA foreign_keys = ON")
        return database.execute(statement).fetchall()


class Stack:
    """One pair of web server and store. MASTER finds the pid of the program's master."""

    def __init__(self, name, server, client, array_client, database, master, logs):
        self.name = name
        self.server = server
        self.client = client
        self.array_client = array_client
        self.database = database
        self.master = master
        self.logs = logs

    def pool(self):
        """The pids of master and workers."""
        master = self.master()
        return [master, *children(master)]

    def sql(self, statement):
        """Straight to the database, for what the API does not offer."""
        return sql_at(self.database, statement)

    def log(self):
        return "\n".join(f"--- {name}\n{read()}" for name, read in self.logs.items())

    @cached_property
    def alice(self):
        return sign_up(self.client, unique_email("alice"), name="Alice")

    @cached_property
    def bob(self):
        return sign_up(self.client, unique_email("bob"), name="Bob")


def epoch_ms(iso):
    """An ISO time of an answer as milliseconds."""
    whole, fraction = iso.rstrip("Z").split(".")
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) * 1000 + int(fraction)
