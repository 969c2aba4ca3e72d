// What was typed and not yet saved, kept for this tab only, so that an expired session or a reload
// loses nothing. Passwords are never kept.

const PREFIX = "draft:";

/** The text kept under a name, or "". */
export function readDraft(name) {
  return sessionStorage.getItem(PREFIX + name) ?? "";
}

/** Keeps a text; an empty one forgets it. */
export function keepDraft(name, text) {
  if (text === "") {
    sessionStorage.removeItem(PREFIX + name);
  } else {
    sessionStorage.setItem(PREFIX + name, text);
  }
}

/** Forgets all drafts, for the next person at this browser. */
export function clearDrafts() {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith(PREFIX)) {
      sessionStorage.removeItem(key);
    }
  }
}
