"""The admin socket: plain HTTP to a Unix socket or a TCP port, and the page of metrics."""

import re
import socket

from . import description
from .web import HttpClient

NUMBER = r"-?[0-9]+(?:\.[0-9]+)?"
NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(rf"^({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? ({NUMBER})$")


class AdminClient(HttpClient):
    """One connection for each request."""

    @property
    def host(self):
        return "localhost"

    def connect(self):
        tcp = isinstance(self.address, tuple)
        connection = socket.socket(socket.AF_INET if tcp else socket.AF_UNIX)
        connection.settimeout(self.timeout)
        connection.connect(self.address if tcp else str(self.address))
        return connection

    def compare(self, method, target, pairs, body, answer):
        description.watch_admin(method, target, answer)

    def metrics(self):
        answer = self.get("/metrics")
        assert answer.status == 200, answer
        return Page(answer.body.decode())


class Page:
    """Metrics in Prometheus' text format. A line that is not of the format fails the test."""

    def __init__(self, text):
        self.help = {}
        self.types = {}
        self.samples = {}
        assert text.endswith("\n")
        family = None
        for line in text.splitlines():
            if line.startswith("# HELP "):
                family, self.help[family] = line[7:].split(" ", 1)
            elif line.startswith("# TYPE "):
                name, self.types[name] = line[7:].split(" ")
                assert name == family, "HELP and TYPE stand together"
            else:
                self.add(family, line)

    def add(self, family, line):
        found = SAMPLE.match(line)
        assert found, f"not a line of the format: {line}"
        name, labels, value = found.groups()
        suffixes = ("_bucket", "_sum", "_count") if self.types[family] == "histogram" else ("",)
        assert name in [family + suffix for suffix in suffixes], f"{name} under {family}"
        key = (name, frozenset(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels or "")))
        assert key not in self.samples, f"twice: {line}"
        self.samples[key] = float(value)

    def value(self, name, **labels):
        """The series with exactly these labels; 0 when nothing was counted."""
        return self.samples.get((name, frozenset(labels.items())), 0)

    def total(self, name, **labels):
        """The sum over all series that have these labels among theirs."""
        wanted = set(labels.items())
        return sum(value for (other, own), value in self.samples.items()
                   if other == name and wanted <= own)
