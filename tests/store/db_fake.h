/* A driver that touches no database: it notes its calls and fails at the one it is told to. */
#ifndef TASKGATE_TESTS_DB_FAKE_H
#define TASKGATE_TESTS_DB_FAKE_H

#include "base/buf.h"
#include "store/db.h"

struct db_fake {
    struct db db; /* first */
    int fail_at;  /* the number of the call that fails, from 1; 0 = none */
    enum err error;
    int64_t count;   /* what statements give for *ret_count */
    int calls;       /* so far; rollback is none, because it can't fail */
    struct buf *log; /* "begin user_insert ... rollback " */
};

/* A fake that fails at call FAIL_AT with ERROR, owned by CTX. */
struct db_fake *db_fake_new(void *ctx, int fail_at, enum err error);

#endif
