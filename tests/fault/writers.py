"""Writers that know what they were promised."""

import random
from contextlib import contextmanager

from harness.load import attempt, threads
from harness.process import wait_until
from harness.stack import visitor

PAGE = 500


class Writer:
    """A user who writes tasks and remembers what was acknowledged. A task whose fate is unknown,
    because no answer came, is left alone from then on: its last write may still be on its way."""

    # What stands for an answer when the processes in between are hurt.
    NO_PROMISE = (502, 503, 504)

    def __init__(self, client, seed=0, keep=200):
        self.client = client
        self.user = visitor()
        self.random = random.Random(seed)
        self.keep = keep        # tasks that are alive at a time: lists stay short
        self.known = {}         # id: (title, completed)
        self.unknown = {}       # id: the set of states that it may be in; None is "deleted"
        self.maybe = set()      # titles of tasks that may have been made
        self.deleted = set()
        self.acknowledged = 0
        self.refused = {}       # status or None: how often
        self.count = 0

    def step(self):
        """One write, whatever comes of it."""
        choice = self.random.random()
        if not self.known or (choice < 0.5 and len(self.known) < self.keep):
            self.create()
        elif choice < 0.7:
            self.change()
        elif choice < 0.85:
            self.toggle()
        else:
            self.delete()

    def promised(self, answer, *statuses):
        if answer is not None and answer.status in statuses:
            self.acknowledged += 1
            return True
        why = None if answer is None else answer.status
        assert why is None or why in self.NO_PROMISE, answer
        self.refused[why] = self.refused.get(why, 0) + 1
        return False

    def send(self, method, path, **options):
        return attempt(self.client.request, method, f"/api/tasks{path}", token=self.user.token,
                       **options)

    def title(self):
        self.count += 1
        return f"{self.user.id} {self.count}"

    def create(self):
        title = self.title()
        answer = self.send("POST", "", json={"title": title})
        if self.promised(answer, 201):
            number = answer.json()["id"]
            assert number not in self.known and number not in self.deleted, "an id came twice"
            self.known[number] = (title, False)
        else:
            self.maybe.add(title)

    def pick(self):
        return self.random.choice(list(self.known))

    def settle(self, number, state, promised):
        before = self.known.pop(number)
        if not promised:
            self.unknown[number] = {before, state}
        elif state is None:
            self.deleted.add(number)
        else:
            self.known[number] = state

    def change(self):
        number = self.pick()
        state = (self.title(), self.known[number][1])
        answer = self.send("PUT", f"/{number}", json={"title": state[0]})
        self.settle(number, state, self.promised(answer, 200))

    def toggle(self):
        number = self.pick()
        title, completed = self.known[number]
        answer = self.send("PATCH", f"/{number}/complete")
        self.settle(number, (title, not completed), self.promised(answer, 200))

    def delete(self):
        number = self.pick()
        answer = self.send("DELETE", f"/{number}")
        # nginx sends a DELETE again when a kept connection breaks: the task may be gone by then.
        self.settle(number, None, self.promised(answer, 200, 404))

    def page(self, query):
        """A page of the list. A worker that has not found its database again yet says 503."""
        def ask():
            answer = self.client.get(f"/api/tasks?{query}", token=self.user.token)
            return answer.status != 503 and answer

        answer = wait_until(ask, "the list is there")
        assert answer.status == 200, answer
        return answer.json()

    def listed(self):
        """{id: state} of all tasks that there are, page by page."""
        found = {}
        cursor = ""
        while True:
            body = self.page(f"limit={PAGE}{cursor}")
            found.update({task["id"]: (task["title"], task["completed"])
                          for task in body["items"]})
            if body.get("next_cursor") is None:
                return found
            cursor = f"&cursor={body['next_cursor']}"

    def check(self):
        """What is there is what was promised, no more and no less."""
        found = self.listed()
        for number, state in self.known.items():
            assert found.pop(number, None) == state, f"task {number} is not {state}"
        for number, states in self.unknown.items():
            state = found.pop(number, None)
            assert state in states, f"task {number} is {state}, not one of {states}"
        for number, (title, _) in found.items():
            assert number not in self.deleted, f"task {number} was deleted"
            assert title in self.maybe, f"task {number} was never asked for: {title}"
            self.maybe.remove(title)  # one task for each request at most


@contextmanager
def writing(client, count, **options):
    """COUNT writers at work; (writers, failures). When the block has ended, the caller waits until
    the server is well and has check_all look."""
    writers = [Writer(client, seed, **options) for seed in range(count)]
    with threads(count, lambda number: writers[number].step()) as failures:
        yield writers, failures


def acknowledged(writers):
    return sum(writer.acknowledged for writer in writers)


def refused(writers):
    """{status or None for a broken connection: how often} over all writers."""
    total = {}
    for writer in writers:
        for why, count in writer.refused.items():
            total[why] = total.get(why, 0) + count
    return total


def check_all(writers):
    for writer in writers:
        writer.check()
