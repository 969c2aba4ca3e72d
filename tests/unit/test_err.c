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
        {ERR_BODY_JSON, 400, "BAD_REQUEST", "Invalid JSON in request body"},
        {ERR_BAD_EMAIL, 400, "INVALID_EMAIL", "Invalid email"},
        {ERR_PASSWORD_SHORT, 400, "PASSWORD_TOO_SHORT", "Password too short"},
        {ERR_PASSWORD_LONG, 400, "PASSWORD_TOO_LONG", "Password too long"},
        {ERR_WRONG_PASSWORD, 400, "INVALID_PASSWORD", "Invalid password"},
        {ERR_NO_PASSWORD, 400, "CREDENTIAL_ACCOUNT_NOT_FOUND", "Credential account not found"},
        {ERR_EMAIL_FIXED, 400, "EMAIL_CAN_NOT_BE_UPDATED", "Email can not be updated"},
        {ERR_NO_FIELDS, 400, "BAD_REQUEST", "No fields to update"},
        {ERR_USER_EXISTS, 422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL",
         "User already exists. Use another email."},
        {ERR_RESET_DISABLED, 400, "RESET_PASSWORD_DISABLED", "Reset password isn't enabled"},
        {ERR_VERIFY_DISABLED, 400, "VERIFICATION_EMAIL_NOT_ENABLED",
         "Verification email isn't enabled"},
        {ERR_CHANGE_EMAIL_DISABLED, 400, "CHANGE_EMAIL_DISABLED", "Change email is disabled"},
        {ERR_EMAIL_SAME, 400, "BAD_REQUEST", "Email is the same"},
        {ERR_EMAIL_MISMATCH, 400, "EMAIL_MISMATCH", "Email mismatch"},
        {ERR_EMAIL_VERIFIED, 400, "EMAIL_ALREADY_VERIFIED", "Email is already verified"},
        {ERR_USER_BANNED, 403, "BANNED_USER",
         "You have been banned from this application. Please contact support if you believe this "
         "is an error."},
        {ERR_EMAIL_UNVERIFIED, 403, "EMAIL_NOT_VERIFIED", "Email not verified"},
        {ERR_SESSION_OLD, 400, "SESSION_EXPIRED",
         "Session expired. Re-authenticate to perform this action."},
        {ERR_RESET_TOKEN, 400, "INVALID_TOKEN", "Invalid token"},
        {ERR_RESET_USER, 400, "USER_NOT_FOUND", "User not found"},
        {ERR_DELETE_TOKEN, 404, "INVALID_TOKEN", "Invalid token"},
        {ERR_NO_USER_INFO, 404, "FAILED_TO_GET_USER_INFO", "Failed to get user info"},
        {ERR_LINK_INVALID, 401, "INVALID_TOKEN", "Invalid token"},
        {ERR_LINK_EXPIRED, 401, "TOKEN_EXPIRED", "Token expired"},
        {ERR_LINK_USER, 401, "USER_NOT_FOUND", "User not found"},
        {ERR_LINK_OTHER_USER, 401, "INVALID_USER", "Invalid user"},
        {ERR_UNAUTHORIZED, 401, "UNAUTHORIZED", "Unauthorized"},
        {ERR_NO_SESSION, 401, "UNAUTHORIZED", "No session token found"},
        {ERR_NOT_FRESH, 403, "SESSION_NOT_FRESH", "Session is not fresh"},
        {ERR_CROSS_SITE, 403, "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED",
         "Cross-site navigation login blocked. This request appears to be a CSRF attack."},
        {ERR_CALLBACK_URL, 403, "INVALID_CALLBACK_URL", "Invalid callbackURL"},
        {ERR_REDIRECT_URL, 403, "INVALID_REDIRECT_URL", "Invalid redirectURL"},
        {ERR_ERROR_CALLBACK_URL, 403, "INVALID_ERROR_CALLBACK_URL", "Invalid errorCallbackURL"},
        {ERR_NEW_USER_CALLBACK_URL, 403, "INVALID_NEW_USER_CALLBACK_URL",
         "Invalid newUserCallbackURL"},
        {ERR_GET_ONLY, 405, "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED",
         "POST method requires deferSessionRefresh to be enabled in session config"},
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
        {ERR_LIMITED, 429, "TOO_MANY_REQUESTS", "Too many requests. Please try again later."},
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
