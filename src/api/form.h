/*
 * The input of Better Auth's routes: a JSON object, or a posted HTML form, checked against a table
 * of fields. Statuses, codes and texts are those of its validator.
 */
#ifndef TASKGATE_API_FORM_H
#define TASKGATE_API_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "api/app.h"
#include "api/route.h"

enum field_kind {
    FIELD_TEXT,
    FIELD_FILLED, /* a text that is not empty */
    FIELD_EMAIL,  /* a text in the form of an address */
    FIELD_BOOL,
};

enum field_flags {
    FIELD_REQUIRED = 1,
    FIELD_NULLABLE = 2,
};

struct field {
    const char *name; /* NULL ends a table */
    enum field_kind kind;
    unsigned flags;
};

/* The tables, in the order in which Better Auth complains; the route table names them. */
extern const struct field form_sign_up[], form_sign_in[], form_token[], form_update_user[],
    form_change_password[], form_password[], form_reset_request[], form_reset[],
    form_verification[], form_change_email[], form_delete_user[], form_empty[];

/*
 * Reads the body of ROUTE, if there is one of a type that it takes, into the call's form. A body
 * without a content type counts as none. ERR_BODY_TOO_LARGE, ERR_MEDIA_TYPE, ERR_BODY_JSON,
 * ERR_BAD_REQUEST.
 */
enum err form_read(struct call *call, const struct route *route,
                   const struct edge *edge) WARN_UNUSED;

/* Refuses URLs to go on to, in body and query, that callback_is_safe refuses. ERR_CALLBACK_URL and
 * the three like it; ERR_BAD_REQUEST for a query that cannot be read. */
enum err form_check_callbacks(struct call *call) WARN_UNUSED;

/* Checks the form against the table of ROUTE. ERR_BAD_INPUT with the problems noted. */
enum err form_check(struct call *call, const struct route *route) WARN_UNUSED;

/* The text of a field with its length (RET_LEN may be NULL), NULL when it is absent or null. */
const char *form_text(const struct form *form, const char *name, size_t *ret_len);

/* The truth value of a field, FALLBACK when it is absent. */
bool form_bool(const struct form *form, const char *name, bool fallback);

/* Whether the field is there, be it null; whether it is and holds more than null or an empty text.
 */
bool form_has(const struct form *form, const char *name);
bool form_is_filled(const struct form *form, const char *name);

#endif
