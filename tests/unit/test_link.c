/* api/link: how long a URL to go on to may be, and what is added to it. */
#include "base/clock.h"
#include "base/mem.h"
#include "sec/mail_token.h"
#include "server.h"
#include "unit.h"

#define OLD "old@example.com"
#define NEW "new@example.com"

/* COUNT times PIECE behind a slash. */
static const char *path_of(struct server *server, const char *piece, int count)
{
    struct buf *path = buf_new(server->ctx);

    buf_putc(path, '/');
    for (int i = 0; i < count; i++)
        buf_puts(path, piece);
    return path->data;
}

/* The link that gives the user OLD the address NEW, and then goes on to CALLBACK (encoded). */
static struct reply *move(struct server *server, const char *user_id, const char *cookies,
                          const char *callback)
{
    const struct mail_token token = {
        .email = OLD, .update_to = NEW, .request_type = MAIL_TOKEN_MOVE, .user_id = user_id};
    const char *text = mail_token_issue(server->ctx, &server->config, &token, clock_now());

    return server_ask(server,
                      &(struct ask){.method = "GET",
                                    .uri = mem_printf(server->ctx,
                                                      "/api/auth/verify-email?token=%s"
                                                      "&callbackURL=%s",
                                                      text, callback),
                                    .params = {cookies, "HTTPS=on", "HTTP_ORIGIN=" SERVER_ORIGIN}});
}

static const char *address_of(struct server *server, const char *user_id)
{
    return server_sql(
        server, mem_printf(server->ctx, "SELECT email FROM \"user\" WHERE id = '%s'", user_id));
}

/* With all headers that such an answer can have: it is cut short where they do not fit. */
static void a_url_of_1024_bytes_fits_and_a_longer_one_is_refused_first(void **state)
{
    static char alias[4][65];
    static char *aliases[] = {alias[0], alias[1], alias[2], alias[3]};
    struct server *server = *state;
    const char *id = NULL;

    for (size_t i = 0; i < COUNT(aliases); i++)
        memset(alias[i], 'a' + (int)i, 64);
    server->config.cookie_aliases = (struct conf_list){.items = aliases, .count = COUNT(aliases)};
    server_sign_up(server, OLD, &id);
    const struct reply *browser = server_ask(
        server, &(struct ask){.method = "POST",
                              .uri = "/api/auth/sign-in/email",
                              .body = "{\"email\":\"" OLD "\",\"password\":\"right horse\","
                                      "\"rememberMe\":false}"});
    const char *cookies = reply_cookies(server, browser);

    /* Three bytes in a header for each of these. */
    const char *const long_urls[] = {path_of(server, "a", 1024), path_of(server, "%C3%A9", 171),
                                     path_of(server, "%20", 342), path_of(server, "%22", 342),
                                     path_of(server, "a%5E", 256)};
    for (size_t i = 0; i < COUNT(long_urls); i++) {
        assert_error(move(server, id, cookies, long_urls[i]), 403, "INVALID_CALLBACK_URL");
        assert_string_equal(address_of(server, id), OLD);
    }
    const char *good = path_of(server, "%20", 341);
    const struct reply *reply = move(server, id, cookies, good);
    assert_int_equal(reply->status, 302);
    assert_string_equal(reply_header(server, reply, "Location"), good);
    assert_string_equal(address_of(server, id), NEW);
}

static struct reply *open_reset(struct server *server, const char *token, const char *callback)
{
    return server_ask(
        server,
        &(struct ask){.method = "GET",
                      .uri = mem_printf(server->ctx, "/api/auth/reset-password/%s?callbackURL=%s",
                                        token, callback)});
}

/* Who asks for another letter on the page that an old one led to sends that page's URL. */
static void what_is_added_to_the_query_takes_the_place_of_what_was_there(void **state)
{
    static const struct {
        const char *callback; /* encoded */
        const char *location;
    } rows[] = {
        {"/a", "/a?error=INVALID_TOKEN"},
        {"/a%3F", "/a?error=INVALID_TOKEN"},
        {"/a%3Ferror=old", "/a?error=INVALID_TOKEN"},
        {"/a%3Ferror", "/a?error=INVALID_TOKEN"},
        {"/a%3Fb=1%26error=old%26c=%26error=%23f", "/a?b=1&c=&error=INVALID_TOKEN#f"},
        {"/a%3Ferrors=1%26terror=2%26x=error=3", "/a?errors=1&terror=2&x=error=3&"
                                                 "error=INVALID_TOKEN"},
        {"/a%3F%26%26b", "/a?b&error=INVALID_TOKEN"},
        {"/a%23b?error=old", "/a?error=INVALID_TOKEN#b?error=old"},
        {"/error=old", "/error=old?error=INVALID_TOKEN"},
        {"/a%3Fb=%22%26c=%20", "/a?b=%22&c=%20&error=INVALID_TOKEN"},
    };
    struct server *server = *state;
    const char *id = NULL;

    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct reply *reply = open_reset(server, "unknown", rows[i].callback);
        print_message("  %s\n", rows[i].callback);
        assert_int_equal(reply->status, 302);
        assert_string_equal(reply_header(server, reply, "Location"),
                            mem_printf(server->ctx, "http://localhost:8080%s", rows[i].location));
    }
    server_sign_up(server, "again@example.com", &id);
    server_sql(server,
               mem_printf(server->ctx,
                          "INSERT INTO verification VALUES ('v', 'reset-password:new', '%s', "
                          "'9999-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z', "
                          "'2026-01-01T00:00:00.000Z')",
                          id));
    const struct reply *reply = open_reset(server, "new", "/reset%3Ftoken=old");
    assert_string_equal(reply_header(server, reply, "Location"),
                        "http://localhost:8080/reset?token=new");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_url_of_1024_bytes_fits_and_a_longer_one_is_refused_first),
        cmocka_unit_test(what_is_added_to_the_query_takes_the_place_of_what_was_there),
    };
    return cmocka_run_group_tests(tests, server_start, server_stop);
}
