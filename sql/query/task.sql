-- Every statement is filtered by the user. In SQLite the program brings its own lower() (Unicode),
-- strpos() and the collation "C", so that one text means the same in both databases. A user who is
-- banned at that time has no tasks and gets none, and with a session none once that has ended, so that
-- a token is refused without a query of its own.

-- A page begins behind (key, id). By time the first page begins behind a time beyond all others, so
-- that the condition is always a range of the index; by title behind NULL.

-- name: task_list_created_desc
-- params: user text, after time, after_id int, completed bool, search text, now time, session text, limit int
-- returns: id int, title text, description text, completed bool, created_at time, updated_at time
SELECT id, title, description, completed, created_at, updated_at
  FROM tasks
 WHERE user_id = $1
   AND (created_at, id) < ($2, $3)
   AND ($4 IS NULL OR completed = $4)
   AND ($5 IS NULL OR strpos(lower(title), lower($5)) > 0
        OR strpos(lower(description), lower($5)) > 0)
   AND NOT EXISTS (SELECT 1 FROM "user" AS u
                    WHERE u."id" = $1 AND u."banned" IS TRUE
                      AND (u."banExpires" IS NULL OR u."banExpires" >= $6))
   AND ($7 IS NULL OR EXISTS (SELECT 1 FROM "session" AS s
                               WHERE s."id" = $7 AND s."userId" = $1 AND s."expiresAt" >= $6))
 ORDER BY created_at DESC, id DESC
 LIMIT $8;

-- name: task_list_created_asc
-- params: user text, after time, after_id int, completed bool, search text, now time, session text, limit int
-- returns: id int, title text, description text, completed bool, created_at time, updated_at time
SELECT id, title, description, completed, created_at, updated_at
  FROM tasks
 WHERE user_id = $1
   AND (created_at, id) > ($2, $3)
   AND ($4 IS NULL OR completed = $4)
   AND ($5 IS NULL OR strpos(lower(title), lower($5)) > 0
        OR strpos(lower(description), lower($5)) > 0)
   AND NOT EXISTS (SELECT 1 FROM "user" AS u
                    WHERE u."id" = $1 AND u."banned" IS TRUE
                      AND (u."banExpires" IS NULL OR u."banExpires" >= $6))
   AND ($7 IS NULL OR EXISTS (SELECT 1 FROM "session" AS s
                               WHERE s."id" = $7 AND s."userId" = $1 AND s."expiresAt" >= $6))
 ORDER BY created_at ASC, id ASC
 LIMIT $8;

-- name: task_list_updated_desc
-- params: user text, after time, after_id int, completed bool, search text, now time, session text, limit int
-- returns: id int, title text, description text, completed bool, created_at time, updated_at time
SELECT id, title, description, completed, created_at, updated_at
  FROM tasks
 WHERE user_id = $1
   AND (updated_at, id) < ($2, $3)
   AND ($4 IS NULL OR completed = $4)
   AND ($5 IS NULL OR strpos(lower(title), lower($5)) > 0
        OR strpos(lower(description), lower($5)) > 0)
   AND NOT EXISTS (SELECT 1 FROM "user" AS u
                    WHERE u."id" = $1 AND u."banned" IS TRUE
                      AND (u."banExpires" IS NULL OR u."banExpires" >= $6))
   AND ($7 IS NULL OR EXISTS (SELECT 1 FROM "session" AS s
                               WHERE s."id" = $7 AND s."userId" = $1 AND s."expiresAt" >= $6))
 ORDER BY updated_at DESC, id DESC
 LIMIT $8;

-- name: task_list_updated_asc
-- params: user text, after time, after_id int, completed bool, search text, now time, session text, limit int
-- returns: id int, title text, description text, completed bool, created_at time, updated_at time
SELECT id, title, description, completed, created_at, updated_at
  FROM tasks
 WHERE user_id = $1
   AND (updated_at, id) > ($2, $3)
   AND ($4 IS NULL OR completed = $4)
   AND ($5 IS NULL OR strpos(lower(title), lower($5)) > 0
        OR strpos(lower(description), lower($5)) > 0)
   AND NOT EXISTS (SELECT 1 FROM "user" AS u
                    WHERE u."id" = $1 AND u."banned" IS TRUE
                      AND (u."banExpires" IS NULL OR u."banExpires" >= $6))
   AND ($7 IS NULL OR EXISTS (SELECT 1 FROM "session" AS s
                               WHERE s."id" = $7 AND s."userId" = $1 AND s."expiresAt" >= $6))
 ORDER BY updated_at ASC, id ASC
 LIMIT $8;

-- name: task_list_title_desc
-- params: user text, after text, after_id int, completed bool, search text, now time, session text, limit int
-- returns: id int, title text, description text, completed bool, created_at time, updated_at time
SELECT id, title, description, completed, created_at, updated_at
  FROM tasks
 WHERE user_id = $1
   AND ($2 IS NULL OR (lower(title) COLLATE "C", id) < (lower($2) COLLATE "C", $3))
   AND ($4 IS NULL OR completed = $4)
   AND ($5 IS NULL OR strpos(lower(title), lower($5)) > 0
        OR strpos(lower(description), lower($5)) > 0)
   AND NOT EXISTS (SELECT 1 FROM "user" AS u
                    WHERE u."id" = $1 AND u."banned" IS TRUE
                      AND (u."banExpires" IS NULL OR u."banExpires" >= $6))
   AND ($7 IS NULL OR EXISTS (SELECT 1 FROM "session" AS s
                               WHERE s."id" = $7 AND s."userId" = $1 AND s."expiresAt" >= $6))
 ORDER BY lower(title) COLLATE "C" DESC, id DESC
 LIMIT $8;

-- name: task_list_title_asc
-- params: user text, after text, after_id int, completed bool, search text, now time, session text, limit int
-- returns: id int, title text, description text, completed bool, created_at time, updated_at time
SELECT id, title, description, completed, created_at, updated_at
  FROM tasks
 WHERE user_id = $1
   AND ($2 IS NULL OR (lower(title) COLLATE "C", id) > (lower($2) COLLATE "C", $3))
   AND ($4 IS NULL OR completed = $4)
   AND ($5 IS NULL OR strpos(lower(title), lower($5)) > 0
        OR strpos(lower(description), lower($5)) > 0)
   AND NOT EXISTS (SELECT 1 FROM "user" AS u
                    WHERE u."id" = $1 AND u."banned" IS TRUE
                      AND (u."banExpires" IS NULL OR u."banExpires" >= $6))
   AND ($7 IS NULL OR EXISTS (SELECT 1 FROM "session" AS s
                               WHERE s."id" = $7 AND s."userId" = $1 AND s."expiresAt" >= $6))
 ORDER BY lower(title) COLLATE "C" ASC, id ASC
 LIMIT $8;

-- name: task_count
-- params: user text, completed bool, search text
-- returns: total int
SELECT count(*)
  FROM tasks
 WHERE user_id = $1
   AND ($2 IS NULL OR completed = $2)
   AND ($3 IS NULL OR strpos(lower(title), lower($3)) > 0
        OR strpos(lower(description), lower($3)) > 0);

-- name: task_get
-- params: user text, id int, now time, session text
-- returns: id int, title text, description text, completed bool, created_at time, updated_at time
SELECT id, title, description, completed, created_at, updated_at
  FROM tasks
 WHERE user_id = $1 AND id = $2
   AND NOT EXISTS (SELECT 1 FROM "user" AS u
                    WHERE u."id" = $1 AND u."banned" IS TRUE
                      AND (u."banExpires" IS NULL OR u."banExpires" >= $3))
   AND ($4 IS NULL OR EXISTS (SELECT 1 FROM "session" AS s
                               WHERE s."id" = $4 AND s."userId" = $1 AND s."expiresAt" >= $3));

-- name: task_insert
-- params: user text, title text, description text, completed bool, created_at time, updated_at time, session text
-- returns: id int, title text, description text, completed bool, created_at time, updated_at time
INSERT INTO tasks (user_id, title, description, completed, created_at, updated_at)
SELECT $1, $2, $3, $4, $5, $6
 WHERE NOT EXISTS (SELECT 1 FROM "user" AS u
                    WHERE u."id" = $1 AND u."banned" IS TRUE
                      AND (u."banExpires" IS NULL OR u."banExpires" >= $5))
   AND ($7 IS NULL OR EXISTS (SELECT 1 FROM "session" AS s
                               WHERE s."id" = $7 AND s."userId" = $1 AND s."expiresAt" >= $5))
RETURNING id, title, description, completed, created_at, updated_at;

-- NULL leaves title and completed as they are; a description may become NULL, so it has a flag.
-- name: task_update
-- params: title text, set_description bool, description text, completed bool, now time, user text, id int, session text
-- returns: id int, title text, description text, completed bool, created_at time, updated_at time
UPDATE tasks
   SET title = coalesce($1, title),
       description = CASE WHEN $2 THEN $3 ELSE description END,
       completed = coalesce($4, completed),
       updated_at = $5
 WHERE user_id = $6 AND id = $7
   AND NOT EXISTS (SELECT 1 FROM "user" AS u
                    WHERE u."id" = $6 AND u."banned" IS TRUE
                      AND (u."banExpires" IS NULL OR u."banExpires" >= $5))
   AND ($8 IS NULL OR EXISTS (SELECT 1 FROM "session" AS s
                               WHERE s."id" = $8 AND s."userId" = $6 AND s."expiresAt" >= $5))
RETURNING id, title, description, completed, created_at, updated_at;

-- name: task_toggle
-- params: now time, user text, id int, session text
-- returns: id int, title text, description text, completed bool, created_at time, updated_at time
UPDATE tasks
   SET completed = NOT completed, updated_at = $1
 WHERE user_id = $2 AND id = $3
   AND NOT EXISTS (SELECT 1 FROM "user" AS u
                    WHERE u."id" = $2 AND u."banned" IS TRUE
                      AND (u."banExpires" IS NULL OR u."banExpires" >= $1))
   AND ($4 IS NULL OR EXISTS (SELECT 1 FROM "session" AS s
                               WHERE s."id" = $4 AND s."userId" = $2 AND s."expiresAt" >= $1))
RETURNING id, title, description, completed, created_at, updated_at;

-- name: task_delete
-- params: user text, id int, now time, session text
DELETE FROM tasks
 WHERE user_id = $1 AND id = $2
   AND NOT EXISTS (SELECT 1 FROM "user" AS u
                    WHERE u."id" = $1 AND u."banned" IS TRUE
                      AND (u."banExpires" IS NULL OR u."banExpires" >= $3))
   AND ($4 IS NULL OR EXISTS (SELECT 1 FROM "session" AS s
                               WHERE s."id" = $4 AND s."userId" = $1 AND s."expiresAt" >= $3));
