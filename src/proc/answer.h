/* From a whole request on a connection to its answer. */
#ifndef TASKGATE_PROC_ANSWER_H
#define TASKGATE_PROC_ANSWER_H

#include "proc/serve.h"

/* Does what the request of CONN, which is CONN_WHOLE, asks for. What becomes of it is in the call,
 * whose ctx is the caller's to free, or answer_end's. NULL: there is nothing to answer here, and
 * CONN is CONN_GONE. */
struct call *answer_begin(struct serving *serving, struct conn *conn);

/* Answers with what became of CALL, which the connection owns from here on. */
void answer_end(struct conn *conn, struct call *call);

#endif
