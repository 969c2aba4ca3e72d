/* api/sign_in_check and api/dispatch: limits on tries as one sees them through dispatch(). */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "server.h"
#include "unit.h"

/* The peer of all requests of these tests. */
#define PEER "192.0.2.7"

static struct ip_network peer;

static void trust_the_peer(struct server *server)
{
    assert_int_equal(ip_parse_network(PEER, &peer), ERR_OK);
    server->config.trusted_proxies = (struct conf_networks){.items = &peer, .count = 1};
}

/* Every test begins with the limits of the defaults. */
static int reset(void **state)
{
    struct server *server = *state;

    server->config.rate_limit_max = 5;
    server->config.path_rate_limit = false;
    server->config.trusted_proxies = (struct conf_networks){.count = 0};
    server_sql(server, "DELETE FROM \"rateLimit\"");
    return 0;
}

/* A sign-in by way of PATH; FORWARDED_FOR may be NULL. */
static struct reply *sign_in_by(struct server *server, const char *path, const char *email,
                                const char *password, const char *forwarded_for)
{
    const char *body =
        mem_printf(server->ctx, "{\"email\":\"%s\",\"password\":\"%s\"}", email, password);
    const char *list = forwarded_for == NULL
                           ? NULL
                           : mem_printf(server->ctx, "HTTP_X_FORWARDED_FOR=%s", forwarded_for);

    return server_ask(server, &(struct ask){.method = "POST",
                                            .uri = mem_printf(server->ctx, "/api/auth%s", path),
                                            .body = body,
                                            .params = {list}});
}

static struct reply *sign_in_as(struct server *server, const char *email, const char *password)
{
    return sign_in_by(server, "/sign-in", email, password, NULL);
}

static void fail_sign_ins(struct server *server, const char *email, int count)
{
    for (int i = 0; i < count; i++)
        assert_error(sign_in_as(server, email, "a wrong guess"), 401, "INVALID_EMAIL_OR_PASSWORD");
}

static void assert_limited(struct server *server, const struct reply *reply, int from, int to)
{
    assert_error(reply, 429, "TOO_MANY_REQUESTS");
    assert_string_equal(reply_text(reply, "message"), "Too many requests. Please try again later.");
    int64_t seconds = reply_int(reply, "retryAfter");
    assert_in_range(seconds, from, to);
    const char *text = mem_printf(server->ctx, "%d", (int)seconds);
    assert_string_equal(reply_header(server, reply, "Retry-After"), text);
    assert_string_equal(reply_header(server, reply, "X-Retry-After"), text);
    assert_null(reply_header(server, reply, "Set-Cookie"));
    assert_string_equal(reply_header(server, reply, "Cache-Control"), "no-store");
}

static void after_five_failed_sign_ins_the_right_password_does_not_help(void **state)
{
    struct server *server = *state;

    server_sign_up(server, "five@example.com", NULL);
    fail_sign_ins(server, "five@example.com", 5);
    assert_limited(server, sign_in_as(server, "five@example.com", "a wrong guess"), 890, 900);
    assert_limited(server, sign_in_as(server, "five@example.com", "right horse"), 890, 900);
    /* By any path and spelling. */
    assert_limited(server, sign_in_by(server, "/login", "FIVE@Example.com", "right horse", NULL),
                   890, 900);
    /* Nobody else is concerned. */
    server_sign_up(server, "six@example.com", NULL);
    assert_int_equal(sign_in_as(server, "six@example.com", "right horse")->status, 200);
}

static void the_limit_ends_with_its_window(void **state)
{
    struct server *server = *state;

    server_sign_up(server, "window@example.com", NULL);
    fail_sign_ins(server, "window@example.com", 5);
    server_sql(server, "UPDATE \"rateLimit\" SET \"lastRequest\" = \"lastRequest\" - 890000");
    assert_limited(server, sign_in_as(server, "window@example.com", "right horse"), 1, 10);
    server_sql(server, "UPDATE \"rateLimit\" SET \"lastRequest\" = \"lastRequest\" - 10000");
    assert_int_equal(sign_in_as(server, "window@example.com", "right horse")->status, 200);
}

static void a_success_clears_the_failures(void **state)
{
    struct server *server = *state;

    server_sign_up(server, "clear@example.com", NULL);
    for (int i = 0; i < 3; i++) {
        fail_sign_ins(server, "clear@example.com", 4);
        assert_int_equal(sign_in_as(server, "clear@example.com", "right horse")->status, 200);
        assert_string_equal(server_sql(server, "SELECT count(*) FROM \"rateLimit\""), "0");
    }
    for (int i = 0; i < 8; i++)
        assert_int_equal(sign_in_as(server, "clear@example.com", "right horse")->status, 200);
}

static void an_unknown_account_is_limited_exactly_as_a_known_one(void **state)
{
    struct server *server = *state;
    const char *known = NULL;

    server_sign_up(server, "known1@example.com", NULL);
    for (int i = 0; i < 7; i++) {
        const struct reply *wrong = sign_in_as(server, "known1@example.com", "a wrong guess");
        const struct reply *unknown = sign_in_as(server, "nobody@example.com", "a wrong guess");

        assert_int_equal(wrong->status, i < 5 ? 401 : 429);
        assert_int_equal(unknown->status, wrong->status);
        if (i < 5)
            assert_string_equal(unknown->body, wrong->body);
        known = reply_text(wrong, "code");
        assert_string_equal(reply_text(unknown, "code"), known);
    }
}

static void the_table_does_not_say_who_tried(void **state)
{
    struct server *server = *state;

    fail_sign_ins(server, "secretly@example.com", 1);
    assert_string_equal(server_sql(server, "SELECT count(*) FROM \"rateLimit\""), "1");
    assert_string_equal(server_sql(server, "SELECT count(*) FROM \"rateLimit\" WHERE \"key\" LIKE "
                                           "'%secretly%' OR \"key\" LIKE '%192.0.2%'"),
                        "0");
}

static void a_header_from_a_client_does_not_reset_the_limit_pr_10203(void **state)
{
    struct server *server = *state;

    for (int i = 0; i < 7; i++) {
        const char *list = mem_printf(server->ctx, "203.0.113.%d", i);
        assert_int_equal(
            sign_in_by(server, "/sign-in", "spoof@example.com", "a wrong guess", list)->status,
            i < 5 ? 401 : 429);
    }
    /* Behind a proxy of ours the client writes what stands to the left. */
    trust_the_peer(server);
    for (int i = 0; i < 7; i++) {
        const char *list = mem_printf(server->ctx, "203.0.113.%d, 198.51.100.1", i);
        assert_int_equal(
            sign_in_by(server, "/sign-in", "spoof@example.com", "a wrong guess", list)->status,
            i < 5 ? 401 : 429);
    }
    assert_int_equal(
        sign_in_by(server, "/sign-in", "spoof@example.com", "a wrong guess", "198.51.100.2")
            ->status,
        401);
}

static void addresses_of_one_ipv6_customer_are_one_ghsa_p6v2_xcpg_h6xw(void **state)
{
    static const char *const aliases[] = {
        "2001:db8:5:6::1",       "2001:db8:5:6::2",      "2001:DB8:5:6:ffff:ffff:ffff:ffff",
        "2001:0db8:0005:0006::", "2001:db8:5:6:1:2:3:4", "2001:db8:5:6:0:0:192.0.2.1",
        "2001:db8:5:6::9",
    };
    static const char *const mapped[] = {
        "198.51.100.9",        "::ffff:198.51.100.9",
        "::FFFF:c633:6409",    "0:0:0:0:0:ffff:c633:6409",
        "::ffff:198.51.100.9", "198.51.100.9",
        "::ffff:c633:6409",
    };
    struct server *server = *state;

    trust_the_peer(server);
    for (size_t i = 0; i < COUNT(aliases); i++) {
        int wanted = i < 5 ? 401 : 429;
        assert_int_equal(
            sign_in_by(server, "/sign-in", "six@example.com", "a wrong guess", aliases[i])->status,
            wanted);
        assert_int_equal(
            sign_in_by(server, "/sign-in", "four@example.com", "a wrong guess", mapped[i])->status,
            wanted);
    }
    assert_int_equal(
        sign_in_by(server, "/sign-in", "six@example.com", "a wrong guess", "2001:db8:5:7::1")
            ->status,
        401);
}

static void clients_without_an_address_share_one_count(void **state)
{
    static const char *const lists[] = {"unknown", "", "a", "b", "c", "d", "e"};
    struct server *server = *state;

    trust_the_peer(server);
    for (size_t i = 0; i < COUNT(lists); i++)
        assert_int_equal(
            sign_in_by(server, "/sign-in", "shared@example.com", "a wrong guess", lists[i])->status,
            i < 5 ? 401 : 429);
}

static void the_session_says_which_address_it_came_from(void **state)
{
    struct server *server = *state;

    server_sign_up(server, "where@example.com", NULL);
    trust_the_peer(server);
    const struct reply *reply =
        sign_in_by(server, "/sign-in", "where@example.com", "right horse", "1.2.3.4, 198.51.100.3");
    assert_non_null(strstr(reply->body, "\"ipAddress\":\"198.51.100.3\""));
    reply = sign_in_by(server, "/sign-in", "where@example.com", "right horse", "2001:db8:1:2::3");
    assert_non_null(
        strstr(reply->body, "\"ipAddress\":\"2001:0db8:0001:0002:0000:0000:0000:0000\""));
    reply = sign_in_by(server, "/sign-in", "where@example.com", "right horse", "unknown");
    assert_non_null(strstr(reply->body, "\"ipAddress\":\"\""));
}

/* D4: whoever reads the count before it writes lets more than five through. Eight programs
 * guess side by side. */
static void of_parallel_guesses_exactly_five_are_looked_at(void **state)
{
    struct server *server = *state;
    int refused = 0, limited = 0;

    server_sign_up(server, "parallel@example.com", NULL);
    for (int i = 0; i < 8; i++) {
        pid_t pid = fork();

        if (pid == 0) {
            struct store *store;
            int status = 0;
            if (store_open(NULL, &server->config, &store) == ERR_OK) {
                server->app.store = store; /* a connection of its own (R27) */
                for (int j = 0; j < 3; j++) {
                    struct reply *reply =
                        sign_in_as(server, "parallel@example.com", "a wrong guess");
                    status += reply->status == 401 ? 1 : reply->status == 429 ? 10 : 0;
                }
            }
            _exit(status);
        }
    }
    for (int i = 0; i < 8; i++) {
        int status = 0;

        assert_true(wait(&status) > 0);
        assert_true(WIFEXITED(status));
        refused += WEXITSTATUS(status) % 10;
        limited += WEXITSTATUS(status) / 10;
    }
    assert_int_equal(refused, 5);
    assert_int_equal(limited, 19);
}

static void a_sign_in_that_nobody_had_time_for_is_no_failed_one(void **state)
{
    struct server *server = *state;

    server_sign_up(server, "busy@example.com", NULL);
    server->is_fast = true;
    server->hand_over = ERR_BUSY;
    for (int i = 0; i < 7; i++) {
        assert_error(sign_in_as(server, "busy@example.com", "a wrong guess"), 503, "SERVER_BUSY");
    }
    server->hand_over = ERR_OK;
    server->is_fast = false;
    assert_string_equal(server_sql(server, "SELECT count(*) FROM \"rateLimit\""), "0");
    assert_int_equal(sign_in_as(server, "busy@example.com", "right horse")->status, 200);
}

static void a_store_that_fails_at_any_step_is_503_and_never_a_sign_in(void **state)
{
    struct server *server = *state;
    int steps = 0;

    server_sign_up(server, "steps@example.com", NULL);
    for (int i = 1;; i++) {
        server->failure = ERR_STORE_DOWN;
        server->fail_at = i;
        const struct reply *reply = sign_in_as(server, "steps@example.com", "right horse");
        bool failed = server->fail_at == 0;
        server->fail_at = 0;
        server_sql(server, "DELETE FROM \"rateLimit\"");
        if (!failed)
            break;
        steps++;
        /* But for the deletion of old rows, which nobody waits for. */
        if (reply->status != 200)
            assert_error(reply, 503, "STORE_UNAVAILABLE");
    }
    assert_true(steps >= 5);
}

/* --- Better Auth's limits on its own paths --- */

static struct reply *get(struct server *server, const char *uri)
{
    return server_ask(server, &(struct ask){.method = "GET", .uri = uri});
}

static void the_fourth_sign_in_by_better_auths_path_within_ten_seconds_is_429(void **state)
{
    struct server *server = *state;

    server->config.path_rate_limit = true;
    server_sign_up(server, "path@example.com", NULL);
    for (int i = 0; i < 3; i++)
        assert_int_equal(
            sign_in_by(server, "/sign-in/email", "path@example.com", "right horse", NULL)->status,
            200);
    assert_limited(server,
                   sign_in_by(server, "/sign-in/email", "path@example.com", "right horse", NULL), 1,
                   10);
    /* Another path, and one where all users of a front end may have one address. */
    for (int i = 0; i < 5; i++)
        assert_int_equal(sign_in_as(server, "path@example.com", "right horse")->status, 200);
    server_sql(server, "UPDATE \"rateLimit\" SET \"lastRequest\" = \"lastRequest\" - 10000");
    assert_int_equal(
        sign_in_by(server, "/sign-in/email", "path@example.com", "right horse", NULL)->status, 200);
}

static void what_ends_in_404_or_415_counts_too(void **state)
{
    struct server *server = *state;

    server->config.path_rate_limit = true;
    for (int i = 0; i < 3; i++) {
        const struct ask ask = {.method = "POST",
                                .uri = "/api/auth/sign-up/email",
                                .body = "x",
                                .params = {"CONTENT_TYPE=text/plain"}};
        assert_int_equal(server_ask(server, &ask)->status, 415);
    }
    assert_limited(server, get(server, "/api/auth/sign-up/email"), 1, 10);
    for (int i = 0; i < 100; i++)
        assert_int_equal(get(server, mem_printf(server->ctx, "/api/auth/none/%d", i))->status, 404);
    assert_limited(server, get(server, "/api/auth/none"), 1, 10);
}

/* Better Auth counts every token by itself: a row for each that anybody makes up. */
static void reset_links_are_limited_one_by_one_in_a_bounded_number_of_rows(void **state)
{
    static const char link[] = "/api/auth/reset-password/%s?callbackURL=/new";
    struct server *server = *state;

    server->config.path_rate_limit = true;
    for (int i = 0; i < 1000; i++) {
        const char *token = mem_printf(server->ctx, "abcdefghijklmnopqrst%04d", i);
        assert_int_equal(get(server, mem_printf(server->ctx, link, token))->status, 302);
    }
    assert_in_range(atoi(server_sql(server, "SELECT count(*) FROM \"rateLimit\"")), 32, 64);
    assert_null(server_sql(server, "SELECT 1 FROM \"rateLimit\" WHERE \"key\" LIKE '%rst0%'"));

    server_sql(server, "DELETE FROM \"rateLimit\"");
    for (int i = 0; i < 100; i++)
        assert_int_equal(get(server, mem_printf(server->ctx, link, "one"))->status, 302);
    assert_limited(server, get(server, mem_printf(server->ctx, link, "one")), 1, 10);
    assert_limited(server, get(server, mem_printf(server->ctx, link, "%6Fne")), 1, 10);
    assert_int_equal(get(server, mem_printf(server->ctx, link, "another"))->status, 302);
}

static void path_limits_are_off_where_they_are_switched_off(void **state)
{
    struct server *server = *state;

    for (int i = 0; i < 101; i++)
        assert_int_equal(get(server, "/api/auth/none")->status, 404);
    assert_string_equal(server_sql(server, "SELECT count(*) FROM \"rateLimit\""), "0");
}

static void without_a_database_better_auths_paths_are_503(void **state)
{
    struct server *server = *state;

    server->config.path_rate_limit = true;
    server->failure = ERR_STORE_DOWN;
    server->fail_at = 1;
    assert_error(get(server, "/api/auth/sign-in/email"), 503, "STORE_UNAVAILABLE");
    atomic_store(&server->ready, false);
    struct reply *reply = get(server, "/api/auth/sign-in/email");
    atomic_store(&server->ready, true);
    assert_error(reply, 503, "STORE_UNAVAILABLE");
}

int main(void)
{
#define T(test) cmocka_unit_test_setup(test, reset)
    const struct CMUnitTest tests[] = {
        T(after_five_failed_sign_ins_the_right_password_does_not_help),
        T(the_limit_ends_with_its_window),
        T(a_success_clears_the_failures),
        T(an_unknown_account_is_limited_exactly_as_a_known_one),
        T(the_table_does_not_say_who_tried),
        T(a_header_from_a_client_does_not_reset_the_limit_pr_10203),
        T(addresses_of_one_ipv6_customer_are_one_ghsa_p6v2_xcpg_h6xw),
        T(clients_without_an_address_share_one_count),
        T(the_session_says_which_address_it_came_from),
        T(of_parallel_guesses_exactly_five_are_looked_at),
        T(a_sign_in_that_nobody_had_time_for_is_no_failed_one),
        T(a_store_that_fails_at_any_step_is_503_and_never_a_sign_in),
        T(the_fourth_sign_in_by_better_auths_path_within_ten_seconds_is_429),
        T(what_ends_in_404_or_415_counts_too),
        T(reset_links_are_limited_one_by_one_in_a_bounded_number_of_rows),
        T(path_limits_are_off_where_they_are_switched_off),
        T(without_a_database_better_auths_paths_are_503),
    };
    return cmocka_run_group_tests(tests, server_start, server_stop);
}
