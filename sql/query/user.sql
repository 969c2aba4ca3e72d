-- Better Auth's "user" and "account" tables.

-- name: user_insert
-- params: id text, name text, email text, email_verified bool, image text, created_at time, updated_at time
INSERT INTO "user" ("id", "name", "email", "emailVerified", "image", "createdAt", "updatedAt")
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: user_provision
-- params: id text, name text, email text, email_verified bool, image text, created_at time, updated_at time
INSERT INTO "user" ("id", "name", "email", "emailVerified", "image", "createdAt", "updatedAt")
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT ("id") DO NOTHING;

-- name: user_by_id
-- params: id text
-- returns: id text, name text, email text, email_verified bool, image text, created_at time, updated_at time
SELECT "id", "name", "email", "emailVerified", "image", "createdAt", "updatedAt" FROM "user" WHERE "id" = $1;

-- The credential account is the one whose accountId is the user's id. A user has one; should another
-- program have written more, the newest counts.
-- name: user_by_email
-- params: email text
-- returns: id text, name text, email text, email_verified bool, image text, created_at time, updated_at time, hash text
SELECT u."id", u."name", u."email", u."emailVerified", u."image", u."createdAt", u."updatedAt", a."password"
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
