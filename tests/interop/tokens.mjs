// JSON Web Tokens and the keys behind them, which both sides keep in the table jwks.
import assert from "node:assert/strict";
import { test } from "node:test";

import { createLocalJWKSet, createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";

import { ORIGIN, send } from "./harness/browser.mjs";
import { data, session, signUp } from "./harness/people.mjs";

const PATIENT = { timeoutDuration: 120_000 }; // ms; jose's own 5 s are short for a busy machine

export function tests(world) {
  const { ours, theirs, database } = world;
  const issued = { issuer: ours.url, audience: ours.url }; // both have the same base URL
  const tokenAt = async (side, browser) => data(await browser.at(side).token()).token;
  const keyOf = (token) => decodeProtectedHeader(token).kid;
  const verify = (token, side) =>
    jwtVerify(token, createRemoteJWKSet(new URL(`${side.url}/api/auth/jwks`), PATIENT), issued);
  const tasks = (token) =>
    send(`${ours.url}/api/tasks`, "GET", { authorization: `Bearer ${token}`, origin: ORIGIN });

  for (const { from, to, made, used } of world.directions()) {
    test(`a token of ${made} is verified by jose with the keys of ${used}`, async () => {
      const { browser, user } = await signUp(from);
      const { payload } = await verify(await tokenAt(from, browser), to);
      assert.equal(payload.sub, user.id);
      assert.equal(payload.email, user.email);
    });

    test(`a cookie of ${made} gets a token at ${used}`, async () => {
      const { browser, user } = await signUp(from);
      const { payload } = await verify(await tokenAt(to, browser), from);
      assert.equal(payload.sub, user.id);
    });

    test(`set-auth-jwt of get-session at ${made} is right by the keys of ${used}`, async () => {
      const { browser, user } = await signUp(from);
      await session(from, browser);
      const { payload } = await verify(browser.latest.headers["set-auth-jwt"], to);
      assert.equal(payload.sub, user.id);
    });

    test(`a token of ${made} opens our task routes`, async () => {
      const { browser } = await signUp(from);
      assert.equal((await tasks(await tokenAt(from, browser))).status, 200);
    });

    test(`a token of ${made} is verified by Better Auth's own verifier`, async () => {
      const { browser, user } = await signUp(from);
      const token = await tokenAt(from, browser);
      const { payload } = await theirs.auth.api.verifyJWT({ body: { token } });
      assert.equal(payload.sub, user.id);
    });

    test(`a key that ${made} made signs at ${used}`, async () => {
      const { browser } = await signUp(from);
      await database.query("DELETE FROM jwks");
      const kid = keyOf(await tokenAt(from, browser));
      assert.equal(keyOf(await tokenAt(to, browser)), kid);
      const keys = await database.query('SELECT id, alg, crv, "expiresAt" FROM jwks');
      assert.deepEqual(keys, [{ id: kid, alg: "EdDSA", crv: "Ed25519", expiresAt: null }]);
    });
  }

  test("tokens of both sides have the same header and the same claims", async () => {
    const { browser } = await signUp(ours);
    const tokens = [await tokenAt(ours, browser), await tokenAt(theirs, browser)];
    const [here, there] = await Promise.all(tokens.map((token) => verify(token, ours)));
    assert.deepEqual(here.protectedHeader, there.protectedHeader);
    for (const { payload } of [here, there]) {
      assert.equal(payload.exp - payload.iat, 900);
      delete payload.iat;
      delete payload.exp;
    }
    assert.deepEqual(here.payload, there.payload);
  });

  test("jwks is the same set of keys on both sides, by the client's own call", async () => {
    const { browser } = await signUp(ours);
    const here = data(await browser.at(ours).jwks());
    const there = data(await browser.at(theirs).jwks());
    assert.deepEqual(here, there);
    assert.deepEqual(Object.keys(here.keys[0]).sort(), ["alg", "crv", "kid", "kty", "x"]);
    await jwtVerify(await tokenAt(theirs, browser), createLocalJWKSet(here), issued);
  });

  test("after \"taskgate keys rotate\" Better Auth signs with the new key and knows the old one",
       async () => {
         const { browser } = await signUp(ours);
         const old = await tokenAt(theirs, browser);
         const { code, output } = await ours.command("keys", "rotate");
         assert.equal(code, 0, output);
         const token = await tokenAt(theirs, browser);
         assert.notEqual(keyOf(token), keyOf(old));
         assert.equal(keyOf(await tokenAt(ours, browser)), keyOf(token));
         await verify(old, ours);
         await verify(old, theirs);
         assert.equal((await tasks(old)).status, 200);
       });

  test("a key that Better Auth made with another secret stops tokens, and no session, here",
       async () => {
         const { browser } = await signUp(ours);
         await database.query("DELETE FROM jwks");
         const secret = "another secret ".repeat(3);
         const other = await world.betterAuth(database, ours, { secret });
         const stranger = await signUp(other);
         await tokenAt(other, stranger.browser);
         const answer = await browser.at(ours).token();
         assert.equal(answer.error.status, 500);
         assert.notEqual(await session(ours, browser), null);
         await database.query("DELETE FROM jwks");
       });

  test("a token of Better Auth with a changed claim is refused on our task routes", async () => {
    const { browser } = await signUp(theirs);
    const [head, body, mac] = (await tokenAt(theirs, browser)).split(".");
    const claims = JSON.parse(Buffer.from(body, "base64url"));
    const forged = Buffer.from(JSON.stringify({ ...claims, sub: "else" })).toString("base64url");
    assert.equal((await tasks(`${head}.${forged}.${mac}`)).status, 401);
  });
}
