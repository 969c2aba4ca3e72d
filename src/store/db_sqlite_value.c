#include "base/mem.h"
#include "store/db_sqlite.h"

int db_sqlite_value_bind(sqlite3_stmt *statement, int index, enum db_type type,
                         const struct db_value *value, char iso[static CLOCK_ISO_SIZE])
{
    if (value->null) {
        return sqlite3_bind_null(statement, index);
    }
    switch (type) {
    case DB_TEXT:
        return sqlite3_bind_text(statement, index, value->text, (int)value->len, SQLITE_STATIC);
    case DB_TIME:
        clock_format(value->number, iso);
        return sqlite3_bind_text(statement, index, iso, CLOCK_ISO_SIZE - 1, SQLITE_STATIC);
    case DB_INT:
    case DB_BOOL:
        break;
    }
    return sqlite3_bind_int64(statement, index, value->number);
}

bool db_sqlite_value_read(sqlite3_stmt *statement, int index, enum db_type type,
                          struct db_value *ret_value)
{
    struct db_value value = {.null = sqlite3_column_type(statement, index) == SQLITE_NULL};

    if (!value.null && (type == DB_TEXT || type == DB_TIME)) {
        value.text = (const char *)sqlite3_column_text(statement, index);
        if (value.text == NULL) {
            mem_fail();
        }
        value.len = (size_t)sqlite3_column_bytes(statement, index);
        if (type == DB_TIME && !clock_parse(value.text, value.len, &value.number)) {
            return false;
        }
    } else if (!value.null) {
        if (sqlite3_column_type(statement, index) != SQLITE_INTEGER) {
            return false;
        }
        value.number = sqlite3_column_int64(statement, index);
    }
    *ret_value = value;
    return true;
}
