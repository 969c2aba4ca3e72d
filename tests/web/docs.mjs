// /docs: the description of the API for people, made of openapi.json.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { PASSWORD, Person } from "./harness/browser.mjs";
import { assertReflows, VIEWS, violations, weigh } from "./harness/look.mjs";

async function open(person, where = "/docs") {
  await person.page.goto(where);
  await person.page.locator("#count", { hasText: /operation/ }).waitFor();
}

function visible(page) {
  return page.locator(".operation:visible");
}

/** Opens an operation with the keyboard and waits until it shows its curl line. */
async function unfold(page, id) {
  await page.locator(`#${id} > summary`).press("Enter");
  await page.locator(`#${id} pre`).first().waitFor();
}

export function tests({ browser, site, shots, directory }) {
  const title = (text) => `${site.server}: ${text}`;

  test(title("/docs shows every operation of /openapi.json"), async () => {
    const person = await Person.open(browser, site);
    const answer = await fetch(`${site.url}/openapi.json`);
    assert.match(answer.headers.get("content-type"), /^application\/json/);
    const api = await answer.json();
    const ids = Object.values(api.paths).flatMap((item) => Object.values(item))
      .map((operation) => operation.operationId).filter(Boolean);
    await open(person);
    assert.deepEqual((await person.page.locator(".operation").evaluateAll(
      (all) => all.map((one) => one.id))).sort(), ids.sort());
    await person.close();
  });

  for (const [view, options] of Object.entries(VIEWS)) {
    test(title(`/docs is accessible and whole on a ${view}`), async () => {
      const person = await Person.open(browser, site, options);
      const { page } = person;
      await open(person);
      assert.deepEqual(await violations(page), []);
      await page.screenshot({ path: join(shots, `docs-${view}-${site.server}.png`) });
      for (const id of ["createTask", "signInEmail", "listTasks"]) {
        await unfold(page, id);
      }
      for (const answer of await page.locator("#createTask .answer").all()) {
        await answer.locator("xpath=..").locator("summary").click();
      }
      assert.deepEqual(await violations(page), []);
      await assertReflows(page, "docs");
      await page.locator("#createTask").screenshot(
        { path: join(shots, `docs-operation-${view}-${site.server}.png`) });
      await person.close();
    });
  }

  test(title("an operation tells its members, its errors and their meaning"), async () => {
    const person = await Person.open(browser, site);
    await open(person, "/docs#createTask");
    const operation = person.page.locator("#createTask");
    await operation.locator("dt", { hasText: "title" }).first().waitFor();
    assert.ok(await operation.evaluate((one) => one.open));
    await operation.locator("summary", { hasText: "422" }).click();
    await operation.locator("dt:visible", { hasText: "VALIDATION_ERROR" }).waitFor();
    await operation.getByText("a value is missing, of the wrong type or out of range").first()
      .waitFor();
    await person.page.goto("/docs#getTask");
    await person.page.locator("#getTask[open]").waitFor();
    await person.close();
  });

  test(title("a search finds paths, words and codes, and is in the address"), async () => {
    const person = await Person.open(browser, site);
    const { page } = person;
    await open(person);
    await page.getByLabel("Search").fill("email_not_verified");
    await page.locator("#count", { hasText: "3 operations" }).waitFor();
    assert.ok(await page.locator("#signInEmail").isVisible());
    assert.ok(await page.locator("#signIn").isVisible());
    assert.ok(await page.locator("#getTask").isHidden());
    await page.reload();
    await page.locator("#count", { hasText: "3 operations" }).waitFor();
    await page.getByLabel("Search").fill("delete /api/tasks/{id}");
    await page.locator("#count", { hasText: "1 operation" }).waitFor();
    assert.equal(await visible(page).getAttribute("id"), "deleteTask");
    await page.getByLabel("Search").fill("no such words");
    await page.locator("#count", { hasText: "0 operations" }).waitFor();
    assert.equal(await visible(page).count(), 0);
    assert.equal(await page.locator("#sections a:visible").count(), 0);
    await person.close();
  });

  test(title("what has a default says which"), async () => {
    const person = await Person.open(browser, site);
    await open(person, "/docs#listTasks");
    await person.page.locator("#listTasks dt", { hasText: "sort" })
      .getByText(/"title", by default "-created_at", optional$/).waitFor();
    await person.close();
  });

  test(title("an address that names nothing opens the page as it is"), async () => {
    const person = await Person.open(browser, site);
    await open(person, "/docs#%E0%A4%A");
    await open(person, "/docs#nothing");
    assert.ok(await person.page.locator("#trouble").isHidden());
    await person.close();
  });

  test(title("who has no connection is told so, and goes on with one"), async () => {
    const person = await Person.open(browser, site, { expects: ["Failed to load resource"] });
    const { page } = person;
    await page.route("**/openapi.json", (route) => route.abort());
    await page.goto("/docs#getTask");
    await page.getByRole("alert").getByText("The server does not answer.").waitFor();
    await page.unroute("**/openapi.json");
    await page.getByRole("button", { name: "Try again" }).press("Enter");
    await page.locator("#getTask[open]").waitFor();
    assert.ok(await page.locator("#trouble").isHidden());
    await person.close();
  });

  test(title("the web client leads to /docs"), async () => {
    const person = await Person.open(browser, site);
    await person.page.goto("/sign-in.html");
    await person.page.getByRole("link", { name: "API" }).click();
    await person.page.locator("#count", { hasText: /operation/ }).waitFor();
    assert.equal(new URL(person.page.url()).pathname, "/docs");
    await person.close();
  });

  test(title("the lines for curl work as they stand"), async () => {
    const person = await (await Person.open(browser, site)).signUp();
    const { token, user } = await person.call("POST", "/api/auth/sign-in",
                                              { email: person.email, password: PASSWORD });
    const folder = mkdtempSync(join(directory, "curl."));
    let task = 0;
    await open(person);

    const run = async (id, expected) => {
      await person.page.locator(`#${id} > summary`).click();
      const text = await person.page.locator(`#${id} pre`).first().textContent();
      const line = text.replace("ada@example.org", person.email)
        .replace("correct horse battery", PASSWORD)
        .replace("Vq3xJ8mZkT0bWcR5yNhLd2sPfGaE7uKi", user.id).replace("/tasks/7", `/tasks/${task}`);
      const status = execFileSync("sh", ["-c", `${line} -o body.json -w '%{http_code}'`],
                                  { cwd: folder, env: { ...process.env, token, no_proxy: "*" } });
      assert.equal(String(status), String(expected), `${id}: ${line}`);
      return readFileSync(join(folder, "body.json"), "utf8");
    };

    task = JSON.parse(await run("createTask", 201)).id;
    await run("listUserTasks", 200);
    await run("patchTask", 200);
    await run("toggleUserTask", 200);
    await run("deleteTask", 200);
    await run("signInEmail", 200);
    await run("getSession", 200);
    await run("createProxyTask", 201);
    await run("updateUser", 200);
    await run("refresh", 200);
    await run("resetPasswordLink", 302);
    await run("getKeys", 200);
    await person.close();
  });

  test(title("a first load of /docs is light"), async () => {
    const figures = await weigh(browser, site, "/docs");
    writeFileSync(join(shots, `figures-docs-${site.server}.json`), JSON.stringify(figures, null, 2));
    assert.ok(figures.bytes > 0 && figures.bytes < 50 * 1024, JSON.stringify(figures));
  });
}
