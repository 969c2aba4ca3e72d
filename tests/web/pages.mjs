// All pages: accessible, whole at every width, and light.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";

import { Person } from "./harness/browser.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const PUBLIC = ["sign-in", "sign-up", "forgot-password", "reset-password", "verify-email"];
export const PRIVATE = ["index", "account"];
const VIEWS = {
  phone: { viewport: { width: 360, height: 740 }, colorScheme: "dark" },
  desktop: { viewport: { width: 1200, height: 900 }, colorScheme: "light" },
};
const LIMIT = 50 * 1024; // bytes of a first load, as they are sent

/** What axe finds; run beside the page's own scripts, which the policy lets nobody join. */
async function violations(page) {
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send("Page.getFrameTree");
  const { executionContextId } = await session.send("Page.createIsolatedWorld",
                                                    { frameId: frameTree.frame.id });
  const run = (expression) => session.send("Runtime.evaluate", {
    expression, contextId: executionContextId, awaitPromise: true, returnByValue: true,
  });
  await run(AXE);
  const { result, exceptionDetails } = await run(`axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  }).then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes.map((n) => n.html)]))`);
  assert.equal(exceptionDetails, undefined, JSON.stringify(exceptionDetails));
  return result.value;
}

async function show(page, name) {
  await page.goto(`/${name}.html`);
  await page.waitForLoadState("networkidle");
}

/** Nothing is cut off at 320 pixels, what WCAG 2.2 asks for (1.4.10). */
async function assertReflows(page, name) {
  const size = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 640 });
  const excess = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(excess <= 0, `${name} is ${excess} pixels too wide`);
  await page.setViewportSize(size);
}

async function inspect({ page, site }, name, view, shots) {
  await show(page, name);
  assert.deepEqual(await violations(page), [], name);
  await assertReflows(page, name);
  await page.screenshot({ path: join(shots, `${name}-${view}-${site.server}.png`), fullPage: true });
}

/** Loads a page as a phone with a slow processor would, and tells what it cost. */
async function weigh(browser, site, name, storage) {
  const context = await browser.newContext({ baseURL: site.url, storageState: storage });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  let bytes = 0;
  let requests = 0;
  await session.send("Network.enable");
  await session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  session.on("Network.loadingFinished", (event) => {
    bytes += event.encodedDataLength;
    requests += 1;
  });
  await show(page, name);
  const interactive = await page.evaluate(
    () => Math.round(performance.getEntriesByType("navigation")[0].domInteractive));
  await context.close();
  return { page: name, server: site.server, bytes, requests, interactive_ms: interactive };
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
    for (const name of ["sign-in", "index", "account"]) {
      figures.push(await weigh(browser, site, name, storage));
    }
    writeFileSync(join(shots, `figures-${site.server}.json`), JSON.stringify(figures, null, 2));
    for (const { page, bytes } of figures) {
      assert.ok(bytes > 0 && bytes < LIMIT, `${page}: ${bytes} bytes`);
    }
    await person.close();
  });
}
