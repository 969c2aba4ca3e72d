// One task of the list: as it is, being edited, or deleted and still to be had back.

import { bindForm, whileBusy } from "./form.js";
import { announce } from "./status.js";

const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

function fromTemplate(id) {
  return document.getElementById(id).content.cloneNode(true);
}

/**
 * A row: `element` is its <li>. `list` is what it belongs to: its `tasks` (TaskApi), its functions
 * fail(error, retry) and changed().
 */
export class TaskRow {
  constructor(task, list) {
    this.task = task;
    this.list = list;
    this.element = document.createElement("li");
    this.element.className = "task";
    this.show();
  }

  /** Whether the list may replace what the row shows. */
  get isInUse() {
    return this.state !== "view";
  }

  /** Takes over what the server says about the task. */
  update(task) {
    const same = task.updated_at === this.task.updated_at;
    this.task = task;
    if (!same && !this.isInUse) {
      this.show();
    }
  }

  find(selector) {
    return this.element.querySelector(selector);
  }

  // --- as it is ---

  show() {
    const { title, description, completed, created_at: created } = this.task;
    const focused = this.element.contains(document.activeElement)
      ? document.activeElement.className
      : null;

    this.state = "view";
    this.element.replaceChildren(fromTemplate("row-view"));
    this.element.classList.toggle("completed", completed);
    this.find(".title").textContent = title;
    this.find("input").checked = completed;
    this.find("input").addEventListener("change", (event) => this.complete(event.target));
    this.find(".description").textContent = description ?? "";
    this.find(".description").hidden = !description;
    this.find("time").dateTime = created;
    this.find("time").textContent = day.format(new Date(created));
    for (const [name, act] of [["edit", () => this.edit()], ["delete", () => this.delete()]]) {
      const button = this.find(`.${name}`);
      button.setAttribute("aria-label", `${button.textContent}: ${title}`);
      button.addEventListener("click", () => whileBusy(button, act));
    }
    if (focused !== null) {
      (this.find(focused ? `.${focused.split(" ")[0]}` : "input") ?? this.find("input")).focus();
    }
  }

  /** Says the wanted state, not "the other one": a second try must not turn it back. */
  async complete(box) {
    const completed = box.checked;
    this.element.classList.toggle("completed", completed);
    try {
      this.task = await this.list.tasks.update(this.task.id, { completed });
      announce(completed ? "Done." : "Open again.");
      this.list.changed();
    } catch (error) {
      box.checked = !completed;
      this.element.classList.toggle("completed", !completed);
      this.list.fail(error, () => {
        box.checked = completed;
        this.complete(box);
      });
    }
  }

  // --- being edited ---

  edit() {
    const { id, title, description } = this.task;
    this.state = "edit";
    this.element.replaceChildren(fromTemplate("row-edit"));
    const form = this.find("form");
    for (const name of ["title", "description"]) {
      const input = form.elements[name];
      input.id = `${name}-${id}`;
      input.closest(".field").querySelector("label").htmlFor = input.id;
    }
    form.elements.title.value = title;
    form.elements.description.value = description ?? "";
    bindForm(form, (values) => this.save(values));
    this.find(".cancel").addEventListener("click", () => this.endEdit());
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        this.endEdit();
      }
    });
    form.elements.title.focus();
  }

  async save({ title, description }) {
    const wanted = { title: title.trim(), description: description || null };
    const changes = Object.fromEntries(
      Object.entries(wanted).filter(([name, value]) => value !== this.task[name]),
    );
    if (Object.keys(changes).length > 0) {
      try {
        this.task = await this.list.tasks.update(this.task.id, changes);
      } catch (error) {
        if (error.isSignedOut) {
          this.list.fail(error);
        }
        throw error;
      }
      announce("Saved.");
      this.list.changed();
    }
    this.endEdit();
  }

  endEdit() {
    this.show();
    this.find(".edit").focus();
  }

  // --- deleted ---

  async delete() {
    try {
      await this.list.tasks.delete(this.task.id);
    } catch (error) {
      if (error.code !== "TASK_NOT_FOUND") { // else another tab was faster
        this.list.fail(error, () => this.delete());
        return;
      }
    }
    this.state = "deleted";
    this.element.replaceChildren(fromTemplate("row-deleted"));
    this.find(".gone").textContent = `Deleted: ${this.task.title}`;
    const undo = this.find(".undo");
    undo.setAttribute("aria-label", `Undo: delete ${this.task.title}`);
    undo.addEventListener("click", () => whileBusy(undo, () => this.undo()));
    undo.focus();
    announce("Deleted.");
    this.list.changed();
  }

  /** The task is made anew: the server keeps nothing of what was deleted. */
  async undo() {
    const { title, description, completed } = this.task;
    try {
      const task = await this.list.tasks.create({ title, description, completed });
      this.list.renumber(this, task);
      this.show();
      this.find("input").focus();
      announce("It is back.");
      this.list.changed();
    } catch (error) {
      this.list.fail(error, () => this.undo());
    }
  }
}
