/* What each kind of setting takes, and what it makes of it. */
#include "base/clock.h"
#include "unit_load.h"

static void a_secret_has_to_be_one(void **state)
{
    (void)state;
    static const char missing[] =
        "BETTER_AUTH_SECRET environment variable is required. It must match the secret used in "
        "Better Auth on the frontend.\n"
        "No settings file was named: --config FILE reads one, for instance "
        "/etc/taskgate/taskgate.conf.\n";
    assert_int_equal(LOAD("X=1"), ERR_CONFIG);
    assert_string_equal(suite.problems, missing);
    assert_int_equal(LOAD("BETTER_AUTH_SECRET="), ERR_CONFIG);
    assert_string_equal(suite.problems, missing);
    assert_int_equal(LOAD("BETTER_AUTH_SECRET=Hk29sLw0ZqPx73VbNm5RtYe8UaGd1Jc"), ERR_CONFIG);
    assert_string_equal(suite.problems,
                        "BETTER_AUTH_SECRET must be at least 32 characters. Current length: 31. "
                        "Generate with: openssl rand -hex 32\n");
    static const char *const samples[] = {
        "EWNhWQFikqssCNiZtGZrUVK32lnGWoobrM9ttp8ezE8",
        "super-secret-key-change-in-production",
        "tJVIyE6s7rHapXEHlYDtkT6sP57Tqfvk",
        "better-auth-secret-12345678901234567890",
        "change-me-change-me-change-me-please",
        "CHANGEME-CHANGEME-CHANGEME-CHANGEME1",
        "your-super-secret-key-of-32-characters",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "0123456789abcdef0123456789abcdef",
        "404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970",
        "413F4428472B4B6250655368566D5970337336763979244226452948404D6351",
        "JWTAuthenticationHIGHsecuredPasswordVVVp1OH7Xzyr",
        "USED TO SIGN AND VERIFY JWT TOKENS, REPLACE IT WITH YOUR OWN SECRET",
        "my-32-character-ultra-secure-and-ultra-long-secret",
        "Qwertyuiopasdfghjklzxcvbnm123456",
        "this is my custom Secret key for authentication",
        "this is my custom Secret key for authnetication",
        "abcabcabcabcabcabcabcabcabcabcabcabcab",
    };
    for (size_t i = 0; i < COUNT(samples); i++) {
        enum err error = LOAD(mem_printf(suite.ctx, "BETTER_AUTH_SECRET=%s", samples[i]));
        if (error != ERR_CONFIG || !strstr(suite.problems, "openssl rand -hex 32")) {
            fail_msg("accepted: %s", samples[i]);
        }
        assert_null(strstr(suite.problems, samples[i]));
    }
}

static void secrets_are_raw_text_and_older_ones_follow(void **state)
{
    (void)state;
    assert_int_equal(LOAD(SET_SECRET, "BETTER_AUTH_SECRET_PREVIOUS= " OTHER_SECRET
                                      " ,," OTHER_SECRET OTHER_SECRET "x"),
                     ERR_OK);
    assert_int_equal(suite.config->secret_count, 3);
    assert_memory_equal(suite.config->secrets[0].data, SECRET, 32);
    assert_memory_equal(suite.config->secrets[1].data, OTHER_SECRET, 32);
    assert_int_equal(suite.config->secrets[2].len, 65);
    assert_int_equal(LOAD(SET_SECRET, "BETTER_AUTH_SECRET_PREVIOUS=" OTHER_SECRET ",short"),
                     ERR_CONFIG);
    assert_non_null(strstr(suite.problems, "BETTER_AUTH_SECRET_PREVIOUS must be at least 32"));
    assert_null(strstr(suite.problems, OTHER_SECRET));
    /* White space and commas belong to it. */
    assert_int_equal(LOAD("BETTER_AUTH_SECRET= a,b " SECRET " "), ERR_OK);
    assert_memory_equal(suite.config->secrets[0].data, " a,b " SECRET " ", 38);
}

static void numbers_keep_to_their_limits(void **state)
{
    (void)state;
    static const char *const good[] = {"WORKERS=1",
                                       "WORKERS=256",
                                       "WORKERS=007",
                                       "MAX_BODY=1024",
                                       "MAX_BODY=131072",
                                       "TASK_LIST_MAX=1",
                                       "MAX_PASSWORD_LENGTH=128",
                                       "MIN_PASSWORD_LENGTH=1",
                                       "TOKEN_TTL=60",
                                       "REFRESH_REUSE_GRACE=10",
                                       "COOKIE_CACHE_MAX_AGE=1",
                                       "ACCESS_TOKEN_EXPIRE_MINUTES=1"};
    static const char *const bad[] = {"WORKERS=0",
                                      "WORKERS=257",
                                      "WORKERS=-1",
                                      "WORKERS=1.5",
                                      "WORKERS=4x",
                                      "WORKERS= 4",
                                      "WORKERS=+4",
                                      "WORKERS=99999999999999999999",
                                      "MAX_BODY=1023",
                                      "MAX_BODY=131073",
                                      "MAX_BODY=64K",
                                      "TASK_LIST_MAX=0",
                                      "TASK_LIST_MAX=10001",
                                      "MAX_PASSWORD_LENGTH=129",
                                      "MIN_PASSWORD_LENGTH=0",
                                      "TOKEN_TTL=59",
                                      "TOKEN_TTL=31536001",
                                      "SESSION_TTL=0",
                                      "REFRESH_TTL=1e6",
                                      "REFRESH_REUSE_GRACE=11",
                                      "COOKIE_CACHE_MAX_AGE=0",
                                      "COOKIE_CACHE_MAX_AGE=86401",
                                      "ACCESS_TOKEN_EXPIRE_MINUTES=0",
                                      "ACCESS_TOKEN_EXPIRE_MINUTES=525601"};
    for (size_t i = 0; i < COUNT(good); i++) {
        if (load_one(good[i]) != ERR_OK) {
            fail_msg("%s: %s", good[i], suite.problems);
        }
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (load_one(bad[i]) != ERR_CONFIG) {
            fail_msg("accepted: %s", bad[i]);
        }
        assert_memory_equal(suite.problems, bad[i], strcspn(bad[i], "="));
        assert_non_null(strstr(suite.problems, "must be a whole number from"));
    }
    load_one("ACCESS_TOKEN_EXPIRE_MINUTES=5");
    assert_int_equal(suite.config->access_token_ttl, 5 * CLOCK_MINUTE);
    load_one("TOKEN_TTL=90");
    assert_int_equal(suite.config->token_ttl, 90 * CLOCK_SECOND);
    load_one("MAX_BODY=2000");
    assert_int_equal(suite.config->max_body, 2000);
}

static void words_are_read_in_any_case(void **state)
{
    (void)state;
    static const char *const on[] = {"on", "ON", "true", "True", "1", "yes"};
    static const char *const off[] = {"off", "Off", "false", "FALSE", "0", "no"};
    for (size_t i = 0; i < COUNT(on); i++) {
        assert_int_equal(load_one(mem_printf(suite.ctx, "DEBUG=%s", on[i])), ERR_OK);
        assert_true(suite.config->debug);
        assert_int_equal(load_one(mem_printf(suite.ctx, "SESSION_CHECK=%s", off[i])), ERR_OK);
        assert_false(suite.config->session_check);
    }
    static const char *const bad[] = {
        "DEBUG=2",          "DEBUG=o",         "DEBUG=onn",      "DEBUG=on ", "COOKIE_SECURE=maybe",
        "COOKIE_SAMESITE=", "LIST_SHAPE=item", "COOKIE_CACHE=on"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        bool empty = bad[i][strlen(bad[i]) - 1] == '='; /* an empty value is none */
        assert_int_equal(load_one(bad[i]), empty ? ERR_OK : ERR_CONFIG);
    }
    assert_int_equal(LOAD(SET_SECRET, "COOKIE_SAMESITE=None", "COOKIE_SECURE=on"), ERR_OK);
    assert_int_equal(suite.config->cookie_samesite, SAMESITE_NONE);
    assert_int_equal(suite.config->cookie_secure, COOKIE_SECURE_ON);
    assert_int_equal(load_one("LIST_SHAPE=OBJECT"), ERR_OK);
    assert_int_equal(suite.config->list_shape, LIST_OBJECT);
    enum list_shape shape = LIST_ITEMS;
    assert_true(conf_list_shape("array", &shape));
    assert_int_equal(shape, LIST_ARRAY);
    assert_false(conf_list_shape("", &shape));
    assert_false(conf_list_shape("arrays", &shape));
}

static void origins_become_those_of_browsers(void **state)
{
    (void)state;
    static const struct {
        const char *given;
        const char *origin;
    } good[] = {
        {"http://localhost:3000", "http://localhost:3000"},
        {"HTTPS://App.Example.COM", "https://app.example.com"},
        {"https://app.example.com:443", "https://app.example.com"},
        {"http://app.example.com:80", "http://app.example.com"},
        {"http://app.example.com:443", "http://app.example.com:443"},
        {"http://app.example.com:08080", "http://app.example.com:8080"},
        {"http://[0:0:0:0:0:0:0:1]:3000", "http://[::1]:3000"},
        {"http://[2001:DB8::A]", "http://[2001:db8::a]"},
        {"http://192.0.2.1", "http://192.0.2.1"},
    };
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_int_equal(load_one(mem_printf(suite.ctx, "FRONTEND_URL=%s", good[i].given)), ERR_OK);
        assert_int_equal(suite.config->origins.count, 2);
        assert_string_equal(suite.config->origins.items[1], good[i].origin);
    }
    static const char *const bad[] = {"*",
                                      "null",
                                      "localhost:3000",
                                      "//localhost",
                                      "ftp://localhost",
                                      "http://",
                                      "http://:80",
                                      "http://a.example/",
                                      "http://a.example/path",
                                      "http://a.example?x",
                                      "http://a.example#x",
                                      "http://user@a.example",
                                      "http://*.example",
                                      "http://a.example:",
                                      "http://a.example:0",
                                      "http://a.example:65536",
                                      "http://a.example:http",
                                      "http://a.example:80:80",
                                      "http://a b.example",
                                      "http://\xc3\xbc.example",
                                      "http://[::1",
                                      "http://[::g]",
                                      "http://[::1]x",
                                      "http://[]",
                                      "http://a.example,*",
                                      ",",
                                      "http://a.example;http://b.example"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (load_one(mem_printf(suite.ctx, "FRONTEND_URL=%s", bad[i])) != ERR_CONFIG) {
            fail_msg("accepted: %s", bad[i]);
        }
    }
    assert_int_equal(LOAD(SET_SECRET,
                          "FRONTEND_URL= http://a.example , http://b.example,http://a.example:80,",
                          "BASE_URL=https://b.example/"),
                     ERR_OK);
    assert_int_equal(suite.config->origins.count, 3);
    assert_string_equal(suite.config->base_url, "https://b.example");
    assert_true(suite.config->base_https);
    assert_string_equal(suite.config->origins.items[1], "http://a.example");
    assert_string_equal(suite.config->origins.items[2], "http://b.example");
    assert_int_equal(load_one("BASE_URL=https://b.example//"), ERR_CONFIG);
    assert_int_equal(load_one("BASE_URL=https://b.example/api"), ERR_CONFIG);
    assert_int_equal(load_one("BASE_URL=/"), ERR_CONFIG);
}

/* Neither of these has a user; who gives one all the same has given a password away otherwise. */
static void a_password_in_any_url_is_not_shown(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "https://u:hidden@a.example", "https://u:hid:d/en@hidden@a.example/x",
        "HTTPS://:hidden@a.example",  "http://b.example,http://u:hidden@a.example",
        "u:hidden@a.example",         "https://a.example/?password=hidden",
    };
    static const char *const names[] = {"BASE_URL", "BETTER_AUTH_URL", "FRONTEND_URL", "JWKS_URL"};
    for (size_t i = 0; i < COUNT(urls) * COUNT(names); i++) {
        const char *name = names[i % COUNT(names)], *url = urls[i / COUNT(names)];
        if (load_one(mem_printf(suite.ctx, "%s=%s", name, url)) == ERR_OK) {
            assert_string_equal(name, "JWKS_URL"); /* it may have parameters */
            continue;
        }
        assert_non_null(strstr(suite.problems, "***"));
        assert_null(strstr(suite.problems, "hidden"));
    }
    assert_int_equal(load_one("JWKS_URL=https://u:hidden@a.example/keys?x=1"), ERR_CONFIG);
    assert_non_null(strstr(suite.problems, ", not \"https://u:***@a.example/keys?x=1\"\n"));
}

static void databases_are_sqlite_files_or_postgresql(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        enum store_kind store;
        const char *database;
        const char *public;
    } good[] = {
        {"sqlite:///tasks.db", STORE_SQLITE, "tasks.db", "tasks.db"},
        {"sqlite:////srv/t.db", STORE_SQLITE, "/srv/t.db", "/srv/t.db"},
        {"postgresql://h/d", STORE_POSTGRESQL, "postgresql://h/d", "postgresql://h/d"},
        {"postgres://u:hidden@h:5432/d", STORE_POSTGRESQL, "postgres://u:hidden@h:5432/d",
         "postgres://u:***@h:5432/d"},
        {"postgresql://u@h:5432/d", STORE_POSTGRESQL, "postgresql://u@h:5432/d",
         "postgresql://u@h:5432/d"},
        {"postgresql://u:hid%40den@h1,h2:5/d?x=1", STORE_POSTGRESQL,
         "postgresql://u:hid%40den@h1,h2:5/d?x=1", "postgresql://u:***@h1,h2:5/d?x=1"},
        {"postgresql:///d?host=/run&user=u&password=hidden&x=1", STORE_POSTGRESQL,
         "postgresql:///d?host=/run&user=u&password=hidden&x=1",
         "postgresql:///d?host=/run&user=u&password=***&x=1"},
        {"postgresql://h/d?sslpassword=hidden&PASSWORD=hidden", STORE_POSTGRESQL,
         "postgresql://h/d?sslpassword=hidden&PASSWORD=hidden",
         "postgresql://h/d?sslpassword=***&PASSWORD=***"},
        /* In any spelling, and whatever else in the URL looks like a user or a parameter. */
        {"postgresql://h/d?%70assword=hidden&ssl%50ASSWORD=hidden", STORE_POSTGRESQL,
         "postgresql://h/d?%70assword=hidden&ssl%50ASSWORD=hidden",
         "postgresql://h/d?%70assword=***&ssl%50ASSWORD=***"},
        {"postgresql:///d?password=hidden&host=a:1&user=u@h", STORE_POSTGRESQL,
         "postgresql:///d?password=hidden&host=a:1&user=u@h",
         "postgresql:///d?password=***&host=a:***@h"},
        {"postgresql:///d?password=hid:d@en&x=1", STORE_POSTGRESQL,
         "postgresql:///d?password=hid:d@en&x=1", "postgresql:///d?password=***&x=1"},
        {"postgresql://u:hid&password=den@h/d", STORE_POSTGRESQL,
         "postgresql://u:hid&password=den@h/d", "postgresql://u:***"},
    };
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_int_equal(load_one(mem_printf(suite.ctx, "DATABASE_URL=%s", good[i].url)), ERR_OK);
        assert_int_equal(suite.config->store, good[i].store);
        assert_string_equal(suite.config->database, good[i].database);
        assert_string_equal(conf_database_public(suite.ctx, suite.config), good[i].public);
    }
    static const char *const bad[] = {
        "tasks.db", "sqlite:tasks.db", "sqlite://tasks.db", "sqlite:///",
        "sqlite:///:memory:", "sqlite:///t.db?mode=ro", "mysql://h/d", "postgresql+asyncpg://h/d",
        "postgresql:h",
        /* libpq would take the rest of these passwords for a host, and say so. */
        "postgresql://u:hid@den@h/d", "postgresql://u:hid/den@h/d", "postgresql://u:hid@d/en@h/d",
        "postgresql://u@h@h2/d?x=1"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(load_one(mem_printf(suite.ctx, "DATABASE_URL=%s", bad[i])), ERR_CONFIG);
    }
}

static void lists_have_at_least_one_item(void **state)
{
    (void)state;
    assert_int_equal(load_one("JWT_ISSUER= a , b,,c"), ERR_OK);
    assert_int_equal(suite.config->jwt_issuers.count, 3);
    assert_string_equal(suite.config->jwt_issuers.items[0], "a");
    assert_string_equal(suite.config->jwt_issuers.items[2], "c");
    assert_int_equal(load_one("JWT_AUDIENCE= ,"), ERR_CONFIG);
}

static void settings_must_fit_together(void **state)
{
    (void)state;
    assert_int_equal(LOAD(SET_SECRET, "MIN_PASSWORD_LENGTH=9", "MAX_PASSWORD_LENGTH=8"),
                     ERR_CONFIG);
    assert_int_equal(LOAD(SET_SECRET, "MIN_PASSWORD_LENGTH=8", "MAX_PASSWORD_LENGTH=8"), ERR_OK);
    assert_int_equal(LOAD(SET_SECRET, "COOKIE_SAMESITE=none"), ERR_CONFIG);
    assert_int_equal(
        LOAD(SET_SECRET, "COOKIE_SAMESITE=none", "COOKIE_SECURE=off", "BASE_URL=https://a.example"),
        ERR_CONFIG);
    assert_int_equal(LOAD(SET_SECRET, "COOKIE_SAMESITE=none", "BASE_URL=https://a.example"),
                     ERR_OK);
}

static void cookie_aliases_are_names_of_cookies_and_not_ours(void **state)
{
    static const char *const bad[] = {
        "COOKIE_ALIASES=a b",
        "COOKIE_ALIASES=a;b",
        "COOKIE_ALIASES=a=b",
        "COOKIE_ALIASES=,",
        "COOKIE_ALIASES=\xc3\xa9",
        "COOKIE_ALIASES=better-auth.session_token",
        "COOKIE_ALIASES=ok,__Secure-better-auth.session_data",
        "COOKIE_ALIASES=better-auth.refresh_token",
        "COOKIE_ALIASES=__Secure-better-auth.dont_remember",
        "COOKIE_ALIASES=a,b,c,d,e",
        "COOKIE_ALIASES=a2345678901234567890123456789012345678901234567890123456789012345",
    };

    (void)state;
    assert_int_equal(LOAD(SET_SECRET), ERR_OK);
    assert_int_equal(suite.config->cookie_aliases.count, 0);
    assert_int_equal(load_one("COOKIE_ALIASES=Off"), ERR_OK);
    assert_int_equal(suite.config->cookie_aliases.count, 0);
    assert_int_equal(load_one("COOKIE_ALIASES=better-auth-token, better-auth.session"), ERR_OK);
    assert_int_equal(suite.config->cookie_aliases.count, 2);
    assert_string_equal(suite.config->cookie_aliases.items[1], "better-auth.session");
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (load_one(bad[i]) != ERR_CONFIG) {
            fail_msg("accepted: %s", bad[i]);
        }
    }
}

static void sessions_have_better_auths_defaults(void **state)
{
    (void)state;
    assert_int_equal(LOAD(SET_SECRET), ERR_OK);
    assert_int_equal(suite.config->session_ttl, 7 * CLOCK_DAY);
    assert_int_equal(suite.config->session_update_age, CLOCK_DAY);
    assert_true(suite.config->auth_routes);
    assert_int_equal(load_one("SESSION_UPDATE_AGE=0"), ERR_OK);
    assert_int_equal(suite.config->session_update_age, 0);
    assert_int_equal(load_one("AUTH_ROUTES=off"), ERR_OK);
    assert_false(suite.config->auth_routes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_has_to_be_one),
        cmocka_unit_test(secrets_are_raw_text_and_older_ones_follow),
        cmocka_unit_test(numbers_keep_to_their_limits),
        cmocka_unit_test(words_are_read_in_any_case),
        cmocka_unit_test(origins_become_those_of_browsers),
        cmocka_unit_test(a_password_in_any_url_is_not_shown),
        cmocka_unit_test(databases_are_sqlite_files_or_postgresql),
        cmocka_unit_test(lists_have_at_least_one_item),
        cmocka_unit_test(settings_must_fit_together),
        cmocka_unit_test(cookie_aliases_are_names_of_cookies_and_not_ours),
        cmocka_unit_test(sessions_have_better_auths_defaults),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
