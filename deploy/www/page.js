// What the pages for people who are signed in have in common.

import { whileBusy } from "./form.js";
import { currentSession, goToSignIn, onOtherTab, signOut } from "./session.js";
import { hideTrouble, showTrouble } from "./status.js";

const NO_SESSION = null;

async function leave(event) {
  await whileBusy(event.currentTarget, async () => {
    try {
      await signOut();
    } catch (error) {
      showTrouble(error, () => document.getElementById("sign-out").click());
    }
  });
}

/** Follows what happens to the session in other tabs. */
function followTabs(userId) {
  onOtherTab(async (kind) => {
    if (kind === "signed-out") {
      goToSignIn("ended");
    } else if (kind === "user") {
      const now = await currentSession().catch(() => NO_SESSION);
      if (now !== NO_SESSION && now.user.id !== userId) {
        location.reload(); // somebody else has signed in
      }
    }
  });
}

/** Asks who is signed in and calls `start` with {user, session}; without a session one signs in. */
export async function startPage(start) {
  try {
    const current = await currentSession();
    if (current === NO_SESSION) {
      goToSignIn();
      return;
    }
    hideTrouble();
    document.getElementById("main").hidden = false;
    document.getElementById("site-nav").hidden = false;
    document.getElementById("sign-out").addEventListener("click", leave);
    followTabs(current.user.id);
    start(current);
  } catch (error) {
    showTrouble(error, () => startPage(start));
  }
}
