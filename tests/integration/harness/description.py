"""What deploy/www/openapi.json promises, whether an answer keeps it, and which of its promises were
seen. The schemas are compiled: every answer of a run is looked at, and there are tens of thousands.
"""

import json
import re
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote

import fastjsonschema

FILE = Path(__file__).resolve().parents[3] / "deploy/www/openapi.json"
METHODS = {"get", "post", "put", "patch", "delete"}
JSON = "application/json"


class Response:
    """One status of an operation."""

    def __init__(self, document, value):
        self.headers = [name for name, header in value.get("headers", {}).items()
                        if document.resolve(header).get("required")]
        self.types = {kind: document.validator(media["schema"]) if kind == JSON else None
                      for kind, media in value.get("content", {}).items()}
        media = value.get("content", {}).get(JSON)
        self.codes = document.codes(media["schema"]) if media else {None}

    def flaw(self, answer):
        """What is wrong with ANSWER, or None."""
        missing = [name for name in self.headers if answer.header(name) is None]
        if missing:
            return f"without the header {missing[0]}"
        if not self.types:
            return "with a body" if answer.body else None
        kind = media_type(answer.header("Content-Type"))
        if kind not in self.types:
            return f"as {kind or 'nothing'}"
        return self.types[kind] and self.types[kind](answer.body)


class Operation:
    def __init__(self, document, name, value):
        self.document = document
        self.name = name
        self.value = value

    @cached_property
    def responses(self):
        return {status: Response(self.document, self.document.resolve(response))
                for status, response in self.value["responses"].items()}

    @cached_property
    def body(self):
        """What a JSON body has to be, or None."""
        request = self.document.resolve(self.value.get("requestBody", {}))
        media = request.get("content", {}).get(JSON)
        return media and self.document.validator(media["schema"])

    def response(self, status):
        return self.responses.get(str(status)) or self.responses.get("default")


class Description:
    """The document. ADMIN: the paths of the admin socket, which has a server of its own."""

    def __init__(self, document, admin=False):
        self.document = document
        self.validators = {}
        reserved = document["components"]["parameters"]["UserId"]["schema"]["allOf"][1]["not"]
        self.reserved = set(reserved["enum"])
        self.seen = set()  # (operation, status, code)
        self.fixed = {}  # path: {method: operation}
        self.patterns = []  # (segments, the same)
        for path, item in document["paths"].items():
            if ("servers" in item) != admin:
                continue
            operations = {method.upper(): Operation(self, f"{method.upper()} {path}", value)
                          for method, value in item.items() if method in METHODS}
            if "{" in path:
                self.patterns.append((path.split("/"), operations))
            else:
                self.fixed[path] = operations

    def resolve(self, value):
        """VALUE, or what its $ref names."""
        if "$ref" not in value:
            return value
        found = self.document
        for word in value["$ref"].removeprefix("#/").split("/"):
            found = found[word]
        return found

    def validator(self, schema):
        """A function that tells what is wrong with the bytes of a JSON text, or None."""
        key = json.dumps(schema)
        if key not in self.validators:
            schemas = {"schemas": json.loads(json.dumps(self.document["components"]["schemas"]))}
            # The same in a form that is checked at once: most answers of the tests are errors.
            codes = [one["const"] for one in schemas["schemas"]["ErrorCode"]["oneOf"]]
            schemas["schemas"]["ErrorCode"] = {"enum": codes}
            check = fastjsonschema.compile({"allOf": [schema], "components": schemas},
                                           formats={"password": "^"})
            self.validators[key] = lambda body: complaint(check, body)
        return self.validators[key]

    def codes(self, schema):
        """The codes of errors that SCHEMA allows; None is among them where it may be no error."""
        schema = self.resolve(schema)
        named = schema.get("properties", {}).get("code", {}).get("enum")
        if named:
            return set(named)
        if "oneOf" in schema:
            return set().union(*map(self.codes, schema["oneOf"]))
        inner = set().union(*map(self.codes, schema.get("allOf", ())))
        return inner - {None} or {None}

    def all_operations(self):
        for operations in [*self.fixed.values(), *(found for _, found in self.patterns)]:
            yield from operations.values()

    def promised(self):
        """Every (operation, status, code) of the document, but for what web servers answer in
        Taskgate's place ("default")."""
        return {(operation.name, status, code) for operation in self.all_operations()
                for status, response in operation.responses.items() if status != "default"
                for code in response.codes}

    def note(self, method, target, answer):
        """ANSWER, in which there is no flaw, was seen."""
        operation = self.operations(target).get(method)
        if target.startswith("/") and operation and not is_of_web_server(answer):
            self.seen.add((operation.name, str(answer.status), error_code(answer)))

    def operations(self, target):
        """{method: operation} of the path of TARGET; empty where nothing is described, or a NUL in
        the path lets web servers answer in its place."""
        path = re.split("[?#]", target)[0]
        if "%00" in path:
            return {}
        if path in self.fixed:
            return self.fixed[path]
        segments = [unquote(segment) for segment in path.split("/")]
        if segments[-1] == "" and segments[1:3] != ["api", "auth"]:
            segments.pop()
        found = self.fixed.get("/".join(segments))
        return found or next((operations for pattern, operations in self.patterns
                              if self.fits(pattern, segments)), {})

    def fits(self, pattern, segments):
        return len(pattern) == len(segments) and all(
            segment not in ("", *self.reserved) if wanted == "{user}"
            else segment != "" if wanted.startswith("{") else segment == wanted
            for wanted, segment in zip(pattern, segments))

    @cached_property
    def error(self):
        """What every error is that is no operation's."""
        return self.validator({"$ref": "#/components/schemas/Error"})

    def flaw(self, method, target, pairs, body, answer):
        """What of an exchange is not described, or None. Only proxies are asked for whole URLs."""
        if not target.startswith("/") or is_of_web_server(answer):
            return None
        operations = self.operations(target)
        operation = operations.get("GET" if method == "HEAD" else method)
        if operation is None or (method == "HEAD" and target.startswith("/api/auth")):
            return self.flaw_elsewhere(method, target, answer)
        response = operation.response(answer.status)
        if response is None:
            return f"{operation.name} answers {answer.status}"
        if method == "HEAD" or is_nothing(target, answer):
            return "with a body" if answer.body else None
        flaw = response.flaw(answer)
        if flaw is None and answer.status < 300 and operation.body and body and is_json(pairs):
            flaw = operation.body(body)
            flaw = flaw and f"to a body that is not described: {flaw}"
        return flaw and f"{operation.name} answers {answer.status} {flaw}"

    def flaw_elsewhere(self, method, target, answer):
        """The same of what is no operation's: an error, or the answer to a preflight."""
        if method == "OPTIONS" and answer.status == 200:
            return None if answer.body == b"{}" else "a preflight has a body"
        if answer.status < 400:
            return f"{method} is answered {answer.status}"
        if is_nothing(target, answer) or method == "HEAD":
            return "with a body" if answer.body else None
        return self.error(answer.body)


def is_nothing(target, answer):
    """Better Auth's 404: it has no body."""
    return answer.status == 404 and target.startswith("/api/auth") and not answer.body


def is_of_web_server(answer):
    """A file, or a page about an error where the web server is not configured to say it in our shape.
    Every answer of Taskgate has the first header."""
    if answer.header("X-Request-Id") is not None:
        return False
    if answer.status >= 400:
        return media_type(answer.header("Content-Type")) == "text/html"
    return answer.header("ETag") is not None


def media_type(header):
    return (header or "").partition(";")[0].strip().lower()


def error_code(answer):
    """The member that errors have, or None."""
    if answer.status < 400 or media_type(answer.header("Content-Type")) != JSON:
        return None
    return json.loads(answer.body).get("code")


def is_json(pairs):
    return any(name.lower() == "content-type" and media_type(value) == JSON
               for name, value in pairs)


def complaint(check, body):
    try:
        check(json.loads(body))
    except fastjsonschema.JsonSchemaException as problem:
        return problem.message
    except ValueError:
        return "with what is not JSON"
    return None


DOCUMENT = json.loads(FILE.read_text())
API = Description(DOCUMENT)
ADMIN = Description(DOCUMENT, admin=True)


def watch(method, target, pairs, body, answer):
    """An exchange with the API that openapi.json does not describe fails the test."""
    flaw = API.flaw(method, target, pairs, body, answer)
    assert flaw is None, f"not as openapi.json has it: {flaw}: {answer}"
    API.note(method, target, answer)


def watch_admin(method, target, answer):
    """The same on the admin socket, whose other answers are plain text."""
    operation = ADMIN.operations(target).get(method)
    response = operation and operation.responses.get(str(answer.status))
    flaw = response and response.flaw(answer)
    assert not flaw, f"not as openapi.json has it: {operation.name} answers {flaw}: {answer}"
    ADMIN.note(method, target, answer)
