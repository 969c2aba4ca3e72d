#include "proc/ready.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/metric.h"

static const struct {
    const char *reason;
    const char *detail;
} texts[READY_COUNT] = {
    [READY] = {"ready", ""},
    [READY_NOT_MASTER] = {"master", "the master process does not respond"},
    [READY_NOT_DRAINING] = {"draining", "the server is being stopped"},
    [READY_NOT_SCHEMA] = {"schema", "the database's schema is not there yet; see the log"},
    [READY_NOT_WORKERS] = {"workers", "no worker is alive"},
    [READY_NOT_DATABASE] = {"database", "the database does not answer"},
    [READY_NOT_IN_TIME] = {"database", "the database did not answer in time"},
    [READY_NOT_WRITABLE] = {"writes", "the database refuses writes; see the log"},
};

/* Whether NOTE was made within the last SECONDS. */
static bool is_recent(enum metric_note note, int64_t now, int64_t seconds)
{
    int64_t noted = metric_noted(note);

    return noted != 0 && now - noted < seconds * CLOCK_SECOND;
}

enum ready ready_live(int64_t now)
{
    return is_recent(METRIC_NOTE_BEAT, now, READY_BEAT_SECONDS) ? READY : READY_NOT_MASTER;
}

enum ready ready_before(int64_t now)
{
    if (ready_live(now) != READY) {
        return READY_NOT_MASTER;
    }
    if (metric_get(METRIC_DRAINING, 0, 0) != 0) {
        return READY_NOT_DRAINING;
    }
    if (metric_get(METRIC_SCHEMA_READY, 0, 0) == 0) {
        return READY_NOT_SCHEMA;
    }
    if (metric_get(METRIC_WORKERS_ALIVE, 0, 0) == 0) {
        return READY_NOT_WORKERS;
    }
    if (is_recent(METRIC_NOTE_DB_FAILED, now, READY_TROUBLE_SECONDS)) {
        return READY_NOT_WRITABLE;
    }
    return READY;
}

void ready_print(struct buf *out, enum ready ready, bool live)
{
    if (ready == READY) {
        buf_puts(out, live ? "{\"status\":\"live\"}\n" : "{\"status\":\"ready\"}\n");
        return;
    }
    buf_puts(out, "{\"status\":\"unavailable\",\"reason\":");
    json_put_text(out, texts[ready].reason);
    buf_puts(out, ",\"detail\":");
    json_put_text(out, texts[ready].detail);
    buf_puts(out, "}\n");
}
