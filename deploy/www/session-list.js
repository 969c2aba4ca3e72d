// The list of the user's sessions in account.html.

import { auth } from "./api.js";
import { whileBusy } from "./form.js";
import { leaveWith } from "./session.js";
import { announce, showTrouble } from "./status.js";

const when = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

// The first that fits: most browsers name others too.
const BROWSERS = [
  ["Edg", "Edge"], ["OPR", "Opera"], ["SamsungBrowser", "Samsung Internet"],
  ["Firefox", "Firefox"], ["FxiOS", "Firefox"], ["CriOS", "Chrome"], ["Chrome", "Chrome"],
  ["Safari", "Safari"], ["curl", "curl"],
];
const SYSTEMS = [
  ["Android", "Android"], ["iPhone", "iPhone"], ["iPad", "iPad"], ["Windows", "Windows"],
  ["Mac OS X", "macOS"], ["CrOS", "ChromeOS"], ["Linux", "Linux"],
];

function named(table, text) {
  return table.find(([mark]) => text.includes(mark))?.[1];
}

/** A device in words, from what its browser calls itself. */
function deviceName(userAgent) {
  const names = [named(BROWSERS, userAgent), named(SYSTEMS, userAgent)].filter(Boolean);
  return names.join(" on ") || userAgent.slice(0, 40) || "Unknown device";
}

function sessionElement(session, isThis, end) {
  const item = document.getElementById("session").content.cloneNode(true).firstElementChild;
  const name = deviceName(session.userAgent ?? "");
  const begun = when.format(new Date(session.createdAt));
  const from = session.ipAddress ? ` from ${session.ipAddress}` : "";
  const button = item.querySelector("button");

  item.querySelector(".device").textContent = isThis ? `${name} (this one)` : name;
  item.querySelector(".meta").textContent = `Since ${begun}${from}`;
  button.hidden = isThis;
  button.setAttribute("aria-label", `Sign out: ${name}, since ${begun}`);
  button.addEventListener("click", () => whileBusy(button, end));
  return item;
}

/** Binds the list; `current` is the session of this page. Returns {load}. */
export function bindSessions(current) {
  const list = document.getElementById("sessions");
  const others = document.getElementById("others");
  const heading = document.getElementById("sessions-heading");
  const endOthers = document.getElementById("end-others");
  const stale = document.getElementById("stale");

  function fail(error, retry) {
    if (leaveWith(error)) {
      return;
    }
    if (error.code === "SESSION_NOT_FRESH") {
      stale.hidden = false;
      others.hidden = false;
    } else {
      showTrouble(error, retry);
    }
  }

  async function end(route, body) {
    try {
      await auth.post(route, body);
      announce("Signed out there.");
      await load();
      heading.focus();
    } catch (error) {
      fail(error, () => end(route, body));
    }
  }

  async function load() {
    try {
      const [sessions, now] = await Promise.all([
        auth.get("list-sessions"), auth.get("get-session"),
      ]);
      const own = now?.session.token ?? current.token;
      list.replaceChildren(...sessions.map((session) =>
        sessionElement(session, session.token === own, () =>
          end("revoke-session", { token: session.token }))));
      others.hidden = sessions.length < 2;
    } catch (error) {
      fail(error, load);
    }
  }

  document.getElementById("sign-in-again").href =
    `sign-in.html?${new URLSearchParams({ return: "account.html", reason: "fresh" })}`;
  endOthers.addEventListener("click", () =>
    whileBusy(endOthers, () => end("revoke-other-sessions")));
  return { load };
}
