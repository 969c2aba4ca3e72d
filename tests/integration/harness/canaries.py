"""What no log may show: the secrets of the settings, and every password, token and cookie that went
over the wire while the tests ran."""

import json
import re
from urllib.parse import parse_qsl, unquote, urlsplit

WORD = re.compile(r"[A-Za-z0-9_.~%+/=-]{16,}")
START = 16  # characters by which a word is found
MEMBERS = {"password", "newPassword", "currentPassword", "token", "jwt", "accessToken",
           "refreshToken"}
IDS = {"id", "userId", "user_id"}


class Canaries:
    """A growing set of texts, and the search for any of them."""

    def __init__(self):
        self.words = {}  # first characters: the words that begin with them
        self.others = set()
        self.public = set()  # ids, which a test may also offer as a token

    def learn(self, value):
        """Remembers a secret; what could be anything is none: short texts, repeated letters."""
        if len(value) < 12 or len(set(value)) < 8:
            return
        if WORD.fullmatch(value):
            self.words.setdefault(value[:START], set()).add(value)
        else:
            self.others.add(value)

    def learn_token(self, value):
        """A token by its parts too: half of it in a log would be as bad. The first part of a JSON
        Web Token is no secret."""
        self.learn(value)
        parts = unquote(value).split(".") if WORD.fullmatch(value) else []
        for part in parts[1:] if len(parts) == 3 else parts:
            self.learn(part)

    def found_in(self, text):
        """A secret that TEXT holds, or None."""
        for other in self.others:
            if other in text:
                return other
        for run in WORD.finditer(text):
            run = run.group()
            for at in range(len(run) - START + 1):
                for word in self.words.get(run[at:at + START], ()):
                    if run.startswith(word, at) and word not in self.public:
                        return word
        return None


CANARIES = Canaries()


def members(value, names):
    """The texts of all members with one of these names, however deep in a JSON value."""
    if isinstance(value, list):
        for item in value:
            yield from members(item, names)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name in names and isinstance(item, str):
                yield item
            else:
                yield from members(item, names)


def of_body(body, names=MEMBERS):
    try:
        yield from members(json.loads(body or b""), names)
    except (ValueError, RecursionError):
        return


def of_target(target):
    """The tokens of links."""
    parts = urlsplit(target)
    yield from (value for name, value in parse_qsl(parts.query) if name == "token")
    if parts.path.startswith("/api/auth/reset-password/"):
        yield unquote(parts.path.rsplit("/", 1)[1])


def of_request(target, pairs, body):
    """What a request proves something with, or tries to."""
    yield from of_target(target)
    yield from of_body(body)
    for name, value in pairs:
        if name.lower() == "authorization":
            yield value.partition(" ")[2]
        elif name.lower() == "cookie":
            yield from (item.partition("=")[2].strip() for item in value.split(";"))


def of_answer(answer):
    yield from of_body(answer.body)
    for line in answer.all("Set-Cookie"):
        yield line.split(";")[0].partition("=")[2]
    for name in ("set-auth-token", "set-auth-jwt"):
        yield from answer.all(name)
    for target in answer.all("Location"):
        yield from of_target(target)


def watch(target, pairs, body, answer):
    """Learns the secrets of one exchange; an error tells none of what it was asked with."""
    sent = list(of_request(target, pairs, body))
    for value in (*sent, *of_answer(answer)):
        CANARIES.learn_token(value)
    CANARIES.public.update(of_body(answer.body, IDS))
    if answer.status >= 400:
        text = answer.body.decode(errors="replace")
        for value in sent:
            assert len(value) < 12 or value not in text, f"the answer shows {value}: {answer}"


def none_in(text):
    found = CANARIES.found_in(text)
    assert found is None, f"a log shows the secret {found}: {where(text, found)}"


def where(text, secret):
    at = text.index(secret)
    return text[max(at - 300, 0):at + len(secret) + 100]
