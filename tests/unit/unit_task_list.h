/* Tasks of some users, and lists of them. */
#ifndef TASKGATE_TESTS_UNIT_TASK_LIST_H
#define TASKGATE_TESTS_UNIT_TASK_LIST_H

#include <stdlib.h>

#include "base/mem.h"
#include "server.h"
#include "unit.h"

#define LISTED 7 /* tasks of the user "lister" */

static inline struct reply *list(struct server *server, const char *user, const char *query)
{
    return server_ask(server, &(struct ask){.method = "GET",
                                            .uri = mem_printf(server->ctx, "/api/tasks%s", query),
                                            .token = server_token(server, user)});
}

static inline void add(struct server *server, const char *user, const char *body)
{
    assert_int_equal(server_ask(server, &(struct ask){.method = "POST",
                                                      .uri = "/api/tasks",
                                                      .token = server_token(server, user),
                                                      .body = body})
                         ->status,
                     201);
}

static inline int start(void **state)
{
    static const char *const bodies[LISTED] = {
        "{\"title\":\"Bread\"}",
        "{\"title\":\"apples\",\"completed\":true}",
        "{\"title\":\"\xc3\x89pices\",\"description\":\"100% sel_fin\"}",
        "{\"title\":\"apples\",\"description\":\"the red ones\"}",
        "{\"title\":\"Cheese\",\"completed\":true}",
        "{\"title\":\"bread\",\"description\":\"rye, not BREAD\"}",
        "{\"title\":\"zucchini\"}",
    };

    if (server_start(state) != 0) {
        return -1;
    }
    struct server *server = *state;
    for (size_t i = 0; i < LISTED; i++) {
        add(server, "lister", bodies[i]);
    }
    add(server, "neighbour", "{\"title\":\"bread of another\"}");
    /* Equal times, so that only the id decides between some of them. */
    server_sql(server, "UPDATE tasks SET created_at = '2026-01-01T00:00:00.000Z' WHERE title IN "
                       "('Bread', 'apples')");
    return 0;
}

/* The titles of a page in their order, a '|' behind each. */
static inline char *titles(struct server *server, const struct reply *reply)
{
    static const char name[] = "\"title\":\"";
    struct buf *text = buf_new(server->ctx);

    assert_int_equal(reply->status, 200);
    for (const char *at = reply->body; (at = strstr(at, name)) != NULL;) {
        at += sizeof name - 1;
        buf_add(text, at, strcspn(at, "\""));
        buf_putc(text, '|');
    }
    return text->data;
}

static inline char *ids(struct server *server, const struct reply *reply)
{
    struct buf *text = buf_new(server->ctx);

    assert_int_equal(reply->status, 200);
    for (const char *at = reply->body; (at = strstr(at, "{\"id\":")) != NULL; at++) {
        buf_printf(text, "%d|", atoi(at + 6));
    }
    return text->data;
}

#endif
