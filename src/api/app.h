/* What a handler gets: the process's parts, and the call it is to answer. */
#ifndef TASKGATE_API_APP_H
#define TASKGATE_API_APP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "auth/guard.h"
#include "auth/principal.h"
#include "base/err.h"
#include "conf/conf.h"
#include "http/cgi.h"
#include "http/resp.h"
#include "sec/gate.h"
#include "store/store.h"

/* The parts of one worker. */
struct app {
    const struct config *config;
    struct store *store; /* NULL until the database could be opened */
    struct gate *gate;
    const atomic_bool *schema_ready; /* false until the master has seen the right schema */
};

/* Whether the store may be used: it is open, and its schema is right. */
bool app_is_ready(const struct app *app);

/* One request on its way. Everything allocated for it belongs to ctx. */
struct call {
    const struct app *app;
    void *ctx;
    int64_t now; /* ms, one clock reading for the whole call */
    struct request request;
    struct response *response;
    struct principal principal;
    const char *path_user; /* what ":user" matched, or NULL */
    const char *path_id;   /* what ":id" matched, or NULL */
};

/* Answers a call: sets the response, or returns what the error shape is to be made from. */
typedef enum err handler(struct call *call);

/* The handlers, by file. */
handler meta_root, meta_health;                              /* meta.c */
handler sign_up, sign_in, sign_out, sign_out_short, refresh; /* a file each, but sign_out.c */
handler task_list, task_create, task_get, task_change, task_toggle, task_delete; /* task*.c */

#endif
