#include "cli/web_probe.h"

#include <string.h>

/* Far above every limit that a web server should have for this. */
#define FAR_TOO_LARGE ((size_t)4 * 1024 * 1024)

/* --- methods --- */

static void check_head(struct web_probe *probe)
{
    struct web_answer answer = web_probe_send(probe, "HEAD", "/health", NULL, NULL);

    if (answer.status == 200 && answer.answer->body->len == 0) {
        report_tell(probe->report, "methods", UPKEEP_FINE, "HEAD is answered without a body");
    } else {
        report_tell(probe->report, "methods", UPKEEP_WRONG, "HEAD /health is answered by %s",
                    web_probe_words(probe, &answer));
    }
}

static void check_preflight(struct web_probe *probe)
{
    const struct conf_list *origins = &probe->cli->config->origins;
    const char *origin = origins->count == 0 ? "" : origins->items[0];
    const char *const headers[] = {mem_printf(probe->ctx, "Origin: %s", origin),
                                   "Access-Control-Request-Method: DELETE", NULL};
    struct web_answer answer = web_probe_send(probe, "OPTIONS", "/api/tasks/1", headers, NULL);
    int count;
    const char *allowed = web_probe_header(probe, &answer, "Access-Control-Allow-Origin", &count);

    if (origins->count == 0) {
        return;
    }
    if (count == 1 && strcmp(allowed, origin) == 0) {
        report_tell(probe->report, "preflight", UPKEEP_FINE, "pages of %s may call the API",
                    origin);
    } else {
        report_tell(probe->report, "preflight", UPKEEP_WRONG,
                    "browsers will not let pages of %s call the API: OPTIONS is answered by status "
                    "%d with %d Access-Control-Allow-Origin (%s). Leave CORS to taskgate",
                    origin, answer.status, count, allowed == NULL ? "none" : allowed);
    }
}

void web_check_methods(struct web_probe *probe)
{
    static const char *const methods[] = {"PUT", "PATCH", "DELETE"};
    const char *const headers[] = {probe->wrong_bearer, "Content-Type: application/json", NULL};
    bool fine = true;

    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        struct web_answer answer = web_probe_send(probe, methods[i], "/api/tasks/1", headers, "{}");
        if (strcmp(answer.code, "INVALID_TOKEN") != 0) {
            report_tell(probe->report, "methods", UPKEEP_WRONG,
                        "%s requests do not reach taskgate: %s. The web server must not limit "
                        "methods below /api",
                        methods[i], web_probe_words(probe, &answer));
            fine = false;
        }
    }
    struct web_answer trace = web_probe_send(probe, "TRACE", "/api/tasks", NULL, NULL);
    if (trace.status == 200) {
        report_tell(probe->report, "methods", UPKEEP_WRONG,
                    "TRACE is answered, which shows cookies to scripts: turn it off");
        fine = false;
    }
    if (fine) {
        report_tell(probe->report, "methods", UPKEEP_FINE, "PUT, PATCH and DELETE arrive");
    }
    check_head(probe);
    check_preflight(probe);
}

/* --- paths --- */

/* Each has another meaning once somebody has cleaned it up; taskgate refuses them all. */
static const struct {
    const char *path;
    const char *what;
} unclean[] = {
    {"/api//tasks", "double slashes are merged"},
    {"/api/./tasks", "dot segments are resolved"},
    {"/api/x/../tasks", "dot segments are resolved"},
    {"/api/%2e%2e/api/tasks", "encoded dots are resolved"},
    {"/%2e%2e/api/tasks", "encoded dots are resolved"},
    {"/api%2Ftasks", "encoded slashes are decoded"},
};

static bool check_unclean(struct web_probe *probe, const char *path, const char *what)
{
    const char *const headers[] = {probe->wrong_bearer, NULL};
    struct web_answer answer = web_probe_send(probe, "GET", path, headers, NULL);

    if (answer.status >= 400 && answer.status < 500 && strcmp(answer.code, "INVALID_TOKEN") != 0) {
        return true;
    }
    report_tell(
        probe->report, "paths", UPKEEP_WRONG,
        "%s before taskgate sees the path (%s: %s), so rules for paths can be avoided: pass "
        "REQUEST_URI as the client sent it",
        what, path, web_probe_words(probe, &answer));
    return false;
}

static bool check_clean(struct web_probe *probe, const char *path, const char *what)
{
    const char *const headers[] = {probe->wrong_bearer, NULL};
    struct web_answer answer = web_probe_send(probe, "GET", path, headers, NULL);

    if (strcmp(answer.code, "INVALID_TOKEN") == 0) {
        return true;
    }
    report_tell(probe->report, "paths", UPKEEP_WRONG,
                "%s does not reach taskgate: %s is answered by %s", what, path,
                web_probe_words(probe, &answer));
    return false;
}

void web_check_paths(struct web_probe *probe)
{
    const char *const headers[] = {probe->bearer, NULL};
    bool fine = check_clean(probe, "/api/tasks/", "a path with a slash at its end") &&
                check_clean(probe, "/api/%74asks", "a path with encoded letters");

    for (size_t i = 0; i < sizeof unclean / sizeof *unclean; i++) {
        fine = check_unclean(probe, unclean[i].path, unclean[i].what) && fine;
    }
    if (fine) {
        report_tell(probe->report, "paths", UPKEEP_FINE, "paths arrive as they were sent");
    }
    struct web_answer answer = web_probe_send(probe, "GET", "/api/tasks?limit=none", headers, NULL);
    if (strcmp(answer.code, "VALIDATION_ERROR") == 0) {
        report_tell(probe->report, "query", UPKEEP_FINE, "query strings arrive");
    } else {
        report_tell(probe->report, "query", UPKEEP_WRONG,
                    "the query string does not arrive (%s): pass QUERY_STRING",
                    web_probe_words(probe, &answer));
    }
}

/* --- bodies --- */

/* A new task that is no JSON, of LEN bytes: never written. */
static struct web_answer send_body(struct web_probe *probe, size_t len, const char *type,
                                   bool chunked)
{
    const char *const headers[] = {probe->bearer, mem_printf(probe->ctx, "Content-Type: %s", type),
                                   chunked ? "Transfer-Encoding: chunked" : NULL, NULL};
    char *body = mem_bytes(probe->ctx, len);
    memset(body, '[', len);
    const struct fetch_request request = {
        .method = "POST",
        .url = mem_printf(probe->ctx, "%s/api/tasks", probe->base),
        .headers = headers,
        .body = body,
        .body_len = len,
        .chunked = chunked,
    };
    struct web_answer answer = web_probe_request(probe, &request);
    talloc_free(body);
    return answer;
}

static bool is_read(const struct web_answer *answer)
{
    return answer->status == 400 && strcmp(answer->code, "INVALID_JSON") == 0;
}

static void check_chunked(struct web_probe *probe)
{
    struct web_answer answer = send_body(probe, 1000, "application/json", true);

    if (is_read(&answer)) {
        report_tell(probe->report, "chunked", UPKEEP_FINE, "bodies without a length arrive");
    } else {
        report_tell(probe->report, "chunked", UPKEEP_WARNING,
                    "bodies without a length (chunked) do not arrive: %s. Browsers send none such",
                    web_probe_words(probe, &answer));
    }
}

static void check_large(struct web_probe *probe)
{
    size_t max = probe->cli->config->max_body;
    struct web_answer most = send_body(probe, max, "application/json", false);
    struct web_answer more = send_body(probe, max + 1, "application/json", false);
    struct web_answer far = send_body(probe, FAR_TOO_LARGE, "application/json", false);

    if (!is_read(&most)) {
        report_tell(probe->report, "body size", UPKEEP_WRONG,
                    "a body of %zu bytes, which MAX_BODY allows, is answered by %s. nginx: "
                    "client_max_body_size; lighttpd: server.max-request-size; mod_fcgid: "
                    "FcgidMaxRequestLen",
                    max, web_probe_words(probe, &most));
    } else if (more.status != 413) {
        report_tell(
            probe->report, "body size", UPKEEP_WRONG,
            "a body above MAX_BODY is answered by %s instead of 413: the server has another "
            "MAX_BODY than these settings",
            web_probe_words(probe, &more));
    } else {
        report_tell(probe->report, "body size", UPKEEP_FINE,
                    "bodies of %zu bytes arrive, larger ones are refused", max);
    }
    if (far.status != 413) {
        report_tell(probe->report, "errors", UPKEEP_WARNING,
                    "a body of 4 MiB is answered by %s instead of 413",
                    web_probe_words(probe, &far));
    } else if (!web_probe_is_json(probe, &far) || *far.code == '\0') {
        report_tell(probe->report, "errors", UPKEEP_WARNING,
                    "the web server's own errors are not JSON, and front ends show none of their "
                    "text: see error_page (nginx), server.errorfile-prefix (lighttpd) or "
                    "ErrorDocument (Apache) in the examples");
    } else {
        report_tell(probe->report, "errors", UPKEEP_FINE,
                    "the web server's own errors have taskgate's form");
    }
}

void web_check_bodies(struct web_probe *probe)
{
    struct web_answer small = send_body(probe, 1000, "application/json", false);
    struct web_answer other = send_body(probe, 1000, "text/plain", false);

    if (!is_read(&small)) {
        report_tell(probe->report, "body", UPKEEP_WRONG,
                    "a body of 1000 bytes is answered by %s instead of 400 INVALID_JSON: does the "
                    "web server pass CONTENT_LENGTH and CONTENT_TYPE?",
                    web_probe_words(probe, &small));
        return;
    }
    if (other.status != 415) {
        report_tell(probe->report, "body", UPKEEP_WRONG,
                    "the type of a body does not arrive (%s instead of 415): pass CONTENT_TYPE",
                    web_probe_words(probe, &other));
    } else {
        report_tell(probe->report, "body", UPKEEP_FINE, "bodies and their types arrive");
    }
    check_chunked(probe);
    check_large(probe);
}
