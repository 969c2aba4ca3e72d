-- The columns of Better Auth's admin plugin that say who is banned, as its migration adds them. All
-- may be NULL: a Better Auth server without the plugin does not write them.
ALTER TABLE "user" ADD COLUMN IF NOT EXISTS "banned" boolean DEFAULT false;
ALTER TABLE "user" ADD COLUMN IF NOT EXISTS "banReason" text;
ALTER TABLE "user" ADD COLUMN IF NOT EXISTS "banExpires" timestamptz;
