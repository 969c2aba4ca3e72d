#include "auth/throttle.h"

#include <string.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "sec/mac.h"

/* Better Auth's words for all clients whose address is not known. */
#define NO_ADDRESS "no-trusted-ip"

/* The paths under /api/auth that are not Better Auth's: behind a front end's proxy all its users
 * come from one address. */
static const char *const short_paths[] = {"sign-in", "login",   "sign-up", "signup",
                                          "logout",  "session", "refresh"};

/* Better Auth's limits by the start of the path below /api/auth; the first that fits counts. */
static const struct {
    const char *start;
    int64_t max;
    int64_t window;
} path_limits[] = {
    {"/sign-in", 3, 10 * CLOCK_SECOND},
    {"/sign-up", 3, 10 * CLOCK_SECOND},
    {"/change-password", 3, 10 * CLOCK_SECOND},
    {"/change-email", 3, 10 * CLOCK_SECOND},
    {"/request-password-reset", 3, 60 * CLOCK_SECOND},
    {"/send-verification-email", 3, 60 * CLOCK_SECOND},
    {"/forget-password", 3, 60 * CLOCK_SECOND},
    {"", 100, 10 * CLOCK_SECOND},
};

static struct throttle *new_throttle(void *ctx, struct store *store, int64_t now)
{
    struct throttle *throttle = mem_new(ctx, struct throttle);

    throttle->store = store;
    throttle->now = now;
    return throttle;
}

/* WHO as a keyed digest. */
static const char *digest(void *ctx, const struct config *config, const char *who)
{
    unsigned char mac[MAC_SIZE];

    mac_sign(&config->secrets[0], who, strlen(who), mac);
    return base64_encode(ctx, BASE64_URL, mac, sizeof mac);
}

struct throttle *throttle_sign_in(void *ctx, const struct config *config, struct store *store,
                                  const char *email, const char *client, int64_t now)
{
    struct throttle *throttle = new_throttle(ctx, store, now);
    const char *who = mem_printf(throttle, "failed sign-in\n%s\n%s", client, email);

    throttle->limit = (struct throttle_limit){
        .key = mem_printf(throttle, "failed-sign-in|%s", digest(throttle, config, who)),
        .max = config->rate_limit_max,
        .window = config->rate_limit_window,
    };
    return throttle;
}

struct throttle *throttle_letters(void *ctx, const struct config *config, struct store *store,
                                  const char *to, int64_t now)
{
    struct throttle *throttle = new_throttle(ctx, store, now);
    const char *who = mem_printf(throttle, "letters\n%s", to);

    throttle->limit = (struct throttle_limit){
        .key = mem_printf(throttle, "letters|%s", digest(throttle, config, who)),
        .max = 10,
        .window = 10 * CLOCK_MINUTE,
    };
    return throttle;
}

static bool is_limited_path(const struct path *path)
{
    if (path->count < 2 || strcmp(path->segments[0], "api") != 0 ||
        strcmp(path->segments[1], "auth") != 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof short_paths / sizeof short_paths[0]; i++) {
        if (path->count == 3 && strcmp(path->segments[2], short_paths[i]) == 0) {
            return false;
        }
    }
    return true;
}

/*
 * The path below /api/auth, decoded. Paths without a route have one name: nothing is behind them,
 * and a row for each of them would let anybody fill the table. So would a row for each token in a
 * link; tokens share 64 names, by their digests, so that many who use theirs do not stop each
 * other.
 */
static const char *path_name(void *ctx, const struct config *config, const struct path *path,
                             bool routed)
{
    struct buf *name = buf_new(ctx);

    if (!routed) {
        return "/*";
    }
    if (path->count == 4 && strcmp(path->segments[2], "reset-password") == 0) {
        return mem_printf(ctx, "/reset-password/%.1s", digest(ctx, config, path->segments[3]));
    }
    for (size_t i = 2; i < path->count; i++) {
        buf_putc(name, '/');
        buf_puts(name, path->segments[i]);
    }
    return name->data;
}

struct throttle *throttle_path(void *ctx, const struct config *config, struct store *store,
                               const struct path *path, bool routed, const char *client,
                               int64_t now)
{
    if (!config->path_rate_limit || !is_limited_path(path)) {
        return NULL;
    }
    struct throttle *throttle = new_throttle(ctx, store, now);
    const char *name = path_name(throttle, config, path, routed);
    size_t i = 0;
    while (strncmp(name, path_limits[i].start, strlen(path_limits[i].start)) != 0) {
        i++;
    }
    throttle->limit = (struct throttle_limit){
        .key = mem_printf(throttle, "%s|%s", client[0] == '\0' ? NO_ADDRESS : client, name),
        .max = path_limits[i].max,
        .window = path_limits[i].window,
    };
    return throttle;
}

enum err throttle_look(struct throttle *throttle)
{
    int64_t wait = 0;
    enum err error = store_throttle_wait(throttle->store, &throttle->limit, throttle->now, &wait);

    if (error != ERR_OK || wait == 0) {
        return error;
    }
    throttle->retry_after = (wait + CLOCK_SECOND - 1) / CLOCK_SECOND;
    return ERR_LIMITED;
}

enum err throttle_count(struct throttle *throttle)
{
    enum err error = store_throttle_hit(throttle->store, &throttle->limit, throttle->now);

    if (error != ERR_LIMITED) {
        return error;
    }
    error = throttle_look(throttle);
    if (error == ERR_OK) { /* there is room by now, but this one was refused */
        throttle->retry_after = 1;
        error = ERR_LIMITED;
    }
    return error;
}

enum err throttle_take_back(struct throttle *throttle)
{
    return store_throttle_take_back(throttle->store, &throttle->limit);
}

enum err throttle_clear(struct throttle *throttle)
{
    return store_throttle_clear(throttle->store, &throttle->limit);
}
