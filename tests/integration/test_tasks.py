"""Tasks: their whole life under both path families (contract.md section 4)."""

import json
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest

from harness import check
from harness.stack import create, listed, visitor

TITLE_MAX = 255
DESCRIPTION_MAX = 10_000


def paths(user):
    return {"own": "/api/tasks", "named": f"/api/{user.id}/tasks"}


@pytest.mark.parametrize("family", ["own", "named"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_a_task_lives_its_whole_life(client, user, family, slash):
    base = paths(user)[family]
    made = client.post(base + slash, token=user.token,
                       json={"title": "buy milk", "description": "two litres"})
    assert made.status == 201
    task = check.task(made.json(), user.id)
    assert (task["title"], task["description"]) == ("buy milk", "two litres")
    assert task["completed"] is False
    assert task["created_at"] == task["updated_at"]
    one = f"{base}/{task['id']}{slash}"

    read = client.get(one, token=user.token)
    assert (read.status, read.json()) == (200, task)
    assert listed(client, user) == [task]

    put = client.put(one, token=user.token, json={"title": "buy oat milk"})
    assert put.status == 200
    changed = check.task(put.json(), user.id)
    assert changed == {**task, "title": "buy oat milk", "updated_at": changed["updated_at"]}

    done = client.patch(f"{base}/{task['id']}/complete{slash}", token=user.token)
    assert done.status == 200 and done.json()["completed"] is True

    gone = client.delete(one, token=user.token)
    assert gone.status == 200
    assert gone.json() == {"success": True, "message": "Task deleted successfully",
                           "status": "deleted", "task_id": task["id"], "id": task["id"]}
    check.error(client.get(one, token=user.token), 404, "Task not found")
    assert listed(client, user) == []


def test_a_signed_up_user_has_both_path_families(stack):
    task = create(stack.client, stack.alice, "mine")
    for base in paths(stack.alice).values():
        assert stack.client.get(f"{base}/{task['id']}", token=stack.alice.token).json() == task


def test_location_leads_to_the_new_task(client, user):
    answer = client.post(f"/api/{user.id}/tasks", token=user.token, json={"title": "x"})
    location = answer.header("Location")
    target = location[location.index("/api/"):]
    assert client.get(target, token=user.token).json() == answer.json()


def test_a_task_can_be_made_completed(client, user):
    assert create(client, user, completed=True)["completed"] is True


def test_ids_are_never_used_twice(client, user):
    first = create(client, user)
    client.delete(f"/api/tasks/{first['id']}", token=user.token)
    assert create(client, user)["id"] > first["id"]


@pytest.mark.parametrize("user_id", ["usr_cm5x8y9z0000", "user123", "\u00fc \u540d", "a@b.example",
                                     "%41", "a+b", "tasks2"])
def test_the_user_in_the_path_is_decoded_once(client, user_id):
    user = visitor(user_id)
    segment = quote(user_id, safe="@+")
    answer = client.post(f"/api/{segment}/tasks", token=user.token, json={"title": "x"})
    assert answer.status == 201, answer
    assert client.get(f"/api/{segment}/tasks", token=user.token).status == 200


def test_an_encoded_letter_of_the_user_is_that_letter_and_twice_encoded_is_not(client):
    user = visitor("alpha-user")
    assert client.get("/api/%61lpha-user/tasks", token=user.token).status == 200
    check.error(client.get("/api/%2561lpha-user/tasks", token=user.token), 403)


@pytest.mark.parametrize("reserved", ["auth", "tasks"])
def test_reserved_words_are_never_users(client, reserved):
    user = visitor(reserved)
    assert client.get(f"/api/{reserved}/tasks", token=user.token).status in (404, 422)
    answer = client.post(f"/api/{reserved}/tasks", token=user.token, json={"title": "x"})
    assert answer.status in (404, 405)


# --- changing -------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("change", [
    {"title": "new"}, {"description": "new"}, {"description": None}, {"completed": True},
    {"title": "new", "description": None, "completed": True},
    {"title": "new", "unknown": 1}, {"description": ""}, {},
], ids=json.dumps)
def test_an_update_changes_what_it_names_and_nothing_else(client, user, method, change):
    task = create(client, user, "old", description="old")
    answer = client.request(method, f"/api/tasks/{task['id']}", token=user.token, json=change)
    assert answer.status == 200
    known = {name: value for name, value in change.items() if name in task}
    expected = {**task, **known, "updated_at": answer.json()["updated_at"]}
    assert answer.json() == expected
    assert answer.json()["updated_at"] >= task["updated_at"]
    assert client.get(f"/api/tasks/{task['id']}", token=user.token).json() == expected


def test_an_update_moves_updated_at_and_not_created_at(client, user):
    task = create(client, user)
    for number in range(3):
        answer = client.patch(f"/api/tasks/{task['id']}", token=user.token,
                              json={"title": str(number)})
    assert answer.json()["updated_at"] > task["updated_at"]
    assert answer.json()["created_at"] == task["created_at"]


WRONG_CHANGES = [
    ({"title": ""}, "title"), ({"title": None}, "title"), ({"title": 5}, "title"),
    ({"title": "x" * (TITLE_MAX + 1)}, "title"), ({"title": ["x"]}, "title"),
    ({"description": 5}, "description"),
    ({"description": "x" * (DESCRIPTION_MAX + 1)}, "description"),
    ({"description": {}}, "description"),
    ({"completed": "true"}, "completed"), ({"completed": 1}, "completed"),
    ({"completed": []}, "completed"),
]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("change, field", WRONG_CHANGES, ids=range(len(WRONG_CHANGES)))
def test_a_wrong_update_is_422_and_changes_nothing(client, user, method, change, field):
    task = create(client, user, "old", description="old")
    path = f"/api/tasks/{task['id']}"
    answer = client.request(method, path, token=user.token, json={**change, "unknown": 1})
    check.error(answer, 422, field=field)
    assert client.get(path, token=user.token).json() == task


@pytest.mark.parametrize("change, field", [*WRONG_CHANGES, ({}, "title")],
                         ids=range(len(WRONG_CHANGES) + 1))
def test_a_wrong_new_task_is_422_and_is_not_made(client, user, change, field):
    body = change if field == "title" else {"title": "x", **change}
    check.error(client.post("/api/tasks", token=user.token, json=body), 422, field=field)
    assert listed(client, user) == []


def test_all_wrong_fields_are_named_at_once(client, user):
    body = {"title": "", "description": 5, "completed": "no"}
    errors = check.error(client.post("/api/tasks", token=user.token, json=body), 422)["errors"]
    assert set(errors) == {"title", "description", "completed"}


@pytest.mark.parametrize("letter", ["x", "\u00e9", "\u540d", "\U0001f600"])
def test_lengths_are_counted_in_characters(client, user, letter):
    members = {"description": letter * DESCRIPTION_MAX}
    task = create(client, user, letter * TITLE_MAX, **members)
    assert task["title"] == letter * TITLE_MAX and task["description"] == members["description"]
    too_long = {"title": letter * (TITLE_MAX + 1)}
    check.error(client.post("/api/tasks", token=user.token, json=too_long), 422, field="title")


TEXTS = ["'; DROP TABLE tasks; --", '"quoted" \\ back / slash', "<script>alert(1)</script>",
         "\u0001\u001f", "line\nbreak\ttab", "\u007f\u0080\u2028\u2029\ufeff",
         "\u0e01\u0301 \U0001f468\u200d\U0001f469",
         "%s %n {} $1 ?", "null", "\ufffd\uffff"]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_text_comes_back_as_it_was_sent(client, user, text):
    task = create(client, user, text, description=text)
    assert (task["title"], task["description"]) == (text, text)
    assert listed(client, user) == [task]


def test_a_null_description_is_no_description(client, user):
    assert create(client, user, description=None)["description"] is None
    assert create(client, user)["description"] is None


def test_members_that_are_not_the_clients_to_set_are_ignored(client, user, stack):
    strange = {"id": 1, "user_id": stack.alice.id, "userId": stack.alice.id,
               "created_at": "2001-01-01T00:00:00.000Z", "updated_at": "2001-01-01T00:00:00.000Z",
               "role": "admin"}
    task = check.task(create(client, user, "x", **strange), user.id)
    assert not task["created_at"].startswith("2001") and not task["updated_at"].startswith("2001")
    for method in ("PUT", "PATCH"):
        answer = client.request(method, f"/api/tasks/{task['id']}", token=user.token,
                                json={"title": "y", **strange})
        changed = check.task(answer.json(), user.id)
        assert changed == {**task, "title": "y", "updated_at": changed["updated_at"]}
        assert not changed["updated_at"].startswith("2001")


# --- toggling -------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [
    {}, {"headers": {"Content-Type": "application/json"}}, {"json": {}},
    {"json": {"completed": False}},
    {"headers": {"Content-Type": "application/json; charset=utf-8"}},
], ids=["nothing", "json-type-no-body", "empty-object", "an-object", "charset"])
def test_toggle_takes_what_front_ends_send(client, user, options):
    task = create(client, user)
    path = f"/api/tasks/{task['id']}/complete"
    for expected in (True, False, True):
        answer = client.patch(path, token=user.token, **options)
        assert answer.status == 200
        assert answer.json() == {**task, "completed": expected,
                                 "updated_at": answer.json()["updated_at"]}


def test_no_toggle_is_lost_among_many_at_once(client, user):
    task = create(client, user)
    path = f"/api/tasks/{task['id']}/complete"
    with ThreadPoolExecutor(4) as executor:
        answers = list(executor.map(lambda _: client.patch(path, token=user.token), range(21)))
    assert [answer.status for answer in answers] == [200] * 21
    assert [answer.json()["completed"] for answer in answers].count(True) == 11
    assert listed(client, user)[0]["completed"] is True


def test_toggle_of_no_task_is_404(client, user):
    check.error(client.patch("/api/tasks/999999999/complete", token=user.token), 404,
                "Task not found")


# --- ids and other people -------------------------------------------------------------------------


@pytest.mark.parametrize("odd", ["0{id}", "+{id}", "{id}.0", "{id}x", "-{id}", "{id}%20", "%20{id}",
                                 "0x{id}", "{id}e0", "99999999999999999999{id}", "0", "abc",
                                 "9223372036854775808", "{id},{id}", "%EF%BC%91"])
def test_only_the_plain_number_is_a_tasks_id(client, user, odd):
    task = create(client, user)
    path = f"/api/tasks/{odd.format(id=task['id'])}"
    for method, options in (("GET", {}), ("PUT", {"json": {"title": "taken"}}), ("DELETE", {}),
                            ("PATCH", {"json": {"title": "taken"}})):
        answer = client.request(method, path, token=user.token, **options)
        check.error(answer, answer.status)
        assert answer.status in (400, 404, 422)
    assert listed(client, user) == [task]


def attempts(client, token, path):
    """Every way to reach for one task."""
    return [client.get(path, token=token), client.put(path, token=token, json={"title": "taken"}),
            client.patch(path, token=token, json={"title": "taken"}),
            client.patch(f"{path}/complete", token=token), client.delete(path, token=token)]


def test_another_users_task_does_not_exist(client, stack, user):
    task = create(client, user, "private")
    absent = client.get("/api/tasks/999999999", token=stack.alice.token)
    for base in paths(stack.alice).values():
        for answer in attempts(client, stack.alice.token, f"{base}/{task['id']}"):
            check.error(answer, 404, "Task not found")
            assert answer.body == absent.body
    assert listed(client, user) == [task]
    assert task["id"] not in [other["id"] for other in listed(client, stack.alice)]


MISMATCH = {"detail": "Access denied: user_id mismatch",
            "message": "Access denied. You can only access your own resources."}


def test_another_users_path_is_403_whatever_is_behind_it(client, stack, user):
    task = create(client, user, "private")
    for task_id in (task["id"], 999999999, "abc"):
        for answer in attempts(client, stack.alice.token, f"/api/{user.id}/tasks/{task_id}"):
            check.error(answer, 403, **MISMATCH)
    for answer in (client.get(f"/api/{user.id}/tasks", token=stack.alice.token),
                   client.post(f"/api/{user.id}/tasks", token=stack.alice.token,
                               json={"title": "x"})):
        check.error(answer, 403, **MISMATCH)
    assert listed(client, user) == [task]


@pytest.mark.parametrize("other", ["{id}x", "x{id}", "{id} ", "{upper}", "nobody", "{id}%2C", "*",
                                   "me", "{half}"])
def test_a_path_user_that_only_resembles_the_tokens_is_403(client, other):
    user = visitor("user-seven-Seven")
    segment = other.format(id=user.id, upper=user.id.upper(), half=user.id[:8])
    answer = client.get(f"/api/{segment.replace(' ', '%20')}/tasks", token=user.token)
    check.error(answer, 403, **MISMATCH)


def test_a_refused_caller_costs_no_reading_of_the_body(client, stack):
    """401 and 403 come before 415, 413 and 422."""
    for body in (b"{", b"x" * 70_000):
        check.unauthorized(client.post("/api/tasks", body=body))
        answer = client.post("/api/somebody/tasks", token=stack.alice.token, body=body)
        check.error(answer, 403)
