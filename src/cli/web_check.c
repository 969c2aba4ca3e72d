#include "cli/web_probe.h"

#include <string.h>

#include "auth/throttle.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/text.h"
#include "sec/cookie_sig.h"
#include "sec/token.h"

#define JSON_TYPE "Content-Type: application/json"

/* A client that lies about its address: one of RFC 5737, which nobody has. */
#define FALSE_ADDRESS "203.0.113.77"

/* --- does taskgate answer --- */

static bool explain_silence(struct web_probe *probe, const struct web_answer *answer)
{
    struct report *report = probe->report;
    int count;

    if (answer->status == 0) {
        report_tell(report, "reach", UPKEEP_WRONG, "%s/health: %s", probe->base, answer->problem);
    } else if (strstr(answer->answer->body->data, "\"unhealthy\"") != NULL) {
        report_tell(report, "reach", UPKEEP_WRONG,
                    "taskgate answers, but its database does not: see \"taskgate db check\"");
        return true;
    } else if (answer->status >= 300 && answer->status < 400) {
        const char *to = web_probe_header(probe, answer, "Location", &count);
        report_tell(report, "reach", UPKEEP_WRONG,
                    "the web server sends clients on to %s: check that URL instead",
                    to == NULL ? "nowhere" : to);
    } else if (answer->status >= 502 && answer->status <= 504) {
        report_tell(
            report, "reach", UPKEEP_WRONG,
            "the web server answers, and taskgate does not (%d): is it running, and may the "
            "web server's user open its socket (LISTEN)?",
            answer->status);
    } else if (answer->status == 500) {
        report_tell(
            report, "reach", UPKEEP_WRONG,
            "status 500: does the web server pass REQUEST_METHOD and REQUEST_URI? In nginx "
            "one fastcgi_param inside a location hides all others. taskgate's log says more");
    } else {
        report_tell(
            report, "reach", UPKEEP_WRONG,
            "something else than taskgate answers %s/health: %s. Does its site in the web server "
            "have this name, and pass all paths on?",
            probe->base, web_probe_words(probe, answer));
    }
    return false;
}

bool web_check_reach(struct web_probe *probe)
{
    struct web_answer answer = web_probe_send(probe, "GET", "/health", NULL, NULL);

    if (answer.status != 200 || strstr(answer.answer->body->data, "\"healthy\"") == NULL) {
        return explain_silence(probe, &answer);
    }
    report_tell(probe->report, "reach", UPKEEP_FINE, "taskgate answers behind %s", probe->base);
    answer = web_probe_send(probe, "GET", "/health", NULL, NULL);
    if (answer.status == 200 && answer.answer->connected) {
        report_tell(probe->report, "connections", UPKEEP_WARNING,
                    "the web server closes the connection after each request: it could keep it for "
                    "some seconds");
    } else {
        report_tell(probe->report, "connections", UPKEEP_FINE,
                    "connections are kept between requests");
    }
    return true;
}

/* --- does the token arrive --- */

static struct web_answer tasks_with(struct web_probe *probe, const char *header)
{
    const char *const headers[] = {header, NULL};

    return web_probe_send(probe, "GET", "/api/tasks", headers, NULL);
}

static void check_long_header(struct web_probe *probe)
{
    char *token = mem_bytes(probe->ctx, TOKEN_MAX_LENGTH + 1);

    memset(token, 'x', TOKEN_MAX_LENGTH);
    token[TOKEN_MAX_LENGTH] = '\0';
    struct web_answer answer =
        tasks_with(probe, mem_printf(probe->ctx, "Authorization: Bearer %s", token));
    if (strcmp(answer.code, "INVALID_TOKEN") == 0) {
        report_tell(probe->report, "long headers", UPKEEP_FINE, "a token of 4 KiB arrives");
    } else {
        report_tell(probe->report, "long headers", UPKEEP_WRONG,
                    "a token of 4 KiB, which is allowed, does not arrive: %s. nginx: "
                    "large_client_header_buffers 4 16k; lighttpd: server.max-request-field-size",
                    web_probe_words(probe, &answer));
    }
}

bool web_check_token(struct web_probe *probe)
{
    struct web_answer none = web_probe_send(probe, "GET", "/api/tasks", NULL, NULL);
    struct web_answer wrong = tasks_with(probe, probe->wrong_bearer);
    struct web_answer good = tasks_with(probe, probe->bearer);
    const char *problem;

    if (strcmp(none.code, "MISSING_CREDENTIALS") != 0) {
        problem = mem_printf(probe->ctx,
                             "/api/tasks is not taskgate's: %s instead of 401. Pass all of /api on "
                             "to it",
                             web_probe_words(probe, &none));
    } else if (strcmp(wrong.code, "MISSING_CREDENTIALS") == 0) {
        problem = "the Authorization header does not arrive. Apache: CGIPassAuth On; others: "
                  "something empties HTTP_AUTHORIZATION";
    } else if (strcmp(wrong.code, "INVALID_TOKEN") != 0) {
        problem =
            mem_printf(probe->ctx, "a wrong token is answered by %s instead of 401 INVALID_TOKEN",
                       web_probe_words(probe, &wrong));
    } else if (good.status != 200) {
        problem = mem_printf(probe->ctx,
                             "a token made with these settings is answered by %s: the server has "
                             "another BETTER_AUTH_SECRET or BASE_URL, or its clock is off",
                             web_probe_words(probe, &good));
    } else {
        report_tell(probe->report, "authorization", UPKEEP_FINE,
                    "the Authorization header arrives, and tokens of these settings are accepted");
        check_long_header(probe);
        return true;
    }
    report_tell(probe->report, "authorization", UPKEEP_WRONG, "%s", problem);
    return false;
}

/* --- do cookies arrive, and come back --- */

static void check_set_cookie(struct web_probe *probe)
{
    const char *const headers[] = {
        JSON_TYPE, mem_printf(probe->ctx, "Origin: %s", probe->cli->config->base_url), NULL};
    struct web_answer answer = web_probe_send(probe, "POST", "/api/auth/sign-out", headers, "{}");
    bool https = strncmp(probe->base, "https:", 6) == 0;
    int count;
    const char *cookie = web_probe_header(probe, &answer, "Set-Cookie", &count);

    if (answer.status != 200 || count < 2) {
        report_tell(probe->report, "cookies", UPKEEP_WRONG,
                    "signing out gives %s and %d Set-Cookie headers instead of two or more: "
                    "something takes them away",
                    web_probe_words(probe, &answer), count);
    } else if (https && strcasestr(cookie, "; secure") == NULL) {
        report_tell(probe->report, "cookies", UPKEEP_WRONG,
                    "cookies are not Secure although this is https: set BASE_URL=%s", probe->base);
    } else if (!https && strcasestr(cookie, "; secure") != NULL) {
        report_tell(probe->report, "cookies", UPKEEP_WRONG,
                    "cookies are Secure, so browsers do not send them over http: BASE_URL is %s",
                    probe->cli->config->base_url);
    } else {
        report_tell(probe->report, "cookies", UPKEEP_FINE, "cookies arrive and come back");
    }
}

void web_check_cookies(struct web_probe *probe)
{
    const char *cookie = cookie_sign(probe->ctx, probe->cli->config, id_new(probe->ctx));
    const char *const headers[] = {mem_printf(probe->ctx,
                                              "Cookie: other=1; better-auth.session_token=%s; "
                                              "__Secure-better-auth.session_token=%s",
                                              cookie, cookie),
                                   NULL};
    struct web_answer without = web_probe_send(probe, "GET", "/api/proxy/x/tasks", NULL, NULL);
    struct web_answer with = web_probe_send(probe, "GET", "/api/proxy/x/tasks", headers, NULL);

    if (!probe->cli->config->auth_routes) {
        return;
    }
    if (without.status != 401 || with.status != 401 ||
        strcmp(without.answer->body->data, with.answer->body->data) == 0) {
        report_tell(probe->report, "cookies", UPKEEP_WRONG,
                    "the Cookie header does not arrive (%s with and without it)",
                    web_probe_words(probe, &with));
        return;
    }
    check_set_cookie(probe);
}

/* --- whose address does taskgate see --- */

/* Whether a failed sign-in of EMAIL was counted for ADDRESS; it is taken back. */
static bool was_counted(struct web_probe *probe, struct store *store, const char *email,
                        const char *address)
{
    struct throttle *throttle =
        throttle_sign_in(probe->ctx, probe->cli->config, store, email, address, clock_now());
    throttle->limit.max = 1;
    return throttle_look(throttle) == ERR_LIMITED && throttle_clear(throttle) == ERR_OK;
}

void web_check_client(struct web_probe *probe)
{
    const struct config *config = probe->cli->config;
    struct store *store = NULL;
    const char *id = id_new(probe->ctx);
    size_t len;
    const char *email = mem_printf(probe->ctx, "check-%s@taskgate.invalid",
                                   text_lower(probe->ctx, id, strlen(id), &len));
    const char *const headers[] = {JSON_TYPE, "X-Forwarded-For: " FALSE_ADDRESS, NULL};
    const char *body =
        mem_printf(probe->ctx, "{\"email\":\"%s\",\"password\":\"no such account\"}", email);

    if (!config->auth_routes) {
        return;
    }
    if (store_open_existing(probe->ctx, config, &store) != ERR_OK) {
        report_tell(probe->report, "client address", UPKEEP_WARNING,
                    "not looked at: the database cannot be opened from here");
        return;
    }
    struct web_answer answer = web_probe_send(probe, "POST", "/api/auth/sign-in", headers, body);
    const char *local = answer.answer == NULL ? "" : answer.answer->local;
    if (strcmp(answer.code, "INVALID_EMAIL_OR_PASSWORD") != 0) {
        report_tell(probe->report, "client address", UPKEEP_WRONG,
                    "a sign-in of nobody is answered by %s instead of 401",
                    web_probe_words(probe, &answer));
    } else if (was_counted(probe, store, email, FALSE_ADDRESS)) {
        report_tell(probe->report, "client address", UPKEEP_WRONG,
                    "a client can choose its address by X-Forwarded-For, and so try passwords "
                    "without limit: let TRUSTED_PROXIES name your own proxies only, and the "
                    "outermost of them set the header");
    } else if (was_counted(probe, store, email, local)) {
        report_tell(probe->report, "client address", UPKEEP_FINE, "taskgate sees this client as %s",
                    local);
    } else {
        report_tell(probe->report, "client address", UPKEEP_WARNING,
                    "taskgate does not see this client as %s. Where a proxy of yours stands before "
                    "the web server, name it in TRUSTED_PROXIES, or all clients share one limit",
                    local);
    }
}
