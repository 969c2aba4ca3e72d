/* auth/authn: which principal a request proves, and what is no proof at all. */
#include "auth/authn.h"
#include "base/clock.h"
#include "base/mem.h"
#include "sec/cookie_sig.h"
#include "sec/token.h"
#include "server.h"
#include "unit.h"

static enum err bearer(struct server *server, const char *header, struct principal *principal)
{
    const struct request request = {.authorization = header};

    return authn_bearer(server->ctx, &server->config, server->app.keys, &request, clock_now(),
                        principal);
}

/* HEADER with TOKEN in the place of "%s". */
static enum err bearer_form(struct server *server, const char *before, const char *behind)
{
    struct principal principal = {.proof = PROOF_NONE};
    const char *header =
        mem_printf(server->ctx, "%s%s%s", before, server_token(server, "alice"), behind);
    enum err error = bearer(server, header, &principal);

    assert_int_equal(principal.proof, error == ERR_OK ? PROOF_JWT : PROOF_NONE);
    return error;
}

static void header_must_be_bearer_and_one_token(void **state)
{
    static const struct {
        const char *before, *behind;
        enum err outcome;
    } rows[] = {
        {"Bearer ", "", ERR_OK},
        {"bearer ", "", ERR_OK},
        {"BEARER ", "", ERR_OK},
        {"Bearer   ", "", ERR_OK},
        {"Bearer ", "  ", ERR_OK},

        {"", "", ERR_BAD_AUTH_HEADER},
        {" Bearer ", "", ERR_BAD_AUTH_HEADER},
        {"Bearer", "", ERR_BAD_AUTH_HEADER},
        {"Bearer\t", "", ERR_BAD_AUTH_HEADER},
        {"Bearer:", "", ERR_BAD_AUTH_HEADER},
        {"Bearers ", "", ERR_BAD_AUTH_HEADER},
        {"Bear ", "", ERR_BAD_AUTH_HEADER},
        {"Basic ", "", ERR_BAD_AUTH_HEADER},
        {"Token ", "", ERR_BAD_AUTH_HEADER},
        {"Bearer ", " x", ERR_BAD_AUTH_HEADER},
        {"Bearer x ", "", ERR_BAD_AUTH_HEADER},
        {"Bearer Bearer ", "", ERR_BAD_AUTH_HEADER},
        /* R45: two headers that a server joined */
        {"Bearer ", ",", ERR_BAD_AUTH_HEADER},
        {"Bearer ", ", Bearer x.y.z", ERR_BAD_AUTH_HEADER},
        {"Bearer x.y.z, Bearer ", "", ERR_BAD_AUTH_HEADER},
        {"Bearer ,", "", ERR_BAD_AUTH_HEADER},
        {"Basic eDp5, Bearer ", "", ERR_BAD_AUTH_HEADER},

        {"Bearer x", "", ERR_TOKEN_INVALID},
        {"Bearer ", "x", ERR_TOKEN_INVALID},
        {"Bearer \"", "\"", ERR_TOKEN_INVALID},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        print_message("  \"%s\" ... \"%s\"\n", rows[i].before, rows[i].behind);
        assert_int_equal(bearer_form(*state, rows[i].before, rows[i].behind), rows[i].outcome);
    }
}

static void nothing_offered_is_no_credential(void **state)
{
    struct principal principal;

    assert_int_equal(bearer(*state, NULL, &principal), ERR_NO_CREDENTIAL);
    assert_int_equal(bearer(*state, "", &principal), ERR_NO_CREDENTIAL);
    assert_int_equal(bearer(*state, "Bearer", &principal), ERR_BAD_AUTH_HEADER);
    assert_int_equal(bearer(*state, "Bearer ", &principal), ERR_BAD_AUTH_HEADER);
    assert_int_equal(bearer(*state, "Bearer    ", &principal), ERR_BAD_AUTH_HEADER);
}

static void only_the_authorization_header_is_a_credential(void **state)
{
    struct server *server = *state;
    const char *token = server_token(server, "alice");
    struct principal principal;
    struct request request = {
        .cookies = {mem_printf(server->ctx, "better-auth.session_token=%s; token=%s", token,
                               token)},
        .cookie_count = 1,
        .path = {.query = mem_printf(server->ctx, "token=%s&access_token=%s", token, token)},
        .body = mem_printf(server->ctx, "{\"token\":\"%s\"}", token),
    };

    assert_int_equal(authn_bearer(server->ctx, &server->config, server->app.keys, &request,
                                  clock_now(), &principal),
                     ERR_NO_CREDENTIAL);
}

static void principal_says_what_the_token_says(void **state)
{
    struct server *server = *state;
    struct principal principal;
    const char *token = server_token_with(
        server,
        "\"sub\":\"alice\",\"email\":\"a@example.com\",\"name\":\"A\",\"sessionId\":\"s1\"");

    assert_int_equal(bearer(server, mem_printf(server->ctx, "Bearer %s", token), &principal),
                     ERR_OK);
    assert_int_equal(principal.proof, PROOF_JWT);
    assert_string_equal(principal.user_id, "alice");
    assert_string_equal(principal.email, "a@example.com");
    assert_string_equal(principal.name, "A");
    assert_string_equal(principal.session_id, "s1");
    assert_false(principal.needs_session); /* made elsewhere */

    token = server_token(server, "bob");
    assert_int_equal(bearer(server, mem_printf(server->ctx, "Bearer %s", token), &principal),
                     ERR_OK);
    assert_string_equal(principal.user_id, "bob");
    assert_null(principal.email);
    assert_null(principal.name);
    assert_null(principal.session_id);
}

static void a_token_of_ours_needs_its_session(void **state)
{
    struct server *server = *state;
    const struct token_subject subject = {.user_id = "alice", .session_id = "s1"};
    struct principal principal;
    const char *token =
        token_issue(server->ctx, &server->config, &subject, clock_now(), CLOCK_HOUR);

    assert_int_equal(bearer(server, mem_printf(server->ctx, "Bearer %s", token), &principal),
                     ERR_OK);
    assert_true(principal.needs_session);
    assert_string_equal(principal.session_id, "s1");
}

static void the_tokens_fault_is_passed_on(void **state)
{
    struct server *server = *state;
    const struct token_subject subject = {.user_id = "alice"};
    struct principal principal;
    const char *expired =
        token_issue(server->ctx, &server->config, &subject, clock_now() - CLOCK_DAY, CLOCK_HOUR);
    const char *nameless = server_token_with(server, "\"email\":\"a@example.com\"");

    assert_int_equal(bearer(server, mem_printf(server->ctx, "Bearer %s", expired), &principal),
                     ERR_TOKEN_EXPIRED);
    assert_int_equal(bearer(server, mem_printf(server->ctx, "Bearer %s", nameless), &principal),
                     ERR_TOKEN_NO_USER);
    assert_int_equal(bearer(server, "Bearer a.b.c", &principal), ERR_TOKEN_INVALID);
}

/* --- authn_confirm --- */

static enum err confirm_at(struct server *server, struct principal principal, int64_t now)
{
    enum err error = authn_defer(&server->config, &principal);

    return error == ERR_OK ? authn_confirm(server->app.store, &principal, now) : error;
}

static enum err confirm(struct server *server, const struct principal *principal)
{
    return confirm_at(server, *principal, clock_now());
}

static void a_living_session_confirms_its_user_only(void **state)
{
    struct server *server = *state;
    const char *user_id = NULL;

    server_sign_up(server, "confirm@example.com", &user_id);
    const char *session_id = server_sql(
        server, mem_printf(server->ctx, "SELECT id FROM session WHERE \"userId\" = '%s'", user_id));
    struct principal who = {
        .proof = PROOF_JWT, .user_id = user_id, .session_id = session_id, .needs_session = true};
    assert_int_equal(confirm(server, &who), ERR_OK);
    assert_int_equal(
        confirm_at(server, who, clock_now() + server->config.session_ttl + CLOCK_MINUTE),
        ERR_TOKEN_INVALID);
    who.user_id = "another";
    assert_int_equal(confirm(server, &who), ERR_TOKEN_INVALID);
    who.user_id = user_id;
    who.session_id = "unknown";
    assert_int_equal(confirm(server, &who), ERR_TOKEN_INVALID);
    who.session_id = NULL;
    assert_int_equal(confirm(server, &who), ERR_TOKEN_INVALID);
    who.session_id = session_id;
    server_sql(server, "DELETE FROM session");
    assert_int_equal(confirm(server, &who), ERR_TOKEN_INVALID);
}

static void what_has_no_session_of_ours_costs_no_query(void **state)
{
    struct server *server = *state;
    const struct principal foreign = {
        .proof = PROOF_JWT, .user_id = "alice", .session_id = "theirs"};
    const struct principal nobody = {.proof = PROOF_NONE, .needs_session = true};
    const struct principal ours = {.proof = PROOF_JWT, .user_id = "alice", .needs_session = true};
    int before = server->queries;

    assert_int_equal(confirm(server, &foreign), ERR_OK);
    assert_int_equal(confirm(server, &nobody), ERR_OK);
    server->config.session_check = false;
    assert_int_equal(confirm(server, &ours), ERR_OK);
    server->config.session_check = true;
    assert_int_equal(server->queries, before);
}

/* A database that cannot be asked must not make a session valid, nor end it. */
static void a_silent_database_is_no_confirmation(void **state)
{
    struct server *server = *state;
    const struct principal ours = {
        .proof = PROOF_JWT, .user_id = "alice", .session_id = "s", .needs_session = true};

    server->fail_at = 1;
    assert_int_equal(confirm(server, &ours), ERR_STORE_DOWN);
}

/* --- sessions --- */

static const char *wire_cookie(struct server *server, const char *name, const char *value)
{
    return mem_printf(server->ctx, "%s=%s", name, cookie_sign(server->ctx, &server->config, value));
}

/* What authn_session offers to the store for a cookie and an Authorization header. */
static struct principal session_of(struct server *server, const char *cookie, const char *header,
                                   bool with_jwt)
{
    const struct request request = {
        .cookies = {cookie}, .cookie_count = cookie == NULL ? 0 : 1, .authorization = header};
    struct principal principal;

    authn_session(server->ctx, &server->config, &request, with_jwt, clock_now(), &principal);
    assert_null(principal.session);
    return principal;
}

static void assert_offers(struct principal principal, enum proof proof, const char *token)
{
    assert_int_equal(principal.proof, proof);
    assert_null(principal.user_id);
    if (token == NULL)
        assert_null(principal.offered);
    else
        assert_string_equal(principal.offered, token);
}

static void session_cookie_counts_only_with_our_signature(void **state)
{
    struct server *server = *state;
    void *ctx = server->ctx;
    const char *wire = cookie_sign(ctx, &server->config, "the-token");
    const struct {
        const char *cookie, *token;
    } rows[] = {
        {mem_printf(ctx, "better-auth.session_token=%s", wire), "the-token"},
        {mem_printf(ctx, "a=b; __Secure-better-auth.session_token=%s", wire), "the-token"},
        {mem_printf(ctx, "better-auth.session_token=%s",
                    cookie_sign_plain(ctx, &server->config, "the-token")),
         "the-token"},
        {mem_printf(ctx, "session_token=%s", wire), NULL},
        {mem_printf(ctx, "better-auth.session_token=x%s", wire), NULL},
        {"better-auth.session_token=the-token", NULL},
        {"better-auth.session_token=", NULL},
        {"", NULL},
        {mem_printf(ctx, "better-auth.session_data=%s", wire), NULL},
        /* Two that differ: neither (R45). */
        {mem_printf(ctx, "better-auth.session_token=%s; better-auth.session_token=other", wire),
         NULL},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct request request = {.cookies = {rows[i].cookie}, .cookie_count = 1};
        struct principal principal;
        enum proof proof = rows[i].token == NULL ? PROOF_NONE : PROOF_COOKIE;
        print_message("  %s\n", rows[i].cookie);
        assert_offers(session_of(server, rows[i].cookie, NULL, true), proof, rows[i].token);
        authn_cookie(ctx, &server->config, &request, &principal);
        assert_offers(principal, proof, rows[i].token);
    }
}

/* Better Auth's bearer plugin. */
static void bearer_session_token_replaces_the_cookie(void **state)
{
    struct server *server = *state;
    void *ctx = server->ctx;
    const char *cookie = wire_cookie(server, "better-auth.session_token", "cookies");
    const char *plain = cookie_sign_plain(ctx, &server->config, "bearers");
    const char *wire = cookie_sign(ctx, &server->config, "bearers");
    const struct {
        const char *header;
        enum proof proof;
        const char *token;
    } rows[] = {
        {NULL, PROOF_COOKIE, "cookies"},
        {"", PROOF_COOKIE, "cookies"},
        {"Basic bearers", PROOF_COOKIE, "cookies"},
        {"Bearer", PROOF_COOKIE, "cookies"},
        {"Bearer bearers", PROOF_SESSION, "bearers"},
        {"bEARER   bearers  ", PROOF_SESSION, "bearers"},
        {mem_printf(ctx, "Bearer %s", plain), PROOF_SESSION, "bearers"},
        {mem_printf(ctx, "Bearer %s", wire), PROOF_SESSION, "bearers"},
        /* What has a dot and is not rightly signed is ignored, a JWT among it. */
        {mem_printf(ctx, "Bearer x%s", plain), PROOF_COOKIE, "cookies"},
        {"Bearer bearers.", PROOF_COOKIE, "cookies"},
        {mem_printf(ctx, "Bearer %s", server_token(server, "alice")), PROOF_COOKIE, "cookies"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        print_message("  %s\n", rows[i].header == NULL ? "(none)" : rows[i].header);
        assert_offers(session_of(server, cookie, rows[i].header, false), rows[i].proof,
                      rows[i].token);
    }
    /* The proxy routes look at the cookie only. */
    const struct request request = {
        .cookies = {cookie}, .cookie_count = 1, .authorization = "Bearer bearers"};
    struct principal principal;
    authn_cookie(ctx, &server->config, &request, &principal);
    assert_offers(principal, PROOF_COOKIE, "cookies");
}

/* On task routes: signed, bare, or a JWT by its two dots. */
static void bearer_header_offers_session_tokens(void **state)
{
    struct server *server = *state;
    const char *plain = cookie_sign_plain(server->ctx, &server->config, "opaque");
    char *long_token = mem_bytes(server->ctx, 257);
    struct principal principal;

    assert_int_equal(bearer(server, "Bearer opaque", &principal), ERR_OK);
    assert_offers(principal, PROOF_SESSION, "opaque");
    assert_int_equal(bearer(server, mem_printf(server->ctx, "Bearer %s", plain), &principal),
                     ERR_OK);
    assert_offers(principal, PROOF_SESSION, "opaque");
    assert_int_equal(bearer(server, mem_printf(server->ctx, "Bearer x%s", plain), &principal),
                     ERR_TOKEN_INVALID);
    assert_int_equal(bearer(server, "Bearer a.b", &principal), ERR_TOKEN_INVALID);
    assert_int_equal(bearer(server, "Bearer a..", &principal), ERR_TOKEN_INVALID);
    assert_int_equal(bearer(server, "Bearer a.b.c.d", &principal), ERR_TOKEN_INVALID);
    memset(long_token, 't', 256);
    long_token[256] = '\0';
    assert_int_equal(bearer(server, mem_printf(server->ctx, "Bearer %s", long_token), &principal),
                     ERR_TOKEN_INVALID);
}

static struct principal resolved(struct server *server, struct principal principal)
{
    assert_int_equal(
        authn_resolve(server->ctx, server->app.store, &server->config, &principal, clock_now()),
        ERR_OK);
    return principal;
}

static void only_the_store_proves_a_session(void **state)
{
    struct server *server = *state;
    const char *user_id = NULL;
    const char *jwt = server_sign_up(server, "resolve@example.com", &user_id);
    const char *token = server_sql(
        server,
        mem_printf(server->ctx, "SELECT token FROM session WHERE \"userId\" = '%s'", user_id));
    struct principal who = {.proof = PROOF_COOKIE, .offered = token};

    who = resolved(server, who);
    assert_int_equal(who.proof, PROOF_COOKIE);
    assert_string_equal(who.user_id, user_id);
    assert_string_equal(who.session->token, token);
    assert_string_equal(who.user->email, "resolve@example.com");
    assert_false(who.ended);

    /* A JWT of ours stands for its session where that is asked for, and only there. */
    const char *header = mem_printf(server->ctx, "Bearer %s", jwt);
    assert_int_equal(session_of(server, NULL, header, false).proof, PROOF_NONE);
    who = resolved(server, session_of(server, NULL, header, true));
    assert_int_equal(who.proof, PROOF_JWT);
    assert_string_equal(who.session->token, token);
    /* One from elsewhere that names it does not. */
    const char *foreign =
        server_token_with(server, mem_printf(server->ctx, "\"sub\":\"%s\",\"sessionId\":\"%s\"",
                                             user_id, who.session->id));
    who = resolved(server,
                   session_of(server, NULL, mem_printf(server->ctx, "Bearer %s", foreign), true));
    assert_true(who.proof == PROOF_NONE && !who.ended && who.session == NULL);

    const char *const dead[] = {"unknown", "", "\xff"};
    for (size_t i = 0; i < COUNT(dead); i++) {
        who = resolved(server, (struct principal){.proof = PROOF_SESSION, .offered = dead[i]});
        assert_true(who.proof == PROOF_NONE && who.ended && who.user_id == NULL);
    }
    who = (struct principal){.proof = PROOF_SESSION, .offered = token};
    server->fail_at = 1;
    assert_int_equal(
        authn_resolve(server->ctx, server->app.store, &server->config, &who, clock_now()),
        ERR_STORE_DOWN);
    assert_null(who.user_id);
}

static void forgetful_is_who_has_the_signed_word(void **state)
{
    struct server *server = *state;
    const struct {
        const char *cookie;
        bool forgetful;
    } rows[] = {
        {wire_cookie(server, "better-auth.dont_remember", "true"), true},
        {wire_cookie(server, "__Secure-better-auth.dont_remember", "true"), true},
        {wire_cookie(server, "better-auth.dont_remember", "false"), false},
        {"better-auth.dont_remember=true", false},
        {"a=b", false},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct request request = {.cookies = {rows[i].cookie}, .cookie_count = 1};
        assert_int_equal(authn_is_forgetful(server->ctx, &server->config, &request),
                         rows[i].forgetful);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_must_be_bearer_and_one_token),
        cmocka_unit_test(nothing_offered_is_no_credential),
        cmocka_unit_test(only_the_authorization_header_is_a_credential),
        cmocka_unit_test(principal_says_what_the_token_says),
        cmocka_unit_test(a_token_of_ours_needs_its_session),
        cmocka_unit_test(the_tokens_fault_is_passed_on),
        cmocka_unit_test(a_living_session_confirms_its_user_only),
        cmocka_unit_test(what_has_no_session_of_ours_costs_no_query),
        cmocka_unit_test(a_silent_database_is_no_confirmation),
        cmocka_unit_test(session_cookie_counts_only_with_our_signature),
        cmocka_unit_test(bearer_session_token_replaces_the_cookie),
        cmocka_unit_test(bearer_header_offers_session_tokens),
        cmocka_unit_test(only_the_store_proves_a_session),
        cmocka_unit_test(forgetful_is_who_has_the_signed_word),
    };
    return cmocka_run_group_tests(tests, server_start, server_stop);
}
