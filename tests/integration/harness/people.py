"""Users with everything a browser and a program could hold of a session, and what the database
knows of them."""

from urllib.parse import unquote

from .stack import ORIGIN, PASSWORD, unique_email

SESSION = "better-auth.session_token"
REFRESH = "better-auth.refresh_token"


class Holder:
    """One session of an account, by the short sign-up or a sign-in, with all its credentials."""

    def __init__(self, client, email=None, password=PASSWORD):
        self.client = client
        self.password = password
        if email is None:
            self.email = unique_email()
            answer = client.post("/api/auth/sign-up",
                                 json={"email": self.email, "password": password})
            assert answer.status == 201, answer
        else:
            self.email = email
            answer = client.post("/api/auth/sign-in", json={"email": email, "password": password})
            assert answer.status == 200, answer
        body = answer.json()
        self.id = body["user"]["id"]
        self.session_id = body["session"]["id"]
        self.session = body["session"]["token"]
        self.token = body["token"]
        self.access_token = body["accessToken"]
        self.refresh = answer.cookies()[REFRESH][0]
        self.value = answer.cookies()[SESSION][0]
        self.cookie = f"{SESSION}={self.value}"
        self.refresh_cookie = f"{REFRESH}={self.refresh}"
        self.eddsa = None

    def take_eddsa(self):
        """Better Auth's token, good for 15 minutes."""
        self.eddsa = self.client.get("/api/auth/token", token=self.session).json()["token"]
        return self

    def bearers(self):
        """All that opens the task routes as long as the session lives."""
        return {"JWT": self.token, "access token": self.access_token, "session token": self.session,
                "signed session token": unquote(self.value), "as in the cookie": self.value}

    def another(self):
        """A second session of the same account."""
        return Holder(self.client, self.email, self.password)

    def post(self, route, body=None, **options):
        return self.client.post(f"/api/auth/{route}", json={} if body is None else body,
                                cookie=self.cookie, origin=ORIGIN, **options)

    def is_alive(self):
        return self.client.get("/api/auth/get-session", token=self.session).json() is not None


TABLES = {'"user"': '"id"', '"session"': '"userId"', "account": '"userId"',
          '"refreshToken"': '"userId"', "tasks": "user_id"}


def rows_of(stack, user_id):
    """Everything that the database has of the user."""
    found = {}
    for table, column in TABLES.items():
        rows = stack.sql(f"SELECT * FROM {table} WHERE {column} = '{user_id}'")
        found[table] = sorted(map(str, rows))
    return found
