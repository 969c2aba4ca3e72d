// What was typed and not yet saved, kept for this tab only, so that an expired session or a reload
// loses nothing. Passwords are never kept, and what belongs to a user comes back to nobody else.

const PREFIX = "draft:";

function keyOf(name, owner) {
  return `${PREFIX}${owner}:${name}`;
}

/** The text kept under a name, or "". `owner` is the id of a user, "" where nobody is signed in. */
export function readDraft(name, owner = "") {
  return sessionStorage.getItem(keyOf(name, owner)) ?? "";
}

/** Keeps a text; an empty one forgets it. */
export function keepDraft(name, text, owner = "") {
  if (text === "") {
    sessionStorage.removeItem(keyOf(name, owner));
  } else {
    sessionStorage.setItem(keyOf(name, owner), text);
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
