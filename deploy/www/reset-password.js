// reset-password.html: where the link of the letter leads to, with a token or an error.

import { auth } from "./api.js";
import { bindForm } from "./form.js";
import { bindReveal } from "./reveal.js";

const form = document.getElementById("reset");
const badLink = document.getElementById("bad-link");
// The token leaves the address, which others may see; a reload still has it.
const token = new URLSearchParams(location.search).get("token") ?? history.state?.token ?? null;

async function reset({ password }) {
  try {
    await auth.post("reset-password", { newPassword: password, token });
  } catch (error) {
    if (error.code === "INVALID_TOKEN") {
      form.hidden = true;
      badLink.hidden = false;
      badLink.querySelector("a").focus();
      return;
    }
    throw error;
  }
  location.replace("sign-in.html?reason=reset");
}

history.replaceState({ token }, "", location.pathname);
form.hidden = token === null;
badLink.hidden = token !== null;
bindReveal(form);
bindForm(form, reset, { PASSWORD_TOO_SHORT: "password", PASSWORD_TOO_LONG: "password" });
if (token !== null) {
  form.elements.password.focus();
}
