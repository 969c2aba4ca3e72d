-- What "taskgate export" reads and "taskgate import" writes. Import leaves alone what is there: a row
-- that cannot be written changes nothing, and says so by its count.

-- name: transfer_user_total
-- returns: total int
SELECT count(*) FROM "user";

-- name: transfer_accounts
-- params: user text
-- returns: id text, account text, provider text, user text, access_token text, refresh_token text, id_token text, access_expires time, refresh_expires time, scope text, password text, created_at time, updated_at time
SELECT "id", "accountId", "providerId", "userId", "accessToken", "refreshToken", "idToken",
       "accessTokenExpiresAt", "refreshTokenExpiresAt", "scope", "password", "createdAt", "updatedAt"
  FROM "account"
 WHERE "userId" = $1
 ORDER BY "createdAt", "id";

-- name: transfer_tasks
-- params: user text, after time, after_id int, limit int
-- returns: id int, title text, description text, completed bool, created_at time, updated_at time
SELECT id, title, description, completed, created_at, updated_at
  FROM tasks
 WHERE user_id = $1 AND (created_at, id) > ($2, $3)
 ORDER BY created_at, id
 LIMIT $4;

-- name: transfer_sessions
-- params: user text, after text, limit int
-- returns: id text, token text, user text, expires_at time, created_at time, updated_at time, ip_address text, user_agent text
SELECT "id", "token", "userId", "expiresAt", "createdAt", "updatedAt", "ipAddress", "userAgent"
  FROM "session"
 WHERE "userId" = $1 AND "id" > $2
 ORDER BY "id"
 LIMIT $3;

-- name: transfer_refresh_tokens
-- params: session text, after text, limit int
-- returns: digest text, session text, user text, created_at time, expires_at time, used_at time
SELECT "tokenDigest", "sessionId", "userId", "createdAt", "expiresAt", "usedAt"
  FROM "refreshToken"
 WHERE "sessionId" = $1 AND "tokenDigest" > $2
 ORDER BY "tokenDigest"
 LIMIT $3;

-- name: transfer_put_user
-- params: id text, name text, email text, email_verified bool, image text, created_at time, updated_at time, banned bool, ban_reason text, ban_expires time
INSERT INTO "user" ("id", "name", "email", "emailVerified", "image", "createdAt", "updatedAt",
                    "banned", "banReason", "banExpires")
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT DO NOTHING;

-- An account is known by what its provider calls it, and has another id in another database.
-- name: transfer_put_account
-- params: id text, account text, provider text, user text, access_token text, refresh_token text, id_token text, access_expires time, refresh_expires time, scope text, password text, created_at time, updated_at time
INSERT INTO "account" ("id", "accountId", "providerId", "userId", "accessToken", "refreshToken",
                       "idToken", "accessTokenExpiresAt", "refreshTokenExpiresAt", "scope",
                       "password", "createdAt", "updatedAt")
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13
 WHERE EXISTS (SELECT 1 FROM "user" WHERE "id" = $4)
   AND NOT EXISTS (SELECT 1 FROM "account"
                    WHERE "userId" = $4 AND "providerId" = $3 AND "accountId" = $2)
ON CONFLICT DO NOTHING;

-- name: transfer_find_account
-- params: user text, provider text, account text
-- returns: id text
SELECT "id" FROM "account" WHERE "userId" = $1 AND "providerId" = $2 AND "accountId" = $3;

-- name: transfer_put_task
-- params: id int, user text, title text, description text, completed bool, created_at time, updated_at time
INSERT INTO tasks (id, user_id, title, description, completed, created_at, updated_at)
SELECT $1, $2, $3, $4, $5, $6, $7
 WHERE EXISTS (SELECT 1 FROM "user" WHERE "id" = $2)
ON CONFLICT DO NOTHING;

-- name: transfer_put_new_task
-- params: user text, title text, description text, completed bool, created_at time, updated_at time
INSERT INTO tasks (user_id, title, description, completed, created_at, updated_at)
SELECT $1, $2, $3, $4, $5, $6
 WHERE EXISTS (SELECT 1 FROM "user" WHERE "id" = $1)
   AND NOT EXISTS (SELECT 1 FROM tasks WHERE user_id = $1 AND created_at = $5 AND title = $2);

-- The same task: made at the same time, and called by the same title, or by the same number where one
-- of both was changed since then. Many tasks may have been made in one moment.
-- name: transfer_find_task
-- params: user text, created_at time, title text, id int, updated_at time
-- returns: id int
SELECT id FROM tasks
 WHERE user_id = $1 AND created_at = $2
   AND (title = $3 OR (id = $4 AND (updated_at <> $2 OR $5 <> $2)))
 LIMIT 1;

-- name: transfer_put_session
-- params: id text, expires_at time, token text, created_at time, updated_at time, ip_address text, user_agent text, user text
INSERT INTO "session" ("id", "expiresAt", "token", "createdAt", "updatedAt", "ipAddress", "userAgent", "userId")
SELECT $1, $2, $3, $4, $5, $6, $7, $8
 WHERE EXISTS (SELECT 1 FROM "user" WHERE "id" = $8)
ON CONFLICT DO NOTHING;

-- name: transfer_find_session
-- params: id text, user text
-- returns: id text
SELECT "id" FROM "session" WHERE "id" = $1 AND "userId" = $2;

-- name: transfer_put_refresh_token
-- params: digest text, session text, user text, created_at time, expires_at time, used_at time
INSERT INTO "refreshToken" ("tokenDigest", "sessionId", "userId", "createdAt", "expiresAt", "usedAt")
SELECT $1, $2, $3, $4, $5, $6
 WHERE EXISTS (SELECT 1 FROM "session" WHERE "id" = $2 AND "userId" = $3)
ON CONFLICT DO NOTHING;

-- name: transfer_find_refresh_token
-- params: digest text, session text
-- returns: digest text
SELECT "tokenDigest" FROM "refreshToken" WHERE "tokenDigest" = $1 AND "sessionId" = $2;
