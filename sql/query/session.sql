-- Better Auth's "session" table. Refresh tokens go with their session (ON DELETE CASCADE).

-- name: session_insert
-- params: id text, expires_at time, token text, created_at time, updated_at time, ip_address text, user_agent text, user text
INSERT INTO "session" ("id", "expiresAt", "token", "createdAt", "updatedAt", "ipAddress", "userAgent", "userId")
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- A session is alive up to and with its expiresAt, as at Better Auth, unless its user is banned, up
-- to and with banExpires.
-- name: session_alive
-- params: id text, user text, now time
-- returns: id text
SELECT s."id" FROM "session" AS s JOIN "user" AS u ON u."id" = s."userId"
 WHERE s."id" = $1 AND s."userId" = $2 AND s."expiresAt" >= $3
   AND NOT (u."banned" IS TRUE AND (u."banExpires" IS NULL OR u."banExpires" >= $3));

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
   AND NOT EXISTS (SELECT 1 FROM "user" AS u
                    WHERE u."id" = "session"."userId" AND u."banned" IS TRUE
                      AND (u."banExpires" IS NULL OR u."banExpires" >= $2))
RETURNING "id", "token", "userId", "expiresAt", "createdAt", "updatedAt", "ipAddress", "userAgent";

-- name: session_by_token
-- params: token text
-- returns: id text, token text, user text, expires_at time, created_at time, updated_at time, ip_address text, user_agent text, u_id text, u_name text, u_email text, u_email_verified bool, u_image text, u_created_at time, u_updated_at time, u_banned bool, u_ban_reason text, u_ban_expires time
SELECT s."id", s."token", s."userId", s."expiresAt", s."createdAt", s."updatedAt", s."ipAddress", s."userAgent",
       u."id", u."name", u."email", u."emailVerified", u."image", u."createdAt", u."updatedAt",
       u."banned", u."banReason", u."banExpires"
  FROM "session" AS s JOIN "user" AS u ON u."id" = s."userId"
 WHERE s."token" = $1;

-- name: session_by_id
-- params: id text, user text
-- returns: id text, token text, user text, expires_at time, created_at time, updated_at time, ip_address text, user_agent text, u_id text, u_name text, u_email text, u_email_verified bool, u_image text, u_created_at time, u_updated_at time, u_banned bool, u_ban_reason text, u_ban_expires time
SELECT s."id", s."token", s."userId", s."expiresAt", s."createdAt", s."updatedAt", s."ipAddress", s."userAgent",
       u."id", u."name", u."email", u."emailVerified", u."image", u."createdAt", u."updatedAt",
       u."banned", u."banReason", u."banExpires"
  FROM "session" AS s JOIN "user" AS u ON u."id" = s."userId"
 WHERE s."id" = $1 AND s."userId" = $2;

-- name: session_delete_expired
-- params: id text, now time
DELETE FROM "session" WHERE "id" = $1 AND "expiresAt" < $2;

-- name: session_forget_expired
-- params: user text, now time
DELETE FROM "session" WHERE "userId" = $1 AND "expiresAt" < $2;

-- name: session_list
-- params: user text, now time, limit int
-- returns: id text, token text, user text, expires_at time, created_at time, updated_at time, ip_address text, user_agent text
SELECT "id", "token", "userId", "expiresAt", "createdAt", "updatedAt", "ipAddress", "userAgent"
  FROM "session"
 WHERE "userId" = $1 AND "expiresAt" >= $2
 ORDER BY "createdAt" DESC, "id"
 LIMIT $3;

-- name: session_end_own
-- params: token text, user text
DELETE FROM "session" WHERE "token" = $1 AND "userId" = $2;

-- name: session_end_all
-- params: user text
DELETE FROM "session" WHERE "userId" = $1;

-- name: session_end_others
-- params: user text, id text
DELETE FROM "session" WHERE "userId" = $1 AND "id" <> $2;
