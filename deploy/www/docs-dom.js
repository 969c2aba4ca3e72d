// Elements for docs.html.

/** An element with attributes and children: elements, texts, nothing, or lists of these. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    made.setAttribute(key, value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return made;
}

/** A text with `code` in it, as children. */
export function inline(text) {
  return text.split("`").map((part, n) => (n % 2 === 1 ? element("code", {}, part) : part));
}

/** A text of paragraphs. */
export function prose(text) {
  return (text ?? "").split("\n\n").filter(Boolean).map((part) => element("p", {}, inline(part)));
}

async function copy(button, text) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Not allowed here";
  }
}

/** Something to read or to copy, in a frame that the keyboard can scroll. */
export function sample(text, label) {
  const frame = element("pre", { tabindex: "0", role: "group", "aria-label": label },
    element("code", {}, text));
  const button = element("button", { type: "button" }, "Copy");

  button.setAttribute("aria-label", `Copy: ${label}`);
  button.addEventListener("click", () => copy(button, text));
  return element("div", { class: "sample" }, frame, navigator.clipboard ? button : null);
}
