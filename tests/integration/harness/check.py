"""Assertions that many tests share."""

import re
from http.client import responses

REASONS = {413: ("Content Too Large", "Request Entity Too Large", "Payload Too Large"),
           414: ("URI Too Long",),
           422: ("Unprocessable Content", "Unprocessable Entity")}
ISO_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def error(answer, status, detail=None, *, message=None, code=None, field=None):
    """The one shape of contract.md section 6; FIELD must be among the fields with an error."""
    assert answer.status == status, answer
    body = answer.json()
    known = {"detail", "message", "error", "code", "errors", "retryAfter"}
    assert {"detail", "message", "error", "code"} <= body.keys() <= known, body
    assert all(isinstance(body[name], str) and body[name] for name in ("detail", "message")), body
    assert body["error"] in REASONS.get(status, (responses[status],)), body
    assert re.fullmatch(r"[A-Z][A-Z0-9_]+", body["code"]), body
    if detail is not None:
        assert body["detail"] == detail, body
    if message is not None:
        assert body["message"] == message, body
    if code is not None:
        assert body["code"] == code, body
    if field is not None:
        assert field in body.get("errors", {}), body
    for texts in body.get("errors", {}).values():
        assert isinstance(texts, list) and texts and all(isinstance(t, str) for t in texts), body
    return body


def unauthorized(answer, detail=None):
    """401 of a token route: the shape, and the challenge of RFC 6750."""
    body = error(answer, 401, detail)
    challenge = answer.header("WWW-Authenticate")
    assert challenge is not None and challenge.startswith("Bearer"), answer.headers.items()
    return body


def task(value, user_id):
    """The members of a Task and their types."""
    assert set(value) == {"id", "user_id", "title", "description", "completed", "created_at",
                          "updated_at"}, value
    assert type(value["id"]) is int and value["id"] > 0, value
    assert value["user_id"] == user_id, value
    assert isinstance(value["title"], str), value
    assert value["description"] is None or isinstance(value["description"], str), value
    assert type(value["completed"]) is bool, value
    assert ISO_TIME.fullmatch(value["created_at"]), value
    assert ISO_TIME.fullmatch(value["updated_at"]), value
    return value
