// All pages: accessible, whole at every width, light, and with the headers that keep them safe.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";

import { Person } from "./harness/browser.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PUBLIC = ["sign-in", "sign-up", "forgot-password", "reset-password", "verify-email"];
const PRIVATE = ["index", "account"];
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

  test(title("files are sent compressed, answers of the API as they are"), async () => {
    const packing = async (path) =>
      (await fetch(`${site.url}/${path}`)).headers.get("content-encoding");
    assert.equal(await packing("app.css"), "gzip");
    assert.equal(await packing("api/auth/error"), null);
  });

  test(title("every page has a strict policy"), async () => {
    for (const file of ["", ...[...PUBLIC, ...PRIVATE].map((name) => `${name}.html`), "icon.svg"]) {
      const { status, headers } = await fetch(`${site.url}/${file}`);
      const policy = headers.get("content-security-policy") ?? "";
      assert.equal(status, 200, file);
      assert.match(policy, /^default-src 'none'; script-src 'self'; /, file);
      assert.doesNotMatch(policy, /unsafe|\*|https?:/, file);
      assert.equal(headers.get("referrer-policy"), "no-referrer", file);
      assert.equal(headers.get("cross-origin-opener-policy"), "same-origin", file);
    }
  });

  test(title("every file has its type, and is asked for again"), async () => {
    const types = {
      "": "text/html; charset=utf-8",
      "app.css": "text/css; charset=utf-8",
      "tasks.js": "text/javascript; charset=utf-8",
      "icon.svg": "image/svg+xml",
    };
    for (const [file, type] of Object.entries(types)) {
      const { headers } = await fetch(`${site.url}/${file}`);
      assert.equal(headers.get("content-type"), type, file);
      assert.equal(headers.get("x-content-type-options"), "nosniff", file);
      assert.equal(headers.get("cache-control"), "no-cache", file);
      const again = await fetch(`${site.url}/${file}`, {
        headers: { "If-None-Match": headers.get("etag") },
      });
      assert.equal(again.status, 304, file);
    }
  });

  test(title("only the client's files are served"), async () => {
    for (const path of ["/nothing.html", "/www/index.html", "/..%2ftaskgate.conf", "/.git/config",
                        "/taskgate.conf", "/tasks.db", "/app.css/", "/api/index.html"]) {
      const { status } = await fetch(site.url + path);
      assert.ok([400, 401, 404].includes(status), `${path}: ${status}`);
    }
    assert.equal((await fetch(`${site.url}/health`)).status, 200);
  });
}
