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

    return authn_bearer(server->ctx, &server->config, &request, clock_now(), principal);
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

    assert_int_equal(authn_bearer(server->ctx, &server->config, &request, clock_now(), &principal),
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

static enum err confirm(struct server *server, const struct principal *principal)
{
    return authn_confirm(server->app.store, &server->config, principal, clock_now());
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
    assert_int_equal(authn_confirm(server->app.store, &server->config, &who,
                                   clock_now() + server->config.session_ttl + CLOCK_MINUTE),
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

/* --- authn_session_cookie --- */

static const char *session_of(struct server *server, const char *cookie)
{
    const struct request request = {.cookies = {cookie}, .cookie_count = 1};

    return authn_session_cookie(server->ctx, &server->config, &request);
}

static void session_cookie_counts_only_with_our_signature(void **state)
{
    struct server *server = *state;
    void *ctx = server->ctx;
    const char *wire = cookie_sign(ctx, &server->config, "the-token");

    assert_string_equal(session_of(server, mem_printf(ctx, "better-auth.session_token=%s", wire)),
                        "the-token");
    assert_string_equal(
        session_of(server, mem_printf(ctx, "a=b; __Secure-better-auth.session_token=%s", wire)),
        "the-token");
    assert_null(session_of(server, mem_printf(ctx, "session_token=%s", wire)));
    assert_null(session_of(server, mem_printf(ctx, "better-auth.session_token=x%s", wire)));
    assert_null(session_of(server, "better-auth.session_token=the-token"));
    assert_null(session_of(server, "better-auth.session_token="));
    assert_null(session_of(server, ""));
    /* Two that differ: neither. */
    assert_null(session_of(server, mem_printf(ctx,
                                              "better-auth.session_token=%s; "
                                              "better-auth.session_token=other",
                                              wire)));
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
    };
    return cmocka_run_group_tests(tests, server_start, server_stop);
}
