-- Single-use refresh tokens. A family is a session: all of it goes when the session's row goes.

-- name: refresh_insert
-- params: digest text, session text, user text, created_at time, expires_at time
INSERT INTO "refreshToken" ("tokenDigest", "sessionId", "userId", "createdAt", "expiresAt")
VALUES ($1, $2, $3, $4, $5);

-- name: refresh_look
-- params: digest text, now time
-- returns: session text, user text, used_at time
SELECT "sessionId", "userId", "usedAt"
  FROM "refreshToken"
 WHERE "tokenDigest" = $1 AND "expiresAt" >= $2;

-- Of two that take the same token at once, one changes the row.
-- name: refresh_take
-- params: now time, digest text
-- returns: session text, user text
UPDATE "refreshToken" SET "usedAt" = $1
 WHERE "tokenDigest" = $2 AND "usedAt" IS NULL
RETURNING "sessionId", "userId";

-- name: refresh_forget_expired
-- params: session text, now time
DELETE FROM "refreshToken" WHERE "sessionId" = $1 AND "expiresAt" < $2;
