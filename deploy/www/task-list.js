// The list of tasks: what is shown, in which order, and how it follows the server.

import { TaskRow } from "./task-row.js";
import { announce, endTrouble, showTrouble } from "./status.js";
import { leaveWith, tellTabs } from "./session.js";

const PAGE = 50; // tasks that are loaded at a time
const MOST = 10000; // the server's own limit of a page

/** The number of tasks in words; unless it is said there are more than are shown. */
function counted(total, shown, hasMore) {
  if (total === undefined && hasMore) {
    return `More than ${shown} tasks`;
  }
  const number = total ?? shown;
  return number === 1 ? "1 task" : `${number} tasks`;
}

/** The tasks of `tasks` (TaskApi) in the elements of index.html. */
export class TaskList {
  constructor(tasks) {
    this.tasks = tasks;
    this.view = {};
    this.rows = new Map(); // by the number of the task, in the order of the list
    this.cursor = undefined;
    this.loading = null;
    this.element = document.getElementById("list");
  }

  // --- loading ---

  /** Shows other tasks: those of `view` (completed, q, sort), from the start. */
  show(view) {
    for (const [id, row] of this.rows) {
      if (row.state === "deleted") { // had its time
        this.rows.delete(id);
      }
    }
    this.view = view;
    return this.load({ limit: PAGE });
  }

  isShowing(view) {
    return Object.keys(view).every((name) => view[name] === this.view[name]);
  }

  /** Reads what is shown once more; what is being edited stays. */
  refresh() {
    return this.load({ limit: Math.min(Math.max(PAGE, this.rows.size), MOST) });
  }

  async showMore() {
    const before = this.element.children.length;
    await this.load({ limit: PAGE, cursor: this.cursor });
    const next = this.element.children[before];
    next?.querySelector("input")?.focus();
    announce(`${this.element.children.length - before} more.`);
  }

  /** Of several that are asked for at the same time only the last one counts. */
  async load(page) {
    this.loading?.abort();
    const loading = new AbortController();
    this.loading = loading;
    this.element.setAttribute("aria-busy", "true");
    try {
      const answer = await this.tasks.list({ ...this.view, ...page }, loading.signal);
      endTrouble();
      this.take(answer, page.cursor !== undefined);
    } catch (error) {
      if (error.fields?.limit && page.limit) { // TASK_LIST_MAX is less: as many as it gives
        await this.load({ ...page, limit: undefined });
      } else if (!loading.signal.aborted) {
        this.fail(error, () => this.load(page));
      }
    } finally {
      if (this.loading === loading) {
        this.loading = null;
        this.element.removeAttribute("aria-busy");
      }
    }
  }

  take({ items, total, cursor }, isContinued) {
    const kept = [...this.rows].filter(([id, row]) =>
      isContinued || (row.isInUse && !items.some((task) => task.id === id)));
    const rows = new Map(isContinued ? kept : []);
    for (const task of items) {
      const row = this.rows.get(task.id) ?? new TaskRow(task, this);
      row.update(task);
      rows.set(task.id, row);
    }
    if (!isContinued) { // who edits a task, or may have it back, keeps it where it was
      kept.forEach(([id, row]) => rows.set(id, row));
    }
    this.rows = rows;
    this.place(isContinued ? [] : kept.map(([, row]) => row));
    this.cursor = cursor;
    this.total = total;
    this.say();
  }

  /** Moves only what is not in its place: an element that is moved loses the focus for a moment. */
  place(still) {
    const focused = document.activeElement;
    const wanted = [...this.rows.values()].filter((row) => !still.includes(row));
    const elements = new Set([...this.rows.values()].map((row) => row.element));
    for (const child of [...this.element.children]) {
      if (!elements.has(child)) {
        this.remove(child);
      }
    }
    let at = this.element.firstElementChild;
    for (const row of wanted) {
      while (at && still.some((other) => other.element === at)) {
        at = at.nextElementSibling;
      }
      if (at === row.element) {
        at = at.nextElementSibling;
      } else {
        this.element.insertBefore(row.element, at);
      }
    }
    if (this.element.contains(focused) && focused !== document.activeElement) {
      focused.focus();
    }
  }

  /** Who was in the element that goes is in the next one, or in the list. */
  remove(child) {
    const next = child.nextElementSibling ?? child.previousElementSibling;
    const hadFocus = child.contains(document.activeElement);
    child.remove();
    if (hadFocus) {
      (next?.querySelector("input, button") ?? this.element).focus();
    }
  }

  say() {
    const isFiltered = Boolean(this.view.completed || this.view.q);
    const empty = document.getElementById("empty");
    const text = counted(this.total, this.rows.size, this.cursor) + (isFiltered ? " found" : "");
    const count = document.getElementById("count");
    if (count.textContent !== text) {
      count.textContent = text;
      announce(text);
    }
    empty.hidden = this.rows.size > 0;
    empty.textContent = isFiltered
      ? "Nothing matches."
      : "No tasks yet. Write the first one above.";
    document.getElementById("more-tasks").hidden = this.cursor === undefined;
  }

  // --- what rows call ---

  /** Something was changed here: counts, order and other tabs follow. */
  changed() {
    tellTabs("tasks");
    return this.refresh();
  }

  /** A task that was had back has another number. */
  renumber(row, task) {
    this.rows = new Map(
      [...this.rows].map(([id, other]) => (other === row ? [task.id, row] : [id, other])));
    row.task = task;
  }

  /** Says what went wrong; without a session one signs in and comes back. */
  fail(error, retry) {
    if (leaveWith(error)) {
      return;
    }
    if (error.code === "TASK_NOT_FOUND") { // deleted in another tab
      showTrouble(error);
      this.refresh();
    } else {
      showTrouble(error, retry);
    }
  }
}
