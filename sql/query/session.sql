-- Better Auth's "session" table. Refresh tokens go with their session (ON DELETE CASCADE).

-- name: session_insert
-- params: id text, expires_at time, token text, created_at time, updated_at time, ip_address text, user_agent text, user text
INSERT INTO "session" ("id", "expiresAt", "token", "createdAt", "updatedAt", "ipAddress", "userAgent", "userId")
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- A session is alive up to and with its expiresAt, as at Better Auth.
-- name: session_alive
-- params: id text, user text, now time
-- returns: id text
SELECT "id" FROM "session" WHERE "id" = $1 AND "userId" = $2 AND "expiresAt" >= $3;

-- name: session_end_token
-- params: token text
-- returns: user text
DELETE FROM "session" WHERE "token" = $1 RETURNING "userId";

-- name: session_end_id
-- params: id text, user text
-- returns: user text
DELETE FROM "session" WHERE "id" = $1 AND "userId" = $2 RETURNING "userId";

-- name: session_extend
-- params: expires_at time, now time, id text
-- returns: id text, token text, user text, expires_at time, created_at time, updated_at time, ip_address text, user_agent text
UPDATE "session" SET "expiresAt" = $1, "updatedAt" = $2
 WHERE "id" = $3 AND "expiresAt" >= $2
RETURNING "id", "token", "userId", "expiresAt", "createdAt", "updatedAt", "ipAddress", "userAgent";
