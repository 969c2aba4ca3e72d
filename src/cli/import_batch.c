#include "cli/import_batch.h"

#include <string.h>
#include <time.h>

#include "base/id.h"
#include "base/mem.h"

#define TRIES    4
#define PAUSE_MS 500

/* --- one record --- */

/* A user without an id is the one with that address, or a new one. */
static enum err find_id(struct import_batch *batch, struct record *record)
{
    struct user *user = NULL;
    const char *hash;

    if (record->user.id != NULL) {
        return ERR_OK;
    }
    enum err error = store_user_by_email(batch->store, record, record->user.email, &user, &hash);
    if (error == ERR_OK) {
        record->user.id = user->id;
    } else if (error == ERR_ABSENT) {
        record->user.id = id_new(record);
        record->id_is_new = true;
    }
    return error == ERR_ABSENT ? ERR_OK : error;
}

/* The account of a hash that stands in a user's line. */
static enum err put_hash(struct import_batch *batch, struct record *record)
{
    const struct user *user = &record->user;
    const struct transfer_account account = {
        .id = id_new(record),
        .account_id = user->id,
        .provider_id = "credential",
        .user_id = user->id,
        .password = record->hash,
        .created_at = user->created_at,
        .updated_at = user->updated_at,
    };
    enum transfer_state state = TRANSFER_THERE; /* a user who has a password keeps it */
    enum err error = ERR_OK;

    if (record->hash != NULL) {
        error = transfer_put_account(batch->store, &account, batch->seen == NULL, &state);
    }
    record->hash_is_new = record->hash != NULL && state != TRANSFER_THERE;
    return error;
}

static enum err put_user(struct import_batch *batch, struct record *record,
                         enum transfer_state *ret_state)
{
    enum err error = find_id(batch, record);

    if (error == ERR_OK) {
        error = transfer_put_user(batch->store, &record->user, batch->seen == NULL, ret_state);
    }
    if (error == ERR_OK && *ret_state != TRANSFER_TAKEN) {
        error = put_hash(batch, record);
    }
    return error;
}

static enum err put(struct import_batch *batch, struct record *record,
                    enum transfer_state *ret_state)
{
    bool write = batch->seen == NULL;

    switch (record->kind) {
    case RECORD_USER:
        return put_user(batch, record, ret_state);
    case RECORD_ACCOUNT:
        return transfer_put_account(batch->store, &record->account, write, ret_state);
    case RECORD_TASK:
        return transfer_put_task(batch->store, &record->task, write, ret_state);
    case RECORD_SESSION:
        return transfer_put_session(batch->store, &record->session, write, ret_state);
    case RECORD_REFRESH:
        return transfer_put_refresh(batch->store, &record->refresh, write, ret_state);
    case RECORD_HEAD:
    case RECORD_END:
    case RECORD_KINDS:
        break;
    }
    *ret_state = TRANSFER_THERE;
    return ERR_OK;
}

/* --- where nothing is written, what the file brought before counts as if it were there --- */

static enum transfer_state see_user(struct import_seen *seen, const struct record *record)
{
    const struct user *user = &record->user;

    if (import_seen_has(seen, "user", user->id)) {
        return TRANSFER_THERE;
    }
    if (!import_seen_add(seen, "email", user->email)) {
        return record->id_is_new ? TRANSFER_THERE : TRANSFER_TAKEN;
    }
    (void)import_seen_add(seen, "user", user->id);
    return TRANSFER_NEW;
}

/* A row under a name that none before had; its parent is in the database or in the file. */
static enum transfer_state see_row(struct import_seen *seen, const char *kind, const char *name,
                                   bool has_parent)
{
    if (!has_parent) {
        return TRANSFER_ORPHAN;
    }
    return import_seen_add(seen, kind, name) ? TRANSFER_NEW : TRANSFER_THERE;
}

static enum transfer_state see(struct import_seen *seen, struct record *record,
                               enum transfer_state state)
{
    const struct transfer_account *account = &record->account;
    bool there = state == TRANSFER_NEW;

    if (state == TRANSFER_THERE || state == TRANSFER_TAKEN) {
        return state;
    }
    switch (record->kind) {
    case RECORD_USER:
        return see_user(seen, record);
    case RECORD_ACCOUNT:
        return see_row(seen, "account",
                       mem_printf(record, "%s\n%s\n%s", account->user_id, account->provider_id,
                                  account->account_id),
                       there || import_seen_has(seen, "user", account->user_id));
    case RECORD_TASK: /* there may be more of them than fit into memory */
        return there || import_seen_has(seen, "user", record->task.user_id) ? TRANSFER_NEW
                                                                            : TRANSFER_ORPHAN;
    case RECORD_SESSION:
        return see_row(seen, "session", record->session.id,
                       there || import_seen_has(seen, "user", record->session.user_id));
    case RECORD_REFRESH:
        return see_row(seen, "refresh", record->refresh.digest,
                       there || import_seen_has(seen, "session", record->refresh.session_id));
    case RECORD_HEAD:
    case RECORD_END:
    case RECORD_KINDS:
        break;
    }
    return state;
}

static const char *fault_of(const struct record *record, enum transfer_state state)
{
    if (state == TRANSFER_ORPHAN) {
        return record->kind == RECORD_REFRESH ? "its session is not there"
                                              : "its user is not there";
    }
    if (state == TRANSFER_TAKEN) {
        return record->kind == RECORD_USER      ? "another user has this address"
               : record->kind == RECORD_SESSION ? "another session has its id or token"
                                                : "another row has its id";
    }
    return NULL;
}

/* --- some of them --- */

static int64_t top_task_id(const struct import_batch *batch, size_t from, size_t to)
{
    int64_t top = 0;

    for (size_t i = from; i < to; i++) {
        const struct record *record = batch->records[i];
        if (record->kind == RECORD_TASK && record->task.id > top) {
            top = record->task.id;
        }
    }
    return top;
}

static void look_back(struct import_batch *batch, size_t i)
{
    struct record *record = batch->records[i];
    enum transfer_state before = batch->states[i];

    if (batch->seen == NULL) {
        return;
    }
    batch->states[i] = see(batch->seen, record, before);
    if (batch->states[i] != before) {
        record->hash_is_new = false; /* the line before brought it, or nobody does */
    }
}

static enum err put_one(struct import_batch *batch, size_t i)
{
    enum err error = put(batch, batch->records[i], &batch->states[i]);

    if (error == ERR_OK) {
        look_back(batch, i);
        batch->faults[i] = fault_of(batch->records[i], batch->states[i]);
    }
    return error;
}

/* Users without an id: those that are there, or come twice, have one; the others get new ones. */
static enum err find_ids(struct import_batch *batch, size_t from, size_t to)
{
    void *work = mem_context(NULL);
    struct transfer_name *names = mem_array(work, struct transfer_name, to - from);
    size_t count = 0;

    for (size_t i = from; i < to; i++) {
        struct record *record = batch->records[i];
        if (record->kind == RECORD_USER && record->user.id == NULL) {
            names[count++] = (struct transfer_name){.ctx = record, .email = record->user.email};
        }
    }
    enum err error = count == 0 ? ERR_OK : transfer_find_users(batch->store, names, count);
    for (size_t i = from, next = 0; i < to && error == ERR_OK; i++) {
        struct record *record = batch->records[i];
        if (record->kind != RECORD_USER || record->user.id != NULL) {
            continue;
        }
        record->user.id = names[next++].id;
        for (size_t j = from; j < i && record->user.id == NULL; j++) {
            const struct record *before = batch->records[j];
            if (before->kind == RECORD_USER &&
                strcmp(before->user.email, record->user.email) == 0) {
                record->user.id = before->user.id;
            }
        }
        record->id_is_new = record->user.id == NULL;
        if (record->id_is_new) {
            record->user.id = id_new(record);
        }
    }
    talloc_free(work);
    return error;
}

static bool can_wait(const struct record *record)
{
    return record->kind != RECORD_TASK || record->task.id != 0;
}

/* All rows in one go; then, one by one, those that were not written so, to learn why. */
static enum err put_queued(struct import_batch *batch, size_t from, size_t to)
{
    bool written[TRANSFER_QUEUE_MAX];
    size_t first[IMPORT_BATCH_ROWS + 1];
    enum err error = find_ids(batch, from, to);

    if (error != ERR_OK) {
        return error;
    }
    transfer_queue_begin(batch->store);
    for (size_t i = from; i < to && error == ERR_OK; i++) {
        first[i] = transfer_queue_count(batch->store);
        batch->faults[i] = NULL;
        if (can_wait(batch->records[i])) {
            error = put(batch, batch->records[i], &batch->states[i]);
        }
        first[i + 1] = transfer_queue_count(batch->store);
    }
    enum err sent = transfer_queue_run(batch->store, written);
    error = error == ERR_OK ? sent : error;
    for (size_t i = from; i < to && error == ERR_OK; i++) {
        bool all = can_wait(batch->records[i]);
        for (size_t j = first[i]; j < first[i + 1]; j++) {
            all = all && written[j];
        }
        if (!all) {
            error = put_one(batch, i);
            /* The hash of a user who is there may have been new. */
            batch->records[i]->hash_is_new = first[i + 1] - first[i] == 2 && written[first[i] + 1];
        }
    }
    return error;
}

static enum err put_each(struct import_batch *batch, size_t from, size_t to)
{
    enum err error = ERR_OK;

    if (batch->seen == NULL) {
        return put_queued(batch, from, to);
    }
    for (size_t i = from; error == ERR_OK && i < to; i++) {
        error = put_one(batch, i);
    }
    return error;
}

/* In a transaction, which is tried again where another was in its way. */
static enum err put_together(struct import_batch *batch, size_t from, size_t to)
{
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
    enum err error = ERR_STORE_DOWN;

    if (batch->seen != NULL) {
        return put_each(batch, from, to);
    }
    for (int i = 0; i < TRIES && (error == ERR_STORE_DOWN || error == ERR_MISSING_PARENT); i++) {
        if (i > 0) {
            nanosleep(&pause, NULL);
        }
        error = transfer_begin(batch->store, top_task_id(batch, from, to));
        if (error == ERR_OK) {
            error = transfer_end(batch->store, put_each(batch, from, to));
        }
    }
    return error;
}

enum err import_batch_run(struct import_batch *batch)
{
    enum err error = put_together(batch, 0, batch->count);

    if (error != ERR_BAD_VALUE && error != ERR_CONFLICT) {
        return error;
    }
    /* The database refuses one of them: each alone, to find out which. */
    for (size_t i = 0; i < batch->count; i++) {
        error = put_together(batch, i, i + 1);
        if (error == ERR_BAD_VALUE || error == ERR_CONFLICT) {
            batch->states[i] = TRANSFER_TAKEN;
            batch->faults[i] = "the database refuses a value";
        } else if (error != ERR_OK) {
            return error;
        }
    }
    return ERR_OK;
}
