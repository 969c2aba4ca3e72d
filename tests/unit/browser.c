#include "browser.h"

#include "base/mem.h"

struct reply *browser_post(struct server *server, const char *route, const char *cookies,
                           const char *body)
{
    return server_ask(server, &(struct ask){.method = "POST",
                                            .uri = mem_printf(server->ctx, "/api/auth/%s", route),
                                            .body = body,
                                            .params = {BROWSER_ORIGIN, cookies}});
}

struct reply *browser_get(struct server *server, const char *route, const char *cookies)
{
    return browser_go(server, mem_printf(server->ctx, "/api/auth/%s", route), cookies);
}

struct reply *browser_offer(struct server *server, const char *route, const char *cookies,
                            const char *token)
{
    return server_ask(server, &(struct ask){.method = "GET",
                                            .uri = mem_printf(server->ctx, "/api/auth/%s", route),
                                            .token = token,
                                            .params = {cookies}});
}

struct reply *browser_go(struct server *server, const char *uri, const char *cookies)
{
    return server_ask(server, &(struct ask){.method = "GET", .uri = uri, .params = {cookies}});
}

struct reply *browser_sign_up(struct server *server, const char *email)
{
    return browser_post(
        server, "sign-up/email", NULL,
        mem_printf(server->ctx,
                   "{\"name\":\"N\",\"email\":\"%s\",\"password\":\"" BROWSER_PASSWORD "\"}",
                   email));
}

struct reply *browser_sign_in(struct server *server, const char *email, const char *password)
{
    return browser_sign_in_with(server, email, password, "");
}

struct reply *browser_sign_in_with(struct server *server, const char *email, const char *password,
                                   const char *extra)
{
    return browser_post(server, "sign-in/email", NULL,
                        mem_printf(server->ctx, "{\"email\":\"%s\",\"password\":\"%s\"%s}", email,
                                   password, extra));
}

const char *browser_new(struct server *server, const char *email)
{
    return reply_cookies(server, browser_sign_up(server, email));
}

const char *browser_alone(struct server *server, const char *email)
{
    server_sign_up(server, email, NULL);
    server_sql(server, "DELETE FROM session");
    return reply_cookies(server, browser_sign_in(server, email, BROWSER_PASSWORD));
}

bool browser_is_signed_in(struct server *server, const char *cookies)
{
    const struct reply *reply = browser_get(server, "get-session", cookies);

    assert_int_equal(reply->status, 200);
    return strcmp(reply->body, "null") != 0;
}

void assert_no_session(const struct reply *reply)
{
    assert_int_equal(reply->status, 200);
    assert_string_equal(reply->body, "null");
}

void assert_cleared(struct server *server, const struct reply *reply)
{
    static const char *const names[] = {"better-auth.session_token", "better-auth.session_data",
                                        "better-auth.dont_remember", "better-auth.refresh_token"};
    const char *before = reply->head;

    for (size_t i = 0; i < COUNT(names); i++) {
        const char *line = reply_cookie(server, reply, names[i]);
        assert_non_null(line);
        assert_string_equal(
            line, mem_printf(server->ctx, "%s=; Max-Age=0; Path=%s; HttpOnly; SameSite=%s",
                             names[i], i == 3 ? "/api/auth" : "/", i == 3 ? "Strict" : "Lax"));
        const char *at = strstr(reply->head, line);
        assert_true(at > before);
        before = at;
    }
    assert_null(reply_header(server, reply, "set-auth-token"));
}
