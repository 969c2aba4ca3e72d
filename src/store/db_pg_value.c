#include "base/clock.h"
#include "store/db_pg.h"

/* Types of pg_type that never change. */
#define OID_BOOL        16
#define OID_INT8        20
#define OID_TEXT        25
#define OID_TIMESTAMPTZ 1184

/* A timestamptz counts microseconds from 2000-01-01 UTC. */
#define POSTGRES_EPOCH INT64_C(946684800000)

#define BINARY 1

static void put_int64(unsigned char *bytes, int64_t number)
{
    uint64_t rest = (uint64_t)number;

    for (int i = 7; i >= 0; i--) {
        bytes[i] = (unsigned char)(rest & 0xff);
        rest >>= 8;
    }
}

static int64_t get_int64(const char *data)
{
    uint64_t number = 0;

    for (int i = 0; i < 8; i++) {
        number = number << 8 | (unsigned char)data[i];
    }
    return (int64_t)number;
}

/* Down to the millisecond, also before 2000; "infinity" ends up outside and is clamped. */
static int64_t milliseconds(int64_t microseconds)
{
    int64_t time = microseconds / 1000 - (microseconds % 1000 < 0 ? 1 : 0);

    if (time < -POSTGRES_EPOCH) {
        return 0;
    }
    return time > CLOCK_MAX - POSTGRES_EPOCH ? CLOCK_MAX : time + POSTGRES_EPOCH;
}

void db_pg_value_write(enum db_type type, const struct db_value *value, unsigned char bytes[8],
                       const char **ret_data, int *ret_len)
{
    *ret_data = (const char *)bytes;
    *ret_len = 8;
    switch (type) {
    case DB_TEXT:
        *ret_data = value->text;
        *ret_len = (int)value->len;
        break;
    case DB_BOOL:
        bytes[0] = value->number != 0;
        *ret_len = 1;
        break;
    case DB_INT:
        put_int64(bytes, value->number);
        break;
    case DB_TIME:
        put_int64(bytes, (value->number - POSTGRES_EPOCH) * 1000);
        break;
    }
}

void db_pg_value_encode(enum stmt statement, const struct db_value *params,
                        struct db_pg_values *ret_values)
{
    static const Oid oids[] = {
        [DB_TEXT] = OID_TEXT,
        [DB_INT] = OID_INT8,
        [DB_BOOL] = OID_BOOL,
        [DB_TIME] = OID_TIMESTAMPTZ,
    };
    const struct stmt_info *info = &stmt_table[statement];
    struct db_pg_values *values = ret_values;

    for (unsigned i = 0; i < info->param_count; i++) {
        values->types[i] = oids[info->params[i]];
        values->formats[i] = BINARY;
        values->data[i] = NULL;
        values->lengths[i] = 0;
        if (!params[i].null) {
            db_pg_value_write(info->params[i], &params[i], values->bytes[i], &values->data[i],
                              &values->lengths[i]);
        }
    }
}

bool db_pg_value_read(const char *data, int len, enum db_type type, struct db_value *ret_value)
{
    struct db_value value = {.null = false};

    switch (type) {
    case DB_TEXT:
        value.text = data;
        value.len = (size_t)len;
        break;
    case DB_BOOL:
        if (len != 1) {
            return false;
        }
        value.number = data[0] != 0;
        break;
    case DB_INT:
    case DB_TIME:
        if (len != 8) {
            return false;
        }
        value.number = type == DB_INT ? get_int64(data) : milliseconds(get_int64(data));
        break;
    }
    *ret_value = value;
    return true;
}

bool db_pg_value_decode(const PGresult *result, int row, int column, enum db_type type,
                        struct db_value *ret_value)
{
    if (PQgetisnull(result, row, column) != 0) {
        *ret_value = db_null();
        return true;
    }
    return db_pg_value_read(PQgetvalue(result, row, column), PQgetlength(result, row, column), type,
                            ret_value);
}
