// docs.html: the API, as openapi.json has it.

import { request } from "./api.js";
import { element, prose } from "./docs-dom.js";
import { operationElement, searchText } from "./docs-operation.js";
import { resolve } from "./docs-schema.js";
import { announce, hideTrouble, showTrouble } from "./status.js";

const METHODS = ["get", "post", "put", "patch", "delete"];
const TYPING = 250; // ms without a key before the count is said

const find = document.getElementById("find");

/** All operations in their order, with what their path says for them. */
function operationsOf(api) {
  return Object.entries(api.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => ({
      id: item[method].operationId,
      path,
      method,
      value: item[method],
      parameters: [...(item.parameters ?? []), ...(item[method].parameters ?? [])]
        .map((one) => resolve(api, one)),
      server: item.servers?.[0].url,
    })));
}

function sectionId(name) {
  return `section-${name.toLowerCase().replaceAll(" ", "-")}`;
}

/** A section for each tag; returns [{element, words}] of the operations. */
function showOperations(api) {
  const operations = operationsOf(api);
  const rows = [];
  const sections = api.tags.map(({ name, description }) => {
    const own = operations.filter(({ value }) => value.tags.includes(name));
    const made = own.map((operation) => operationElement(api, operation));
    own.forEach((operation, n) => {
      rows.push({ element: made[n], words: searchText(api, operation) });
    });
    return element("section", { "aria-labelledby": sectionId(name) },
      element("h2", { id: sectionId(name) }, name), prose(description), made);
  });
  document.getElementById("operations").replaceChildren(...sections);
  return rows;
}

/** The first paragraph; the others when they are asked for. */
function showAbout(text) {
  const [first, ...more] = prose(text);
  document.getElementById("about").replaceChildren(first,
    element("details", {}, element("summary", {}, "What holds for all requests"), more));
}

function showSections({ tags }) {
  document.getElementById("sections").replaceChildren(element("ul", {}, tags.map(({ name }) =>
    element("li", {}, element("a", { href: `#${sectionId(name)}` }, name)))));
}

/** Shows the rows that have all the words of the search, and tells how many. */
function filter(rows) {
  const words = find.elements.q.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const row of rows) {
    row.element.hidden = !words.every((word) => row.words.includes(word));
    count += row.element.hidden ? 0 : 1;
  }
  const links = document.querySelectorAll("#sections li");
  for (const [n, section] of document.querySelectorAll("#operations section").entries()) {
    section.hidden = !section.querySelector(".operation:not([hidden])");
    links[n].hidden = section.hidden;
  }
  const text = count === 1 ? "1 operation" : `${count} operations`;
  document.getElementById("count").textContent = text;
  return text;
}

function bindSearch(rows) {
  let typing = 0;
  find.addEventListener("submit", (event) => event.preventDefault());
  find.elements.q.addEventListener("input", () => {
    const text = filter(rows);
    const query = new URLSearchParams({ q: find.elements.q.value });
    history.replaceState(null, "", find.elements.q.value ? `?${query}` : location.pathname);
    clearTimeout(typing);
    typing = setTimeout(() => announce(text), TYPING);
  });
  find.elements.q.value = new URLSearchParams(location.search).get("q") ?? "";
  filter(rows);
}

/** Opens the operation that the address names; ids are plain letters. */
function openLinked() {
  const linked = document.getElementById(location.hash.slice(1));
  if (linked?.matches(".operation")) {
    linked.hidden = false;
    linked.closest("section").hidden = false;
    linked.open = true;
    linked.querySelector("summary").focus();
  }
  linked?.scrollIntoView();
}

async function start() {
  try {
    const api = await request("GET", "openapi.json");
    hideTrouble();
    showAbout(api.info.description);
    showSections(api);
    bindSearch(showOperations(api));
    window.addEventListener("hashchange", openLinked);
    openLinked();
  } catch (error) {
    showTrouble(error, start);
  }
}

start();
