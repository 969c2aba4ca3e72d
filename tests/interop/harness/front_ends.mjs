// The front ends of the five integration guides, G0 to G4: what they send, store and read.
import { Browser } from "./browser.mjs";
import { PASSWORD } from "./people.mjs";

export const JSON_TYPE = { "Content-Type": "application/json" };

/** The payload as these front ends read it: atob, and no translation of base64url. */
export const payloadOf = (token) => JSON.parse(atob(token.split(".")[1]));

/** G0: the token in localStorage, auth calls through a proxy that loses cookies and Origin. */
export class LocalStorageFrontEnd {
  constructor(site) {
    this.backend = site.urls.tasks;
    this.storage = new Map();
  }

  proxy(path, init = {}) {
    const authorization = init.headers?.Authorization;
    const headers = { ...JSON_TYPE, ...(authorization && { Authorization: authorization }) };
    const { method, body } = init;
    return fetch(`${this.backend}/api/auth${path}`, { method, headers, body });
  }

  async authenticate(path, body, otherwise) {
    const response = await this.proxy(path, { method: "POST", body: JSON.stringify(body) });
    if (!response.ok) {
      const error = await response.json();
      throw new Error(error.message || otherwise);
    }
    const result = await response.json();
    if (result.token) {
      this.storage.set("auth_token", result.token);
    }
    return { status: response.status, ...result };
  }

  signUp(email, password, name) {
    return this.authenticate("/sign-up", { email, password, name }, "Sign up failed");
  }

  signIn(email, password) {
    return this.authenticate("/sign-in", { email, password }, "Sign in failed");
  }

  async signOut() {
    this.storage.delete("auth_token");
    return this.proxy("/sign-out", { method: "POST" });
  }

  session() {
    const token = this.storage.get("auth_token");
    if (!token) {
      return null;
    }
    const payload = payloadOf(token);
    return { id: payload.user_id, email: payload.email };
  }

  api(path, init = {}) {
    const headers = { ...JSON_TYPE, Authorization: `Bearer ${this.storage.get("auth_token")}` };
    return fetch(`${this.backend}${path}`, { ...init, headers });
  }
}

/** G1: cookies only, tasks through /api/proxy. */
export class CookieFrontEnd {
  constructor(site) {
    this.url = site.urls.array;
    this.browser = new Browser();
  }

  auth(action, body) {
    return this.browser.fetch(`${this.url}/api/auth/${action}`, {
      method: "POST", credentials: "include", headers: JSON_TYPE,
      body: body && JSON.stringify(body),
    });
  }

  async call(path, method = "GET", body = undefined) {
    const response = await this.browser.fetch(`${this.url}/api/proxy/${path}`, {
      method, credentials: "include", headers: JSON_TYPE, body: body && JSON.stringify(body),
    });
    if (response.status === 401) {
      throw new Error("Session expired");
    }
    if (response.status === 403) {
      throw new Error("Access denied");
    }
    return response.json();
  }
}

/** G2: Better Auth's client, the member jwt in localStorage. */
export class JwtFrontEnd {
  constructor(site) {
    this.url = site.urls.array;
    this.browser = new Browser();
    this.client = this.browser.at({ url: this.url });
    this.storage = new Map();
  }

  async keep(result) {
    if (result.error) {
      throw new Error(result.error.message);
    }
    this.storage.set("better-auth-token", result.data.jwt);
    return result.data;
  }

  async signUp(email) {
    return this.keep(await this.client.signUp.email({ email, password: PASSWORD, name: "A" }));
  }

  userId() {
    const payload = payloadOf(this.storage.get("better-auth-token"));
    return payload.sub || payload.userId;
  }

  async request(path, options = {}) {
    const token = this.storage.get("better-auth-token");
    const headers = { ...JSON_TYPE, ...(token && { Authorization: `Bearer ${token}` }) };
    const response = await fetch(`${this.url}${path}`, { ...options, headers });
    if (response.status === 401) {
      this.storage.delete("better-auth-token");
      throw new Error("signed out");
    }
    if (!response.ok) {
      throw new Error(`API error: ${response.statusText}`);
    }
    return response.json();
  }
}

/** G3: a short access token in memory, renewed by the refresh cookie; requests tried once more. */
export class RefreshingFrontEnd {
  constructor(site) {
    this.url = site.urls.object;
    this.browser = new Browser();
    this.client = this.browser.at({ url: this.url });
    this.accessToken = "not.a.token";
    this.refreshes = 0;
  }

  /**
   * Renews nothing before so many requests were refused: one that is refused after the others have
   * renewed the token renews it again, as it may.
   */
  holdRefreshUntilRefused(count) {
    const renew = this.renew.bind(this);
    const allRefused = new Promise((resolve) => {
      this.refused = () => --count === 0 && resolve();
    });
    this.renew = () => allRefused.then(renew);
  }

  refused() {}

  refresh() {
    this.refused();
    this.refreshing ??= this.renew().finally(() => (this.refreshing = undefined));
    return this.refreshing;
  }

  async renew() {
    this.refreshes++;
    const response = await this.browser.fetch(`${this.url}/api/auth/refresh`, {
      method: "POST", credentials: "include",
    });
    if (!response.ok) {
      throw new Error("to the login");
    }
    this.accessToken = (await response.json()).accessToken;
  }

  async request(path, options = {}, retried = false) {
    const response = await fetch(`${this.url}${path}`, {
      ...options, headers: { ...JSON_TYPE, Authorization: `Bearer ${this.accessToken}` },
    });
    if (response.status === 401 && !retried) {
      await this.refresh();
      return this.request(path, options, true);
    }
    return response;
  }

  async problem(response) {
    const body = await response.json();
    return response.status === 422 ? body.errors : body.message;
  }
}

/** G4: session.token of the client's session is the bearer token of the API. */
export class SessionTokenFrontEnd {
  constructor(site) {
    this.url = site.urls.items;
    this.browser = new Browser();
    this.client = this.browser.at({ url: this.url });
  }

  async token() {
    const session = await this.client.getSession();
    return session.data?.session?.token ?? null;
  }

  async request(path, { method = "GET", body, skipAuth = false } = {}) {
    const token = skipAuth ? null : await this.token();
    const response = await this.browser.fetch(`${this.url}${path}`, {
      method, credentials: "include", body: body ? JSON.stringify(body) : undefined,
      headers: { ...JSON_TYPE, ...(token && { Authorization: `Bearer ${token}` }) },
    });
    if (!response.ok) {
      const error = await response.json().catch(() => ({}));
      const reason = error.detail || error.error || `Request failed: ${response.status}`;
      throw Object.assign(new Error(reason), { status: response.status });
    }
    return response.status === 204 ? {} : response.json();
  }
}
