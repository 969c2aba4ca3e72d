"""Lists of tasks: shapes, filters, order, pages (contract.md section 4)."""

import itertools
import re
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from harness import check
from harness.stack import create, listed, visitor


@pytest.fixture(scope="module")
def many(stack):
    """A user with 23 tasks, some completed, with titles in no order."""
    user = visitor()
    titles = ["pear", "Apple", "fig", "apple", "\u00c4pfel", "Zebra", "zebra", "kiwi", "100%",
              "under_score", "underXscore", "back\\slash", "\u540d\u524d", "date", "date", "date"]
    titles += [f"number {n}" for n in range(7)]
    user.tasks = [create(stack.client, user, title, completed=number % 3 == 0,
                         description="second Line" if number % 4 == 0 else None)
                  for number, title in enumerate(titles)]
    # Touched in another order than made, so that the two times sort differently.
    for number in (5, 17, 2):
        path = f"/api/tasks/{user.tasks[number]['id']}"
        answer = stack.client.patch(path, token=user.token, json={"description": "touched"})
        user.tasks[number] = answer.json()
    return user


def ids(tasks):
    return [task["id"] for task in tasks]


# --- shapes ---------------------------------------------------------------------------------------


def test_the_list_has_items_and_total(client, many):
    answer = client.get("/api/tasks", token=many.token)
    assert set(answer.json()) == {"items", "total"}
    assert answer.json()["total"] == len(many.tasks) == len(answer.json()["items"])
    for task in answer.json()["items"]:
        check.task(task, many.id)
    assert answer.header("Link") is None


def test_an_empty_list_is_a_list(client, user):
    assert client.get("/api/tasks", token=user.token).json() == {"items": [], "total": 0}


def test_the_web_server_chooses_the_shape_of_a_location(stack, many):
    items = listed(stack.client, many)
    answer = stack.array_client.get("/api/tasks", token=many.token)
    assert answer.json() == items


@pytest.mark.parametrize("name", ["TASKS-LIST-SHAPE", "TASKS_LIST_SHAPE", "HTTP_TASKS_LIST_SHAPE",
                                  "LIST-SHAPE", "LIST_SHAPE"])
def test_no_header_of_a_client_chooses_the_shape(stack, many, name):
    answer = stack.client.get("/api/tasks?TASKS_LIST_SHAPE=array&LIST_SHAPE=array",
                              token=many.token, headers={name: "array"})
    assert "items" in answer.json()
    overridden = stack.array_client.get("/api/tasks", token=many.token, headers={name: "items"})
    assert isinstance(overridden.json(), list)


# --- filters --------------------------------------------------------------------------------------


@pytest.mark.parametrize("text, completed", [("true", True), ("false", False)])
def test_completed_filters_the_list_and_the_total(client, many, text, completed):
    body = client.get(f"/api/tasks?completed={text}", token=many.token).json()
    wanted = {task["id"] for task in many.tasks if task["completed"] is completed}
    assert set(ids(body["items"])) == wanted
    assert body["total"] == len(wanted)


def matches(task, text):
    return any(text.lower() in (task[name] or "").lower() for name in ("title", "description"))


@pytest.mark.parametrize("text", ["date", "APPLE", "apple", "100%", "%", "_", "\\", "second line",
                                  "\u540d", "nothing like it", "r", "touched"])
def test_q_finds_text_in_title_and_description_in_any_case(client, many, text):
    body = client.get(f"/api/tasks?q={quote(text)}", token=many.token).json()
    wanted = {task["id"] for task in many.tasks if matches(task, text)}
    assert set(ids(body["items"])) == wanted
    assert body["total"] == len(wanted)


def test_a_plus_in_the_query_is_a_space(client, many):
    found = listed(client, many, "?q=second+line")
    assert found and found == listed(client, many, "?q=second%20line")


def test_filters_are_joined(client, many):
    found = listed(client, many, "?q=number&completed=true&sort=title")
    wanted = [task for task in many.tasks if task["completed"] and "number" in task["title"]]
    assert ids(found) == ids(wanted)


def test_unknown_query_members_are_ignored(client, many):
    assert listed(client, many, "?_=1737&page=7&user_id=x") == listed(client, many)


# --- order ----------------------------------------------------------------------------------------


def test_the_newest_comes_first(client, many):
    assert ids(listed(client, many)) == ids(reversed(many.tasks))


@pytest.mark.parametrize("member", ["created_at", "updated_at"])
def test_tasks_sort_by_their_times(client, many, member):
    upward = listed(client, many, f"?sort={member}")
    assert ids(upward) == ids(sorted(many.tasks, key=lambda task: (task[member], task["id"])))
    assert listed(client, many, f"?sort=-{member}") == upward[::-1]


def test_tasks_sort_by_title(client, many):
    titles = [task["title"] for task in listed(client, many, "?sort=title&q=e")]
    found = [title for title in titles if title.islower()]
    assert found == sorted(found) and len(set(found)) > 5
    upward = listed(client, many, "?sort=title")
    assert listed(client, many, "?sort=-title") == upward[::-1]
    assert ids(listed(client, many, "?sort=title&q=date")) == ids(
        sorted((task for task in many.tasks if task["title"] == "date"),
               key=lambda task: task["id"]))


# --- pages ----------------------------------------------------------------------------------------


def next_target(answer):
    """The target of Link: rel="next", or None."""
    link = answer.header("Link")
    if link is None:
        return None
    found = re.fullmatch(r'<([^>]+)>; rel="next"', link)
    assert found, link
    parts = urlsplit(found[1])
    return f"{parts.path}?{parts.query}"


def walk(client, token, target):
    """All tasks by following Link; the sizes of the pages."""
    found, sizes = [], []
    while target is not None:
        answer = client.get(target, token=token)
        assert answer.status == 200, answer
        body = answer.json()
        tasks = body if isinstance(body, list) else body["items"]
        found += tasks
        sizes.append(len(tasks))
        target = next_target(answer)
        if not isinstance(body, list):
            assert ("next_cursor" in body) is (target is not None)
            if target is not None:
                assert parse_qs(urlsplit(target).query)["cursor"] == [body["next_cursor"]]
    return found, sizes


SORTS = ["", "created_at", "-created_at", "updated_at", "-updated_at", "title", "-title"]


@pytest.mark.parametrize("sort, limit",
                         [("", 1), ("title", 1), *itertools.product(SORTS, (4, 22, 23, 24))])
def test_following_link_shows_every_task_once_and_in_order(client, many, sort, limit):
    query = f"sort={sort}&" if sort else ""
    found, sizes = walk(client, many.token, f"/api/{many.id}/tasks?{query}limit={limit}")
    assert found == listed(client, many, f"?sort={sort}" if sort else "")
    assert all(size == limit for size in sizes[:-1]) and 0 < sizes[-1] <= limit


def test_pages_keep_their_filters(client, many):
    found, sizes = walk(client, many.token, "/api/tasks?q=a&completed=false&limit=2&sort=-title")
    assert found == listed(client, many, "?q=a&completed=false&sort=-title")
    assert len(sizes) > 2


def test_every_page_tells_the_whole_total(client, many):
    answer = client.get("/api/tasks?limit=5", token=many.token)
    assert answer.json()["total"] == len(many.tasks)
    assert client.get(next_target(answer), token=many.token).json()["total"] == len(many.tasks)


def test_next_cursor_goes_on_without_link(client, many):
    first = client.get("/api/tasks?limit=20", token=many.token).json()
    rest = client.get(f"/api/tasks?limit=20&cursor={first['next_cursor']}", token=many.token).json()
    assert "next_cursor" not in rest
    assert ids(first["items"] + rest["items"]) == ids(reversed(many.tasks))


def test_the_bare_array_has_pages_too(stack, many):
    found, sizes = walk(stack.array_client, many.token, "/api/tasks?limit=10")
    assert found == listed(stack.client, many) and sizes == [10, 10, 3]


def test_a_page_is_stable_while_tasks_come_and_go(client, user):
    tasks = [create(client, user, f"t{number}") for number in range(6)]
    first = client.get("/api/tasks?limit=3", token=user.token)
    create(client, user, "newer")
    client.delete(f"/api/tasks/{tasks[3]['id']}", token=user.token)
    rest, _ = walk(client, user.token, next_target(first))
    assert ids(rest) == ids(reversed(tasks[:3]))


def test_another_users_cursor_shows_nothing_of_theirs(client, many, user):
    mine = create(client, user)
    cursor = client.get("/api/tasks?limit=5", token=many.token).json()["next_cursor"]
    answer = client.get(f"/api/tasks?limit=50&cursor={cursor}", token=user.token)
    assert answer.status == 422 or set(ids(answer.json()["items"])) <= {mine["id"]}


# --- wrong queries --------------------------------------------------------------------------------

WRONG_QUERIES = [
    ("completed", "maybe"), ("completed", "2"), ("completed", "truefalse"), ("completed", ""),
    ("sort", "id"), ("sort", "--title"), ("sort", "title%3B"), ("sort", "user_id"),
    ("limit", "0"), ("limit", "-1"), ("limit", "ten"), ("limit", "1.5"), ("limit", "1e3"),
    ("limit", ""), ("limit", "99999999999999999999"), ("limit", "%201"),
    ("cursor", "garbage"), ("cursor", "%00"), ("cursor", "e30"), ("cursor", "AAAA"),
    ("cursor", "a" * 600), ("cursor", "%F0%9F%98%80"),
]


@pytest.mark.parametrize("name, value", WRONG_QUERIES, ids=range(len(WRONG_QUERIES)))
def test_a_wrong_query_value_is_422(client, many, name, value):
    answer = client.get(f"/api/tasks?{name}={value}", token=many.token)
    if value == "%00":
        check.error(answer, answer.status)
        assert answer.status in (400, 422)
    else:
        check.error(answer, 422, field=name)


def test_all_wrong_query_values_are_named_at_once(client, many):
    answer = client.get("/api/tasks?completed=x&limit=x", token=many.token)
    assert set(check.error(answer, 422)["errors"]) == {"completed", "limit"}


def test_no_edited_cursor_breaks_the_list(client, many, same_pool):
    cursor = client.get("/api/tasks?limit=5&sort=title", token=many.token).json()["next_cursor"]
    known = set(ids(many.tasks))
    for position in range(0, len(cursor), 3):
        for letter in ("A", "_"):
            edited = cursor[:position] + letter + cursor[position + 1:]
            answer = client.get(f"/api/tasks?limit=5&sort=title&cursor={edited}", token=many.token)
            if answer.status != 200:
                check.error(answer, 422, field="cursor")
            else:
                assert set(ids(answer.json()["items"])) <= known


@pytest.mark.parametrize("query", ["limit=1&limit=2", "sort=title&sort=-title",
                                   "completed=true&completed=false"])
def test_a_query_that_says_two_things_is_refused(client, many, query):
    answer = client.get(f"/api/tasks?{query}", token=many.token)
    check.error(answer, answer.status)
    assert answer.status in (400, 422)


@pytest.mark.parametrize("query", ["q=%ff", "q=%c0%ae", "q=%zz", "q=%", "q=%ed%a0%80"])
def test_a_query_that_is_no_text_is_refused(stack, many, query):
    answer = stack.client.get(f"/api/tasks?{query}", token=many.token)
    assert answer.status in (400, 422), answer
