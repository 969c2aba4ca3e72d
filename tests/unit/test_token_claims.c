/* What a rightly signed token says, and when it is refused all the same. */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/mem.h"
#include "sec/token.h"
#include "unit.h"
#include "unit_suite.h"
#include "unit_token.h"
#include "vectors.h"

#define PREVIOUS_SECRET "an-older-secret-9f8s7d6f5g4h3j2k1l0q"

static int set_up(void **state)
{
    (void)state;
    return suite_begin(UNIT_SECRET, PREVIOUS_SECRET);
}

static char *token_of(const char *payload)
{
    return unit_token(suite.ctx, UNIT_HEADER, strlen(UNIT_HEADER), payload, strlen(payload));
}

static enum err verify(const char *token, struct token_claims **ret_claims)
{
    return token_verify(suite.ctx, suite.config, NULL, token, strlen(token), UNIT_NOW, ret_claims);
}

static void tokens_of_better_auth_are_understood(void **state)
{
    (void)state;
    struct config *config = unit_config(suite.ctx, VECTOR_SECRET, NULL);
    for (size_t i = 0; i < COUNT(vector_tokens); i++) {
        struct token_claims *claims = NULL;
        const char *token = vector_tokens[i].token;
        enum err error =
            token_verify(suite.ctx, config, NULL, token, strlen(token), VECTOR_NOW, &claims);
        if (error != vector_tokens[i].answer) {
            fail_msg("%s: answer %d instead of %d", vector_tokens[i].what, (int)error,
                     (int)vector_tokens[i].answer);
        }
        if (error == ERR_OK) {
            assert_string_equal(claims->user_id, VECTOR_USER);
            assert_string_equal(claims->email, VECTOR_EMAIL);
            assert_string_equal(claims->name, "Vector User");
            assert_null(claims->session_id);
            assert_false(claims->issued_here);
            assert_int_equal(claims->expires_at, INT64_C(4102444800000));
        }
    }
}

static void good_claims_are_accepted(void **state)
{
    (void)state;
    static const char *const payloads[] = {
        UNIT_PAYLOAD,
        "{\"user_id\":\"u1\",\"exp\":1795218181}",
        "{\"userId\":\"u1\",\"exp\":1795218181}",
        "{\"sub\":\"u1\",\"user_id\":\"u1\",\"userId\":\"u1\",\"exp\":1795218181}",
        "{\"sub\":\"\\u00751\",\"exp\":1795218181}",
        "{\"sub\":\"u1\",\"exp\":9007199254740991}",
        /* In the future, but within the leeway. */
        "{\"sub\":\"u1\",\"exp\":1795218181,\"nbf\":1795218240}",
        "{\"sub\":\"u1\",\"exp\":1795218181,\"iat\":1795218240}",
        "{\"sub\":\"u1\",\"exp\":1795218181,\"nbf\":0,\"iat\":1}",
        "{\"sub\":\"u1\",\"exp\":1795218181,\"iss\":\"better-auth\"}",
        "{\"sub\":\"u1\",\"exp\":1795218181,\"iss\":\"https://auth.example.com\"}",
        "{\"sub\":\"u1\",\"exp\":1795218181,\"aud\":\"fastapi-backend\"}",
        "{\"sub\":\"u1\",\"exp\":1795218181,\"aud\":[\"other\",\"fastapi-backend\"]}",
        /* Claims that nobody asked for, and information of a wrong type. */
        "{\"sub\":\"u1\",\"exp\":1795218181,\"admin\":true,\"x\":{\"sub\":\"u2\"}}",
        "{\"sub\":\"u1\",\"exp\":1795218181,\"email\":1,\"name\":[],\"sessionId\":null,\"jti\":7}",
    };
    for (size_t i = 0; i < COUNT(payloads); i++) {
        struct token_claims *claims = NULL;
        if (verify(token_of(payloads[i]), &claims) != ERR_OK) {
            fail_msg("refused: %s", payloads[i]);
        }
        assert_string_equal(claims->user_id, "u1");
        assert_null(claims->email);
        assert_null(claims->name);
        assert_null(claims->session_id);
        assert_false(claims->issued_here);
    }
}

static void claims_are_handed_on(void **state)
{
    (void)state;
    struct token_claims *claims = NULL;
    assert_int_equal(verify(token_of("{\"sub\":\"u1\",\"email\":\"a@b.co\",\"name\":\"J\xc3\xb6\","
                                     "\"sessionId\":\"s1\",\"jti\":\"tg_x\",\"exp\":1795218181}"),
                            &claims),
                     ERR_OK);
    assert_string_equal(claims->email, "a@b.co");
    assert_string_equal(claims->name, "J\xc3\xb6");
    assert_string_equal(claims->session_id, "s1");
    assert_int_equal(claims->expires_at, INT64_C(1795218181000));
    assert_true(claims->issued_here);

    assert_int_equal(verify(token_of("{\"sub\":\"u1\",\"sessionId\":\"s1\",\"jti\":\"x_tg_\","
                                     "\"exp\":1795218181}"),
                            &claims),
                     ERR_OK);
    assert_string_equal(claims->session_id, "s1");
    assert_false(claims->issued_here);
}

static void a_user_id_has_1_to_255_bytes(void **state)
{
    (void)state;
    char id[256];
    memset(id, 'u', sizeof id);
    id[255] = '\0';
    struct token_claims *claims = NULL;
    char *payload = mem_printf(suite.ctx, "{\"sub\":\"%s\",\"exp\":1795218181}", id);
    assert_int_equal(verify(token_of(payload), &claims), ERR_OK);
    assert_string_equal(claims->user_id, id);
    static const char *const without[] = {
        "{\"exp\":1795218181}",
        "{\"id\":\"u1\",\"exp\":1795218181}",
        "{\"sub\":\"\",\"exp\":1795218181}",
        "{\"sub\":\"\",\"user_id\":\"\",\"userId\":\"\",\"exp\":1795218181}",
    };
    for (size_t i = 0; i < COUNT(without); i++) {
        assert_int_equal(verify(token_of(without[i]), &claims), ERR_TOKEN_NO_USER);
    }
}

static void a_token_ends_with_the_second_of_its_exp(void **state)
{
    (void)state;
    struct token_claims *claims = NULL;
    const char *token = token_of("{\"sub\":\"u1\",\"exp\":1795218180}");
    size_t len = strlen(token);
    assert_int_equal(
        token_verify(suite.ctx, suite.config, NULL, token, len, INT64_C(1795218179999), &claims),
        ERR_OK);
    assert_int_equal(
        token_verify(suite.ctx, suite.config, NULL, token, len, INT64_C(1795218180000), &claims),
        ERR_TOKEN_EXPIRED);
    assert_int_equal(token_verify(suite.ctx, suite.config, NULL, token, len, INT64_MAX, &claims),
                     ERR_TOKEN_EXPIRED);
}

static void only_a_rightly_signed_token_is_called_expired(void **state)
{
    (void)state;
    struct token_claims *claims = NULL;
    char *token = token_of("{\"sub\":\"u1\",\"exp\":1}");
    assert_int_equal(verify(token, &claims), ERR_TOKEN_EXPIRED);
    char *middle = strrchr(token, '.') + 20;
    *middle = *middle == 'A' ? 'B' : 'A';
    assert_int_equal(verify(token, &claims), ERR_TOKEN_INVALID);
    assert_int_equal(verify(token_of("{\"exp\":1}"), &claims), ERR_TOKEN_EXPIRED);
    assert_int_equal(verify(token_of("{\"sub\":\"u1\",\"exp\":1,\"iss\":\"evil\"}"), &claims),
                     ERR_TOKEN_INVALID);
}

static void older_secrets_verify_until_they_are_dropped(void **state)
{
    (void)state;
    char *signed_part =
        mem_printf(suite.ctx, "%s.%s", unit_base64(suite.ctx, UNIT_HEADER, strlen(UNIT_HEADER)),
                   unit_base64(suite.ctx, UNIT_PAYLOAD, strlen(UNIT_PAYLOAD)));
    char *token = unit_sign(suite.ctx, signed_part, PREVIOUS_SECRET, strlen(PREVIOUS_SECRET));
    struct token_claims *claims = NULL;
    assert_int_equal(verify(token, &claims), ERR_OK);
    struct config config = *suite.config;
    config.secret_count = 1;
    assert_int_equal(
        token_verify(suite.ctx, &config, NULL, token, strlen(token), UNIT_NOW, &claims),
        ERR_TOKEN_INVALID);
}

static void issuer_and_audience_can_be_required(void **state)
{
    (void)state;
    static const struct {
        const char *payload;
        enum err answer;
    } payloads[] = {
        {"{\"sub\":\"u1\",\"exp\":1795218181}", ERR_TOKEN_INVALID},
        {"{\"sub\":\"u1\",\"exp\":1795218181,\"iss\":\"better-auth\"}", ERR_TOKEN_INVALID},
        {"{\"sub\":\"u1\",\"exp\":1795218181,\"aud\":\"fastapi-backend\"}", ERR_TOKEN_INVALID},
        {"{\"sub\":\"u1\",\"exp\":1795218181,\"iss\":\"better-auth\",\"aud\":\"fastapi-backend\"}",
         ERR_OK},
        {"{\"sub\":\"u1\",\"exp\":1795218181,\"iss\":\"better-auth\",\"aud\":\"other\"}",
         ERR_TOKEN_INVALID},
    };
    struct config config = *suite.config;
    config.jwt_require_iss_aud = true;
    for (size_t i = 0; i < COUNT(payloads); i++) {
        struct token_claims *claims = NULL;
        const char *token = token_of(payloads[i].payload);
        assert_int_equal(
            token_verify(suite.ctx, &config, NULL, token, strlen(token), UNIT_NOW, &claims),
            payloads[i].answer);
    }
}

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

#ifndef SANITIZED /* which has its own malloc */
enum { ACCEPTED = 41, REFUSED = 42 };

static int allocations_left;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);

/* For the libraries too: the allocation that brings the counter to zero fails. */
void *malloc(size_t size)
{
    return --allocations_left == 0 ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return --allocations_left == 0 ? NULL : __libc_calloc(count, size);
}

/* How a process ends that verifies TOKEN while allocation number N fails. */
static int status_without_memory(const char *token, int n)
{
    pid_t child = fork();
    if (child == 0) {
        close(STDERR_FILENO);
        signal(SIGSEGV, SIG_DFL); /* cmocka would report a failed test of its own */
        signal(SIGABRT, SIG_DFL);
        struct token_claims *claims = NULL;
        allocations_left = n;
        _exit(verify(token, &claims) == ERR_OK ? ACCEPTED : REFUSED);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* Without memory a worker ends: by our hand, or because json-c 0.16 follows a NULL of its own. */
static bool has_ended(int status)
{
    return status == EX_OSERR || status == -SIGSEGV;
}

static void no_memory_never_makes_a_forged_token_good(void **state)
{
    (void)state;
    char *good = token_of("{\"sub\":\"u1\",\"exp\":1795218181}");
    char *forged = mem_strdup(suite.ctx, good);
    char *middle = strrchr(forged, '.') + 20;
    *middle = *middle == 'A' ? 'B' : 'A';
    int disturbed = 0;
    for (int n = 1; n <= 120; n++) {
        int status = status_without_memory(forged, n);
        assert_true(status == REFUSED || has_ended(status));
        status = status_without_memory(good, n);
        assert_true(status == ACCEPTED || status == REFUSED || has_ended(status));
        disturbed += status != ACCEPTED ? 1 : 0;
    }
    assert_true(disturbed > 5);
    assert_int_equal(status_without_memory(good, 0), ACCEPTED);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_of_better_auth_are_understood),
        cmocka_unit_test(good_claims_are_accepted),
        cmocka_unit_test(claims_are_handed_on),
        cmocka_unit_test(a_user_id_has_1_to_255_bytes),
        cmocka_unit_test(a_token_ends_with_the_second_of_its_exp),
        cmocka_unit_test(only_a_rightly_signed_token_is_called_expired),
        cmocka_unit_test(older_secrets_verify_until_they_are_dropped),
        cmocka_unit_test(issuer_and_audience_can_be_required),
#ifndef SANITIZED
        cmocka_unit_test(no_memory_never_makes_a_forged_token_good),
#endif
    };
    return cmocka_run_group_tests(tests, set_up, suite_end);
}
