// The real Better Auth, client and server, against taskgate on one PostgreSQL database.
// TASKGATE_BIN names the program to test; "npm ci" comes first. Ends with node's summary.
//
// Better Auth 1.7.24 pins better-call 1.4.5, @better-auth/utils 0.5.1 and @better-fetch/fetch 1.3.3,
// which could not be installed: "overrides" in package.json takes the nearest that could. Without
// that block, as soon as they can be had, these tests must pass as well.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { webcrypto } from "node:crypto";

import { World } from "./harness/world.mjs";

// Node 18 has it, but not by this name; Better Auth needs it.
globalThis.crypto ??= webcrypto;

if (!process.env.TASKGATE_BIN) {
  console.error("set TASKGATE_BIN to the program to test");
  process.exit(2);
}
const world = await World.start();
let wrong;
after(async () => {
  if (wrong === undefined) {
    await world.stop();
  }
});

for (const name of ["accounts", "passwords", "cookies", "cookie_cache", "sessions", "tokens",
                    "errors", "letters", "limits", "migration", "bans", "guides"]) {
  const { tests } = await import(`./${name}.mjs`);
  tests(world);
}

test("every server ran to its end without a crash, a sanitizer's report or the secret in its log",
     async () => {
       wrong = await world.stop();
       assert.deepEqual(wrong, []);
     });
