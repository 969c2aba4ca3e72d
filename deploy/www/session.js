// Who is signed in. The session is an httpOnly cookie: no script ever sees it, here we only ask the
// server whose it is.

import { ApiError, auth } from "./api.js";
import { clearDrafts } from "./drafts.js";

const SIGN_IN = "sign-in.html";
const PAGES = ["index.html", "account.html"]; // where a sign-in may lead back to
const NO_COOKIE =
  "The password is right, but this browser does not keep the cookie that says so. Allow cookies for " +
  "this site, and sign in again.";

// What the tabs of this browser tell each other.
const tabs = new BroadcastChannel("taskgate");

/** Tells the other tabs that something of this kind happened: "tasks", "user", "signed-out". */
export function tellTabs(kind) {
  tabs.postMessage(kind);
}

/** Calls `react` with the kind of what happened in another tab. */
export function onOtherTab(react) {
  tabs.addEventListener("message", (event) => react(event.data));
}

function here() {
  const page = location.pathname.split("/").pop() || "index.html";
  return page + location.search;
}

/** Goes to the page that signs in, from where one comes back to this one. */
export function goToSignIn(reason) {
  const query = new URLSearchParams({ return: here() });
  if (reason) {
    query.set("reason", reason);
  }
  location.replace(`${SIGN_IN}?${query}`);
}

/** Where to go after a sign-in: a page of ours, whatever the address says. */
function returnPage() {
  const wanted = new URLSearchParams(location.search).get("return") ?? "";
  const page = PAGES.find((name) => wanted === name || wanted.startsWith(`${name}?`));
  return page ? wanted : PAGES[0];
}

function goOn() {
  location.replace(returnPage());
}

/** The address of another page that knows where to come back to. */
export function keepReturn(page) {
  const wanted = new URLSearchParams(location.search).get("return");
  return wanted ? `${page}?${new URLSearchParams({ return: wanted })}` : page;
}

/**
 * Leaves the page where the error says that its session is over, or that somebody else has signed in
 * since. Returns whether it does.
 */
export function leaveWith(error) {
  if (error.isSignedOut) {
    goToSignIn("ended");
  } else if (error.isOtherUser) {
    location.reload();
  } else {
    return false;
  }
  return true;
}

/** The session and its user, or null. Throws ApiError. */
export function currentSession() {
  return auth.get("get-session");
}

/**
 * For pages that are of no use to who is signed in: goes on, now or when another tab signs in. Who was
 * sent here for a reason reads it first.
 */
export async function goOnIfSignedIn() {
  onOtherTab((kind) => kind === "user" && goOn());
  if (!new URLSearchParams(location.search).has("reason") && await currentSession().catch(() => null)) {
    goOn();
  }
}

/** Goes on after a sign-in, which may have been in vain. Throws ApiError. */
export async function goOnSignedIn() {
  if (await currentSession() === null) {
    throw new ApiError({ message: NO_COOKIE });
  }
  tellTabs("user");
  goOn();
}

/** Ends the session and everything that this tab remembers. Throws ApiError. */
export async function signOut() {
  await auth.post("sign-out");
  clearDrafts();
  tellTabs("signed-out");
  location.replace(SIGN_IN);
}
