-- What the program asks about the database itself.

-- name: ping
-- returns: one int
SELECT CAST(1 AS bigint);

-- name: schema_version
-- returns: version int
SELECT coalesce(max(version), 0) FROM taskgate_schema;

-- name: schema_record
-- params: version int, name text, applied_at time
INSERT INTO taskgate_schema (version, name, applied_at) VALUES ($1, $2, $3);
