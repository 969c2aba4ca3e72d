// Accounts made on one side and used on the other.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Browser } from "./harness/browser.mjs";
import { data, newEmail, PASSWORD, refused, session, signIn, signUp } from "./harness/people.mjs";

export function tests(world) {
  for (const { from, to, made, used } of world.directions()) {
    test(`an account made at ${made} signs in at ${used}`, async () => {
      const person = await signUp(from, { name: "Ada Lovelace" });
      const browser = new Browser();
      const { email, password } = person;
      const there = data(await browser.at(to).signIn.email({ email, password }));
      assert.equal(there.redirect, false);
      assert.deepEqual(there.user, { ...person.user, image: null });
      assert.equal((await session(to, browser)).user.name, "Ada Lovelace");
    });

    test(`an address taken at ${made} is taken at ${used}, in capitals too`, async () => {
      const { email } = await signUp(from);
      const again = { email: email.toUpperCase(), password: PASSWORD, name: "Eve" };
      refused(await new Browser().at(to).signUp.email(again), 422,
              "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL");
    });

    test(`an address is case-insensitive at ${used} when ${made} made the account`, async () => {
      const email = newEmail("Mixed.Case");
      await signUp(from, { email });
      const browser = await signIn(to, { email: email.toUpperCase(), password: PASSWORD });
      assert.equal((await session(to, browser)).user.email, email.toLowerCase());
    });

    test(`a name and an image that ${used} changes are read at ${made}`, async () => {
      const { browser } = await signUp(from);
      const changes = { name: "Grâce \"H\" 🚢", image: "https://example.org/g.png" };
      assert.deepEqual(data(await browser.at(to).updateUser(changes)), { status: true });
      const { user } = await session(from, browser);
      assert.equal(user.name, changes.name);
      assert.equal(user.image, changes.image);
      assert.ok(user.updatedAt > user.createdAt);
    });

    test(`an image that ${used} removes is null at ${made}`, async () => {
      const { browser } = await signUp(from, { image: "https://example.org/i.png" });
      assert.equal((await session(to, browser)).user.image, "https://example.org/i.png");
      data(await browser.at(to).updateUser({ image: null }));
      assert.equal((await session(from, browser)).user.image, null);
    });

    test(`the account of ${made} is listed at ${used} as at ${made}`, async () => {
      const { browser, user } = await signUp(from);
      const there = data(await browser.at(to).listAccounts());
      assert.deepEqual(there, data(await browser.at(from).listAccounts()));
      assert.equal(there.length, 1);
      assert.equal(there[0].providerId, "credential");
      assert.equal(there[0].accountId, user.id);
    });

    test(`a user deleted at ${used} is gone at ${made}, with every session`, async () => {
      const person = await signUp(from);
      const other = await signIn(from, person);
      const answer = data(await person.browser.at(to).deleteUser({ password: person.password }));
      assert.deepEqual(answer, { success: true, message: "User deleted" });
      assert.equal(await session(from, other), null);
      refused(await new Browser().at(from).signIn.email(person), 401, "INVALID_EMAIL_OR_PASSWORD");
    });
  }

  test("sign-up answers with the members and types of Better Auth, and the token for tasks besides",
       async () => {
         const ours = await signUp(world.ours);
         const theirs = await signUp(world.theirs);
         const [here, there] = [ours, theirs].map(({ browser }) => browser.latest.json());
         assert.deepEqual(Object.keys(here).sort(), [...Object.keys(there), "jwt"].sort());
         assert.deepEqual(types(ours.user), types(theirs.user));
       });

  test("sign-in answers with the members and types of Better Auth, and the token for tasks besides",
       async () => {
         const person = await signUp(world.ours);
         const here = (await signIn(world.ours, person)).latest.json();
         const there = (await signIn(world.theirs, person)).latest.json();
         assert.deepEqual(Object.keys(here).sort(), [...Object.keys(there), "jwt"].sort());
         assert.deepEqual(here.user, there.user);
       });

  test("names, roles and ids that a client makes up are stored by neither side", async () => {
    for (const side of [world.ours, world.theirs]) {
      const { user, browser } = await signUp(side, {
        id: "mine", role: "admin", emailVerified: true,
      });
      assert.notEqual(user.id, "mine");
      assert.equal(user.emailVerified, false);
      assert.equal((await session(side, browser)).user.role, undefined);
    }
  });

  test("of sixteen sign-ups with one address, half of them on each side, exactly one wins",
       async () => {
         const email = newEmail("race");
         const sides = Array.from({ length: 16 }, (_, i) => (i % 2 ? world.ours : world.theirs));
         const answers = await Promise.all(sides.map((side) =>
           new Browser().at(side).signUp.email({ email, password: PASSWORD, name: "R" })));
         const lost = answers.filter((answer) => answer.error);
         assert.equal(lost.length, 15);
         // 503: too many wait to be hashed already, try again.
         assert.ok(lost.every(({ error }) => [422, 503].includes(error.status)));
         const rows = await world.database.query('SELECT 1 FROM "user" WHERE email = $1', [email]);
         assert.equal(rows.length, 1);
       });
}

function types(value) {
  const type = (v) => (v instanceof Date ? "Date" : v === null ? "null" : typeof v);
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, type(v)]).sort());
}
