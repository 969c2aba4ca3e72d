// sign-up.html

import { auth } from "./api.js";
import { clearDrafts } from "./drafts.js";
import { bindForm, keepDrafts } from "./form.js";
import { bindReveal } from "./reveal.js";
import { goOnIfSignedIn, goOnSignedIn, keepReturn } from "./session.js";

const form = document.getElementById("sign-up");

async function signUp({ name, email, password }) {
  const answer = await auth.post("sign-up/email", {
    name: name.trim(),
    email: email.trim(),
    password,
    callbackURL: "/verify-email.html",
  });
  clearDrafts();
  if (answer.token === null) { // the address has to be confirmed first
    form.hidden = true;
    const sent = document.getElementById("letter-sent");
    sent.hidden = false;
    sent.querySelector("h2").focus();
    return;
  }
  await goOnSignedIn();
}

goOnIfSignedIn();
document.getElementById("sign-in-link").href = keepReturn("sign-in.html");
keepDrafts(form, ["name", "email"]);
bindReveal(form);
bindForm(form, signUp, {
  INVALID_EMAIL: "email",
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: "email",
  PASSWORD_TOO_SHORT: "password",
  PASSWORD_TOO_LONG: "password",
});
