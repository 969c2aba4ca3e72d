-- Better Auth's "verification" table: what a letter's link may be used for, once.

-- name: verification_insert
-- params: id text, identifier text, value text, expires_at time, now time
INSERT INTO "verification" ("id", "identifier", "value", "expiresAt", "createdAt", "updatedAt")
VALUES ($1, $2, $3, $4, $5, $5);

-- name: verification_newest
-- params: identifier text
-- returns: value text, expires_at time
SELECT "value", "expiresAt" FROM "verification"
 WHERE "identifier" = $1
 ORDER BY "createdAt" DESC
 LIMIT 1;

-- Of several that consume the same identifier at once, one gets the row.
-- name: verification_consume
-- params: identifier text
-- returns: value text, expires_at time, created_at time
DELETE FROM "verification" WHERE "identifier" = $1 RETURNING "value", "expiresAt", "createdAt";

-- name: verification_forget_expired
-- params: now time
DELETE FROM "verification" WHERE "expiresAt" < $1;

-- Those that are for a user hold the user's id. An identifier that is to be consumed with them goes in
-- the same statement: two requests with different links would wait for each other's.
-- name: verification_forget_user
-- params: user text, identifier text
-- returns: value text, expires_at time, created_at time, identifier text
DELETE FROM "verification" WHERE "value" = $1 OR "identifier" = $2
RETURNING "value", "expiresAt", "createdAt", "identifier";
