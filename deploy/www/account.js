// account.html: name, address, password, sessions, the end of the account.

import { auth } from "./api.js";
import { clearDrafts } from "./drafts.js";
import { bindForm, whileBusy } from "./form.js";
import { startPage } from "./page.js";
import { bindReveal } from "./reveal.js";
import { bindSessions } from "./session-list.js";
import { leaveWith, tellTabs } from "./session.js";
import { announce, showTrouble } from "./status.js";

const byId = (id) => document.getElementById(id);

/** bindForm for a page that needs a session: without one, one signs in and comes back. */
function bindOwnForm(id, submit, fieldOfCode) {
  bindForm(byId(id), async (values) => {
    try {
      await submit(values);
    } catch (error) {
      leaveWith(error);
      throw error;
    }
  }, fieldOfCode);
}

/** Says it to everybody: in a line of the page for who sees it, and to screen readers. */
function confirmDone(line, text) {
  line.textContent = text;
  announce(text);
}

/** The line below the button of a form; it is empty again when the form is used again. */
function lineOf(form) {
  const line = form.querySelector(".saved");
  form.addEventListener("input", () => line.replaceChildren());
  return line;
}

function bindName(user) {
  const form = byId("name-form");
  const done = lineOf(form);
  form.elements.name.value = user.name;
  bindOwnForm("name-form", async ({ name }) => {
    await auth.post("update-user", { name: name.trim() });
    tellTabs("user");
    confirmDone(done, "Saved.");
  });
}

async function sendLetter(user) {
  try {
    await auth.post("send-verification-email", {
      email: user.email,
      callbackURL: "/verify-email.html",
    });
    byId("letter").textContent = "Sent. Send it once more";
    announce("Sent.");
  } catch (error) {
    showTrouble(error);
  }
}

function bindEmail(user) {
  const form = byId("email-form");
  const done = lineOf(form);
  byId("address").textContent = user.email;
  byId("unproven").hidden = user.emailVerified;
  byId("letter-line").hidden = user.emailVerified;
  byId("letter").addEventListener("click", (event) =>
    whileBusy(event.currentTarget, () => sendLetter(user)));
  bindOwnForm("email-form", async ({ newEmail }) => {
    await auth.post("change-email", {
      newEmail: newEmail.trim(),
      callbackURL: "/verify-email.html?change",
    });
    form.reset();
    confirmDone(done, "Look into your mailbox: the link in our e-mail changes the address.");
  }, { INVALID_EMAIL: "newEmail" });
}

function bindPassword(user, sessions) {
  const form = byId("password-form");
  const done = lineOf(form);
  form.elements.username.defaultValue = user.email; // for password managers
  bindReveal(form);
  bindOwnForm("password-form", async ({ currentPassword, newPassword, revokeOtherSessions }) => {
    await auth.post("change-password", {
      currentPassword,
      newPassword,
      revokeOtherSessions: revokeOtherSessions === "on",
    });
    form.reset();
    confirmDone(done, "Your new password is set.");
    sessions.load();
  }, {
    INVALID_PASSWORD: "currentPassword",
    PASSWORD_TOO_SHORT: "newPassword",
    PASSWORD_TOO_LONG: "newPassword",
  });
}

function bindDelete(user) {
  const dialog = byId("delete-dialog");
  const form = byId("delete-form");
  form.elements.username.defaultValue = user.email;
  byId("delete").addEventListener("click", () => dialog.showModal());
  byId("keep").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => form.reset());
  bindOwnForm("delete-form", async ({ password }) => {
    const answer = await auth.post("delete-user", {
      password,
      callbackURL: "/sign-in.html?reason=deleted",
    });
    if (answer.message !== "User deleted") { // its link does it
      dialog.close();
      confirmDone(byId("delete-done"), "Look into your mailbox: the link in our e-mail deletes it.");
      return;
    }
    clearDrafts();
    tellTabs("signed-out");
    location.replace("sign-in.html?reason=deleted");
  }, { INVALID_PASSWORD: "password" });
}

startPage(({ user, session }) => {
  const sessions = bindSessions(session);
  bindName(user);
  bindEmail(user);
  bindPassword(user, sessions);
  bindDelete(user);
  sessions.load();
});
