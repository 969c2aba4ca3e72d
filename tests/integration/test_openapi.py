"""The comparison of answers with openapi.json, which all tests make: it refuses what is not described.
"""

import json
import re

import pytest

from harness import description
from harness.servers import DEPLOY
from harness.web import Answer, parse_headers

TASK = {"id": 7, "user_id": "u1", "title": "Buy milk", "description": None, "completed": False,
        "created_at": "2026-11-21T08:15:30.123Z", "updated_at": "2026-11-21T08:15:30.123Z"}
ERROR = {"detail": "Task not found", "message": "Task not found", "error": "Not Found",
         "code": "TASK_NOT_FOUND"}
# Keywords that the drafts 7, which the comparison compiles, and 2020-12, which OpenAPI 3.1 means, read
# alike.
KEYWORDS = {"$ref", "type", "enum", "const", "oneOf", "allOf", "not", "properties", "required",
            "additionalProperties", "minProperties", "items", "minItems", "maxItems", "minLength",
            "maxLength", "pattern", "format", "minimum", "maximum", "default", "description"}


def flaw(status, body, method="GET", target="/api/tasks/7", sent=None, **headers):
    names = {"Content_Type": "application/json", **headers}
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in names.items())
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = Answer(status, parse_headers(head.encode()), data)
    return description.API.flaw(method, target, [("Content-Type", "application/json")],
                                sent and json.dumps(sent).encode(), answer)


@pytest.mark.parametrize("path", ["/api/tasks/7", "/api/tasks/7/", "/api/u1/tasks/7",
                                  "/api/proxy/u1/tasks/7", "/api/%751/tasks/7?x=y"])
def test_what_is_described_passes(path):
    assert flaw(200, TASK, target=path) is None
    assert flaw(404, ERROR, target=path) is None


@pytest.mark.parametrize("change", [
    {"id": "7"}, {"id": 0}, {"title": None}, {"title": ""}, {"completed": 1}, {"updated_at": None},
    {"created_at": "2026-11-21T08:15:30Z"}, {"role": "admin"}])
def test_another_task_is_refused(change):
    assert flaw(200, {**TASK, **change})


@pytest.mark.parametrize("member", list(TASK))
def test_a_task_without_a_member_is_refused(member):
    assert flaw(200, {name: value for name, value in TASK.items() if name != member})


@pytest.mark.parametrize("change", [
    {"code": "NOT_FOUND"}, {"code": "MADE_UP"}, {"detail": None}, {"errors": {}}, {"stack": "x"},
    {"errors": {"title": "text"}}, {"retryAfter": 0}])
def test_another_error_is_refused(change):
    assert flaw(404, {**ERROR, **change})


def test_a_status_that_is_not_described_is_refused():
    assert flaw(418, ERROR)
    assert flaw(201, TASK)
    assert flaw(204, b"")


def test_another_type_and_no_body_are_refused():
    assert flaw(200, TASK, Content_Type="text/html")
    assert flaw(200, b"")
    assert flaw(200, b"{")
    assert flaw(302, b"x", target="/api/auth/verify-email", Location="/")


def test_an_answer_without_its_header_is_refused():
    assert flaw(201, TASK, "POST", "/api/tasks")
    assert flaw(201, TASK, "POST", "/api/tasks", Location="/api/tasks/7") is None


def test_a_list_is_in_one_of_its_shapes():
    for body in ({"items": [TASK], "total": 1}, {"tasks": [], "user_id": "u1"}, [TASK],
                 {"items": [], "tasks": [], "total": 0, "user_id": "u1"}):
        assert flaw(200, body, target="/api/tasks") is None
    assert flaw(200, {"items": [TASK]}, target="/api/tasks")
    assert flaw(200, {"items": [TASK], "total": 1, "user_id": "u1"}, target="/api/tasks")


def test_a_body_that_was_accepted_has_to_be_described():
    def post(sent):
        return flaw(201, TASK, "POST", "/api/tasks", sent, Location="/api/tasks/7")

    assert post({"title": "Buy milk", "more": 1}) is None
    assert post({"title": 7})
    assert post({"title": " "})


def test_what_is_no_operation_answers_errors():
    assert flaw(404, {**ERROR, "code": "NOT_FOUND"}, target="/api/nothing") is None
    assert flaw(404, {"detail": "x"}, target="/api/nothing")
    assert flaw(200, TASK, target="/api/nothing")
    assert flaw(200, TASK, target="/api/auth/tasks")
    assert flaw(404, b"", target="/api/auth/nothing") is None
    assert flaw(404, b"", target="/api/nothing")
    assert flaw(200, b"{}", "OPTIONS", "/api/tasks") is None


def test_what_the_web_server_answers_itself_passes_and_the_same_of_taskgate_does_not():
    for status, names in ((400, {"Content_Type": "text/html"}),
                          (200, {"Content_Type": "text/css", "ETag": '"x"'}),
                          (304, {"Content_Type": "", "ETag": '"x"'})):
        assert flaw(status, b"<html>", target="/app.css", **names) is None
        assert flaw(status, b"<html>", target="/app.css", **names, X_Request_Id="x")
    assert flaw(200, b"<html>", target="/app.css", Content_Type="text/css")


def test_what_web_servers_are_told_to_answer_is_described():
    for server in ("nginx", "lighttpd", "apache"):
        files = [path for path in (DEPLOY / server).rglob("*") if path.is_file()]
        bodies = [body for path in files
                  for body in re.findall(r'\{"detail":.*?\}', path.read_text())]
        assert bodies, server
        for body in bodies:
            assert description.API.error(body.encode()) is None, (server, body)


def schemas(value):
    """Every schema below a JSON value, the value itself being one."""
    yield value
    for name in ("oneOf", "allOf"):
        for item in value.get(name, ()):
            yield from schemas(item)
    for name in ("items", "not", "additionalProperties"):
        if isinstance(value.get(name), dict):
            yield from schemas(value[name])
    for item in value.get("properties", {}).values():
        yield from schemas(item)


def all_schemas(value):
    if isinstance(value, list):
        for item in value:
            yield from all_schemas(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name == "schema":
                yield from schemas(item)
            elif name == "schemas":
                for schema in item.values():
                    yield from schemas(schema)
            else:
                yield from all_schemas(item)


def test_schemas_mean_the_same_to_old_readers():
    for schema in all_schemas(description.DOCUMENT):
        assert set(schema) <= KEYWORDS, schema
        assert "$ref" not in schema or set(schema) <= {"$ref", "description"}, schema
