-- What rows.py describes, made by PostgreSQL itself. Variables: users, tasks, hash.
SET synchronous_commit = off;
SET maintenance_work_mem = '512MB';
BEGIN;
SET LOCAL session_replication_role = replica;

-- Keys and indexes are made anew at the end: many rows are sorted faster than looked up one by one.
-- What a foreign key refers to stays.
CREATE TEMPORARY TABLE made_again ON COMMIT DROP AS
SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', c.conrelid::regclass, c.conname,
              pg_get_constraintdef(c.oid)) AS definition,
       format('ALTER TABLE %s DROP CONSTRAINT %I', c.conrelid::regclass, c.conname) AS removal
  FROM pg_constraint AS c
 WHERE c.contype = 'p' AND c.conrelid = 'tasks'::regclass
UNION ALL
SELECT pg_get_indexdef(i.indexrelid), format('DROP INDEX %s', i.indexrelid::regclass)
  FROM pg_index AS i
 WHERE i.indrelid IN ('tasks'::regclass, '"session"'::regclass, '"account"'::regclass,
                      '"refreshToken"'::regclass)
   AND NOT i.indisprimary AND NOT i.indisunique;
SELECT removal FROM made_again \gexec

INSERT INTO "user" ("id", "name", "email", "emailVerified", "createdAt", "updatedAt")
SELECT md5('user ' || n), 'User ' || n, 'user' || n || '@example.org', true, t, t
  FROM generate_series(1, :users) AS n,
       LATERAL (SELECT timestamptz '2026-01-01 00:00Z' + n * interval '1 ms' AS t) AS at;

INSERT INTO "account" ("id", "accountId", "providerId", "userId", "password", "createdAt", "updatedAt")
SELECT md5('account ' || n), md5('user ' || n), 'credential', md5('user ' || n), :'hash', t, t
  FROM generate_series(1, :users) AS n, LATERAL (SELECT timestamptz '2026-01-01 00:00Z' AS t) AS at;

INSERT INTO "session" ("id", "expiresAt", "token", "createdAt", "updatedAt", "ipAddress", "userAgent",
                       "userId")
SELECT md5('session ' || n), '2100-01-01 00:00Z', md5('token ' || n), t, t,
       '198.51.100.' || n % 256, 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
       md5('user ' || n)
  FROM generate_series(1, :users) AS n, LATERAL (SELECT timestamptz '2026-01-01 00:00Z' AS t) AS at;

INSERT INTO "refreshToken" ("tokenDigest", "sessionId", "userId", "createdAt", "expiresAt")
SELECT md5('refresh ' || n), md5('session ' || n), md5('user ' || n), '2026-01-01 00:00Z', '2100-01-01 00:00Z'
  FROM generate_series(1, :users) AS n;

INSERT INTO "verification" ("id", "identifier", "value", "expiresAt")
SELECT md5('verification ' || n), 'reset-password:' || md5('link ' || n), md5('user ' || n), '2100-01-01 00:00Z'
  FROM generate_series(10, :users, 10) AS n;

INSERT INTO "rateLimit" ("id", "key", "count", "lastRequest")
SELECT md5('limit ' || n), 'client ' || n, 1, 4102444800000 FROM generate_series(10, :users, 10) AS n;

INSERT INTO tasks (user_id, title, description, completed, created_at, updated_at)
SELECT md5('user ' || i % :users + 1), 'Task ' || i || ': call the neighbours back',
       CASE WHEN i / :users % 2 = 0
            THEN 'About the fence, the tree behind it, and who keeps the key while they are away.' END,
       i / :users % 4 = 0, t, t
  FROM generate_series(0, CAST(:users AS bigint) * :tasks - 1) AS i,
       LATERAL (SELECT timestamptz '2026-01-01 00:00Z' + i * interval '1 ms' AS t) AS at;

SELECT definition FROM made_again \gexec
COMMIT;
VACUUM (ANALYZE);
