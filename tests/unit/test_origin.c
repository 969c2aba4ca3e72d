/* auth/origin: whose pages may call with cookies and read the answers. */
#include "auth/origin.h"
#include "unit.h"

static const struct config *config(void)
{
    static char front[] = "http://localhost:3000";
    static char app[] = "https://app.example.com";
    static char six[] = "http://[::1]:8080";
    static char *items[] = {front, app, six};
    static const struct config loaded = {.origins = {.items = items, .count = COUNT(items)}};

    return &loaded;
}

static void only_listed_origins_are_trusted(void **state)
{
    static const struct {
        const char *origin;
        bool trusted;
    } rows[] = {
        {"http://localhost:3000", true},
        {"https://app.example.com", true},
        {"http://[::1]:8080", true},
        {"HTTP://LocalHost:3000", true},
        {"https://app.example.com:443", true},
        {"HTTPS://APP.example.com:443", true},
        /* a Referer is compared as its origin */
        {"http://localhost:3000/dashboard?x=1#y", false},
        {"https://app.example.com/", false},

        {"", false},
        {"null", false},
        {"*", false},
        {"localhost:3000", false},
        {"//localhost:3000", false},
        {"://localhost:3000", false},
        {"http://", false},
        {"http:///localhost:3000", false},
        {"http://localhost", false},
        {"http://localhost:300", false},
        {"http://localhost:30000", false},
        {"http://localhost:3001", false},
        {"http://localhost:80", false},
        {"https://localhost:3000", false},
        {"http://app.example.com", false},
        {"https://app.example.com:80", false},
        {"https://app.example.com:4443", false},
        {"https://app.example.com:443:443", false},
        {"https://app.example.com.", false},
        {"https://app.example.com.evil.example", false},
        {"https://evilapp.example.com", false},
        {"https://evil.app.example.com", false},
        {"https://example.com", false},
        {"https://app.example.co", false},
        {"https://app.example.com@evil.example", false},
        {"https://app.example.com:443@evil.example", false},
        {"https://user@app.example.com", false},
        {"https://evil.example/https://app.example.com", false},
        {"https://evil.example?https://app.example.com", false},
        {"https://evil.example#https://app.example.com", false},
        {"https://app.example.com\\evil.example", false},
        {"https://app.example.com evil.example", false},
        {" https://app.example.com", false},
        {"https://app.example.com, https://evil.example", false},
        {"javascript://app.example.com", false},
        {"http://[::1]", false},
        {"http://[::1]:80", false},
        {"http://localhost:3000:80", false},
        {"https://app.example.com:443:443", false},
        {"http://[::1]:8080:80", false},
        {"http://:80", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        print_message("  %s\n", rows[i].origin);
        assert_int_equal(origin_is_trusted(config(), rows[i].origin), rows[i].trusted);
    }
}

static void nothing_is_trusted_without_a_list(void **state)
{
    const struct config empty = {.origins = {.count = 0}};

    (void)state;
    assert_false(origin_is_trusted(&empty, "http://localhost:3000"));
    assert_false(origin_is_trusted(&empty, ""));
}

/* Better Auth's rule; COOKIE is what makes it apply. */
static void a_request_with_cookies_needs_a_trusted_origin(void **state)
{
    static const struct {
        const char *origin, *referer, *fetch_site;
        enum err outcome;
    } rows[] = {
        {"http://localhost:3000", NULL, NULL, ERR_OK},
        {NULL, "http://localhost:3000/page", NULL, ERR_OK},
        {"http://localhost:3000", "http://evil.example/", NULL, ERR_OK},
        {"null", NULL, "same-origin", ERR_OK},

        {NULL, NULL, NULL, ERR_NO_ORIGIN},
        {NULL, NULL, "same-origin", ERR_NO_ORIGIN},
        {"", NULL, NULL, ERR_NO_ORIGIN},
        {NULL, "", NULL, ERR_NO_ORIGIN},
        {"null", NULL, NULL, ERR_NO_ORIGIN},
        {"null", NULL, "", ERR_NO_ORIGIN},
        {"null", NULL, "same-site", ERR_NO_ORIGIN},
        {"null", NULL, "cross-site", ERR_NO_ORIGIN},
        {"null", NULL, "none", ERR_NO_ORIGIN},
        {"null", NULL, "same-origin-not", ERR_NO_ORIGIN},
        {"null", "http://localhost:3000/", NULL, ERR_NO_ORIGIN},

        {"http://evil.example", NULL, NULL, ERR_BAD_ORIGIN},
        {"http://evil.example", NULL, "same-origin", ERR_BAD_ORIGIN},
        {"http://evil.example", "http://localhost:3000/", NULL, ERR_BAD_ORIGIN},
        {NULL, "http://evil.example/?http://localhost:3000", NULL, ERR_BAD_ORIGIN},
        {NULL, "http://localhost:3000.evil.example/", NULL, ERR_BAD_ORIGIN},
        {NULL, "garbage", NULL, ERR_BAD_ORIGIN},
        {"NULL", NULL, "same-origin", ERR_BAD_ORIGIN},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct request request = {.method = METHOD_POST,
                                  .origin = rows[i].origin,
                                  .referer = rows[i].referer,
                                  .fetch_site = rows[i].fetch_site,
                                  .cookies = {"any=thing"},
                                  .cookie_count = 1};
        print_message("  row %zu\n", i);
        assert_int_equal(origin_check(config(), &request), rows[i].outcome);
        /* Without cookies the browser adds nothing that a foreign page could abuse. */
        request.cookie_count = 0;
        assert_int_equal(origin_check(config(), &request), ERR_OK);
    }
}

/* Browsers send no Origin with a GET to their own site. */
static void a_get_may_lack_the_origin_but_not_have_a_foreign_one(void **state)
{
    static const struct {
        const char *origin, *fetch_site;
        enum err outcome;
    } rows[] = {
        {NULL, NULL, ERR_OK},
        {"http://localhost:3000", NULL, ERR_OK},
        {"null", "same-origin", ERR_OK},
        {"null", NULL, ERR_NO_ORIGIN},
        {"null", "cross-site", ERR_NO_ORIGIN},
        {"", NULL, ERR_NO_ORIGIN},
        {"http://evil.example", NULL, ERR_BAD_ORIGIN},
        {"http://evil.example", "same-origin", ERR_BAD_ORIGIN},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct request request = {.method = METHOD_GET,
                                  .origin = rows[i].origin,
                                  .fetch_site = rows[i].fetch_site,
                                  .cookies = {"any=thing"},
                                  .cookie_count = 1};
        print_message("  row %zu\n", i);
        assert_int_equal(origin_check(config(), &request), rows[i].outcome);
        request.method = METHOD_DELETE;
        assert_int_equal(origin_check(config(), &request),
                         rows[i].origin == NULL ? ERR_NO_ORIGIN : rows[i].outcome);
    }
}

/* Better Auth's rule for forms that sign in: without cookies, what marks a browser counts. */
static void a_sign_in_that_bears_a_browsers_mark_needs_a_trusted_origin(void **state)
{
    static const struct {
        const char *site, *mode, *dest, *origin, *referer;
        enum err outcome;
    } rows[] = {
        {NULL, NULL, NULL, NULL, NULL, ERR_OK},
        {NULL, NULL, NULL, "http://localhost:3000", NULL, ERR_OK},
        {"cross-site", "cors", "empty", "https://app.example.com", NULL, ERR_OK},
        {"same-origin", "navigate", "document", NULL, "http://localhost:3000/login", ERR_OK},
        {"same-origin", NULL, NULL, "null", NULL, ERR_OK},

        {"cross-site", "navigate", NULL, NULL, NULL, ERR_CROSS_SITE},
        {"cross-site", "navigate", "document", "http://localhost:3000", NULL, ERR_CROSS_SITE},
        {"cross-site", NULL, NULL, NULL, NULL, ERR_NO_ORIGIN},
        {NULL, "cors", NULL, NULL, NULL, ERR_NO_ORIGIN},
        {NULL, NULL, "empty", NULL, NULL, ERR_NO_ORIGIN},
        {NULL, NULL, NULL, "", NULL, ERR_NO_ORIGIN},
        {NULL, NULL, NULL, "null", NULL, ERR_NO_ORIGIN},
        {"cross-site", NULL, NULL, "null", NULL, ERR_NO_ORIGIN},
        {NULL, NULL, NULL, "http://evil.example", NULL, ERR_BAD_ORIGIN},
        {NULL, NULL, NULL, NULL, "http://evil.example/?http://localhost:3000", ERR_BAD_ORIGIN},
        {"same-origin", "cors", NULL, "http://evil.example", NULL, ERR_BAD_ORIGIN},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct request request = {.method = METHOD_POST,
                                  .fetch_site = rows[i].site,
                                  .fetch_mode = rows[i].mode,
                                  .fetch_dest = rows[i].dest,
                                  .origin = rows[i].origin,
                                  .referer = rows[i].referer};
        print_message("  row %zu\n", i);
        assert_int_equal(origin_check_sign_in(config(), &request), rows[i].outcome);
        /* With a cookie the rule is the common one. */
        request.cookies[0] = "a=b";
        request.cookie_count = 1;
        assert_int_equal(origin_check_sign_in(config(), &request),
                         origin_check(config(), &request));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_listed_origins_are_trusted),
        cmocka_unit_test(nothing_is_trusted_without_a_list),
        cmocka_unit_test(a_request_with_cookies_needs_a_trusted_origin),
        cmocka_unit_test(a_get_may_lack_the_origin_but_not_have_a_foreign_one),
        cmocka_unit_test(a_sign_in_that_bears_a_browsers_mark_needs_a_trusted_origin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
