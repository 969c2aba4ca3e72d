-- Better Auth's "rateLimit" table: a row counts what one key did. "lastRequest" is in milliseconds; see
-- store_throttle.c for how far ahead it is written.

-- A hit within the window of the last one is counted while there is room, a later one starts anew;
-- else nothing changes and no row comes back. A clock that was set back by a window starts anew too.
-- One statement, so that of many at the same time no more than the limit are counted.
-- name: throttle_hit
-- params: id text, key text, stamp int, window int, max int
-- returns: count int
INSERT INTO "rateLimit" AS r ("id", "key", "count", "lastRequest") VALUES ($1, $2, 1, $3)
ON CONFLICT ("key") DO UPDATE
   SET "count" = CASE WHEN abs($3 - r."lastRequest") < $4 THEN r."count" + 1 ELSE 1 END,
       "lastRequest" = $3
 WHERE abs($3 - r."lastRequest") >= $4 OR r."count" < $5
RETURNING CAST("count" AS bigint);

-- name: throttle_look
-- params: key text
-- returns: count int, stamp int
SELECT CAST("count" AS bigint), "lastRequest" FROM "rateLimit" WHERE "key" = $1;

-- name: throttle_take_back
-- params: key text
UPDATE "rateLimit" SET "count" = "count" - 1 WHERE "key" = $1 AND "count" > 0;

-- name: throttle_clear
-- params: key text
DELETE FROM "rateLimit" WHERE "key" = $1;

-- name: throttle_forget
-- params: stamp int
DELETE FROM "rateLimit" WHERE "lastRequest" < $1;
