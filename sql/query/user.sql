-- Better Auth's "user" and "account" tables.

-- name: user_insert
-- params: id text, name text, email text, email_verified bool, image text, created_at time, updated_at time
INSERT INTO "user" ("id", "name", "email", "emailVerified", "image", "createdAt", "updatedAt")
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- Nothing changes; see db.h, "Locks".
-- name: user_lock
-- params: id text
-- returns: id text, name text, email text, email_verified bool, image text, created_at time, updated_at time, banned bool, ban_reason text, ban_expires time
UPDATE "user" SET "name" = "name" WHERE "id" = $1
RETURNING "id", "name", "email", "emailVerified", "image", "createdAt", "updatedAt", "banned", "banReason", "banExpires";

-- name: user_provision
-- params: id text, name text, email text, email_verified bool, image text, created_at time, updated_at time
INSERT INTO "user" ("id", "name", "email", "emailVerified", "image", "createdAt", "updatedAt")
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT ("id") DO NOTHING;

-- name: user_by_id
-- params: id text
-- returns: id text, name text, email text, email_verified bool, image text, created_at time, updated_at time, banned bool, ban_reason text, ban_expires time
SELECT "id", "name", "email", "emailVerified", "image", "createdAt", "updatedAt", "banned", "banReason", "banExpires"
  FROM "user" WHERE "id" = $1;

-- The credential account is the one whose accountId is the user's id. A user has one; should another
-- program have written more, the newest counts.
-- name: user_by_email
-- params: email text
-- returns: id text, name text, email text, email_verified bool, image text, created_at time, updated_at time, banned bool, ban_reason text, ban_expires time, hash text
SELECT u."id", u."name", u."email", u."emailVerified", u."image", u."createdAt", u."updatedAt",
       u."banned", u."banReason", u."banExpires", a."password"
  FROM "user" AS u
  LEFT JOIN "account" AS a
    ON a."userId" = u."id" AND a."accountId" = u."id" AND a."providerId" = 'credential'
 WHERE u."email" = $1
 ORDER BY a."createdAt" DESC
 LIMIT 1;

-- name: account_insert_credential
-- params: id text, user text, hash text, created_at time, updated_at time
INSERT INTO "account" ("id", "accountId", "providerId", "userId", "password", "createdAt", "updatedAt")
VALUES ($1, $2, 'credential', $2, $3, $4, $5);

-- name: account_rehash
-- params: new_hash text, now time, user text, old_hash text
UPDATE "account" SET "password" = $1, "updatedAt" = $2
 WHERE "userId" = $3 AND "accountId" = $3 AND "providerId" = 'credential' AND "password" = $4;

-- NULL leaves the name as it is; an image may become NULL, so it has a flag.
-- name: user_update
-- params: name text, set_image bool, image text, now time, id text
UPDATE "user"
   SET "name" = coalesce($1, "name"),
       "image" = CASE WHEN $2 THEN $3 ELSE "image" END,
       "updatedAt" = $4
 WHERE "id" = $5;

-- name: account_hash
-- params: user text
-- returns: hash text
SELECT "password" FROM "account"
 WHERE "userId" = $1 AND "accountId" = $1 AND "providerId" = 'credential'
 ORDER BY "createdAt" DESC
 LIMIT 1;

-- name: account_list
-- params: user text
-- returns: id text, provider text, account text, user text, created_at time, updated_at time, scope text
SELECT "id", "providerId", "accountId", "userId", "createdAt", "updatedAt", "scope"
  FROM "account"
 WHERE "userId" = $1
 ORDER BY "createdAt", "id";

-- name: account_set
-- params: hash text, now time, user text
UPDATE "account" SET "password" = $1, "updatedAt" = $2
 WHERE "userId" = $3 AND "accountId" = $3 AND "providerId" = 'credential';

-- All but the credential account.
-- name: account_end_others
-- params: user text
DELETE FROM "account"
 WHERE "userId" = $1 AND NOT ("accountId" = $1 AND "providerId" = 'credential');

-- name: account_end_all
-- params: user text
DELETE FROM "account" WHERE "userId" = $1;

-- The flag is always true; it is a parameter because the databases write truth differently.
-- name: user_verify
-- params: verified bool, now time, id text, email text
UPDATE "user" SET "emailVerified" = $1, "updatedAt" = $2
 WHERE "id" = $3 AND "email" = $4 AND "emailVerified" <> $1;

-- name: user_move
-- params: email text, now time, id text, old_email text
UPDATE "user" SET "email" = $1, "updatedAt" = $2 WHERE "id" = $3 AND "email" = $4;

-- name: user_delete
-- params: id text
DELETE FROM "user" WHERE "id" = $1;

-- A page begins behind an address; the first one behind none.
-- name: user_list
-- params: after text, match text, limit int
-- returns: id text, name text, email text, email_verified bool, image text, created_at time, updated_at time, banned bool, ban_reason text, ban_expires time
SELECT "id", "name", "email", "emailVerified", "image", "createdAt", "updatedAt", "banned", "banReason", "banExpires"
  FROM "user"
 WHERE "email" > $1 AND ($2 IS NULL OR strpos(lower("email"), lower($2)) > 0)
 ORDER BY "email"
 LIMIT $3;

-- name: user_count
-- params: user text, now time
-- returns: sessions int, tasks int
SELECT (SELECT count(*) FROM "session" WHERE "userId" = $1 AND "expiresAt" >= $2),
       (SELECT count(*) FROM tasks WHERE user_id = $1);

-- name: user_set_ban
-- params: banned bool, reason text, expires time, now time, id text
UPDATE "user" SET "banned" = $1, "banReason" = $2, "banExpires" = $3, "updatedAt" = $4 WHERE "id" = $5;
