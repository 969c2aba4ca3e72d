// Accounts for the tests, and what they expect of an answer of Better Auth's client.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

import { Browser } from "./browser.mjs";

export const PASSWORD = "violet Harbor 27 lantern";

export function newEmail(word = "user") {
  return `${word}.${randomUUID().slice(0, 13)}@example.org`;
}

/** The data of an answer that is no error. */
export function data(answer) {
  assert.equal(answer.error, null, JSON.stringify(answer.error));
  return answer.data;
}

/** An answer that is this error. */
export function refused(answer, status, code) {
  assert.equal(answer.data, null);
  assert.equal(answer.error.status, status, JSON.stringify(answer.error));
  assert.equal(answer.error.code, code);
}

/** Somebody who signed up at SIDE: {browser, user, email, password, token}. */
export async function signUp(side, { password = PASSWORD, email = newEmail(), ...more } = {}) {
  const browser = new Browser();
  const answer = await browser.at(side).signUp.email({ email, password, name: "Ada", ...more });
  const { user, token } = data(answer);
  return { browser, user, token, email, password };
}

/** Another browser of PERSON, signed in at SIDE. */
export async function signIn(side, { email, password }, more = {}) {
  const browser = new Browser();
  data(await browser.at(side).signIn.email({ email, password, ...more }));
  return browser;
}

/** What get-session says at SIDE. */
export async function session(side, browser) {
  return data(await browser.at(side).getSession());
}
