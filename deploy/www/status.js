// What the page says besides its content: a line for screen readers, and a bar for trouble.

/** Says `text` to screen readers, without interrupting; an equal text is said again. */
export function announce(text) {
  const status = document.getElementById("status");
  status.textContent = "";
  requestAnimationFrame(() => {
    status.textContent = text;
  });
}

const trouble = document.getElementById("trouble");
let canEnd = false; // whether it may be over without anybody's doing

/** Shows trouble above the content, with a button that tries again or, without `retry`, closes. */
export function showTrouble(error, retry) {
  const button = trouble.querySelector("button");
  trouble.querySelector("p").textContent = error.message;
  button.textContent = retry ? "Try again" : "Close";
  button.onclick = () => {
    hideTrouble();
    document.getElementById("main").focus(); // the button is gone
    retry?.();
  };
  canEnd = Boolean(retry);
  trouble.hidden = false;
}

export function hideTrouble() {
  trouble.hidden = true;
}

/** The server answers again: what could be tried again is over, what is to be read stays. */
export function endTrouble() {
  if (canEnd) {
    hideTrouble();
  }
}
