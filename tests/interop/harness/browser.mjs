// A browser as far as the tests need one: cookies, Origin, and fetch. Cookies belong to a host and
// not to a port, so that one browser shows the cookies of one side to the other.
import { request } from "node:http";

import { createAuthClient } from "better-auth/client";
import { jwtClient } from "better-auth/client/plugins";

export const ORIGIN = "http://localhost:3000";

/** One Set-Cookie line: {name, value, attributes}, the attributes' names in lower case. */
export function parseCookie(line) {
  const [pair, ...rest] = line.split("; ");
  const at = pair.indexOf("=");
  const attributes = rest.map((text) => text.split("="));
  return {
    name: pair.slice(0, at),
    value: pair.slice(at + 1),
    attributes: Object.fromEntries(attributes.map(([n, v]) => [n.toLowerCase(), v ?? true])),
  };
}

/** Sends exactly this, and nothing that fetch would add: {status, headers, cookies, text, json}. */
export function send(url, method = "GET", headers = {}, body = undefined) {
  const { hostname, port, origin } = new URL(url);
  const path = url.slice(origin.length) || "/";
  return new Promise((resolve, reject) => {
    const options = { hostname, port, path, method, headers, agent: false };
    if (body !== undefined) {
      options.headers = { ...headers, "content-length": Buffer.byteLength(body) };
    }
    const sent = request(options, (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.once("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({
          status: answer.statusCode,
          reason: answer.statusMessage,
          headers: answer.headers,
          cookies: (answer.headers["set-cookie"] ?? []).map(parseCookie),
          text,
          json: () => JSON.parse(text),
        });
      });
    });
    sent.once("error", reject);
    sent.end(body);
  });
}

export class Browser {
  constructor(origin = ORIGIN) {
    this.origin = origin;
    this.jar = new Map();
    this.storage = new Map(); // what a page's localStorage is
    this.answers = [];
  }

  /** The Cookie header for PATH. */
  cookieHeader(path) {
    const fitting = [...this.jar.values()].filter((c) => path.startsWith(c.attributes.path ?? "/"));
    return fitting.map((cookie) => `${cookie.name}=${cookie.value}`).join("; ");
  }

  keep(cookies) {
    for (const cookie of cookies) {
      if (cookie.attributes["max-age"] === "0") {
        this.jar.delete(cookie.name);
      } else {
        this.jar.set(cookie.name, cookie);
      }
    }
  }

  /** A request with this browser's cookies; the answer of send(). */
  async send(url, method = "GET", headers = {}, body = undefined) {
    const cookie = this.cookieHeader(new URL(url).pathname);
    const all = { "sec-fetch-mode": "cors", ...(cookie && { cookie }), ...headers };
    if (this.origin && all.origin === undefined) {
      all.origin = this.origin;
    }
    const answer = await send(url, method, all, body);
    this.keep(answer.cookies);
    this.answers.push(answer);
    return answer;
  }

  /** The answer to the latest request. */
  get latest() {
    return this.answers.at(-1);
  }

  /** fetch with this browser's cookies; without "include" none are sent or kept. */
  get fetch() {
    return async (input, init = {}) => {
      const headers = Object.fromEntries(new Headers(init.headers));
      const method = (init.method ?? "GET").toUpperCase();
      const body = init.body ?? undefined;
      const answer = init.credentials === "omit"
        ? await send(String(input), method, { origin: this.origin, ...headers }, body)
        : await this.send(String(input), method, headers, body);
      const plain = Object.entries(answer.headers).filter(([name]) => name !== "set-cookie");
      const none = [204, 205, 304].includes(answer.status);
      return new Response(none ? null : answer.text, {
        status: answer.status,
        statusText: answer.reason,
        headers: plain.map(([name, value]) => [name, String(value)]),
      });
    };
  }

  /** Better Auth's client, as it is, for the server at URL. */
  at(side) {
    return createAuthClient({
      baseURL: side.url,
      plugins: [jwtClient()],
      fetchOptions: { customFetchImpl: this.fetch },
    });
  }
}
