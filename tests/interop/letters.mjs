// Links in letters: asked for on one side, opened on the other.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { Browser, send } from "./harness/browser.mjs";
import { data, newEmail, PASSWORD, refused, session, signIn, signUp } from "./harness/people.mjs";
import { waitUntil } from "./harness/process.mjs";

const NEW_PASSWORD = "amber Canyon 93 whistle";
const UNVERIFIED = { REQUIRE_EMAIL_VERIFICATION: "on" };

/** The first link in a letter of ours: {to, url}. */
function readLetter(file) {
  const lines = readFileSync(file, "utf8").replaceAll(/=\r?\n/g, "").split(/\r?\n/);
  const text = lines.map((line) => line.replaceAll(/=([0-9A-F]{2})/g, (_, hex) =>
    String.fromCharCode(parseInt(hex, 16))));
  const to = text.find((line) => line.startsWith("To: ")).slice(4).replaceAll(/[<>]/g, "");
  return { to, url: text.join("\n").match(/https?:\/\/\S+/)[0] };
}

/** Our side with a folder for letters. */
async function ourSide(world, name, changes = {}) {
  const folder = join(world.directory, `${name}-letters`);
  mkdirSync(folder);
  const side = await world.site(name, world.database, {
    BASE_URL: world.ours.url, MAIL_DIR: folder, ...changes,
  });
  // A letter that is still being written has a dot before its name.
  const letters = () => readdirSync(folder).filter((file) => /^[^.].*\.eml$/.test(file)).sort();
  side.letterTo = (email) => waitUntil(
    () => letters().map((file) => readLetter(join(folder, file))).reverse()
      .find(({ to }) => to === email)?.url,
    `a letter to ${email}`);
  return side;
}

/** Their side with senders that keep what they are given. */
async function theirSide(world, requireEmailVerification = false) {
  const sent = new Map();
  const keep = async ({ user, url }) => void sent.set(user.email, url);
  const side = await world.betterAuth(world.database, world.ours, {
    emailAndPassword: { enabled: true, requireEmailVerification, sendResetPassword: keep },
    emailVerification: { sendVerificationEmail: keep },
    user: {
      changeEmail: {
        enabled: true,
        sendChangeEmailConfirmation: keep,
      },
      deleteUser: { enabled: true, sendDeleteAccountVerification: keep },
    },
  });
  side.letterTo = (email) => waitUntil(() => sent.get(email), `a letter to ${email}`);
  return side;
}

/** Opens a link that one side sent at the other; both stand for the same base URL. */
function open(link, side, browser = new Browser()) {
  const { origin } = new URL(link);
  return browser.send(link.replace(origin, side.url));
}

/** Tests as soon as both sides run. */
function lazy(make) {
  let sides;
  return () => (sides ??= Promise.all(make()));
}

export function tests(world) {
  const both = lazy(() => [ourSide(world, "letters"), theirSide(world)]);
  const directions = [[0, 1, "taskgate", "Better Auth"], [1, 0, "Better Auth", "taskgate"]];
  const tokenOf = (link) => new URL(link).searchParams.get("token");
  const verify = async (person) =>
    world.database.query('UPDATE "user" SET "emailVerified" = true WHERE id = $1',
                         [person.user.id]);

  for (const [a, b, made, used] of directions) {
    const sides = async () => {
      const list = await both();
      return [list[a], list[b]];
    };
    const resetToken = async (side, email) => {
      data(await new Browser().at(side).requestPasswordReset({ email, redirectTo: "/new" }));
      return new URL(await side.letterTo(email)).pathname.split("/").at(-1);
    };

    test(`a password reset asked for at ${made} is done at ${used}, once`, async () => {
      const [from, to] = await sides();
      const { email } = await signUp(from);
      const reset = { newPassword: NEW_PASSWORD, token: await resetToken(from, email) };
      assert.deepEqual(data(await new Browser().at(to).resetPassword(reset)), { status: true });
      await signIn(from, { email, password: NEW_PASSWORD });
      refused(await new Browser().at(from).resetPassword(reset), 400, "INVALID_TOKEN");
      refused(await new Browser().at(to).resetPassword(reset), 400, "INVALID_TOKEN");
    });

    test(`a reset link of ${made} goes on to the page at ${used}, and tells when it is old`,
         async () => {
           const [from, to] = await sides();
           const { email } = await signUp(from);
           const token = await resetToken(from, email);
           const link = await from.letterTo(email);
           const good = await open(link, to);
           assert.equal(good.status, 302);
           assert.equal(good.headers.location, `${world.ours.url}/new?token=${token}`);
           await world.database.query(
             `UPDATE verification SET "expiresAt" = now() - interval '1 s' WHERE identifier = $1`,
             [`reset-password:${token}`]);
           const old = await open(link, to);
           assert.equal(old.status, 302);
           assert.equal(old.headers.location, `${world.ours.url}/new?error=INVALID_TOKEN`);
           const reset = { newPassword: NEW_PASSWORD, token };
           refused(await new Browser().at(to).resetPassword(reset), 400, "INVALID_TOKEN");
         });

    test(`an address that ${made} wrote to is verified at ${used}`, async () => {
      const [from, to] = await sides();
      const { browser, email } = await signUp(from);
      data(await browser.at(from).sendVerificationEmail({ email }));
      const query = { token: tokenOf(await from.letterTo(email)) };
      const answer = data(await browser.at(to).verifyEmail({ query }));
      assert.deepEqual(answer, { status: true, user: null });
      assert.equal((await session(from, browser)).user.emailVerified, true);
    });

    test(`a verification link of ${made}, badly signed, is refused at ${used}`, async () => {
      const [from, to] = await sides();
      const { browser, email } = await signUp(from);
      data(await browser.at(from).sendVerificationEmail({ email }));
      const [head, body] = tokenOf(await from.letterTo(email)).split(".");
      const query = { token: `${head}.${body}.${"A".repeat(43)}` };
      refused(await browser.at(to).verifyEmail({ query }), 401, "INVALID_TOKEN");
    });

    test(`an address is changed at ${used} by the letter of ${made} to the new one`, async () => {
      const [from, to] = await sides();
      const { browser, email } = await signUp(from);
      const wanted = newEmail("moved");
      data(await browser.at(from).changeEmail({ newEmail: wanted }));
      const query = { token: tokenOf(await from.letterTo(wanted)) };
      data(await browser.at(to).verifyEmail({ query }));
      assert.equal((await session(from, browser)).user.email, wanted);
      refused(await new Browser().at(from).signIn.email({ email, password: PASSWORD }), 401,
              "INVALID_EMAIL_OR_PASSWORD");
      await signIn(from, { email: wanted, password: PASSWORD });
    });

    test(`a proven address is asked by ${made}, says yes at ${used}, and then the new one is asked`,
         async () => {
           const [from, to] = await sides();
           const person = await signUp(from);
           await verify(person);
           const wanted = newEmail("moved");
           data(await person.browser.at(from).changeEmail({ newEmail: wanted }));
           const yes = tokenOf(await from.letterTo(person.email));
           data(await person.browser.at(to).verifyEmail({ query: { token: yes } }));
           assert.equal((await session(from, person.browser)).user.email, person.email);
           const last = tokenOf(await to.letterTo(wanted));
           data(await person.browser.at(from).verifyEmail({ query: { token: last } }));
           assert.equal((await session(to, person.browser)).user.email, wanted);
         });

    test(`an account that ${made} wrote a farewell to is deleted at ${used}`, async () => {
      const [from, to] = await sides();
      const person = await signUp(from);
      const answer = data(await person.browser.at(from).deleteUser());
      assert.deepEqual(answer, { success: true, message: "Verification email sent" });
      assert.notEqual(await session(to, person.browser), null);
      const gone = await open(await from.letterTo(person.email), to, person.browser);
      assert.ok(gone.status === 200 || gone.status === 302, String(gone.status));
      assert.equal(await session(from, person.browser), null);
      refused(await new Browser().at(to).signIn.email(person), 401, "INVALID_EMAIL_OR_PASSWORD");
    });
  }

  test("who asks for a reset learns nothing about an address, in the same words on both sides",
       async () => {
         const [ours, theirs] = await both();
         const { email } = await signUp(world.ours);
         const answers = [];
         for (const side of [ours, theirs]) {
           for (const address of [email, newEmail()]) {
             answers.push(data(await new Browser().at(side).requestPasswordReset({
               email: address,
             })));
           }
         }
         assert.equal(answers[0].status, true);
         assert.deepEqual(answers.slice(1), [answers[0], answers[0], answers[0]]);
       });

  const strict = lazy(() => [ourSide(world, "strict", UNVERIFIED), theirSide(world, true)]);

  test("with verification required, sign-up and sign-in are answered as by Better Auth",
       async () => {
         for (const side of await strict()) {
           const email = newEmail("strict");
           const browser = new Browser();
           const account = { email, password: PASSWORD, name: "S" };
           assert.equal(data(await browser.at(side).signUp.email(account)).token, null);
           assert.equal(browser.jar.size, 0);
           const again = data(await browser.at(side).signUp.email(account));
           assert.equal(again.token, null, "a taken address is no news");
           refused(await browser.at(side).signIn.email(account), 403, "EMAIL_NOT_VERIFIED");
           refused(await browser.at(side).signIn.email({ email, password: "not the one" }), 401,
                   "INVALID_EMAIL_OR_PASSWORD");
         }
       });

  test("a verified address signs in where verification is required, on both sides", async () => {
    const sides = await strict();
    const person = await signUp(world.ours);
    await verify(person);
    for (const side of sides) {
      assert.equal((await session(side, await signIn(side, person))).user.emailVerified, true);
    }
  });

  test("links with a token that is none are answered as by Better Auth", async () => {
    const sides = await both();
    const paths = [
      "/verify-email?token=none", "/verify-email?token=none&callbackURL=/done",
      `/reset-password/${"a".repeat(24)}?callbackURL=/new`,
      `/reset-password/${"a".repeat(24)}?callbackURL=https%3A%2F%2Fevil.example`,
      `/reset-password/${"a".repeat(24)}`,
    ];
    for (const path of paths) {
      const [ours, theirs] = await Promise.all(
        sides.map((side) => send(`${side.url}/api/auth${path}`)));
      assert.equal(ours.status, theirs.status, path);
      assert.equal(ours.headers.location, theirs.headers.location, path);
    }
  });
}
