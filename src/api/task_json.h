/* How a task looks in an answer. */
#ifndef TASKGATE_API_TASK_JSON_H
#define TASKGATE_API_TASK_JSON_H

#include "base/buf.h"
#include "store/store.h"

/* Appends TASK as a JSON object (contract.md section 4). */
void task_json_put(struct buf *body, const struct task *task);

#endif
