#include "sec/issuer.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "sec/fetch.h"
#include "sec/keyring.h"

#define LIMIT_WINDOW CLOCK_MINUTE
#define LIMIT_COUNT  2
#define MAX_AGE      (10 * CLOCK_MINUTE)

/* A fetch takes no longer; a worker that died in one must not keep the others from it. */
#define CLAIM ((FETCH_SECONDS + 2) * CLOCK_SECOND)

/* Seen by all workers; times are monotonic, 0 = never. */
struct shared {
    pthread_mutex_t mutex;
    int64_t tries[LIMIT_COUNT]; /* newest first */
    int64_t claimed_until;      /* somebody fetches */
    int64_t fetched_at;
    uint64_t generation; /* changes with the text */
    bool failing;        /* as last told in the log */
    size_t len;
    char text[KEYRING_MAX_TEXT];
};

/* Each worker has a copy of this one. */
struct issuer {
    struct shared *shared;
    const char *url;
    uint64_t generation; /* of keyring */
    struct keyring *keyring;
};

static int unmap(struct issuer *issuer)
{
    munmap(issuer->shared, sizeof *issuer->shared);
    return 0;
}

struct issuer *issuer_new(void *ctx, const char *url)
{
    struct issuer *issuer = mem_new(ctx, struct issuer);
    void *memory = mmap(NULL, sizeof *issuer->shared, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        mem_fail();
    }
    issuer->shared = memory;
    talloc_set_destructor(issuer, unmap);
    issuer->url = url;
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&issuer->shared->mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
    return issuer;
}

/* Held for a copy at most, never while something is fetched. A worker that died in the middle may
 * have left half a text, so the text is forgotten. */
static struct shared *lock(struct issuer *issuer)
{
    struct shared *shared = issuer->shared;
    if (pthread_mutex_lock(&shared->mutex) == EOWNERDEAD) {
        shared->len = 0;
        shared->fetched_at = 0;
        shared->generation++;
        pthread_mutex_consistent(&shared->mutex);
    }
    return shared;
}

static void unlock(struct shared *shared)
{
    pthread_mutex_unlock(&shared->mutex);
}

/* Takes over what another worker has fetched. */
static void look(struct issuer *issuer)
{
    struct keyring *keyring = NULL;
    size_t refused = 0;
    struct shared *shared = lock(issuer);
    if (shared->generation != issuer->generation) {
        issuer->generation = shared->generation;
        if (keyring_read(issuer, shared->text, shared->len, &keyring, &refused) == ERR_OK) {
            talloc_free(issuer->keyring);
            issuer->keyring = keyring;
        }
    }
    unlock(shared);
}

enum turn { TURN_NOT_DUE, TURN_MINE, TURN_OTHERS };

/* Whether a worker is to fetch, for a key that it HAS or has not; TAKE: it will. */
static enum turn look_at_turn(struct issuer *issuer, bool has, bool take)
{
    int64_t now = clock_monotonic();
    enum turn turn = TURN_NOT_DUE;
    struct shared *shared = lock(issuer);
    bool fresh = shared->fetched_at != 0 && now - shared->fetched_at < MAX_AGE;
    /* What has its key can wait longer for a newer set than what has none. */
    int64_t last = shared->tries[has ? 0 : LIMIT_COUNT - 1];
    if (shared->claimed_until > now) {
        turn = TURN_OTHERS;
    } else if ((!has || !fresh) && (last == 0 || now - last >= LIMIT_WINDOW)) {
        turn = TURN_MINE;
    }
    if (turn == TURN_MINE && take) {
        memmove(&shared->tries[1], &shared->tries[0], sizeof shared->tries - sizeof *shared->tries);
        shared->tries[0] = now;
        shared->claimed_until = now + CLAIM;
    }
    unlock(shared);
    return turn;
}

/* Tells in the log when the issuer's state changes. */
static void note(const struct issuer *issuer, struct shared *shared, const char *problem,
                 size_t refused)
{
    if (problem && !shared->failing) {
        log_error("JWKS_URL %s: %s; %s", issuer->url, problem,
                  shared->len > 0 ? "the keys read before stay in use"
                                  : "tokens signed with its keys get 503");
    } else if (!problem && (shared->failing || shared->fetched_at == 0)) {
        log_info("JWKS_URL %s: keys read, %zu of them cannot be used", issuer->url, refused);
    }
    shared->failing = problem != NULL;
}

static void fetch_keys(struct issuer *issuer)
{
    void *work = mem_context(NULL);
    struct buf *problem = buf_new(work);
    struct buf *text = NULL;
    struct keyring *keyring = NULL;
    size_t refused = 0;
    enum err error = fetch_text(work, issuer->url, KEYRING_MAX_TEXT, &text, problem);
    if (error == ERR_OK &&
        (error = keyring_read(work, text->data, text->len, &keyring, &refused)) != ERR_OK) {
        buf_puts(problem, "the answer is not a JSON Web Key Set");
    }
    metric_count(METRIC_JWKS_FETCHES, error == ERR_OK ? METRIC_SUCCESS : METRIC_FAILURE, 0);
    struct shared *shared = lock(issuer);
    note(issuer, shared, error == ERR_OK ? NULL : problem->data, refused);
    if (error == ERR_OK) {
        memcpy(shared->text, text->data, text->len);
        shared->len = text->len;
        shared->fetched_at = clock_monotonic();
        shared->generation++;
    }
    shared->claimed_until = 0;
    unlock(shared);
    talloc_free(work);
}

enum err issuer_find(struct issuer *issuer, const char *kid, enum issuer_fetch fetch,
                     const struct jwk **ret_key)
{
    look(issuer);
    const struct jwk *key = issuer->keyring ? keyring_find(issuer->keyring, kid) : NULL;
    enum turn turn = TURN_NOT_DUE;

    if (fetch != ISSUER_NOBODY) {
        turn = look_at_turn(issuer, key != NULL, fetch == ISSUER_THIS_ONE);
    }
    if (turn == TURN_MINE && fetch == ISSUER_SOMEBODY) {
        return ERR_SLOW;
    }
    if (turn == TURN_MINE) {
        fetch_keys(issuer);
        look(issuer);
        key = issuer->keyring ? keyring_find(issuer->keyring, kid) : NULL;
    }
    if (!key) {
        return fetch != ISSUER_NOBODY && (turn == TURN_OTHERS || !issuer->keyring) ? ERR_BUSY
                                                                                   : ERR_ABSENT;
    }
    *ret_key = key;
    return ERR_OK;
}
