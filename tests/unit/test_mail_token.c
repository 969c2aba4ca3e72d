/* sec/mail_token: tokens in letters, and that no other token is taken for one. */
#include "base/clock.h"
#include "base/json.h"
#include "sec/mail_token.h"
#include "sec/token.h"
#include "unit.h"
#include "unit_suite.h"
#include "unit_token.h"
#include "vectors.h"

static int set_up(void **state)
{
    (void)state;
    return suite_begin(UNIT_SECRET, NULL);
}

static enum err verify(const char *text, struct mail_token **ret_token)
{
    return mail_token_verify(suite.ctx, suite.config, text, UNIT_NOW, ret_token);
}

static char *made(const char *header, const char *payload)
{
    return unit_token(suite.ctx, header, strlen(header), payload, strlen(payload));
}

static void a_token_of_better_auth_is_understood(void **state)
{
    static const char vector[] =
        "eyJhbGciOiJIUzI1NiJ9.eyJlbWFpbCI6InZlY3RvckBleGFtcGxlLmNvbSIsInVzZXJJZCI6InZGcGIxdWxpWUJo"
        "Uzd5R3prSUNiZ25vQnRzSm0zZ2VTIiwiaWF0IjoxNzk1MDAwMDAwLCJleHAiOjQxMDI0NDQ4MDB9.sssQkhH8RmdA"
        "XGvFsB6BuiCkI03rI4MP9MW024SRVKs";
    struct config *config = unit_config(suite.ctx, VECTOR_SECRET, NULL);
    struct mail_token *token = NULL;

    (void)state;
    assert_int_equal(mail_token_verify(suite.ctx, config, vector, VECTOR_NOW, &token), ERR_OK);
    assert_string_equal(token->email, "vector@example.com");
    assert_string_equal(token->user_id, VECTOR_USER);
    assert_null(token->update_to);
    assert_null(token->request_type);
}

static void what_is_said_comes_back(void **state)
{
    const struct mail_token said = {
        .email = "a@b.co", .update_to = "c@d.co", .request_type = MAIL_TOKEN_MOVE, .user_id = "u1"};
    struct mail_token *token = NULL;

    (void)state;
    assert_int_equal(verify(mail_token_issue(suite.ctx, suite.config, &said, UNIT_NOW), &token),
                     ERR_OK);
    assert_string_equal(token->email, "a@b.co");
    assert_string_equal(token->update_to, "c@d.co");
    assert_string_equal(token->request_type, MAIL_TOKEN_MOVE);
    assert_string_equal(token->user_id, "u1");
}

static void a_token_has_the_form_of_better_auths(void **state)
{
    const struct mail_token said = {.email = "a@b.co", .user_id = "u1"};
    const char *token = mail_token_issue(suite.ctx, suite.config, &said, UNIT_NOW);

    (void)state;
    assert_string_equal(token,
                        made("{\"alg\":\"HS256\"}", "{\"email\":\"a@b.co\",\"userId\":\"u1\","
                                                    "\"iat\":1795218180,\"exp\":1795221780}"));
}

static void it_ends_after_an_hour(void **state)
{
    const struct mail_token said = {.email = "a@b.co", .user_id = "u1"};
    struct mail_token *token = NULL;
    const char *now =
        mail_token_issue(suite.ctx, suite.config, &said, UNIT_NOW - CLOCK_HOUR + 1000);
    const char *past = mail_token_issue(suite.ctx, suite.config, &said, UNIT_NOW - CLOCK_HOUR);

    (void)state;
    assert_int_equal(verify(now, &token), ERR_OK);
    assert_int_equal(verify(past, &token), ERR_LINK_EXPIRED);
    /* Nobody learns that from a token that was never ours. */
    char *forged = mem_strdup(suite.ctx, past);
    forged[strlen(forged) - 2] = forged[strlen(forged) - 2] == 'A' ? 'B' : 'A';
    assert_int_equal(verify(forged, &token), ERR_LINK_INVALID);
}

static void anything_else_is_refused(void **state)
{
    static const struct {
        const char *header, *payload;
    } rows[] = {
        {"{\"alg\":\"none\"}", "{\"email\":\"a@b.co\",\"exp\":1795218181}"},
        {"{\"alg\":\"HS512\"}", "{\"email\":\"a@b.co\",\"exp\":1795218181}"},
        {"{\"alg\":\"HS256\",\"typ\":\"JWT\"}", "{\"email\":\"a@b.co\",\"exp\":1795218181}"},
        {"{\"alg\":\"HS256\",\"kid\":\"k\"}", "{\"email\":\"a@b.co\",\"exp\":1795218181}"},
        {"{\"alg\":\"HS256\"}", "{\"exp\":1795218181}"},
        {"{\"alg\":\"HS256\"}", "{\"email\":\"a@b.co\"}"},
        {"{\"alg\":\"HS256\"}", "{\"email\":\"a@b.co\",\"exp\":\"1795218181\"}"},
        {"{\"alg\":\"HS256\"}", "{\"email\":\"nobody\",\"exp\":1795218181}"},
        {"{\"alg\":\"HS256\"}", "{\"email\":\"a@b.co\\r\\nBcc: x@y.co\",\"exp\":1795218181}"},
        {"{\"alg\":\"HS256\"}", "{\"email\":null,\"exp\":1795218181}"},
        {"{\"alg\":\"HS256\"}", "{\"email\":\"a@b.co\",\"updateTo\":\"x\",\"exp\":1795218181}"},
        {"{\"alg\":\"HS256\"}", "{\"email\":\"a@b.co\",\"updateTo\":7,\"exp\":1795218181}"},
        {"{\"alg\":\"HS256\"}", "{\"email\":\"a@b.co\",\"userId\":7,\"exp\":1795218181}"},
        {"{\"alg\":\"HS256\"}", "{\"email\":\"a@b.co\",\"sub\":\"u1\",\"exp\":1795218181}"},
        {"{\"alg\":\"HS256\"}", "[]"},
    };
    struct mail_token *token = NULL;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(verify(made(rows[i].header, rows[i].payload), &token), ERR_LINK_INVALID);
    }
    static const char *const texts[] = {"", ".", "..", "...", "a", "a.b", "a.b.c", "a.b.c.d"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        assert_int_equal(verify(texts[i], &token), ERR_LINK_INVALID);
    }
}

/* The secret is the same, and both name an address and a user. */
static void a_token_of_a_sign_in_proves_no_address(void **state)
{
    const struct token_subject subject = {
        .user_id = "u1", .email = "a@b.co", .name = "Ann", .session_id = "s1"};
    const struct token_profile profile = {.id = "u1", .name = "Ann", .email = "a@b.co"};
    struct mail_token *token = NULL;

    (void)state;
    assert_int_equal(
        verify(token_issue(suite.ctx, suite.config, &subject, UNIT_NOW, CLOCK_HOUR), &token),
        ERR_LINK_INVALID);
    assert_int_equal(
        verify(token_issue_profile(suite.ctx, suite.config, &profile, NULL, UNIT_NOW), &token),
        ERR_LINK_INVALID);
}

static void a_token_of_a_letter_opens_no_api(void **state)
{
    static const struct mail_token said[] = {
        {.email = "a@b.co", .user_id = "u1"},
        {.email = "a@b.co", .user_id = "u1", .update_to = "c@d.co", .request_type = "x"},
        {.email = "a@b.co", .user_id = "u1", .update_to = "c@d.co"},
    };
    struct token_claims *claims = NULL;

    (void)state;
    for (size_t i = 0; i < COUNT(said); i++) {
        const char *text = mail_token_issue(suite.ctx, suite.config, &said[i], UNIT_NOW);
        assert_int_equal(
            token_verify(suite.ctx, suite.config, NULL, text, strlen(text), UNIT_NOW, &claims),
            ERR_TOKEN_INVALID);
    }
    /* A front end's own token for an hour is none of these. */
    const char *own =
        made("{\"alg\":\"HS256\",\"typ\":\"JWT\"}", "{\"email\":\"a@b.co\",\"userId\":\"u1\","
                                                    "\"iat\":1795218180,\"exp\":1795221780}");
    assert_int_equal(
        token_verify(suite.ctx, suite.config, NULL, own, strlen(own), UNIT_NOW, &claims), ERR_OK);
}

static void an_older_secret_signs_no_letters(void **state)
{
    const struct mail_token said = {.email = "a@b.co", .user_id = "u1"};
    struct config *old = unit_config(suite.ctx, "another-unit-test-secret-with-32-bytes", NULL);
    struct config *both =
        unit_config(suite.ctx, UNIT_SECRET, "another-unit-test-secret-with-32-bytes");
    struct mail_token *token = NULL;

    (void)state;
    assert_int_equal(mail_token_verify(suite.ctx, both,
                                       mail_token_issue(suite.ctx, old, &said, UNIT_NOW), UNIT_NOW,
                                       &token),
                     ERR_LINK_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_of_better_auth_is_understood),
        cmocka_unit_test(what_is_said_comes_back),
        cmocka_unit_test(a_token_has_the_form_of_better_auths),
        cmocka_unit_test(it_ends_after_an_hour),
        cmocka_unit_test(anything_else_is_refused),
        cmocka_unit_test(a_token_of_a_sign_in_proves_no_address),
        cmocka_unit_test(a_token_of_a_letter_opens_no_api),
        cmocka_unit_test(an_older_secret_signs_no_letters),
    };
    return cmocka_run_group_tests(tests, set_up, suite_end);
}
