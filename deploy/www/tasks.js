// index.html: the tasks.

import { keepDraft } from "./drafts.js";
import { bindForm, keepDrafts, whileBusy } from "./form.js";
import { startPage } from "./page.js";
import { leaveWith, onOtherTab } from "./session.js";
import { announce } from "./status.js";
import { TaskApi } from "./task-api.js";
import { TaskList } from "./task-list.js";

const TYPING = 250; // ms without a key before a search starts
const TEXTS = ["title", "description"]; // of a new task

const add = document.getElementById("add");
const more = document.getElementById("more"); // of what is added
const view = document.getElementById("view");

// --- adding ---

/** What stands in an input after `sent` went off: whoever typed on meanwhile goes on. */
function rest(input, sent) {
  return input.value.startsWith(sent) ? input.value.slice(sent.length) : input.value;
}

function emptyAdd(sent, owner) {
  const left = TEXTS.map((name) => rest(add.elements[name], sent[name]));
  add.reset();
  TEXTS.forEach((name, i) => {
    add.elements[name].value = left[i];
    keepDraft(name, left[i], owner);
  });
  more.open = add.elements.description.value !== "";
  const at = document.activeElement; // a button that is pressed has no focus in Safari
  if (!more.open && (at === document.body || add.contains(at))) {
    add.elements.title.focus();
  }
}

function bindAdd(list) {
  const owner = list.tasks.userId;
  bindForm(add, async (sent) => {
    const task = { title: sent.title.trim() };
    if (sent.description !== "") {
      task.description = sent.description;
    }
    try {
      await list.tasks.create(task);
    } catch (error) {
      leaveWith(error);
      throw error;
    }
    emptyAdd(sent, owner);
    announce("Added.");
    await list.changed();
  });
  keepDrafts(add, TEXTS, owner);
  more.open = add.elements.description.value !== "";
}

// --- what is shown: kept in the address, so that a reload and the way back show the same ---

function readAddress() {
  const query = new URLSearchParams(location.search);
  view.elements.completed.value = query.get("completed") ?? "";
  view.elements.q.value = query.get("q") ?? "";
  view.elements.sort.value = query.get("sort") ?? "";
  if (view.elements.sort.selectedIndex < 0) {
    view.elements.sort.selectedIndex = 0;
  }
}

function readView() {
  return Object.fromEntries(
    ["completed", "q", "sort"].map((name) => [name, view.elements[name].value.trim()]));
}

function writeAddress(shown) {
  const plain = view.elements.sort.options[0].value;
  const query = new URLSearchParams(
    Object.entries(shown).filter(([, value]) => value && value !== plain));
  history.replaceState(null, "", `${location.pathname}?${query}`.replace(/\?$/, ""));
}

function bindView(list) {
  let typing = 0;
  const show = () => {
    const shown = readView();
    clearTimeout(typing);
    if (!list.isShowing(shown)) {
      writeAddress(shown);
      list.show(shown);
    }
  };
  view.addEventListener("submit", (event) => {
    event.preventDefault();
    show();
  });
  view.addEventListener("change", show);
  view.elements.q.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(show, TYPING);
  });
}

// --- the page ---

startPage(({ user }) => {
  const list = new TaskList(new TaskApi(user.id));
  const loadMore = document.getElementById("load-more");

  readAddress();
  bindAdd(list);
  bindView(list);
  loadMore.addEventListener("click", () => whileBusy(loadMore, () => list.showMore()));
  onOtherTab((kind) => kind === "tasks" && list.refresh());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") {
      list.refresh();
    }
  });
  window.addEventListener("online", () => list.refresh());
  list.show(readView());
});
