-- Links that have ended, and those of a user, are found without reading the whole table. The value by a
-- hash index: what a Better Auth server writes there may be longer than an entry of a B-tree.
CREATE INDEX IF NOT EXISTS "verification_expiresAt_idx" ON "verification" ("expiresAt");
CREATE INDEX IF NOT EXISTS "verification_value_idx" ON "verification" USING hash ("value");
