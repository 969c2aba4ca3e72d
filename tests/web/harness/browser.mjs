// Chromium, and people who use it. Whatever a page says on its console is wrong, unless a test
// expects it.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { chromium } from "playwright-core";

export const PASSWORD = "violet Harbor 27 lantern";
const PATIENCE = 60_000; // ms: a page may have to wait for its turn
const SWITCHES = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

export function launch() {
  return chromium.launch({ executablePath: "/usr/bin/chromium", args: SWITCHES });
}

/** Answers a test holds back: `isAsked` ends with the first request, release() lets all go. */
export async function hold(page, pattern, method = "GET") {
  let ask;
  let release;
  const isAsked = new Promise((resolve) => { ask = resolve; });
  const held = new Promise((resolve) => { release = resolve; });
  await page.route(pattern, async (route) => {
    if (route.request().method() === method) {
      ask();
      await held;
    }
    await route.continue().catch(() => {}); // it was given up
  });
  return { isAsked, release };
}

/** A person with a browser profile of their own at SITE. */
export class Person {
  /** OPTIONS: viewport, colorScheme and the like; `expects` are texts of the console that are
   * part of the test, such as "401". */
  static async open(browser, site, { expects = [], ...options } = {}) {
    const person = new Person();
    person.site = site;
    person.expects = expects;
    person.said = [];
    person.foreign = [];
    person.email = `ada.${randomUUID().slice(0, 13)}@example.org`;
    person.context = await browser.newContext({ baseURL: site.url, ...options });
    person.context.setDefaultTimeout(PATIENCE);
    person.page = await person.tab();
    return person;
  }

  async tab() {
    const page = await this.context.newPage();
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) {
        this.said.push(message.text());
      }
    });
    page.on("pageerror", (error) => this.said.push(String(error)));
    page.on("request", (request) => {
      if (new URL(request.url()).origin !== this.site.url) {
        this.foreign.push(request.url());
      }
    });
    return page;
  }

  /** Signs up; ends on the page with the tasks. */
  async signUp(name = "Ada") {
    await this.page.goto("/sign-up.html");
    await this.page.getByLabel("Name").fill(name);
    await this.page.getByLabel("E-mail address").fill(this.email);
    await this.page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await this.page.getByRole("button", { name: "Make an account" }).click();
    await this.isAtTasks();
    return this;
  }

  /** On the page that signs in: does so. */
  async signIn(password = PASSWORD, page = this.page) {
    await page.getByLabel("E-mail address").fill(this.email);
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
  }

  async isAtTasks(page = this.page) {
    await page.getByRole("heading", { name: "Your tasks" }).waitFor();
    await page.locator("#count:not(:empty)").waitFor();
  }

  async add(title, page = this.page) {
    await page.getByLabel("New task").fill(title);
    await page.keyboard.press("Enter");
    await page.getByRole("checkbox", { name: title, exact: true }).waitFor();
  }

  /** Waits until the page says that so many tasks were found. */
  async counts(number, page = this.page) {
    const text = number === 1 ? "1 task found" : `${number} tasks found`;
    await page.locator("#count", { hasText: text }).waitFor();
  }

  /** The titles as the page shows them. */
  titles(page = this.page) {
    return page.locator("#list .title").allTextContents();
  }

  /** A request of the page's own, for what a test prepares. */
  async call(method, path, body) {
    const answer = await this.page.evaluate(async ([how, where, what]) => {
      const response = await fetch(where, {
        method: how,
        headers: what ? { "Content-Type": "application/json" } : {},
        body: what && JSON.stringify(what),
      });
      return response.json();
    }, [method, path, body]);
    return answer;
  }

  async userId() {
    return (await this.call("GET", "/api/auth/get-session")).user.id;
  }

  /** Whether everything was in order, and the end of the profile. */
  async close() {
    await this.context.close();
    const unexpected = this.said.filter((text) => !this.expects.some((e) => text.includes(e)));
    assert.deepEqual(unexpected, [], "the console is silent");
    assert.deepEqual(this.foreign, [], "no request goes to another site");
  }
}
