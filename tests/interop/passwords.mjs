// Passwords hashed on one side and verified on the other.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Browser } from "./harness/browser.mjs";
import { data, PASSWORD, refused, session, signIn, signUp } from "./harness/people.mjs";

const NEW_PASSWORD = "amber Canyon 93 whistle";

export function tests(world) {
  const stored = async ({ user }) => {
    const rows = await world.database.query(
      'SELECT password FROM account WHERE "userId" = $1', [user.id]);
    return rows[0].password;
  };

  for (const { from, to, made, used } of world.directions()) {
    test(`a password changed at ${used} is the only one at ${made}`, async () => {
      const { browser, email, password } = await signUp(from);
      const change = { currentPassword: password, newPassword: NEW_PASSWORD };
      assert.equal(data(await browser.at(to).changePassword(change)).token, null);
      refused(await new Browser().at(from).signIn.email({ email, password }), 401,
              "INVALID_EMAIL_OR_PASSWORD");
      await signIn(from, { email, password: NEW_PASSWORD });
      assert.notEqual(await session(from, browser), null);
    });

    test(`change-password at ${used} can end all sessions that ${made} opened`, async () => {
      const person = await signUp(from);
      const other = await signIn(from, person);
      const { token } = data(await person.browser.at(to).changePassword({
        currentPassword: PASSWORD, newPassword: NEW_PASSWORD, revokeOtherSessions: true,
      }));
      assert.equal(await session(from, other), null);
      assert.equal((await session(from, person.browser)).session.token, token);
    });

    test(`a password with signs of other scripts made at ${made} is right at ${used} however typed`,
         async () => {
           // U+FB01, U+2167 and a composed e with acute, against their normal forms.
           const { email } = await signUp(from, { password: "\ufb01ne \u2167 caf\u00e9" });
           await signIn(to, { email, password: "fine VIII cafe\u0301" });
         });

    test(`a password of 128 UTF-16 units made at ${made} is right at ${used}`, async () => {
      const password = "\u{1F511}".repeat(64);
      const { email } = await signUp(from, { password });
      await signIn(to, { email, password });
    });

    test(`verify-password at ${used} knows what ${made} hashed`, async () => {
      const { browser } = await signUp(from);
      const ask = (password) =>
        browser.at(to).$fetch("/verify-password", { method: "POST", body: { password } });
      assert.deepEqual(data(await ask(PASSWORD)), { status: true });
      refused(await ask(NEW_PASSWORD), 400, "INVALID_PASSWORD");
    });
  }

  test("a password with a NUL is refused before it is hashed, as the manual says", async () => {
    const { email } = await signUp(world.theirs, { password: "before\0after" });
    const at = new Browser().at(world.ours);
    refused(await at.signIn.email({ email, password: "before\0after" }), 400, "BAD_REQUEST");
    refused(await at.signIn.email({ email, password: "before" }), 401, "INVALID_EMAIL_OR_PASSWORD");
  });

  test("PASSWORD_HASH=scrypt makes hashes in Better Auth's form", async () => {
    const form = /^[0-9a-f]{32}:[0-9a-f]{128}$/;
    assert.match(await stored(await signUp(world.ours)), form);
    assert.match(await stored(await signUp(world.theirs)), form);
  });

  test("PASSWORD_HASH=scrypt leaves Better Auth's hash as it is at a sign-in", async () => {
    const person = await signUp(world.theirs);
    const before = await stored(person);
    await signIn(world.ours, person);
    assert.equal(await stored(person), before);
  });

  test("PASSWORD_HASH=argon2id makes hashes that Better Auth does not sign in", async () => {
    const person = await signUp(world.argon2id);
    assert.match(await stored(person), /^\$argon2id\$/);
    const answer = await new Browser().at(world.theirs).signIn.email(person);
    assert.equal(answer.data, null);
    assert.ok(answer.error.status >= 400);
  });

  test("PASSWORD_HASH=argon2id signs in what Better Auth hashed, and hashes it anew", async () => {
    const person = await signUp(world.theirs);
    await signIn(world.argon2id, person);
    assert.match(await stored(person), /^\$argon2id\$/);
    await signIn(world.argon2id, person);
  });

  test("back at PASSWORD_HASH=scrypt a sign-in makes a hash for Better Auth again", async () => {
    const person = await signUp(world.argon2id);
    await signIn(world.ours, person);
    assert.match(await stored(person), /^[0-9a-f]{32}:/);
    await signIn(world.theirs, person);
  });
}
