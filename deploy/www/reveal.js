// Passwords that can be looked at.

function reveal(button, input, isShown) {
  input.type = isShown ? "text" : "password";
  button.textContent = isShown ? "Hide" : "Show";
  button.setAttribute("aria-pressed", String(isShown));
}

/**
 * The button beside a password that shows it. Shown, it is still a password: nothing corrects it, no
 * service that looks for mistakes is sent it, and it is hidden again before the browser may keep it.
 */
export function bindReveal(form) {
  for (const button of form.querySelectorAll("button.reveal")) {
    const input = document.getElementById(button.getAttribute("aria-controls"));
    input.spellcheck = false;
    input.autocapitalize = "none";
    input.setAttribute("autocorrect", "off");
    button.addEventListener("click", () => reveal(button, input, input.type === "password"));
    form.addEventListener("submit", () => reveal(button, input, false));
    form.addEventListener("reset", () => reveal(button, input, false));
  }
}
