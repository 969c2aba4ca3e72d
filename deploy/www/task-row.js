// One task of the list: as it is, being edited, or deleted and still to be had back.

import { keepDraft, readDraft } from "./drafts.js";
import { bindForm, whileBusy } from "./form.js";
import { leaveWith } from "./session.js";
import { announce } from "./status.js";

const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

function fromTemplate(id) {
  return document.getElementById(id).content.cloneNode(true);
}

function valuesOf(form) {
  return { title: form.elements.title.value, description: form.elements.description.value };
}

/**
 * A row: `element` is its <li>. `list` is what it belongs to: its `tasks` (TaskApi), its functions
 * fail(error, retry), changed() and refresh(). Whose edit was cut short is being edited again.
 */
export class TaskRow {
  constructor(task, list) {
    this.task = task;
    this.list = list;
    this.element = document.createElement("li");
    this.element.className = "task";
    this.show();
    if (readDraft(this.draft, this.owner) !== "") {
      this.edit();
    }
  }

  get owner() {
    return this.list.tasks.userId;
  }

  /** The name of the draft of an edit. */
  get draft() {
    return `edit-${this.task.id}`;
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
    this.find("input").addEventListener("change", (event) => this.complete(event.target.checked));
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

  /**
   * Says the wanted state, not "the other one": a second try must not turn it back. Whoever changes
   * their mind before there is an answer is heard after it, so that the last word counts.
   */
  async complete(completed) {
    const box = this.find(".done input");
    this.wanted = completed;
    if (box) {
      box.checked = completed;
    }
    this.element.classList.toggle("completed", completed);
    if (this.isCompleting) {
      return;
    }
    this.isCompleting = true;
    try {
      while (this.task.completed !== this.wanted) {
        this.task = await this.list.tasks.update(this.task.id, { completed: this.wanted });
      }
      announce(this.wanted ? "Done." : "Open again.");
      this.list.changed();
    } catch (error) {
      const { wanted } = this;
      if (!this.isInUse) {
        this.show();
      }
      this.list.fail(error, () => this.complete(wanted));
    } finally {
      this.isCompleting = false;
    }
  }

  // --- being edited ---

  edit() {
    const { id, title, description } = this.task;
    const draft = readDraft(this.draft, this.owner);
    const values = draft ? JSON.parse(draft) : { title, description: description ?? "" };
    this.state = "edit";
    this.before = { title, description };
    this.element.replaceChildren(fromTemplate("row-edit"));
    const form = this.find("form");
    for (const name of ["title", "description"]) {
      const input = form.elements[name];
      input.id = `${name}-${id}`;
      input.closest(".field").querySelector("label").htmlFor = input.id;
    }
    form.elements.title.value = values.title;
    form.elements.description.value = values.description;
    bindForm(form, () => this.save(form));
    form.addEventListener("input", () =>
      keepDraft(this.draft, JSON.stringify(valuesOf(form)), this.owner));
    this.find(".cancel").addEventListener("click", () => this.cancel());
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.isComposing) { // else it is the input method's
        this.cancel();
      }
    });
    form.elements.title.focus();
  }

  /** Sends what was changed here, so that what another tab changed meanwhile stays. */
  async save(form) {
    const values = valuesOf(form);
    const wanted = { title: values.title.trim(), description: values.description || null };
    const changes = Object.fromEntries(
      Object.entries(wanted).filter(([name, value]) => value !== this.before[name]));
    if (Object.keys(changes).length > 0) {
      try {
        this.task = await this.list.tasks.update(this.task.id, changes);
      } catch (error) {
        leaveWith(error);
        throw error;
      }
      announce("Saved.");
      this.list.changed();
    }
    this.before = wanted;
    if (JSON.stringify(valuesOf(form)) === JSON.stringify(values)) { // else there is more to save
      this.endEdit();
    }
  }

  /** Another tab may have changed or deleted the task since. */
  cancel() {
    this.endEdit();
    this.list.refresh();
  }

  endEdit() {
    keepDraft(this.draft, "", this.owner);
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
    this.find("bdi").textContent = this.task.title;
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
