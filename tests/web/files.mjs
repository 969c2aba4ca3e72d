// The files of the client as a web server sends them: headers that keep pages safe, types, and nothing
// else.
import assert from "node:assert/strict";
import { test } from "node:test";

import { PRIVATE, PUBLIC } from "./pages.mjs";

export function tests({ site }) {
  const title = (text) => `${site.server}: ${text}`;

  test(title("files are sent compressed, answers of the API as they are"), async () => {
    const packing = async (path) =>
      (await fetch(`${site.url}/${path}`)).headers.get("content-encoding");
    assert.equal(await packing("app.css"), "gzip");
    assert.equal(await packing("api/auth/error"), null);
  });

  test(title("every page has a strict policy"), async () => {
    const pages = [...PUBLIC, ...PRIVATE, "docs"].map((name) => `${name}.html`);
    for (const file of ["", "docs", "icon.svg", ...pages]) {
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

  test(title("no page waits for a script to learn which ones it needs"), async () => {
    const read = async (file) => (await fetch(`${site.url}/${file}`)).text();
    const named = (text, pattern) => [...text.matchAll(pattern)].map(([, file]) => file);
    for (const page of [...PUBLIC, ...PRIVATE]) {
      const html = await read(`${page}.html`);
      const [script] = named(html, /src="([a-z-]+\.js)"/g);
      const needed = new Set();
      for (const waiting = [script]; waiting.length > 0;) {
        for (const file of named(await read(waiting.pop()), /from "\.\/([a-z-]+\.js)"/g)) {
          if (!needed.has(file)) {
            waiting.push(file);
          }
          needed.add(file);
        }
      }
      assert.deepEqual(named(html, /rel="modulepreload" href="([a-z-]+\.js)"/g),
                       [...needed].sort(), page);
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
