/* api/session_cookies: the headers are Better Auth's to the byte. */
#include "api/session_cookies.h"

#include "base/clock.h"
#include "unit.h"
#include "unit_config.h"
#include "vectors.h"

static int set_up(void **state)
{
    *state = mem_context(NULL);
    return 0;
}

static int tear_down(void **state)
{
    talloc_free(*state);
    return 0;
}

static struct config *new_config(void *ctx)
{
    struct config *config = unit_config(ctx, VECTOR_SECRET, NULL);

    config->session_ttl = 7 * CLOCK_DAY;
    config->refresh_ttl = 7 * CLOCK_DAY;
    return config;
}

/* A call as the dispatcher makes it. */
static struct call *new_call(void *ctx, const struct config *config)
{
    struct call *call = mem_new(ctx, struct call);
    struct app *app = mem_new(ctx, struct app);

    app->config = config;
    call->app = app;
    call->ctx = ctx;
    call->response = resp_new(ctx);
    return call;
}

/* The Set-Cookie lines for TOKEN. */
static const char *lines(void *ctx, const struct config *config, const char *token, bool remember)
{
    struct call *call = new_call(ctx, config);
    struct buf *found = buf_new(ctx);

    session_cookies_set(call, &(struct session){.token = token}, NULL, remember);
    session_cookies_send(call);
    for (char *line = call->response->head->data; *line != '\0';) {
        size_t len = strcspn(line, "\n") + 1;
        if (strncmp(line, "Set-Cookie: ", 12) == 0) {
            buf_add(found, line, len);
        }
        line += len;
    }
    return found->data;
}

static void a_remembered_session_has_better_auths_header(void **state)
{
    assert_string_equal(lines(*state, new_config(*state), "X8OqLtF9euxycFghBdcw9WG2SOz5LqJb", true),
                        vector_set_cookie);
}

static void a_session_until_the_browser_closes_has_better_auths_two_headers(void **state)
{
    assert_string_equal(
        lines(*state, new_config(*state), "G8aAqKDqaLyzZr9uzXLZGKK1QQCIMZHX", false),
        vector_set_cookies_until_close);
}

static void on_https_the_same_values_have_the_secure_name(void **state)
{
    struct config *config = new_config(*state);

    config->base_https = true;
    assert_string_equal(
        lines(*state, config, "X8OqLtF9euxycFghBdcw9WG2SOz5LqJb", true),
        "Set-Cookie: __Secure-better-auth.session_token="
        "X8OqLtF9euxycFghBdcw9WG2SOz5LqJb.Wl9rj4OzviZ5TxI2o%2BwrhEqxXG%2BOWxc7aKh52kwK7hQ%3D; "
        "Max-Age=604800; Path=/; HttpOnly; Secure; SameSite=Lax\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_remembered_session_has_better_auths_header),
        cmocka_unit_test(a_session_until_the_browser_closes_has_better_auths_two_headers),
        cmocka_unit_test(on_https_the_same_values_have_the_secure_name),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
