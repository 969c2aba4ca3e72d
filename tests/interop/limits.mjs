// Better Auth's rate limits, counted by both sides in one table.
import assert from "node:assert/strict";
import { test } from "node:test";

import { ORIGIN, send } from "./harness/browser.mjs";
import { newEmail, PASSWORD } from "./harness/people.mjs";

export function tests(world) {
  test("three sign-ins in ten seconds are all, wherever they were tried, and 429 says how long",
       async () => {
         const database = await world.createDatabase("limited");
         const ours = await world.site("limited", database, { PATH_RATE_LIMIT: "on" });
         const rateLimit = { enabled: true, storage: "database" };
         const theirs = await world.betterAuth(database, ours, { rateLimit });
         const headers = {
           "content-type": "application/json", origin: ORIGIN, "x-forwarded-for": "127.0.0.1",
         };
         const body = JSON.stringify({ email: newEmail(), password: PASSWORD });
         const signIn = (side) => send(`${side.url}/api/auth/sign-in/email`, "POST", headers, body);

         for (const side of [ours, theirs, ours]) {
           assert.equal((await signIn(side)).status, 401);
         }
         for (const side of [theirs, ours]) {
           const answer = await signIn(side);
           assert.equal(answer.status, 429);
           assert.equal(answer.json().message, "Too many requests. Please try again later.");
           const wait = Number(answer.headers["x-retry-after"]);
           assert.ok(wait >= 1 && wait <= 10, `X-Retry-After: ${wait}`);
         }
         const rows = await database.query('SELECT key, count FROM "rateLimit"');
         assert.deepEqual(rows.filter(({ key }) => key.includes("/sign-in")),
                          [{ key: "127.0.0.1|/sign-in/email", count: 3 }]);
       });
}
