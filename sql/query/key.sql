-- Better Auth's "jwks" table. A key without an algorithm is an EdDSA key, as at Better Auth.

-- Better Auth's server writes to the table too and has no unique column but the id, so makers of keys
-- take turns at this row, which every database of ours has; it stays as it is. (SQLite lets one
-- transaction write at a time anyway.)
-- name: key_lock
UPDATE taskgate_schema SET version = version WHERE version = 1;

-- name: key_insert
-- params: id text, public_key text, private_key text, created_at time, alg text, crv text
INSERT INTO "jwks" ("id", "publicKey", "privateKey", "createdAt", "alg", "crv") VALUES ($1, $2, $3, $4, $5, $6);

-- Which key signs is Better Auth's rule: the newest that has not expired.
-- name: key_signing
-- params: now time
-- returns: id text, public_key text, private_key text, created_at time, expires_at time, alg text
SELECT "id", "publicKey", "privateKey", "createdAt", "expiresAt", "alg" FROM "jwks"
 WHERE ("alg" = 'EdDSA' OR "alg" IS NULL) AND ("expiresAt" IS NULL OR "expiresAt" > $1)
 ORDER BY "createdAt" DESC, "id" DESC
 LIMIT 1;

-- name: key_find
-- params: id text, after time
-- returns: id text, public_key text, private_key text, created_at time, expires_at time, alg text
SELECT "id", "publicKey", "privateKey", "createdAt", "expiresAt", "alg" FROM "jwks"
 WHERE "id" = $1 AND ("expiresAt" IS NULL OR "expiresAt" > $2);

-- name: key_list
-- params: after time
-- returns: id text, public_key text, private_key text, created_at time, expires_at time, alg text
SELECT "id", "publicKey", "privateKey", "createdAt", "expiresAt", "alg" FROM "jwks"
 WHERE "expiresAt" IS NULL OR "expiresAt" > $1
 ORDER BY "createdAt" DESC, "id" DESC
 LIMIT 100;

-- name: key_retire
-- params: now time
UPDATE "jwks" SET "expiresAt" = $1
 WHERE ("alg" = 'EdDSA' OR "alg" IS NULL) AND ("expiresAt" IS NULL OR "expiresAt" > $1);
