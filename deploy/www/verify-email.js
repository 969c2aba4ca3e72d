// verify-email.html: where the links of letters about an address lead to, with or without an error.

const WORDS = {
  TOKEN_EXPIRED: "This link is too old. Sign in to get a new one.",
  INVALID_TOKEN: "This link is not valid. Open it as it is in the e-mail, or get a new one.",
  USER_NOT_FOUND: "The account that this link was made for is not there any more.",
  INVALID_USER: "This link is for another account. Sign out, and open it again.",
};

const query = new URLSearchParams(location.search);
const code = query.get("error");
// A proven address is asked first whether it may be given up, so this may have been the first of two.
const good = document.getElementById(query.has("change") ? "changing" : "good");
const bad = document.getElementById("bad");

good.hidden = code !== null;
bad.hidden = code === null;
bad.textContent = code === null ? "" : (WORDS[code] ?? "This link does not work.");
