// Who is banned: by Better Auth's admin plugin or by "taskgate user disable", on one database.
import assert from "node:assert/strict";
import { test } from "node:test";

import { getMigrations } from "better-auth/db/migration";
import { admin, bearer, jwt } from "better-auth/plugins";

import { Browser, send } from "./harness/browser.mjs";
import { PASSWORD, data, refused, session, signIn, signUp } from "./harness/people.mjs";

const JSON_TYPE = { "content-type": "application/json" };

export function tests(world) {
  let database;
  let ours;
  let theirs;
  let boss;

  /** A call of the admin plugin's, by somebody with the role. */
  const plugin = async (name, body) => {
    const answer = await boss.browser.send(`${theirs.url}/api/auth/admin/${name}`, "POST", JSON_TYPE,
                                           JSON.stringify(body));
    assert.equal(answer.status, 200, answer.text);
    return answer.json();
  };

  const command = async (...args) => {
    const { code, output } = await ours.command("user", ...args);
    assert.equal(code, 0, output);
  };

  const tasks = (token) => send(`${ours.url}/api/tasks`, "GET", { authorization: `Bearer ${token}` });

  /** What a sign-in that is refused says at SIDE. */
  const refusal = async (side, { email }, password = PASSWORD) =>
    (await new Browser().at(side).signIn.email({ email, password })).error;

  test("a database of taskgate takes what the admin plugin adds to it", async () => {
    database = await world.createDatabase("bans");
    ours = await world.site("bans", database);
    const changes = { plugins: [jwt(), bearer(), admin()] };
    const options = world.theirOptions(database, ours, changes);
    await (await getMigrations(options)).runMigrations();
    theirs = await world.betterAuth(database, ours, changes);
    boss = await signUp(theirs);
    await database.query(`UPDATE "user" SET role = 'admin' WHERE id = $1`, [boss.user.id]);
  });

  test("who is banned by the admin plugin is out at taskgate, at once", async () => {
    const person = await signUp(ours);
    const { token } = data(await person.browser.at(theirs).token());
    assert.equal((await tasks(token)).status, 200);
    await plugin("ban-user", { userId: person.user.id, banReason: "spam" });
    assert.equal(await session(ours, person.browser), null);
    assert.equal((await tasks(person.token)).status, 401);
    const answer = await tasks(token);
    assert.equal(answer.status, 403);
    assert.equal(answer.json().code, "BANNED_USER");
    assert.equal((await refusal(ours, person)).status, 403);

    await plugin("unban-user", { userId: person.user.id });
    await signIn(ours, person);
    assert.equal((await tasks(token)).status, 200);
  });

  test("who is disabled by taskgate is out at a server with the admin plugin", async () => {
    const person = await signUp(theirs);
    await command("disable", person.email, "--reason", "spam");
    assert.equal(await session(theirs, person.browser), null);
    refused(await new Browser().at(theirs).signIn.email({ email: person.email, password: PASSWORD }),
            403, "BANNED_USER");
    const [{ banned, banReason, banExpires }] = await database.query(
      `SELECT banned, "banReason", "banExpires" FROM "user" WHERE id = $1`, [person.user.id]);
    assert.deepEqual({ banned, banReason, banExpires },
                     { banned: true, banReason: "spam", banExpires: null });

    await command("enable", person.email);
    await signIn(theirs, person);
  });

  test("both refuse with the same answer, and only after the right password", async () => {
    const person = await signUp(ours);
    await command("disable", person.email);
    const { status, code, message } = await refusal(theirs, person);
    const here = await refusal(ours, person);
    assert.deepEqual({ status: here.status, code: here.code, message: here.message },
                     { status, code, message });
    for (const side of [ours, theirs]) {
      assert.equal((await refusal(side, person, "a wrong password")).status, 401);
    }
  });

  test("a ban that ends is over on both sides, and whoever notices it clears the row", async () => {
    for (const [banned, noticed] of [[ours, theirs], [theirs, ours]]) {
      const person = await signUp(ours);
      if (banned === ours) {
        await command("disable", person.email, "--days", "1");
      } else {
        await plugin("ban-user", { userId: person.user.id, banExpiresIn: 86400 });
      }
      for (const side of [ours, theirs]) {
        assert.equal((await refusal(side, person)).status, 403);
      }
      await database.query(
        `UPDATE "user" SET "banExpires" = "banExpires" - interval '2 days' WHERE id = $1`,
        [person.user.id]);
      await signIn(noticed, person);
      const [row] = await database.query(
        `SELECT banned, "banReason", "banExpires" FROM "user" WHERE id = $1`, [person.user.id]);
      assert.deepEqual({ ...row }, { banned: false, banReason: null, banExpires: null });
    }
  });
}
