// The tasks of the signed-in user, on the server.

import { request, requestAll } from "./api.js";

/** A list in whichever shape the server has been told to give it (LIST_SHAPE); `total` may be unknown. */
function readList(answer, headers) {
  const [, cursor] = /[?&]cursor=([^&>]+)>; rel="next"/.exec(headers.get("Link") ?? "") ?? [];
  return {
    items: Array.isArray(answer) ? answer : (answer.items ?? answer.tasks),
    total: answer.total,
    cursor: answer.next_cursor ?? cursor,
  };
}

/** Tasks of one user. Every function throws ApiError. */
export class TaskApi {
  constructor(userId) {
    this.userId = userId;
    this.path = `/api/proxy/${encodeURIComponent(userId)}/tasks`;
    this.highest = 0; // the highest number of a task that was seen
  }

  see(tasks) {
    this.highest = Math.max(this.highest, ...tasks.map((task) => task.id));
  }

  /** {items, total?, cursor?} for a view: completed, q and sort, limit, cursor. */
  async list(view, signal) {
    const wanted = new URLSearchParams(Object.entries(view).filter(([, value]) => value));
    const { answer, headers } =
      await requestAll("GET", `${this.path}?${wanted}`, undefined, signal);
    const page = readList(answer, headers);
    this.see(page.items);
    return page;
  }

  /**
   * Makes a task. Where no answer of its own came, looks whether the task was made all the same, so
   * that a second try does not make it twice.
   */
  async create(task) {
    const { highest } = this;
    try {
      const made = await request("POST", this.path, task);
      this.see([made]);
      return made;
    } catch (error) {
      if (!error.isPassing) {
        throw error;
      }
      const page = await this.list({ limit: 1 }).catch(() => ({ items: [] }));
      const [newest] = page.items;
      if (newest && newest.id > highest && newest.title === task.title) {
        return newest;
      }
      throw error;
    }
  }

  update(id, changes) {
    return request("PATCH", `${this.path}/${id}`, changes);
  }

  delete(id) {
    return request("DELETE", `${this.path}/${id}`);
  }
}
