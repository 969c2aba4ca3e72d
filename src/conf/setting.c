#include "conf/setting.h"

#include "conf/conf.h"

#define MEMBER(name) offsetof(struct config, name)
#define DAY          86400
#define YEAR         (365 * DAY)

const char *const setting_list_shapes[] = {[LIST_ITEMS] = "items",
                                           [LIST_TASKS] = "tasks",
                                           [LIST_ARRAY] = "array",
                                           [LIST_OBJECT] = "object",
                                           NULL};

static const char *const algorithms[] = {"HS256", NULL};
static const char *const log_formats[] = {
    [LOG_FORMAT_TEXT] = "text", [LOG_FORMAT_JSON] = "json", NULL};
static const char *const log_levels[] = {[LEVEL_ERROR] = "error",
                                         [LEVEL_WARN] = "warn",
                                         [LEVEL_INFO] = "info",
                                         [LEVEL_DEBUG] = "debug",
                                         NULL};
static const char *const password_words[] = {
    [PASSWORD_ARGON2ID] = "argon2id", [PASSWORD_SCRYPT] = "scrypt", NULL};
static const char *const token_algs[] = {
    [TOKEN_ALG_EDDSA] = "EdDSA", [TOKEN_ALG_HS256] = "HS256", NULL};
static const char *const cache_words[] = {[COOKIE_CACHE_OFF] = "off",
                                          [COOKIE_CACHE_COMPACT] = "compact",
                                          [COOKIE_CACHE_JWT] = "jwt",
                                          [COOKIE_CACHE_JWE] = "jwe",
                                          NULL};
static const char *const secure_words[] = {
    [COOKIE_SECURE_AUTO] = "auto", [COOKIE_SECURE_ON] = "on", [COOKIE_SECURE_OFF] = "off", NULL};
static const char *const samesite_words[] = {
    [SAMESITE_LAX] = "lax", [SAMESITE_STRICT] = "strict", [SAMESITE_NONE] = "none", NULL};

/* clang-format off */
const struct setting setting_table[] = {
    {"ACCESS_TOKEN_EXPIRE_MINUTES", NULL, SETTING_MINUTES, "60", 1, YEAR / 60, NULL,
     MEMBER(access_token_ttl), "Life of the member accessToken of a sign-in, minutes."},
    {"ADMIN_LISTEN", NULL, SETTING_TEXT, NULL, 0, 0, NULL,
     MEMBER(admin_listen), "Metrics and state for this machine: as LISTEN; 127.0.0.1 or mode 0600."},
    {"ALGORITHM", NULL, SETTING_NOTHING, "HS256", 0, 0, algorithms, 0,
     "Accepted without effect: it is always HS256."},
    {"AUTH_ROUTES", NULL, SETTING_BOOL, "on", 0, 0, NULL,
     MEMBER(auth_routes), "Accounts and sessions under /api/auth; off to verify tokens only."},
    {"AUTO_MIGRATE", NULL, SETTING_BOOL, "on", 0, 0, NULL,
     MEMBER(auto_migrate), "Bring the database's schema up to date at start."},
    {"AUTO_PROVISION", NULL, SETTING_BOOL, "on", 0, 0, NULL,
     MEMBER(auto_provision), "Make the row of a user who lives elsewhere at the first write."},
    {"BASE_URL", "BETTER_AUTH_URL", SETTING_BASE_URL, "http://localhost:8080", 0, 0, NULL,
     MEMBER(base_url), "Where browsers reach this server: scheme://host[:port]."},
    {"BETTER_AUTH_SECRET", NULL, SETTING_SECRET, NULL, 0, 0, NULL,
     MEMBER(secrets), "Signs tokens and cookies; at least 32 bytes. Required."},
    {"BETTER_AUTH_SECRET_PREVIOUS", NULL, SETTING_SECRETS, NULL, 0, 0, NULL,
     MEMBER(secrets), "Older secrets whose tokens are still accepted, comma-separated."},
    {"COOKIE_ALIASES", NULL, SETTING_COOKIES, "off", 0, 0, NULL,
     MEMBER(cookie_aliases), "Names of cookies that repeat the session cookie, comma-separated."},
    {"COOKIE_CACHE", NULL, SETTING_WORD, "off", 0, 0, cache_words,
     MEMBER(cookie_cache), "Better Auth's cookie cache: off, compact, jwt or jwe."},
    {"COOKIE_CACHE_MAX_AGE", NULL, SETTING_SECONDS, "300", 1, DAY, NULL,
     MEMBER(cookie_cache_max_age), "How long it spares a look at the database, seconds."},
    {"COOKIE_SAMESITE", NULL, SETTING_WORD, "lax", 0, 0, samesite_words,
     MEMBER(cookie_samesite), "SameSite of the session cookie: lax, strict or none."},
    {"COOKIE_SECURE", NULL, SETTING_WORD, "auto", 0, 0, secure_words,
     MEMBER(cookie_secure), "Cookies for https only: on, off, or auto (as BASE_URL says)."},
    {"DATABASE_URL", NULL, SETTING_DATABASE, "sqlite:////var/lib/taskgate/taskgate.db", 0, 0, NULL,
     MEMBER(database), "sqlite:///relative, sqlite:////absolute or postgresql://..."},
    {"DB_PREPARE", NULL, SETTING_BOOL, "on", 0, 0, NULL,
     MEMBER(prepare), "Prepared statements; off for old transaction poolers."},
    {"DEBUG", NULL, SETTING_BOOL, "off", 0, 0, NULL,
     MEMBER(debug), "More lines in the log."},
    {"DELETE_USER", NULL, SETTING_BOOL, "on", 0, 0, NULL,
     MEMBER(delete_user), "Whether users may delete their account."},
    {"FRONTEND_URL", NULL, SETTING_ORIGINS, "http://localhost:3000,http://localhost:3001", 0, 0, NULL,
     MEMBER(origins), "Origins of front ends that may call, comma-separated."},
    {"HOST", NULL, SETTING_NOTHING, NULL, 0, 0, NULL, 0,
     "Accepted without effect: it is the web server's; see LISTEN."},
    {"JWKS_FILE", NULL, SETTING_TEXT, NULL, 0, 0, NULL,
     MEMBER(jwks_file), "Public keys of another issuer: a file with a JSON Web Key Set."},
    {"JWKS_URL", NULL, SETTING_KEYS_URL, NULL, 0, 0, NULL,
     MEMBER(jwks_url), "The same at a URL: https, or http on this machine."},
    {"JWT_AUDIENCE", NULL, SETTING_LIST, "fastapi-backend", 0, 0, NULL,
     MEMBER(jwt_audiences), "Accepted values of a token's aud, comma-separated."},
    {"JWT_ISSUER", NULL, SETTING_LIST, "better-auth", 0, 0, NULL,
     MEMBER(jwt_issuers), "Accepted values of a token's iss; the first is issued."},
    {"JWT_REQUIRE_ISS_AUD", NULL, SETTING_BOOL, "off", 0, 0, NULL,
     MEMBER(jwt_require_iss_aud), "Refuse tokens without iss or aud; issue both."},
    {"LISTEN", NULL, SETTING_TEXT, "unix:/run/taskgate/taskgate.sock", 0, 0, NULL,
     MEMBER(listen), "unix:PATH[,mode=0660][,group=G] or HOST:PORT."},
    {"LIST_SHAPE", NULL, SETTING_WORD, "items", 0, 0, setting_list_shapes,
     MEMBER(list_shape), "Form of a task list: items, tasks, array or object."},
    {"LOG_FORMAT", NULL, SETTING_WORD, "text", 0, 0, log_formats,
     MEMBER(log.format), "Form of the lines of the log: text or json."},
    {"LOG_LEVEL", NULL, SETTING_WORD, "info", 0, 0, log_levels,
     MEMBER(log.level), "What is logged: error, warn, info or debug, each with those before it."},
    {"LOG_TO", NULL, SETTING_LOG, "stderr", 0, 0, NULL,
     0, "Where the log goes: stderr, syslog or file:/absolute/name."},
    {"MAIL_DIR", NULL, SETTING_FOLDER, NULL, 0, 0, NULL,
     MEMBER(mail_dir), "A folder to write letters into, for development; or SENDMAIL."},
    {"MAIL_FROM", NULL, SETTING_SENDER, NULL, 0, 0, NULL,
     MEMBER(mail_from), "Sender of letters, ADDRESS or NAME <ADDRESS>; taskgate@ the base URL's host."},
    {"MAIL_TEMPLATES", NULL, SETTING_FOLDER, NULL, 0, 0, NULL,
     MEMBER(mail_templates), "A folder with texts of letters that replace the built-in ones."},
    {"MAX_BODY", NULL, SETTING_SIZE, "65536", 1024, 131072, NULL,
     MEMBER(max_body), "Largest request body, bytes."},
    {"MAX_PASSWORD_LENGTH", NULL, SETTING_INT, "128", 1, 128, NULL,
     MEMBER(max_password), "Longest password at sign-up, characters."},
    {"MIN_PASSWORD_LENGTH", NULL, SETTING_INT, "8", 1, 128, NULL,
     MEMBER(min_password), "Shortest password at sign-up, characters."},
    {"PASSWORD_HASH", NULL, SETTING_WORD, "argon2id", 0, 0, password_words,
     MEMBER(password_scheme), "How new passwords are hashed: argon2id, or scrypt as Better Auth."},
    {"PATH_RATE_LIMIT", NULL, SETTING_BOOL, "on", 0, 0, NULL,
     MEMBER(path_rate_limit), "Better Auth's limits for each path and address, on its own paths."},
    {"PORT", NULL, SETTING_NOTHING, NULL, 0, 0, NULL, 0,
     "Accepted without effect: it is the web server's; see LISTEN."},
    {"RATE_LIMIT_MAX", NULL, SETTING_INT, "5", 1, 1000, NULL,
     MEMBER(rate_limit_max), "Failed sign-ins for one account from one address, then 429."},
    {"RATE_LIMIT_WINDOW", NULL, SETTING_SECONDS, "900", 1, DAY, NULL,
     MEMBER(rate_limit_window), "How long failed sign-ins count, seconds."},
    {"REFRESH_REUSE_GRACE", NULL, SETTING_SECONDS, "0", 0, 10, NULL,
     MEMBER(refresh_reuse_grace), "How long a used refresh token gives its successor, seconds."},
    {"REFRESH_TTL", NULL, SETTING_SECONDS, "604800", 60, YEAR, NULL,
     MEMBER(refresh_ttl), "Life of a refresh token, seconds."},
    {"REQUIRE_EMAIL_VERIFICATION", NULL, SETTING_BOOL, "off", 0, 0, NULL,
     MEMBER(require_verification), "Refuse sign-ins until a letter has proven the address."},
    {"SANDBOX", NULL, SETTING_BOOL, "on", 0, 0, NULL,
     MEMBER(sandbox), "Confine workers as far as the kernel can (seccomp, Landlock)."},
    {"SENDMAIL", NULL, SETTING_PROGRAM, NULL, 0, 0, NULL,
     MEMBER(sendmail), "Program that sends letters, e.g. /usr/sbin/sendmail -t -i."},
    {"SESSION_CHECK", NULL, SETTING_BOOL, "on", 0, 0, NULL,
     MEMBER(session_check), "Refuse our tokens once their session has ended."},
    {"SESSION_TTL", NULL, SETTING_SECONDS, "604800", 60, YEAR, NULL,
     MEMBER(session_ttl), "Life of a session, seconds."},
    {"SESSION_UPDATE_AGE", NULL, SETTING_SECONDS, "86400", 0, YEAR, NULL,
     MEMBER(session_update_age), "Age at which a session in use is extended, seconds."},
    {"TASK_LIST_MAX", NULL, SETTING_INT, "10000", 1, 10000, NULL,
     MEMBER(task_list_max), "Most tasks in one answer."},
    {"TOKEN_ALG", NULL, SETTING_WORD, "EdDSA", 0, 0, token_algs,
     MEMBER(token_alg), "What /api/auth/token signs with: EdDSA or HS256."},
    {"TOKEN_CACHE_SECONDS", NULL, SETTING_SECONDS, "5", 0, 60, NULL,
     MEMBER(token_cache), "How long a verified signature is not checked again, seconds."},
    {"TOKEN_TTL", NULL, SETTING_SECONDS, "86400", 60, YEAR, NULL,
     MEMBER(token_ttl), "Life of the token of a sign-in, seconds."},
    {"TRUSTED_PROXIES", NULL, SETTING_NETWORKS, NULL, 0, 0, NULL,
     MEMBER(trusted_proxies), "Addresses or networks whose X-Forwarded-For is believed."},
    {"WORKERS", NULL, SETTING_INT, "4", 1, 256, NULL,
     MEMBER(workers), "Processes that serve requests."},
};
/* clang-format on */

const size_t setting_count = sizeof setting_table / sizeof *setting_table;

bool setting_is_sensitive(const struct setting *setting)
{
    return setting->type == SETTING_SECRET || setting->type == SETTING_SECRETS ||
           setting->type == SETTING_DATABASE;
}
