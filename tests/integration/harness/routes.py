"""The route table as it is in the source: tests that go through all of it cover a new route too."""

import re
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[3] / "src/api/route.c"
ENTRY = re.compile(r'\{METHOD_(\w+),\s*"([^"]+)",\s*NEED_(\w+),\s*([A-Z0-9_ |\s]+?),\s*(\w+),')


class Route:
    def __init__(self, method, pattern, need, flags, handler):
        self.method = method
        self.pattern = pattern
        self.need = need
        self.flags = flags
        self.handler = handler

    def __repr__(self):
        return f"{self.method} {self.pattern}"

    @property
    def takes_body(self):
        return bool(self.flags & {"ROUTE_BODY", "ROUTE_OPTIONAL_BODY"})

    @property
    def better_auth(self):
        return "ROUTE_BETTER_AUTH" in self.flags

    def target(self, user="u", task="1", token="x"):
        """A path that the pattern matches."""
        names = {":user": user, ":id": str(task), ":token": token}
        return "/".join(names.get(word, word) for word in self.pattern.split("/"))


def read_table():
    text = SOURCE.read_text()
    macros = dict(re.findall(r"#define (\w+)\s+\(([^)]*)\)", text))
    table = text[text.index("routes[] = {"):]
    table = table[:table.index("\n};")]
    found = []
    for method, pattern, need, flags, handler in ENTRY.findall(table):
        words = set(re.findall(r"\w+", flags)) - {"0"}
        for word in list(words):
            words |= set(re.findall(r"\w+", macros.get(word, "")))
        found.append(Route(method, pattern, need, words - set(macros), handler))
    assert len(found) == table.count("{METHOD_") > 50, "the table could not be read"
    return found


ROUTES = read_table()


def needing(*needs):
    return [route for route in ROUTES if route.need in needs]


def names(routes):
    """For pytest's ids."""
    return [repr(route) for route in routes]
