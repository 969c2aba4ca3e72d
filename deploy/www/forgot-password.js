// forgot-password.html

import { auth } from "./api.js";
import { bindForm, keepDrafts } from "./form.js";

const form = document.getElementById("forgot");

async function send({ email }) {
  await auth.post("request-password-reset", {
    email: email.trim(),
    redirectTo: "/reset-password.html",
  });
  form.hidden = true;
  const sent = document.getElementById("letter-sent");
  sent.hidden = false;
  sent.querySelector("h2").focus();
}

keepDrafts(form, ["email"]);
bindForm(form, send, { INVALID_EMAIL: "email" });
