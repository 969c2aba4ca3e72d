-- Better Auth's own tables, as its migration makes them in SQLite: a date is ISO 8601 text, a boolean
-- is 0 or 1. Each is made only where it is missing. Never add a required column to them: Better Auth
-- would refuse to start.
CREATE TABLE IF NOT EXISTS "user" (
    "id"            text NOT NULL PRIMARY KEY,
    "name"          text NOT NULL,
    "email"         text NOT NULL UNIQUE,
    "emailVerified" integer NOT NULL,
    "image"         text,
    "createdAt"     date NOT NULL,
    "updatedAt"     date NOT NULL
);

CREATE TABLE IF NOT EXISTS "session" (
    "id"        text NOT NULL PRIMARY KEY,
    "expiresAt" date NOT NULL,
    "token"     text NOT NULL UNIQUE,
    "createdAt" date NOT NULL,
    "updatedAt" date NOT NULL,
    "ipAddress" text,
    "userAgent" text,
    "userId"    text NOT NULL REFERENCES "user" ("id") ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS "session_userId_idx" ON "session" ("userId");

CREATE TABLE IF NOT EXISTS "account" (
    "id"                    text NOT NULL PRIMARY KEY,
    "accountId"             text NOT NULL,
    "providerId"            text NOT NULL,
    "userId"                text NOT NULL REFERENCES "user" ("id") ON DELETE CASCADE,
    "accessToken"           text,
    "refreshToken"          text,
    "idToken"               text,
    "accessTokenExpiresAt"  date,
    "refreshTokenExpiresAt" date,
    "scope"                 text,
    "password"              text,
    "createdAt"             date NOT NULL,
    "updatedAt"             date NOT NULL
);
CREATE INDEX IF NOT EXISTS "account_userId_idx" ON "account" ("userId");

CREATE TABLE IF NOT EXISTS "verification" (
    "id"         text NOT NULL PRIMARY KEY,
    "identifier" text NOT NULL,
    "value"      text NOT NULL,
    "expiresAt"  date NOT NULL,
    "createdAt"  date NOT NULL,
    "updatedAt"  date NOT NULL
);
CREATE INDEX IF NOT EXISTS "verification_identifier_idx" ON "verification" ("identifier");

CREATE TABLE IF NOT EXISTS "jwks" (
    "id"         text NOT NULL PRIMARY KEY,
    "publicKey"  text NOT NULL,
    "privateKey" text NOT NULL,
    "createdAt"  date NOT NULL,
    "expiresAt"  date,
    "alg"        text,
    "crv"        text
);

CREATE TABLE IF NOT EXISTS "rateLimit" (
    "id"          text NOT NULL PRIMARY KEY,
    "key"         text NOT NULL UNIQUE,
    "count"       integer NOT NULL,
    "lastRequest" bigint NOT NULL
);

-- Ours from here on.

-- Single-use refresh tokens; only a digest is stored. They end with their session, and so with the
-- user: a foreign key of their own would make each refresh lock the user behind its session.
CREATE TABLE "refreshToken" (
    "tokenDigest" text NOT NULL PRIMARY KEY,
    "sessionId"   text NOT NULL REFERENCES "session" ("id") ON DELETE CASCADE,
    "userId"      text NOT NULL,
    "createdAt"   text NOT NULL,
    "expiresAt"   text NOT NULL,
    "usedAt"      text
);
CREATE INDEX "refreshToken_sessionId_idx" ON "refreshToken" ("sessionId");

CREATE TABLE tasks (
    id          integer PRIMARY KEY AUTOINCREMENT,
    user_id     text NOT NULL CHECK (length(user_id) <= 255),
    title       text NOT NULL,
    description text,
    completed   integer NOT NULL DEFAULT 0 CHECK (completed IN (0, 1)),
    created_at  text NOT NULL,
    updated_at  text NOT NULL,
    CONSTRAINT fk_tasks_user FOREIGN KEY (user_id) REFERENCES "user" ("id") ON DELETE CASCADE
);
CREATE INDEX tasks_user_created_idx ON tasks (user_id, created_at DESC, id DESC);

-- One row for each step that was applied.
CREATE TABLE taskgate_schema (
    version    integer PRIMARY KEY,
    name       text NOT NULL,
    applied_at text NOT NULL
);
