/* The browser of a user with a cookie cache. */
#ifndef TASKGATE_TESTS_UNIT_CACHE_H
#define TASKGATE_TESTS_UNIT_CACHE_H

#include "base/clock.h"
#include "base/mem.h"
#include "browser.h"
#include "sec/cookie_cache.h"
#include "sec/cookie_sig.h"

#define CACHE "better-auth.session_data"
#define TOKEN "better-auth.session_token"
#define EMAIL "cache@example.com"

/* Before each test: nobody, and a cache of the first form for five minutes. */
static inline int reset(void **state)
{
    struct server *server = *state;

    server->config.cookie_cache = COOKIE_CACHE_COMPACT;
    server->config.cookie_cache_max_age = 300 * CLOCK_SECOND;
    server->config.token_alg = TOKEN_ALG_HS256; /* signs without a query */
    server->config.base_https = false;
    server->config.require_verification = false;
    server_sql(server, "DELETE FROM \"user\"");
    return 0;
}

/* EXTRA stands behind the members of the body. */
static inline struct reply *enter(struct server *server, const char *extra)
{
    return browser_sign_in_with(server, EMAIL, BROWSER_PASSWORD, extra);
}

/* The value of a cookie that REPLY sets. */
static inline const char *value_in(struct server *server, const struct reply *reply,
                                   const char *name)
{
    const char *line = reply_cookie(server, reply, name);

    assert_non_null(line);
    const char *value = line + strlen(name) + 1;
    return mem_strndup(server->ctx, value, strcspn(value, ";"));
}

/* HTTP_COOKIE with the session cookie of the only session, and CACHE_VALUE as its cache. */
static inline const char *with_cache(struct server *server, const char *cache_value)
{
    return mem_printf(server->ctx, "HTTP_COOKIE=" TOKEN "=%s; " CACHE "=%s",
                      cookie_sign(server->ctx, &server->config, server_session(server, "token")),
                      cache_value);
}

static inline const char *closed(struct server *server, const char *members, int64_t made_at)
{
    char *value = NULL;

    assert_int_equal(cookie_cache_close(server->ctx, &server->config, members, made_at,
                                        server->config.cookie_cache_max_age, &value),
                     ERR_OK);
    return value;
}

static inline void rename_user(struct server *server, const char *name)
{
    server_sql(server, mem_printf(server->ctx, "UPDATE \"user\" SET name = '%s'", name));
}

static inline bool says(const struct reply *reply, const char *text)
{
    assert_int_equal(reply->status, 200);
    return reply->body != NULL && strstr(reply->body, text) != NULL;
}

static inline void assert_cache_cleared(struct server *server, const struct reply *reply)
{
    assert_string_equal(reply_cookie(server, reply, CACHE),
                        CACHE "=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax");
}

static inline void assert_cache_untouched(struct server *server, const struct reply *reply)
{
    assert_null(reply_cookie(server, reply, CACHE));
}

/* One test of a group between server_start and server_stop. */
#define CACHED(test) cmocka_unit_test_setup(test, reset)

#endif
