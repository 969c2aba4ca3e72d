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
    [ERR_USER_MISMATCH] = {403, "USER_MISMATCH", "Access denied: user_id mismatch",
                           "Access denied. You can only access your own resources."},
    [ERR_NO_ORIGIN] = SAME(403, "MISSING_OR_NULL_ORIGIN", "Missing or null Origin"),
    [ERR_BAD_ORIGIN] = SAME(403, "INVALID_ORIGIN", "Invalid origin"),
    [ERR_NOT_FOUND] = SAME(404, "NOT_FOUND", "Not Found"),
    [ERR_TASK_NOT_FOUND] = SAME(404, "TASK_NOT_FOUND", "Task not found"),
    [ERR_METHOD] = SAME(405, "METHOD_NOT_ALLOWED", "Method Not Allowed"),
    [ERR_BODY_TOO_LARGE] = SAME(413, "PAYLOAD_TOO_LARGE", "Request body is too large"),
    [ERR_MEDIA_TYPE] = SAME(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type must be application/json"),

    [ERR_INTERNAL] = INTERNAL,
    [ERR_BUSY] = SAME(503, "SERVER_BUSY", "Server is busy. Please try again."),
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
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        if (reasons[i].status == status) {
            return reasons[i].reason;
        }
    }
    return "Unknown";
}
