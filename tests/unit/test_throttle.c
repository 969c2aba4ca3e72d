/* auth/throttle: what is counted together, and how much of it is allowed. */
#include "auth/throttle.h"

#include "base/clock.h"
#include "base/mem.h"
#include "http/client.h"
#include "server.h"
#include "unit.h"

#define NOW INT64_C(1800000000000)

/* The limit on PATH (below /api/auth) for CLIENT; NULL = none. */
static struct throttle *on_path(struct server *server, const char *path, const char *client)
{
    struct path parsed;

    assert_int_equal(path_parse(server->ctx, mem_printf(server->ctx, "/api/auth%s", path), &parsed),
                     ERR_OK);
    return throttle_path(server->ctx, &server->config, server->app.store, &parsed, true, client,
                         NOW);
}

static struct throttle *on_sign_in(struct server *server, const char *email, const char *client)
{
    return throttle_sign_in(server->ctx, &server->config, server->app.store, email, client, NOW);
}

/* Better Auth knows the address from X-Forwarded-For alone, we from a web server that adds its own
 * to it: one address from our own proxy is what one address is there, and where nothing is to be
 * believed both have one bucket for all. */
static void keys_are_those_of_better_auth(void **state)
{
    static const struct {
        const char *remote_addr;
        const char *forwarded_for;
        const char *path;
        const char *key;
    } vectors[] = {
        {"127.0.0.1", "203.0.113.7", "/sign-in/email", "203.0.113.7|/sign-in/email"},
        {"127.0.0.1", "2001:db8:1:2:3:4:5:6", "/ok", "2001:0db8:0001:0002:0000:0000:0000:0000|/ok"},
        {"127.0.0.1", "::ffff:192.0.2.5", "/ok", "192.0.2.5|/ok"},
        {"", "198.51.100.7, 10.0.0.1", "/ok", "no-trusted-ip|/ok"},
        {"", NULL, "/ok", "no-trusted-ip|/ok"},
    };
    struct server *server = *state;
    struct ip_network proxy;
    struct config config = {.trusted_proxies = {.items = &proxy, .count = 1}};

    server->config.path_rate_limit = true;
    assert_int_equal(ip_parse_network("127.0.0.1", &proxy), ERR_OK);
    for (size_t i = 0; i < COUNT(vectors); i++) {
        const struct request request = {.remote_addr = vectors[i].remote_addr,
                                        .forwarded_for = vectors[i].forwarded_for};
        const char *client = client_find(server->ctx, &config, &request).bucket;

        assert_string_equal(on_path(server, vectors[i].path, client)->limit.key, vectors[i].key);
    }
    /* Not Better Auth's "/reset-password/abc": the number of keys is bounded. */
    const char *key = on_path(server, "/reset-password/abc", "192.0.2.1")->limit.key;
    assert_memory_equal(key, "192.0.2.1|/reset-password/", 26);
    assert_int_equal(strlen(key), 27);
    assert_string_equal(on_path(server, "/reset-password/abc", "192.0.2.1")->limit.key, key);
    server->config.path_rate_limit = false;
}

static void limits_are_those_of_better_auth(void **state)
{
    static const struct {
        const char *path;
        int max;
        int seconds;
    } rows[] = {
        {"/sign-in/email", 3, 10},
        {"/sign-in/social", 3, 10},
        {"/sign-up/email", 3, 10},
        {"/change-password", 3, 10},
        {"/change-email", 3, 10},
        {"/request-password-reset", 3, 60},
        {"/send-verification-email", 3, 60},
        {"/forget-password/x", 3, 60},
        {"/get-session", 100, 10},
        {"/sign-out", 100, 10},
        {"/ok", 100, 10},
        {"/reset-password/sign-in", 100, 10},
        {"/%73ign-in/email", 3, 10},
    };
    struct server *server = *state;

    server->config.path_rate_limit = true;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct throttle *throttle = on_path(server, rows[i].path, "192.0.2.1");

        print_message("  %s\n", rows[i].path);
        assert_int_equal(throttle->limit.max, rows[i].max);
        assert_int_equal(throttle->limit.window, rows[i].seconds * CLOCK_SECOND);
    }
    server->config.path_rate_limit = false;
}

static void short_paths_and_other_paths_have_no_limit(void **state)
{
    static const char *const names[] = {"/sign-in", "/login",   "/sign-up", "/signup",
                                        "/logout",  "/session", "/refresh"};
    static const char *const others[] = {
        "/", "/api", "/api/tasks", "/api/proxy/u/tasks", "/api/authx/ok", "/x/auth/ok", "/health"};
    struct server *server = *state;

    server->config.path_rate_limit = true;
    for (size_t i = 0; i < COUNT(names); i++)
        assert_null(on_path(server, names[i], "192.0.2.1"));
    for (size_t i = 0; i < COUNT(others); i++) {
        struct path path;

        assert_int_equal(path_parse(server->ctx, others[i], &path), ERR_OK);
        assert_null(throttle_path(server->ctx, &server->config, server->app.store, &path, true,
                                  "192.0.2.1", NOW));
    }
    server->config.path_rate_limit = false;
    assert_null(on_path(server, "/sign-in/email", "192.0.2.1"));
}

/* Nothing is behind them; a count for each would let anybody fill the table. */
static void paths_without_a_route_share_one_count(void **state)
{
    static const char *const paths[] = {"/api/auth", "/api/auth/x", "/api/auth/sign-in/y",
                                        "/api/auth/ok/", "/api/auth/a/b/c/d"};
    struct server *server = *state;

    server->config.path_rate_limit = true;
    for (size_t i = 0; i < COUNT(paths); i++) {
        struct path path;

        assert_int_equal(path_parse(server->ctx, paths[i], &path), ERR_OK);
        const struct throttle *throttle = throttle_path(
            server->ctx, &server->config, server->app.store, &path, false, "192.0.2.1", NOW);
        assert_string_equal(throttle->limit.key, "192.0.2.1|/*");
        assert_int_equal(throttle->limit.max, 100);
    }
    server->config.path_rate_limit = false;
}

static void a_sign_in_is_counted_by_account_and_address(void **state)
{
    struct server *server = *state;
    const char *key = on_sign_in(server, "ada@example.com", "192.0.2.1")->limit.key;

    assert_string_equal(on_sign_in(server, "ada@example.com", "192.0.2.1")->limit.key, key);
    assert_string_not_equal(on_sign_in(server, "bob@example.com", "192.0.2.1")->limit.key, key);
    assert_string_not_equal(on_sign_in(server, "ada@example.com", "192.0.2.2")->limit.key, key);
    assert_string_not_equal(on_sign_in(server, "ada@example.com", "")->limit.key, key);
    assert_int_equal(on_sign_in(server, "ada@example.com", "192.0.2.1")->limit.max, 5);
    assert_int_equal(on_sign_in(server, "ada@example.com", "192.0.2.1")->limit.window, 900000);
}

/* An address can be guessed, so a plain digest of it would tell as much as the address. */
static void the_key_of_a_sign_in_tells_nothing_without_the_secret(void **state)
{
    struct server *server = *state;
    const char *key = on_sign_in(server, "ada@example.com", "192.0.2.1")->limit.key;
    struct config other = server->config;
    char text[] = "another secret, of 32 bytes and a few more";
    struct secret secret = mem_secret(text, strlen(text));

    other.secrets = &secret;
    assert_null(strstr(key, "ada"));
    assert_null(strstr(key, "192.0.2.1"));
    assert_string_not_equal(throttle_sign_in(server->ctx, &other, server->app.store,
                                             "ada@example.com", "192.0.2.1", NOW)
                                ->limit.key,
                            key);
}

static void the_time_to_wait_is_in_whole_seconds_rounded_up(void **state)
{
    struct server *server = *state;
    struct throttle *throttle = on_sign_in(server, "wait@example.com", "192.0.2.1");

    for (int i = 0; i < 5; i++) {
        assert_int_equal(throttle_look(throttle), ERR_OK);
        assert_int_equal(throttle_count(throttle), ERR_OK);
    }
    static const struct {
        int64_t later;
        int64_t seconds;
    } rows[] = {{0, 900}, {1, 900}, {1000, 899}, {1001, 899}, {899000, 1}, {899999, 1}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        throttle->now = NOW + rows[i].later;
        throttle->retry_after = 0;
        assert_int_equal(throttle_look(throttle), ERR_LIMITED);
        assert_int_equal(throttle->retry_after, rows[i].seconds);
        throttle->retry_after = 0;
        assert_int_equal(throttle_count(throttle), ERR_LIMITED);
        assert_int_equal(throttle->retry_after, rows[i].seconds);
    }
    throttle->now = NOW + 900000;
    assert_int_equal(throttle_look(throttle), ERR_OK);
    assert_int_equal(throttle_count(throttle), ERR_OK);
}

static void a_store_that_fails_lets_nobody_through(void **state)
{
    struct server *server = *state;
    struct throttle *throttle = on_sign_in(server, "down@example.com", "192.0.2.1");
    enum err (*const steps[])(struct throttle *) = {throttle_look, throttle_count,
                                                    throttle_take_back, throttle_clear};

    for (size_t i = 0; i < COUNT(steps); i++) {
        server->failure = ERR_STORE_DOWN;
        server->fail_at = 1;
        assert_int_equal(steps[i](throttle), ERR_STORE_DOWN);
        assert_int_equal(server->fail_at, 0);
    }
}

/* Between its own two looks at the database another process may clear the count. */
static void who_was_refused_stays_refused_when_there_is_room_again(void **state)
{
    struct server *server = *state;
    struct throttle *throttle = on_sign_in(server, "room@example.com", "192.0.2.1");

    server->failure = ERR_LIMITED;
    server->fail_at = 1;
    assert_int_equal(throttle_count(throttle), ERR_LIMITED);
    assert_int_equal(throttle->retry_after, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_those_of_better_auth),
        cmocka_unit_test(limits_are_those_of_better_auth),
        cmocka_unit_test(short_paths_and_other_paths_have_no_limit),
        cmocka_unit_test(paths_without_a_route_share_one_count),
        cmocka_unit_test(a_sign_in_is_counted_by_account_and_address),
        cmocka_unit_test(the_key_of_a_sign_in_tells_nothing_without_the_secret),
        cmocka_unit_test(the_time_to_wait_is_in_whole_seconds_rounded_up),
        cmocka_unit_test(a_store_that_fails_lets_nobody_through),
        cmocka_unit_test(who_was_refused_stays_refused_when_there_is_room_again),
    };
    return cmocka_run_group_tests(tests, server_start, server_stop);
}
