/* Requests, and what the audit log says of them. */
#ifndef TASKGATE_TESTS_UNIT_AUDIT_H
#define TASKGATE_TESTS_UNIT_AUDIT_H

#include "base/mem.h"
#include "server.h"
#include "unit.h"

#define PASSWORD "violet Harbor 27"

/* The log of a POST with the JSON text BODY. */
static inline const char *post(struct server *server, const char *route, const char *token,
                               const char *body)
{
    struct reply *reply;

    return server_log(server,
                      &(struct ask){.method = "POST",
                                    .uri = mem_printf(server->ctx, "/api/auth/%s", route),
                                    .token = token,
                                    .body = body},
                      &reply);
}

/* Fails the test unless LOG has a line of the level with EVENT; returns what follows it. */
static inline const char *assert_event(const char *log, const char *level, const char *event)
{
    const char *found = strstr(log, event);

    if (found == NULL || (size_t)(found - log) < strlen(level) + 2 ||
        strncmp(found - strlen(level) - 2, level, strlen(level)) != 0) {
        fail_msg("no %s: %s in: %s", level, event, log);
    }
    return found + strlen(event);
}

/* The word behind NAME= in a line. */
static inline const char *field(struct server *server, const char *line, const char *name)
{
    const char *at = strstr(line, mem_printf(server->ctx, " %s=", name));

    if (at == NULL || strcspn(line, "\n") < (size_t)(at - line)) {
        fail_msg("no %s in: %s", name, line);
    }
    at += strlen(name) + 2;
    return mem_strndup(server->ctx, at, strcspn(at, " \n"));
}

static inline const char *log_of(struct server *server, const struct ask *ask)
{
    struct reply *reply;

    return server_log(server, ask, &reply);
}

#endif
