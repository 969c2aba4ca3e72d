// What every form has: errors beside their field, said when they help, and a button that waits.
//
// The markup holds the rules (required, type, minlength, data-longest) and the words; maxlength would
// cut what is pasted without a word:
//     <div class="field">
//         <label for="email">E-mail address</label>
//         <input id="email" name="email" type="email" required data-missing="Enter your address.">
//     </div>
// An error is a paragraph behind the input, named by its aria-describedby.

import { readDraft, keepDraft } from "./drafts.js";

function fieldError(input) {
  return document.getElementById(`${input.id}-error`);
}

function describe(input, id, isThere) {
  const ids = (input.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean);
  const others = ids.filter((other) => other !== id);
  const all = isThere ? [id, ...others] : others;
  if (all.length > 0) {
    input.setAttribute("aria-describedby", all.join(" "));
  } else {
    input.removeAttribute("aria-describedby");
  }
}

/** Shows `text` beside the input; "" takes it away. */
export function showFieldError(input, text) {
  let error = fieldError(input);
  if (text === "") {
    error?.remove();
    input.removeAttribute("aria-invalid");
    describe(input, `${input.id}-error`, false);
    return;
  }
  if (!error) {
    error = document.createElement("p");
    error.id = `${input.id}-error`;
    error.className = "error";
    input.closest(".field").append(error);
  }
  error.textContent = text;
  input.setAttribute("aria-invalid", "true");
  describe(input, error.id, true);
}

/** What is wrong with the value of an input by its own rules, or "". */
function flaw(input) {
  const isPassword = input.autocomplete.endsWith("password"); // its type is "text" while it is shown
  const value = isPassword ? input.value : input.value.trim();
  const count = [...value].length;
  if (input.required && value === "") {
    return input.dataset.missing ?? "Fill this in.";
  }
  if (input.validity.typeMismatch) {
    return input.dataset.wrong ?? "This does not look right.";
  }
  if (value !== "" && input.minLength > 0 && value.length < input.minLength) {
    return `Use at least ${input.minLength} characters.`;
  }
  if (count > Number(input.dataset.longest ?? Infinity)) {
    return `Use at most ${input.dataset.longest} characters. These are ${count}.`;
  }
  return "";
}

function inputs(form) {
  return [...form.querySelectorAll("input, textarea")];
}

/** The first place in the form that says what to do is where one goes on. */
function focusFirstError(form) {
  const wrong = form.querySelector("[aria-invalid]");
  (wrong ?? form.querySelector(".form-error"))?.focus();
}

/** Shows what concerns the form as a whole, behind its heading; "" takes it away. */
export function showFormError(form, text) {
  const error = form.querySelector(".form-error");
  error.textContent = text;
  error.hidden = text === "";
}

/** Takes an ApiError apart: what belongs to a field goes there, the rest above the form. */
export function showError(form, error, fieldOfCode = {}) {
  let rest = error.message;
  const names = Object.keys(error.fields).filter((name) => form.elements[name]);
  for (const name of names) {
    showFieldError(form.elements[name], error.fields[name].join(" "));
    rest = "";
  }
  const field = form.elements[fieldOfCode[error.code]];
  if (field && rest !== "") {
    showFieldError(field, rest);
    rest = "";
  }
  showFormError(form, rest);
  focusFirstError(form);
}

/** While `work` runs the button says so and does nothing, and keeps the focus. */
export async function whileBusy(button, work) {
  if (button.getAttribute("aria-disabled") === "true") {
    return;
  }
  button.setAttribute("aria-disabled", "true");
  button.classList.add("busy");
  try {
    await work();
  } finally {
    button.removeAttribute("aria-disabled");
    button.classList.remove("busy");
  }
}

// --- a press of the mouse is not disturbed ---

let isPressed = false;
const waiting = []; // what to do when the press is over and its click was heard

function endPress() {
  isPressed = false;
  setTimeout(() => waiting.splice(0).forEach((work) => work()));
}

document.addEventListener("pointerdown", () => { isPressed = true; }, true);
document.addEventListener("pointerup", endPress, true);
document.addEventListener("pointercancel", endPress, true);

/** Text that appears during a press would move the button or link away that is being pressed. */
function afterPress(work) {
  waiting.push(work);
  if (!isPressed) {
    endPress();
  }
}

// --- forms ---

function validate(form) {
  for (const input of inputs(form)) {
    showFieldError(input, flaw(input));
  }
  return form.querySelector("[aria-invalid]") === null;
}

/**
 * Makes a form of ours out of one in the page. `submit(values)` sends it and may throw ApiError;
 * `fieldOfCode` says which field a code of the server is about. A field is judged when it was left
 * with something in it, and after that with each change, so that nobody is scolded while typing.
 * Its submit button is disabled in the page: before this has run, the browser would send the form to
 * a page that takes none.
 */
export function bindForm(form, submit, fieldOfCode = {}) {
  form.noValidate = true;
  for (const input of inputs(form)) {
    input.addEventListener("blur", () => afterPress(() => {
      if (input.value !== "") {
        showFieldError(input, flaw(input));
      }
    }));
    input.addEventListener("input", () => {
      if (input.hasAttribute("aria-invalid")) {
        showFieldError(input, flaw(input));
      }
    });
  }
  form.addEventListener("reset", () => {
    inputs(form).forEach((input) => showFieldError(input, ""));
    showFormError(form, "");
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = event.submitter ?? form.querySelector("button[type=submit]");
    whileBusy(button, async () => {
      showFormError(form, "");
      if (!validate(form)) {
        focusFirstError(form);
        return;
      }
      try {
        await submit(Object.fromEntries(new FormData(form)));
      } catch (error) {
        showError(form, error, fieldOfCode);
      }
    });
  });
  form.querySelector("button[type=submit]").disabled = false;
}

/**
 * Keeps what is typed into the inputs of these names until it is saved (see drafts.js); `owner` is
 * the user it belongs to.
 */
export function keepDrafts(form, names, owner) {
  for (const name of names) {
    const input = form.elements[name];
    input.value ||= readDraft(name, owner);
    input.addEventListener("input", () => keepDraft(name, input.value, owner));
  }
}
