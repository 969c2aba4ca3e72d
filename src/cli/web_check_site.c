#include "cli/web_probe.h"

#include <libgen.h>
#include <string.h>

/* --- headers of answers --- */

static bool check_header(struct web_probe *probe, const struct web_answer *answer, const char *name,
                         const char *part)
{
    int count;
    const char *value = web_probe_header(probe, answer, name, &count);

    if (count == 0) {
        report_tell(probe->report, "headers", UPKEEP_WRONG,
                    "the web server takes %s away from answers", name);
    } else if (strstr(value, part) == NULL) {
        report_tell(probe->report, "headers", UPKEEP_WRONG, "the web server changes %s to \"%s\"",
                    name, value);
    } else if (count > 1) {
        report_tell(probe->report, "headers", UPKEEP_WARNING,
                    "%s comes %d times: taskgate sends it already", name, count);
    }
    return count == 1 && strstr(value, part) != NULL;
}

void web_check_headers(struct web_probe *probe)
{
    const char *const headers[] = {probe->wrong_bearer, NULL};
    struct web_answer answer = web_probe_send(probe, "GET", "/api/tasks", headers, NULL);

    if (answer.status != 401) {
        return; /* told by others */
    }
    bool fine = check_header(probe, &answer, "X-Content-Type-Options", "nosniff");
    fine = check_header(probe, &answer, "Content-Security-Policy", "default-src 'none'") && fine;
    fine = check_header(probe, &answer, "Referrer-Policy", "no-referrer") && fine;
    fine = check_header(probe, &answer, "Cache-Control", "no-store") && fine;
    fine = check_header(probe, &answer, "WWW-Authenticate", "Bearer") && fine;
    fine = check_header(probe, &answer, "X-Request-Id", "") && fine;
    if (probe->cli->config->base_https) {
        fine = check_header(probe, &answer, "Strict-Transport-Security", "max-age=") && fine;
    }
    if (fine) {
        report_tell(probe->report, "headers", UPKEEP_FINE,
                    "the headers that protect answers are there, once each");
    }
}

/* --- the URL --- */

void web_check_origin(struct web_probe *probe)
{
    const char *own = probe->cli->config->base_url;
    bool https = strncmp(probe->base, "https:", 6) == 0;

    if (https != probe->cli->config->base_https) {
        report_tell(probe->report, "base url", UPKEEP_WRONG,
                    "BASE_URL is %s, and clients come by %s: cookies, letters and the check of "
                    "Origin go by BASE_URL",
                    own, probe->base);
    } else if (strcmp(own, probe->base) != 0) {
        report_tell(probe->report, "base url", UPKEEP_WARNING,
                    "BASE_URL is %s, this is %s: right only where clients come by the former", own,
                    probe->base);
    } else {
        report_tell(probe->report, "base url", UPKEEP_FINE, "BASE_URL is this URL");
    }
    bool near = strstr(probe->base, "//127.") != NULL ||
                strstr(probe->base, "//localhost") != NULL ||
                strstr(probe->base, "//[::1]") != NULL;
    if (!https && !near) {
        report_tell(probe->report, "https", UPKEEP_WARNING,
                    "passwords and tokens can be read on their way: serve over https");
    }
}

/* --- what nobody may fetch --- */

static bool is_secret(const struct web_answer *answer)
{
    static const char *const marks[] = {"BETTER_AUTH_SECRET", "SQLite format 3", "ref: refs/",
                                        "[core]", "taskgate_http_requests"};

    if (answer->status != 200) {
        return false;
    }
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (strstr(answer->answer->body->data, marks[i]) != NULL) {
            return true;
        }
    }
    return false;
}

static bool check_file(struct web_probe *probe, const char *path)
{
    struct web_answer answer = web_probe_send(probe, "GET", path, NULL, NULL);

    if (!is_secret(&answer)) {
        return true;
    }
    report_tell(probe->report, "files", UPKEEP_WRONG,
                "everybody can fetch %s%s: take it out of what the web server serves, and replace "
                "the secrets in it",
                probe->base, path);
    return false;
}

static const char *path_of(struct web_probe *probe, const char *file)
{
    return mem_printf(probe->ctx, "/%s", basename(mem_strdup(probe->ctx, file)));
}

void web_check_files(struct web_probe *probe)
{
    static const char *const paths[] = {"/.env",          "/.git/HEAD",   "/.git/config",
                                        "/taskgate.conf", "/taskgate.db", "/metrics"};
    const struct cli *cli = probe->cli;
    bool fine = true;

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        fine = check_file(probe, paths[i]) && fine;
    }
    if (cli->source.file != NULL) {
        fine = check_file(probe, path_of(probe, cli->source.file)) && fine;
    }
    if (cli->config->store == STORE_SQLITE) {
        fine = check_file(probe, path_of(probe, cli->config->database)) && fine;
    }
    if (fine) {
        report_tell(probe->report, "files", UPKEEP_FINE,
                    "settings, database and the like cannot be fetched");
    }
}
