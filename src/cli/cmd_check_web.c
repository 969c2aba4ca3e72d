#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "cli/cmd.h"
#include "cli/web_probe.h"
#include "sec/token.h"

#define TOKEN_MS (10 * CLOCK_MINUTE)

/* A token of a user who has no row, and gets none: nothing that is valid is ever written. */
static const char *bearer(struct cli *cli)
{
    const char *user = mem_printf(cli->ctx, "check-%s", id_new(cli->ctx));

    return mem_printf(cli->ctx, "Authorization: Bearer %s",
                      token_issue_visitor(cli->ctx, cli->config, user, clock_now(), TOKEN_MS));
}

static void check_all(struct web_probe *probe)
{
    if (!web_check_reach(probe)) {
        return; /* all else would say the same */
    }
    web_check_origin(probe);
    web_check_cookies(probe);
    web_check_headers(probe);
    if (web_check_token(probe)) {
        web_check_methods(probe);
        web_check_paths(probe);
        web_check_bodies(probe);
    }
    web_check_client(probe);
    web_check_files(probe);
}

enum err cmd_check_web(struct cli *cli, const char *url)
{
    struct web_probe probe = {.cli = cli, .ctx = cli->ctx};
    size_t len = strlen(url);
    struct buf *problem = buf_new(cli->ctx);

    if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) {
        return cli_usage(cli, "--web takes the URL of the site, such as https://tasks.example.org");
    }
    while (len > 0 && url[len - 1] == '/') {
        len--;
    }
    enum err error = fetch_client(cli->ctx, &probe.client);
    if (error != ERR_OK) {
        return cli_fail(cli, error, "this program was built without libcurl");
    }
    probe.base = mem_strndup(cli->ctx, url, len);
    probe.report = report_new(cli);
    probe.bearer = bearer(cli);
    probe.wrong_bearer = "Authorization: Bearer wrong";
    check_all(&probe);
    return report_end(cli, probe.report, ERR_OK, problem);
}
