/* A browser at a server: what Better Auth's client asks on a page of SERVER_ORIGIN. COOKIES are
 * what reply_cookies gave, or NULL. */
#ifndef TASKGATE_TESTS_BROWSER_H
#define TASKGATE_TESTS_BROWSER_H

#include "server.h"
#include "unit.h"

#define BROWSER_PASSWORD "right horse"
#define BROWSER_ORIGIN   "HTTP_ORIGIN=" SERVER_ORIGIN

/* ROUTE is the path below /api/auth/. */
struct reply *browser_post(struct server *server, const char *route, const char *cookies,
                           const char *body);
struct reply *browser_get(struct server *server, const char *route, const char *cookies);

/* The same with a bearer TOKEN besides. */
struct reply *browser_offer(struct server *server, const char *route, const char *cookies,
                            const char *token);

/* Follows a link to URI, which begins with "/". */
struct reply *browser_go(struct server *server, const char *uri, const char *cookies);

/* sign-up/email with BROWSER_PASSWORD; sign-in/email, with EXTRA behind the members of its body. */
struct reply *browser_sign_up(struct server *server, const char *email);
struct reply *browser_sign_in(struct server *server, const char *email, const char *password);
struct reply *browser_sign_in_with(struct server *server, const char *email, const char *password,
                                   const char *extra);

/* The cookies of a new account. */
const char *browser_new(struct server *server, const char *email);

/* The same with a session by sign-in/email, which is the only one that there is then. */
const char *browser_alone(struct server *server, const char *email);

bool browser_is_signed_in(struct server *server, const char *cookies);

/* Fails the test unless REPLY is get-session's that there is none. */
void assert_no_session(const struct reply *reply);

/* Fails the test unless REPLY takes every cookie back, in Better Auth's order. */
void assert_cleared(struct server *server, const struct reply *reply);

#endif
