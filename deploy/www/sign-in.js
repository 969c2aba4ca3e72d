// sign-in.html

import { auth } from "./api.js";
import { bindForm, keepDrafts, showFormError, whileBusy } from "./form.js";
import { bindReveal } from "./reveal.js";
import { goOnIfSignedIn, goOnSignedIn, keepReturn } from "./session.js";
import { announce } from "./status.js";

const REASONS = {
  ended: "Your session has ended. Sign in again to go on where you were.",
  deleted: "Your account and all its tasks are deleted.",
  reset: "Your new password is set. Sign in with it.",
  fresh: "For what you want to do you have to sign in again.",
};

const form = document.getElementById("sign-in");
const letter = document.getElementById("letter");

function sayReason() {
  const text = REASONS[new URLSearchParams(location.search).get("reason")];
  const reason = document.getElementById("reason");
  reason.textContent = text ?? "";
  reason.hidden = !text;
}

async function signIn({ email, password, rememberMe }) {
  letter.hidden = true;
  try {
    await auth.post("sign-in/email", {
      email: email.trim(),
      password,
      rememberMe: rememberMe === "on",
    });
  } catch (error) {
    letter.hidden = error.code !== "EMAIL_NOT_VERIFIED";
    throw error;
  }
  await goOnSignedIn();
}

async function sendLetter() {
  const email = form.elements.email.value.trim();
  try {
    await auth.post("send-verification-email", { email, callbackURL: "/verify-email.html" });
    showFormError(form, "");
    announce("Sent.");
    letter.textContent = "Sent. Send it once more";
  } catch (error) {
    showFormError(form, error.message);
  }
}

goOnIfSignedIn();
sayReason();
document.getElementById("sign-up-link").href = keepReturn("sign-up.html");
letter.addEventListener("click", () => whileBusy(letter, sendLetter));
const isUntouched = form.elements.email.value === "";
keepDrafts(form, ["email"]);
bindReveal(form);
bindForm(form, signIn, { INVALID_EMAIL: "email" });
if (isUntouched && form.elements.email.value !== "") {
  form.elements.password.focus();
}
