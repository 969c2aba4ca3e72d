// All pages: accessible, whole at every width, and light.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { Person } from "./harness/browser.mjs";
import { assertReflows, VIEWS, violations, weigh } from "./harness/look.mjs";

export const PUBLIC = ["sign-in", "sign-up", "forgot-password", "reset-password", "verify-email"];
export const PRIVATE = ["index", "account"];
const LIMIT = 50 * 1024; // bytes of a first load, as they are sent

const LOADED = { index: "#count:not(:empty)", account: "#sessions li" }; // what comes last

async function show(page, name) {
  await page.goto(`/${name}.html`);
  await page.waitForLoadState("networkidle");
  await page.locator(LOADED[name] ?? "h1").first().waitFor();
}

async function inspect({ page, site }, name, view, shots) {
  await show(page, name);
  assert.deepEqual(await violations(page), [], name);
  await assertReflows(page, name);
  await page.screenshot({ path: join(shots, `${name}-${view}-${site.server}.png`), fullPage: true });
}

export function tests({ browser, site, shots }) {
  const title = (text) => `${site.server}: ${text}`;

  for (const [view, options] of Object.entries(VIEWS)) {
    test(title(`every page is accessible and whole on a ${view}`), async () => {
      const person = await Person.open(browser, site, options);
      for (const name of PUBLIC) {
        await inspect(person, name, view, shots);
      }
      await person.signUp();
      await person.add("Buy milk");
      await person.add("Call the plumber about the tap in the kitchen that has begun to drip");
      await person.page.getByRole("checkbox", { name: "Buy milk" }).check();
      for (const name of PRIVATE) {
        await inspect(person, name, view, shots);
      }
      await person.close();
    });
  }

  test(title("forms with errors and rows being edited are accessible"), async () => {
    const person = await Person.open(browser, site);
    const { page } = person;
    await page.goto("/sign-up.html");
    await page.getByRole("button", { name: "Make an account" }).click();
    await page.getByText("Choose a password.").waitFor();
    assert.deepEqual(await violations(page), []);
    await person.signUp();
    await person.add("One");
    await person.add("Two");
    await page.getByRole("button", { name: "Edit: One" }).click();
    await page.getByRole("button", { name: "Delete: Two" }).click();
    await page.getByText("Deleted: Two").waitFor();
    await page.locator("#count", { hasText: "1 task" }).waitFor();
    assert.deepEqual(await violations(page), []);
    await page.goto("/account.html");
    await page.getByRole("button", { name: "Delete the account" }).click();
    assert.deepEqual(await violations(page), []);
    await person.close();
  });

  test(title("a first load is light"), async () => {
    const person = await (await Person.open(browser, site)).signUp();
    const storage = await person.context.storageState();
    const figures = [];
    figures.push(await weigh(browser, site, "/sign-in.html"));
    for (const name of PRIVATE) {
      figures.push(await weigh(browser, site, `/${name}.html`, storage));
    }
    writeFileSync(join(shots, `figures-${site.server}.json`), JSON.stringify(figures, null, 2));
    for (const { page, bytes } of figures) {
      assert.ok(bytes > 0 && bytes < LIMIT, `${page}: ${bytes} bytes`);
    }
    await person.close();
  });
}
