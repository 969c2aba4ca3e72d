/* auth/callback: which URLs a browser may be sent on to. */
#include "auth/callback.h"
#include "unit.h"

static bool is_safe(const char *url)
{
    static char base[] = "http://127.0.0.1:3110";
    static char app[] = "https://app.example.com";
    static char *items[] = {base, app};
    static const struct config config = {.origins = {.items = items, .count = COUNT(items)}};

    return callback_is_safe(&config, url);
}

struct row {
    const char *url;
    bool accepted;
};

static void check(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        print_message("  %s\n", rows[i].url);
        assert_int_equal(is_safe(rows[i].url), rows[i].accepted);
    }
}

/* What the real Better Auth said, with http://127.0.0.1:3110 trusted. */
static void it_decides_as_better_auth_does(void **state)
{
    static const struct row rows[] = {
        {"/", true},
        {"/dash", true},
        {"/dash?x=1#y", true},
        {"/a b", true},
        {"//evil.example", false},
        {"/\\evil", false},
        {"/\\/evil", false},
        {"/a%2fb", false},
        {"/a%5Cb", false},
        {"/?x=%2f", true},
        {"http://127.0.0.1:3110", true},
        {"http://127.0.0.1:3110/", true},
        {"http://127.0.0.1:3110/x?y", true},
        {"http://127.0.0.1:3110@evil.example/", false},
        {"http://127.0.0.1:3111/", false},
        {"https://127.0.0.1:3110/", false},
        {"https://evil.example", false},
        {"javascript:alert(1)", false},
        {"data:text/html,x", false},
        {"dash", false},
        {"./dash", false},
        {"../x", false},
        {"/\tx", false},
        {"/..//evil.example", true},
        {"/%09/evil.example", true},
        {"http:\\\\127.0.0.1:3110\\x", true},
        {"HTTP://127.0.0.1:3110/x", true},
    };

    (void)state;
    check(rows, COUNT(rows));
}

static void whatever_a_browser_could_read_as_another_host_is_refused(void **state)
{
    static const struct row rows[] = {
        {"", false},
        {"///evil.example", false},
        {"/\\\\evil.example", false},
        {"\\/evil.example", false},
        {"\\\\evil.example", false},
        {"%2f%2fevil.example", false},
        {"/%2F/evil.example", false},
        {"/%2f%2fevil.example", false},
        {"/x\\y", false},
        {"/x?\\y", false},
        {"/\nevil.example", false},
        {"/x\r\nSet-Cookie: a=b", false},
        {"/x\x7f", false},
        {"%09//evil.example", false},
        {" /dash", false},
        {" https://app.example.com", false},
        {"https:/app.example.com", false},
        {"https:app.example.com", false},
        {"https:///app.example.com", false},
        {"https://", false},
        {"https", false},
        {"https\0//app.example.com", false}, /* what is behind the end is not the URL's */
        {"https:///", false},
        {"https:\\\\evil.example\\app.example.com", false},
        {"https://evil.example/https://app.example.com", false},
        {"https://evil.example\\@app.example.com", false},
        {"https://app.example.com.evil.example", false},
        {"https://app.example.com%2eevil.example", false},
        {"https://app.example.com:443@evil.example", false},
        {"https://user@app.example.com", false},
        {"https://app.example.com:8443/", false},
        {"https://app.example.com:443/x", true},
        {"https://APP.example.com?x", true},
        {"https://app.example.com#x", true},
        {"https:/\\app.example.com\\x", true},
        {"ftp://app.example.com/", false},
        {"httpss://app.example.com/", false},
        {"vbscript:x", false},
        {"blob:https://app.example.com/x", false},
        {"null", false},
        {"*", false},
    };

    (void)state;
    check(rows, COUNT(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_decides_as_better_auth_does),
        cmocka_unit_test(whatever_a_browser_could_read_as_another_host_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
