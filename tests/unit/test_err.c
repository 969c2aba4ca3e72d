#include "base/err.h"
#include "unit.h"

static void every_outcome_has_a_complete_line(void **state)
{
    (void)state;
    for (enum err error = ERR_OK; error < ERR_COUNT; error++) {
        const struct err_info *info = err_info(error);
        assert_non_null(info);
        assert_in_range(info->status, 400, 599);
        assert_true(strspn(info->code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == strlen(info->code));
        assert_true(strlen(info->code) > 0);
        assert_true(strlen(info->detail) > 0);
        assert_true(strlen(info->message) > 0);
        assert_string_not_equal(err_reason(info->status), "Unknown");
    }
}

static void texts_and_codes_are_those_of_the_contract(void **state)
{
    (void)state;
    static const struct {
        enum err error;
        int status;
        const char *code;
        const char *detail;
    } lines[] = {
        {ERR_BAD_REQUEST, 400, "BAD_REQUEST", "Bad request"},
        {ERR_BAD_PATH, 400, "INVALID_PATH", "Invalid path"},
        {ERR_BAD_JSON, 400, "INVALID_JSON", "Invalid JSON in request body"},
        {ERR_BAD_INPUT, 400, "VALIDATION_ERROR", "Validation failed"},
        {ERR_INVALID, 422, "VALIDATION_ERROR", "Validation failed"},
        {ERR_EMAIL_EXISTS, 400, "EMAIL_ALREADY_EXISTS", "Email already exists"},
        {ERR_NO_CREDENTIAL, 401, "MISSING_CREDENTIALS",
         "Authorization header missing. Include: Authorization: Bearer <token>"},
        {ERR_BAD_AUTH_HEADER, 401, "INVALID_AUTHORIZATION_HEADER",
         "Invalid authorization header format. Expected: Bearer <token>"},
        {ERR_TOKEN_EXPIRED, 401, "TOKEN_EXPIRED", "Token has expired. Please log in again."},
        {ERR_TOKEN_INVALID, 401, "INVALID_TOKEN", "Invalid token"},
        {ERR_TOKEN_NO_USER, 401, "TOKEN_WITHOUT_USER", "Invalid token payload: missing user_id"},
        {ERR_BAD_PASSWORD, 401, "INVALID_EMAIL_OR_PASSWORD", "Invalid email or password"},
        {ERR_USER_MISMATCH, 403, "USER_MISMATCH", "Access denied: user_id mismatch"},
        {ERR_NO_ORIGIN, 403, "MISSING_OR_NULL_ORIGIN", "Missing or null Origin"},
        {ERR_BAD_ORIGIN, 403, "INVALID_ORIGIN", "Invalid origin"},
        {ERR_NOT_FOUND, 404, "NOT_FOUND", "Not Found"},
        {ERR_TASK_NOT_FOUND, 404, "TASK_NOT_FOUND", "Task not found"},
        {ERR_METHOD, 405, "METHOD_NOT_ALLOWED", "Method Not Allowed"},
        {ERR_BODY_TOO_LARGE, 413, "PAYLOAD_TOO_LARGE", "Request body is too large"},
        {ERR_MEDIA_TYPE, 415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type must be application/json"},
        {ERR_INTERNAL, 500, "INTERNAL_SERVER_ERROR", "Internal Server Error"},
        {ERR_BUSY, 503, "SERVER_BUSY", "Server is busy. Please try again."},
        {ERR_STORE_DOWN, 503, "STORE_UNAVAILABLE", "Service temporarily unavailable"},
    };
    for (size_t i = 0; i < COUNT(lines); i++) {
        const struct err_info *info = err_info(lines[i].error);
        assert_int_equal(info->status, lines[i].status);
        assert_string_equal(info->code, lines[i].code);
        assert_string_equal(info->detail, lines[i].detail);
        if (lines[i].error == ERR_USER_MISMATCH) {
            assert_string_equal(info->message,
                                "Access denied. You can only access your own resources.");
        } else {
            assert_string_equal(info->message, info->detail);
        }
    }
}

static void inner_outcomes_look_like_an_internal_error(void **state)
{
    (void)state;
    static const enum err inner[] = {ERR_OK,        ERR_ABSENT, ERR_CONFLICT, ERR_MISSING_PARENT,
                                     ERR_BAD_VALUE, ERR_CONFIG, ERR_COUNT};
    for (size_t i = 0; i < COUNT(inner); i++) {
        assert_int_equal(err_info(inner[i])->status, 500);
        assert_string_equal(err_info(inner[i])->code, "INTERNAL_SERVER_ERROR");
    }
}

static void unknown_status_has_a_reason_too(void **state)
{
    (void)state;
    assert_string_equal(err_reason(200), "OK");
    assert_string_equal(err_reason(401), "Unauthorized");
    assert_string_equal(err_reason(299), "Unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_outcome_has_a_complete_line),
        cmocka_unit_test(texts_and_codes_are_those_of_the_contract),
        cmocka_unit_test(inner_outcomes_look_like_an_internal_error),
        cmocka_unit_test(unknown_status_has_a_reason_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
