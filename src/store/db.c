#include "store/db.h"

#include <limits.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

enum err db_one(struct db *db, enum stmt statement, const struct db_value *params, db_row *row,
                void *arg)
{
    int64_t count = 0;
    enum err error = db->driver->query(db, statement, params, row, arg, &count);

    return error == ERR_OK && count == 0 ? ERR_ABSENT : error;
}

enum err db_query_each(struct db *db, struct db_call *calls, size_t count)
{
    enum err error = ERR_OK;

    for (size_t i = 0; i < count && error == ERR_OK; i++) {
        struct db_call *call = &calls[i];
        error = db->driver->query(db, call->statement, call->params, call->row, call->arg,
                                  &call->count);
    }
    return error;
}

enum err db_finish(struct db *db, enum err error)
{
    if (error == ERR_OK) {
        error = db->driver->commit(db);
    }
    if (error != ERR_OK) {
        db->driver->rollback(db);
    }
    return error;
}

struct db_value db_text(const char *text)
{
    return text == NULL ? db_null() : db_text_len(text, strlen(text));
}

struct db_value db_text_len(const char *text, size_t len)
{
    return (struct db_value){.text = text, .len = len};
}

struct db_value db_int(int64_t number)
{
    return (struct db_value){.number = number};
}

struct db_value db_bool(bool value)
{
    return (struct db_value){.number = value ? 1 : 0};
}

struct db_value db_time(int64_t time)
{
    if (time < 0) {
        time = 0;
    }
    if (time > CLOCK_MAX) {
        time = CLOCK_MAX;
    }
    return (struct db_value){.number = time};
}

struct db_value db_null(void)
{
    return (struct db_value){.null = true};
}

enum err db_check_params(enum stmt statement, const struct db_value *params)
{
    const struct stmt_info *info = &stmt_table[statement];

    for (unsigned i = 0; i < info->param_count; i++) {
        if (info->params[i] != DB_TEXT || params[i].null) {
            continue;
        }
        if (params[i].len > INT_MAX || memchr(params[i].text, '\0', params[i].len) != NULL ||
            !text_is_utf8(params[i].text, params[i].len)) {
            return ERR_BAD_VALUE;
        }
    }
    return ERR_OK;
}
