// index.html: the tasks.

import { keepDraft } from "./drafts.js";
import { bindForm, keepDrafts, whileBusy } from "./form.js";
import { startPage } from "./page.js";
import { onOtherTab } from "./session.js";
import { announce } from "./status.js";
import { TaskApi } from "./task-api.js";
import { TaskList } from "./task-list.js";

const TYPING = 250; // ms without a key before a search starts

const add = document.getElementById("add");
const view = document.getElementById("view");

// --- adding ---

function bindAdd(list) {
  bindForm(add, async ({ title, description }) => {
    const task = { title: title.trim() };
    if (description !== "") {
      task.description = description;
    }
    try {
      await list.tasks.create(task);
    } catch (error) {
      if (error.isSignedOut) {
        list.fail(error);
      }
      throw error;
    }
    add.reset();
    ["title", "description"].forEach((name) => keepDraft(name, ""));
    document.getElementById("more").open = false;
    add.elements.title.focus();
    announce("Added.");
    await list.changed();
  });
  keepDrafts(add, ["title", "description"]);
  document.getElementById("more").open = add.elements.description.value !== "";
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
  const more = document.getElementById("load-more");

  readAddress();
  bindAdd(list);
  bindView(list);
  more.addEventListener("click", () => whileBusy(more, () => list.showMore()));
  onOtherTab((kind) => kind === "tasks" && list.refresh());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") {
      list.refresh();
    }
  });
  window.addEventListener("online", () => list.refresh());
  list.show(readView());
});
