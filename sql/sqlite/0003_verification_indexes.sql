-- Links that have ended, and those of a user, are found without reading the whole table.
CREATE INDEX IF NOT EXISTS "verification_expiresAt_idx" ON "verification" ("expiresAt");
CREATE INDEX IF NOT EXISTS "verification_value_idx" ON "verification" ("value");
