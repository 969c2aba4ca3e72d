"""What the fault injection asks for: requests that are right, and requests that must be refused.

A scenario is a function that prepares what it needs while nothing fails and returns the request and
what must hold afterwards. AFTER is called with the answer (None: no answer came) when nothing fails
any more."""

from harness import tokens
from harness.people import Holder
from harness.stack import ORIGIN, PASSWORD, create, unique_email, visitor


class Scenario:
    def __init__(self, prepare, good):
        self.prepare = prepare
        self.good = good  # the statuses of a server that nothing fails in
        self.name = prepare.__name__


SCENARIOS = []


def scenario(*good):
    def add(prepare):
        SCENARIOS.append(Scenario(prepare, good))
        return prepare
    return add


def nothing(_):
    """Nothing to look for."""


def titles(client, user):
    answer = client.get("/api/tasks", token=user.token)
    assert answer.status == 200, answer
    return {task["id"]: (task["title"], task["completed"]) for task in answer.json()["items"]}


def succeeded(answer):
    return answer is not None and answer.status < 300


# --- tasks ---


@scenario(200)
def list_tasks(world):
    def after(answer):
        assert not succeeded(answer) or len(answer.json()["items"]) == 3
    return ("GET", "/api/tasks", {"token": world.reader.token}), after


@scenario(200)
def search_tasks(world):
    def after(answer):
        assert not succeeded(answer) or len(answer.json()["items"]) == 1
    return ("GET", "/api/tasks?q=number%202&sort=title", {"token": world.reader.token}), after


@scenario(201)
def create_task(world):
    user = visitor()
    create(world.client, user, "before")

    def after(answer):
        found = [title for title, _ in titles(world.client, user).values()]
        assert sorted(found) in (["before"], ["before", "new"])
        assert not succeeded(answer) or "new" in found
    return ("POST", "/api/tasks", {"token": user.token, "json": {"title": "new"}}), after


@scenario(201)
def create_first_task(world):
    """Of a user who lives elsewhere: makes the row of the user too."""
    user = visitor()

    def after(answer):
        found = titles(world.client, user)
        assert len(found) <= 1 and (not succeeded(answer) or len(found) == 1)
    return ("POST", "/api/tasks", {"token": user.token, "json": {"title": "new"}}), after


@scenario(200)
def change_task(world):
    user = visitor()
    number = create(world.client, user, "old")["id"]

    def after(answer):
        state = titles(world.client, user)[number]
        assert state in (("old", False), ("new", True))
        assert not succeeded(answer) or state == ("new", True)
    return ("PUT", f"/api/tasks/{number}",
            {"token": user.token, "json": {"title": "new", "completed": True}}), after


@scenario(200)
def complete_task(world):
    user = visitor()
    number = create(world.client, user, "one")["id"]

    def after(answer):
        completed = titles(world.client, user)[number][1]
        assert not succeeded(answer) or completed
    return ("PATCH", f"/api/tasks/{number}/complete", {"token": user.token}), after


@scenario(200)
def delete_task(world):
    user = visitor()
    number = create(world.client, user, "one")["id"]

    def after(answer):
        assert not succeeded(answer) or titles(world.client, user) == {}
    return ("DELETE", f"/api/tasks/{number}", {"token": user.token}), after


# --- accounts ---


def new_account(path, **members):
    """A sign-up: all of an account or nothing."""
    def prepare(world):
        email = unique_email()

        def after(answer):
            rows = world.sql('SELECT count(*) FROM "user" u JOIN account a ON a."userId" = u.id '
                             f"WHERE u.email = '{email}'")
            users = world.sql(f"SELECT count(*) FROM \"user\" WHERE email = '{email}'")
            assert int(rows[0][0]) == int(users[0][0]) <= 1
            assert not succeeded(answer) or int(rows[0][0]) == 1
        return ("POST", path, {"json": {"email": email, "password": PASSWORD, **members},
                               "origin": ORIGIN}), after
    return prepare


def sign_up(world):
    return new_account("/api/auth/sign-up")(world)


def sign_up_email(world):
    return new_account("/api/auth/sign-up/email", name="A")(world)


scenario(201)(sign_up)
scenario(200)(sign_up_email)


@scenario(200)
def sign_in(world):
    def after(answer):
        if succeeded(answer):
            session = answer.json()["session"]["id"]
            assert world.sql(f"SELECT count(*) FROM session WHERE id = '{session}'")[0][0] in (
                1, "1")
    return ("POST", "/api/auth/sign-in",
            {"json": {"email": world.holder.email, "password": PASSWORD}}), after


@scenario(200)
def get_session(world):
    def after(answer):
        assert not succeeded(answer) or answer.json()["user"]["id"] == world.holder.id
    return ("GET", "/api/auth/get-session", {"cookie": world.holder.cookie}), after


@scenario(200)
def list_sessions(world):
    return ("GET", "/api/auth/list-sessions", {"cookie": world.holder.cookie}), nothing


@scenario(200)
def token(world):
    return ("GET", "/api/auth/token", {"token": world.holder.session}), nothing


@scenario(200)
def refresh(world):
    holder = world.holder.another()

    def after(answer):
        """The token that was used is used up, or as good as before."""
        again = world.client.post("/api/auth/refresh", cookie=holder.refresh_cookie, origin=ORIGIN)
        assert again.status == (401 if succeeded(answer) else again.status), again
        assert again.status in (200, 401), again
    return ("POST", "/api/auth/refresh", {"cookie": holder.refresh_cookie, "origin": ORIGIN}), after


@scenario(200)
def sign_out(world):
    holder = world.holder.another()

    def after(answer):
        assert not succeeded(answer) or not holder.is_alive()
    return ("POST", "/api/auth/sign-out",
            {"cookie": holder.cookie, "origin": ORIGIN, "json": {}}), after


@scenario(200)
def update_user(world):
    def after(answer):
        name = world.sql(f"SELECT name FROM \"user\" WHERE id = '{world.holder.id}'")[0][0]
        assert not succeeded(answer) or name == "Renamed"
    return ("POST", "/api/auth/update-user",
            {"cookie": world.holder.cookie, "origin": ORIGIN, "json": {"name": "Renamed"}}), after


@scenario(200)
def revoke_other_sessions(world):
    holder = Holder(world.client)
    other = holder.another()

    def after(answer):
        assert holder.is_alive()
        assert not succeeded(answer) or not other.is_alive()
    return ("POST", "/api/auth/revoke-other-sessions",
            {"cookie": holder.cookie, "origin": ORIGIN, "json": {}}), after


@scenario(200)
def delete_user(world):
    holder = Holder(world.client)

    def after(answer):
        rows = [int(world.sql(f"SELECT count(*) FROM {table} WHERE {where}")[0][0])
                for table, where in (('"user"', f"id = '{holder.id}'"),
                                     ("account", f"\"userId\" = '{holder.id}'"))]
        assert rows in ([0, 0], [1, 1])
        assert not succeeded(answer) or rows == [0, 0]
    return ("POST", "/api/auth/delete-user",
            {"cookie": holder.cookie, "origin": ORIGIN, "json": {"password": PASSWORD}}), after


# --- what must be refused, whatever fails ---


@scenario(401)
def wrong_password(world):
    return ("POST", "/api/auth/sign-in",
            {"json": {"email": unique_email(), "password": PASSWORD}}), nothing


@scenario(401)
def forged_token(world):
    forged = tokens.forge(tokens.claims(world.reader.id), "another secret of 32 and more bytes")
    return ("GET", "/api/tasks", {"token": forged}), nothing


@scenario(403)
def tasks_of_another(world):
    return ("GET", f"/api/{world.reader.id}/tasks", {"token": world.holder.token}), nothing


@scenario(404)
def task_of_another(world):
    return ("GET", f"/api/tasks/{world.task}", {"token": world.holder.token}), nothing


@scenario(401)
def token_of_an_ended_session(world):
    return ("GET", "/api/tasks", {"token": world.gone.token}), nothing


@scenario(401)
def cookie_of_an_ended_session(world):
    return ("GET", f"/api/proxy/{world.gone.id}/tasks", {"cookie": world.gone.cookie}), nothing


@scenario(403)
def cookie_from_a_foreign_origin(world):
    return ("POST", f"/api/proxy/{world.holder.id}/tasks",
            {"cookie": world.holder.cookie, "origin": "https://evil.example",
             "json": {"title": "forged"}}), nothing
