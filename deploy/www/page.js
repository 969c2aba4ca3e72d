// What the pages for people who are signed in have in common.

import { clearDrafts } from "./drafts.js";
import { whileBusy } from "./form.js";
import { currentSession, goToSignIn, onOtherTab, signOut } from "./session.js";
import { hideTrouble, showTrouble } from "./status.js";

const NO_SESSION = null;

const main = document.getElementById("main");

async function leave(event) {
  await whileBusy(event.currentTarget, async () => {
    try {
      await signOut();
    } catch (error) {
      showTrouble(error, () => document.getElementById("sign-out").click());
    }
  });
}

/** Whether the page is still its user's; otherwise it is left. Throws ApiError. */
async function isStillOf(userId) {
  const now = await currentSession();
  if (now === NO_SESSION) {
    goToSignIn("ended");
  } else if (now.user.id !== userId) {
    location.reload();
  }
  return now?.user.id === userId;
}

/** Follows what happens to the session in other tabs. */
function followTabs(userId) {
  onOtherTab((kind) => {
    if (kind === "signed-out") {
      clearDrafts(); // somebody said that they go
      goToSignIn("ended");
    } else if (kind === "user") {
      isStillOf(userId).catch(() => {}); // the next request tells
    }
  });
}

/** A page that comes back out of the browser's memory shows nothing before it knows whose it is. */
function guardMemory(userId) {
  const comeBack = async () => {
    try {
      if (await isStillOf(userId)) {
        main.classList.remove("veiled");
      }
    } catch (error) {
      showTrouble(error, comeBack);
    }
  };
  window.addEventListener("pagehide", () => main.classList.add("veiled"));
  window.addEventListener("pageshow", (event) => event.persisted && comeBack());
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
    document.getElementById("loading").hidden = true;
    main.hidden = false;
    document.getElementById("site-nav").hidden = false;
    document.getElementById("sign-out").addEventListener("click", leave);
    followTabs(current.user.id);
    guardMemory(current.user.id);
    start(current);
  } catch (error) {
    document.getElementById("loading").hidden = true;
    showTrouble(error, () => startPage(start));
  }
}
