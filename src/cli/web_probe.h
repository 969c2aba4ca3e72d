/* Requests of "taskgate check --web", and what is asked of their answers. */
#ifndef TASKGATE_CLI_WEB_PROBE_H
#define TASKGATE_CLI_WEB_PROBE_H

#include "cli/report.h"
#include "sec/fetch.h"

struct web_probe {
    struct cli *cli;
    void *ctx;
    const char *base; /* the URL, without a slash at its end */
    struct fetch_client *client;
    struct report *report;
    const char *bearer; /* "Authorization: Bearer ..." of a user who does not exist */
    const char *wrong_bearer;
};

/* One answer; status 0 = none, problem says why. */
struct web_answer {
    int status;
    const char *code; /* the "code" of an error of taskgate, or "" */
    const struct fetch_answer *answer;
    const char *problem;
};

/* Sends METHOD PATH with HEADERS (NULL = none) and BODY (NULL = none). */
struct web_answer web_probe_send(struct web_probe *probe, const char *method, const char *path,
                                 const char *const *headers, const char *body);

/* The same with all that can be told. */
struct web_answer web_probe_request(struct web_probe *probe, const struct fetch_request *request);

/* The value of header NAME ("" = it is there and empty), or NULL; *ret_count how often it is
 * there. Owned by the probe. */
const char *web_probe_header(struct web_probe *probe, const struct web_answer *answer,
                             const char *name, int *ret_count);

bool web_probe_is_json(struct web_probe *probe, const struct web_answer *answer);

/* "401 INVALID_TOKEN", "404 (not of taskgate)", "no answer (...)": for messages. */
const char *web_probe_words(struct web_probe *probe, const struct web_answer *answer);

/* The checks: web_check.c, web_check_body.c, web_check_site.c. Without the first, and for some
 * without the second, the others would only say the same again. */
bool web_check_reach(struct web_probe *probe);
bool web_check_token(struct web_probe *probe);
void web_check_cookies(struct web_probe *probe);
void web_check_methods(struct web_probe *probe);
void web_check_paths(struct web_probe *probe);
void web_check_bodies(struct web_probe *probe);
void web_check_headers(struct web_probe *probe);
void web_check_origin(struct web_probe *probe);
void web_check_files(struct web_probe *probe);
void web_check_client(struct web_probe *probe);

#endif
