#include "base/err.h"

#include <stddef.h>

/* A line whose message is its detail. */
#define SAME(status, code, text)                                                                   \
    {                                                                                              \
        (status), (code), (text), (text)                                                           \
    }

/* What must never reach a client has this line too. */
#define INTERNAL SAME(500, "INTERNAL_SERVER_ERROR", "Internal Server Error")

static const struct err_info table[ERR_COUNT] = {
    [ERR_OK] = INTERNAL,

    [ERR_BAD_REQUEST] = SAME(400, "BAD_REQUEST", "Bad request"),
    [ERR_BAD_PATH] = SAME(400, "INVALID_PATH", "Invalid path"),
    [ERR_BAD_JSON] = SAME(400, "INVALID_JSON", "Invalid JSON in request body"),
    [ERR_BAD_INPUT] = SAME(400, "VALIDATION_ERROR", "Validation failed"),
    [ERR_INVALID] = SAME(422, "VALIDATION_ERROR", "Validation failed"),
    [ERR_EMAIL_EXISTS] = SAME(400, "EMAIL_ALREADY_EXISTS", "Email already exists"),
    [ERR_BODY_JSON] = SAME(400, "BAD_REQUEST", "Invalid JSON in request body"),
    [ERR_BAD_EMAIL] = SAME(400, "INVALID_EMAIL", "Invalid email"),
    [ERR_PASSWORD_SHORT] = SAME(400, "PASSWORD_TOO_SHORT", "Password too short"),
    [ERR_PASSWORD_LONG] = SAME(400, "PASSWORD_TOO_LONG", "Password too long"),
    [ERR_WRONG_PASSWORD] = SAME(400, "INVALID_PASSWORD", "Invalid password"),
    [ERR_NO_PASSWORD] = SAME(400, "CREDENTIAL_ACCOUNT_NOT_FOUND", "Credential account not found"),
    [ERR_EMAIL_FIXED] = SAME(400, "EMAIL_CAN_NOT_BE_UPDATED", "Email can not be updated"),
    [ERR_NO_FIELDS] = SAME(400, "BAD_REQUEST", "No fields to update"),
    [ERR_USER_EXISTS] = SAME(422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL",
                             "User already exists. Use another email."),
    [ERR_RESET_DISABLED] = SAME(400, "RESET_PASSWORD_DISABLED", "Reset password isn't enabled"),
    [ERR_VERIFY_DISABLED] =
        SAME(400, "VERIFICATION_EMAIL_NOT_ENABLED", "Verification email isn't enabled"),
    [ERR_CHANGE_EMAIL_DISABLED] = SAME(400, "CHANGE_EMAIL_DISABLED", "Change email is disabled"),
    [ERR_EMAIL_SAME] = SAME(400, "BAD_REQUEST", "Email is the same"),
    [ERR_EMAIL_MISMATCH] = SAME(400, "EMAIL_MISMATCH", "Email mismatch"),
    [ERR_EMAIL_VERIFIED] = SAME(400, "EMAIL_ALREADY_VERIFIED", "Email is already verified"),
    [ERR_EMAIL_UNVERIFIED] = SAME(403, "EMAIL_NOT_VERIFIED", "Email not verified"),
    [ERR_USER_BANNED] = SAME(403, "BANNED_USER",
                             "You have been banned from this application. Please contact support "
                             "if you believe this is an error."),
    [ERR_SESSION_OLD] =
        SAME(400, "SESSION_EXPIRED", "Session expired. Re-authenticate to perform this action."),
    [ERR_RESET_TOKEN] = SAME(400, "INVALID_TOKEN", "Invalid token"),
    [ERR_RESET_USER] = SAME(400, "USER_NOT_FOUND", "User not found"),
    [ERR_DELETE_TOKEN] = SAME(404, "INVALID_TOKEN", "Invalid token"),
    [ERR_NO_USER_INFO] = SAME(404, "FAILED_TO_GET_USER_INFO", "Failed to get user info"),
    [ERR_LINK_INVALID] = SAME(401, "INVALID_TOKEN", "Invalid token"),
    [ERR_LINK_EXPIRED] = SAME(401, "TOKEN_EXPIRED", "Token expired"),
    [ERR_LINK_USER] = SAME(401, "USER_NOT_FOUND", "User not found"),
    [ERR_LINK_OTHER_USER] = SAME(401, "INVALID_USER", "Invalid user"),
    [ERR_NO_CREDENTIAL] =
        SAME(401, "MISSING_CREDENTIALS",
             "Authorization header missing. Include: Authorization: Bearer <token>"),
    [ERR_BAD_AUTH_HEADER] = SAME(401, "INVALID_AUTHORIZATION_HEADER",
                                 "Invalid authorization header format. Expected: Bearer <token>"),
    [ERR_TOKEN_EXPIRED] = SAME(401, "TOKEN_EXPIRED", "Token has expired. Please log in again."),
    [ERR_TOKEN_INVALID] = SAME(401, "INVALID_TOKEN", "Invalid token"),
    [ERR_TOKEN_NO_USER] = SAME(401, "TOKEN_WITHOUT_USER", "Invalid token payload: missing user_id"),
    [ERR_REFRESH_INVALID] = SAME(401, "INVALID_REFRESH_TOKEN", "Invalid refresh token"),
    [ERR_BAD_PASSWORD] = SAME(401, "INVALID_EMAIL_OR_PASSWORD", "Invalid email or password"),
    [ERR_UNAUTHORIZED] = SAME(401, "UNAUTHORIZED", "Unauthorized"),
    [ERR_NO_SESSION] = SAME(401, "UNAUTHORIZED", "No session token found"),
    [ERR_NOT_FRESH] = SAME(403, "SESSION_NOT_FRESH", "Session is not fresh"),
    [ERR_USER_MISMATCH] = {403, "USER_MISMATCH", "Access denied: user_id mismatch",
                           "Access denied. You can only access your own resources."},
    [ERR_NO_ORIGIN] = SAME(403, "MISSING_OR_NULL_ORIGIN", "Missing or null Origin"),
    [ERR_BAD_ORIGIN] = SAME(403, "INVALID_ORIGIN", "Invalid origin"),
    [ERR_CROSS_SITE] = SAME(403, "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED",
                            "Cross-site navigation login blocked. This request appears to be a "
                            "CSRF attack."),
    [ERR_CALLBACK_URL] = SAME(403, "INVALID_CALLBACK_URL", "Invalid callbackURL"),
    [ERR_REDIRECT_URL] = SAME(403, "INVALID_REDIRECT_URL", "Invalid redirectURL"),
    [ERR_ERROR_CALLBACK_URL] = SAME(403, "INVALID_ERROR_CALLBACK_URL", "Invalid errorCallbackURL"),
    [ERR_NEW_USER_CALLBACK_URL] =
        SAME(403, "INVALID_NEW_USER_CALLBACK_URL", "Invalid newUserCallbackURL"),
    [ERR_NOT_FOUND] = SAME(404, "NOT_FOUND", "Not Found"),
    [ERR_TASK_NOT_FOUND] = SAME(404, "TASK_NOT_FOUND", "Task not found"),
    [ERR_METHOD] = SAME(405, "METHOD_NOT_ALLOWED", "Method Not Allowed"),
    [ERR_GET_ONLY] =
        SAME(405, "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED",
             "POST method requires deferSessionRefresh to be enabled in session config"),
    [ERR_BODY_TOO_LARGE] = SAME(413, "PAYLOAD_TOO_LARGE", "Request body is too large"),
    [ERR_MEDIA_TYPE] = SAME(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type must be application/json"),
    [ERR_LIMITED] = SAME(429, "TOO_MANY_REQUESTS", "Too many requests. Please try again later."),

    [ERR_INTERNAL] = INTERNAL,
    [ERR_BUSY] = SAME(503, "SERVER_BUSY", "Server is busy. Please try again."),
    [ERR_SLOW] = INTERNAL,
    [ERR_STORE_DOWN] = SAME(503, "STORE_UNAVAILABLE", "Service temporarily unavailable"),
    [ERR_CLIENT_GONE] = SAME(400, "CLIENT_GONE", "The request was not completed"),

    [ERR_ABSENT] = INTERNAL,
    [ERR_CONFLICT] = INTERNAL,
    [ERR_RACE] = INTERNAL,
    [ERR_MISSING_PARENT] = INTERNAL,
    [ERR_BAD_VALUE] = INTERNAL,
    [ERR_CONFIG] = INTERNAL,
};

const struct err_info *err_info(enum err error)
{
    return error < ERR_COUNT ? &table[error] : &table[ERR_INTERNAL];
}

const char *err_reason(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        {200, "OK"},
        {201, "Created"},
        {204, "No Content"},
        {302, "Found"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {413, "Content Too Large"},
        {415, "Unsupported Media Type"},
        {422, "Unprocessable Content"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        if (reasons[i].status == status) {
            return reasons[i].reason;
        }
    }
    return "Unknown";
}
