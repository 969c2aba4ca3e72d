/* What a request does to the session it is made with. */
#ifndef TASKGATE_API_SESSION_H
#define TASKGATE_API_SESSION_H

#include "api/app.h"

/*
 * Better Auth's sliding expiry: a session that was not extended for SESSION_UPDATE_AGE begins anew
 * and its cookie is set again. Not for browsers that are not to be remembered, nor with
 * "disableRefresh" in the query, nor by a JWT. The session of the call's principal may turn out to
 * be gone. A database that cannot write now leaves the session as it is. Where it is not yet time,
 * the cookie cache is set again; a session that came from it stays as it is.
 */
void session_slide(struct call *call);

#endif
