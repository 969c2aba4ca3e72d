// The one way to the server: same origin, JSON, the browser's cookies, a deadline, and errors that
// a page can show as they are.

const DEADLINE = 20000; // ms that an answer may take
const READ_TRIES = 3; // a request that changes nothing is repeated
const FIRST_PAUSE = 400; // ms before the second try, doubled for each further one
const LONGEST_PAUSE = 5000; // ms; who is to wait longer is told so instead

const NO_MAIL = "This site cannot send e-mail. Ask the person who runs it.";

// What a person is told instead of the server's words, which are written for programs.
const WORDS = {
  INVALID_EMAIL_OR_PASSWORD: "E-mail address or password is wrong.",
  INVALID_EMAIL: "This is not an e-mail address.",
  INVALID_PASSWORD: "This is not your password.",
  PASSWORD_TOO_SHORT: "This password is too short.",
  PASSWORD_TOO_LONG: "This password is too long.",
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: "There is an account with this address already.",
  BANNED_USER: "This account is disabled. Ask the person who runs this site.",
  EMAIL_NOT_VERIFIED: "Your address is not confirmed yet. Open the link in our e-mail first.",
  INVALID_TOKEN: "This link is not valid any more.",
  TOKEN_EXPIRED: "This link is too old.",
  RESET_PASSWORD_DISABLED: NO_MAIL,
  CHANGE_EMAIL_DISABLED: NO_MAIL,
  VERIFICATION_EMAIL_NOT_ENABLED: NO_MAIL,
  SESSION_NOT_FRESH: "For this you have to sign in again.",
  INVALID_ORIGIN:
    "This site does not know the address in your browser's address bar. Use the one that it " +
    "was set up for (BASE_URL), or ask the person who runs it.",
  TASK_NOT_FOUND: "This task is not there any more.",
  SERVER_BUSY: "The server is busy. Try again in a moment.",
};

/** A time to wait, in words. */
function waiting(seconds) {
  const [count, unit] = seconds > 90 ? [Math.ceil(seconds / 60), "minute"] : [seconds, "second"];
  return count === 1 ? `1 ${unit}` : `${count} ${unit}s`;
}

/** What went wrong. `code` is the server's, or "OFFLINE" where no answer came. */
export class ApiError extends Error {
  constructor({ status, code, message, fields, retryAfter, requestId }) {
    super(message);
    this.status = status;
    this.code = code;
    this.fields = fields ?? {}; // for each wrong field its texts
    this.retryAfter = retryAfter ?? 0; // seconds
    this.requestId = requestId ?? "";
  }

  /** Whether the session is over. */
  get isSignedOut() {
    return this.status === 401 && this.code !== "INVALID_EMAIL_OR_PASSWORD";
  }

  /** Whether the session is not of the user that the page is for. */
  get isOtherUser() {
    return this.code === "USER_MISMATCH";
  }

  /** Whether nobody knows if the request arrived. */
  get isOffline() {
    return this.code === "OFFLINE";
  }

  /** Whether the same request may succeed in a moment. */
  get isPassing() {
    return this.isOffline || [408, 502, 503, 504].includes(this.status);
  }
}

function offline() {
  return new ApiError({
    status: 0,
    code: "OFFLINE",
    message: navigator.onLine
      ? "The server does not answer."
      : "You are offline.",
  });
}

function refusal(response, body) {
  const code = body?.code ?? "";
  const retryAfter = Number(body?.retryAfter ?? response.headers.get("Retry-After") ?? 0) || 0;
  const requestId = response.headers.get("X-Request-Id") ?? "";
  let message = WORDS[code] ?? body?.message ?? "";
  if (response.status === 429) {
    message = `Too many tries. Try again in ${waiting(retryAfter || 10)}.`;
  } else if (response.status >= 500 && !WORDS[code]) {
    message = "The server has a problem. Try again in a moment.";
    message += requestId && ` If it stays, report this number: ${requestId}`;
  }
  return new ApiError({
    status: response.status,
    code,
    message: message || `The server answered ${response.status}.`,
    fields: body?.errors,
    retryAfter,
    requestId,
  });
}

/** The JSON of an error, or null where something else answers in place of the server. */
function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function requestOnce(method, path, body, signal) {
  const deadline = new AbortController();
  const abort = () => deadline.abort();
  const timer = setTimeout(abort, DEADLINE);
  signal?.addEventListener("abort", abort);
  try {
    const response = await fetch(path, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      credentials: "same-origin",
      signal: deadline.signal,
    });
    const text = await response.text();
    if (!response.ok) {
      throw refusal(response, read(text));
    }
    return { answer: JSON.parse(text), headers: response.headers };
  } catch (error) {
    if (error instanceof ApiError || signal?.aborted) {
      throw error;
    }
    throw offline(); // no connection, no answer in time, or one that is cut off or not the server's
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Sends a request and returns {answer, headers}, the answer parsed; throws ApiError. A GET is tried
 * again where the network or the server fails for a moment. `signal` gives it up without an ApiError.
 */
export async function requestAll(method, path, body, signal) {
  const tries = method === "GET" ? READ_TRIES : 1;
  for (let n = 1; ; n++) {
    try {
      return await requestOnce(method, path, body, signal);
    } catch (error) {
      const wait = Math.max(error.retryAfter * 1000, FIRST_PAUSE * 2 ** (n - 1));
      if (n === tries || !error.isPassing || wait > LONGEST_PAUSE) {
        throw error;
      }
      await pause(wait);
      signal?.throwIfAborted();
    }
  }
}

/** Of the same the answer. */
export async function request(method, path, body, signal) {
  return (await requestAll(method, path, body, signal)).answer;
}

/** A route of the accounts, by its name below /api/auth. */
export const auth = {
  get: (name, signal) => request("GET", `/api/auth/${name}`, undefined, signal),
  post: (name, body = {}) => request("POST", `/api/auth/${name}`, body),
};
