// What the page says besides its content: a line for screen readers, and a bar for trouble.

/** Says `text` to screen readers, without interrupting; an equal text is said again. */
export function announce(text) {
  const status = document.getElementById("status");
  status.textContent = "";
  requestAnimationFrame(() => {
    status.textContent = text;
  });
}

/** Shows trouble above the content, with a button that tries again. */
export function showTrouble(error, retry) {
  const trouble = document.getElementById("trouble");
  trouble.querySelector("p").textContent = error.message;
  const button = trouble.querySelector("button");
  button.hidden = !retry;
  button.onclick = () => {
    hideTrouble();
    retry();
  };
  trouble.hidden = false;
}

export function hideTrouble() {
  document.getElementById("trouble").hidden = true;
}
