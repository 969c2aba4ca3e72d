-- The columns of Better Auth's admin plugin that say who is banned, as its migration adds them. A
-- column that is there already stays (the driver skips its step). All may be NULL: a Better Auth
-- server without the plugin does not write them.
ALTER TABLE "user" ADD COLUMN "banned" integer DEFAULT 0;
ALTER TABLE "user" ADD COLUMN "banReason" text;
ALTER TABLE "user" ADD COLUMN "banExpires" date;
