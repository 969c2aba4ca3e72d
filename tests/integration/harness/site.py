"""A database with its command line and, where it is wanted, its server, without a web server."""

import json
from urllib.parse import urlsplit

from .stack import Stack
from .taskgate import Taskgate, run, write_settings

KINDS = ["sqlite", "postgresql"]


def done(result, status=0):
    assert result.returncode == status, result
    return result.stdout


def rows_of(text):
    return [json.loads(line) for line in text.splitlines()]


def summary(result, status=0):
    return rows_of(done(result, status))[-1]


class Site:
    """KIND of database at URL with SETTINGS, called NAME, in DIRECTORY."""

    def __init__(self, directory, name, kind, url, settings):
        self.directory = directory
        self.kind = kind
        self.url = url
        self.settings = {**settings, "DATABASE_URL": url}
        self.file = directory / f"{name}.db"  # of SQLite
        self.config = write_settings(directory / f"{name}-command.conf", self.settings)
        self.taskgate = Taskgate(directory, self.settings, name=name)
        self.socket = self.taskgate.socket
        self.client = self.taskgate.client
        self.sql = Stack(name, None, self.client, None, url, lambda: self.taskgate.pid, {}).sql
        self.serving = False

    @property
    def password(self):
        """The one in the URL."""
        return urlsplit(self.url).password

    def run(self, *words, stdin=None, env=None, **changes):
        """One command; CHANGES are settings."""
        return run(*words, directory=self.directory, settings={**self.settings, **changes},
                   stdin=stdin, env=env)

    def serve(self):
        self.taskgate.start()
        self.serving = True
        return self.client

    def stop(self):
        if self.serving:
            self.serving = False
            assert self.taskgate.stop() == 0, self.taskgate.log()
