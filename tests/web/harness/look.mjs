// How a page looks: to axe, at every width, and on a slow phone.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const VIEWS = {
  phone: { viewport: { width: 360, height: 740 }, colorScheme: "dark" },
  desktop: { viewport: { width: 1200, height: 900 }, colorScheme: "light" },
};

/** What axe finds; run beside the page's own scripts, which the policy lets nobody join. */
export async function violations(page) {
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

/** Nothing is cut off at 320 pixels, what WCAG 2.2 asks for (1.4.10). */
export async function assertReflows(page, name) {
  const size = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 640 });
  const excess = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(excess <= 0, `${name} is ${excess} pixels too wide`);
  await page.setViewportSize(size);
}

/** Loads a page as a phone with a slow processor would, and tells what it cost. */
export async function weigh(browser, site, path, storage) {
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
  await page.goto(path);
  await page.waitForLoadState("networkidle");
  const interactive = await page.evaluate(
    () => Math.round(performance.getEntriesByType("navigation")[0].domInteractive));
  await context.close();
  return { page: path, server: site.server, bytes, requests, interactive_ms: interactive };
}
