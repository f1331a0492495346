-- Columns are TEXT and BIGINT only, so that SQLite and PostgreSQL read the same text.
-- Times are milliseconds since the epoch, flags 0 or 1, secrets hashed or sealed.

CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE settings_version (id BIGINT PRIMARY KEY, version BIGINT NOT NULL);
INSERT INTO settings_version (id, version) VALUES (1, 1);

CREATE TABLE pools (
    id TEXT PRIMARY KEY,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    doc TEXT NOT NULL
);
CREATE INDEX pools_by_region ON pools (region, id);

CREATE TABLE clients (
    id TEXT PRIMARY KEY,
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    sealed_secrets TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    doc TEXT NOT NULL
);
CREATE INDEX clients_by_pool ON clients (pool_id, id);

CREATE TABLE signing_keys (
    kid TEXT PRIMARY KEY,
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    purpose TEXT NOT NULL,
    sealed_private_key TEXT NOT NULL,
    active_at BIGINT NOT NULL,
    retired_at BIGINT
);
CREATE INDEX signing_keys_by_pool ON signing_keys (pool_id);

CREATE TABLE resource_servers (
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    identifier TEXT NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    PRIMARY KEY (pool_id, identifier)
);

CREATE TABLE users (
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    sub TEXT NOT NULL,
    username TEXT NOT NULL,
    username_key TEXT NOT NULL,
    status TEXT NOT NULL,
    enabled BIGINT NOT NULL,
    attributes TEXT NOT NULL,
    password_hash TEXT,
    sealed_srp_verifier TEXT,
    password_expires_at BIGINT,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    signed_out_at BIGINT NOT NULL,
    PRIMARY KEY (pool_id, sub)
);
CREATE UNIQUE INDEX users_by_name ON users (pool_id, username_key);

-- Addresses and other attributes that lead to a user at sign-in.
CREATE TABLE logins (
    pool_id TEXT NOT NULL,
    value_key TEXT NOT NULL,
    attribute TEXT NOT NULL,
    sub TEXT NOT NULL,
    PRIMARY KEY (pool_id, value_key),
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
);
CREATE INDEX logins_by_user ON logins (pool_id, sub, attribute);

CREATE TABLE user_groups (
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    description TEXT,
    precedence BIGINT,
    role_arn TEXT,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    PRIMARY KEY (pool_id, name)
);

CREATE TABLE group_members (
    pool_id TEXT NOT NULL,
    sub TEXT NOT NULL,
    group_name TEXT NOT NULL,
    PRIMARY KEY (pool_id, sub, group_name),
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE,
    FOREIGN KEY (pool_id, group_name) REFERENCES user_groups (pool_id, name) ON DELETE CASCADE
);
CREATE INDEX group_members_by_group ON group_members (pool_id, group_name, sub);

-- Failures that lock: of passwords, of codes.
CREATE TABLE attempts (
    subject TEXT PRIMARY KEY,
    failures BIGINT NOT NULL,
    last_failure_at BIGINT NOT NULL,
    locked_until BIGINT NOT NULL
);
CREATE INDEX attempts_by_age ON attempts (last_failure_at);

-- One-time codes that people type; a new one replaces the old. Names that lead to nobody have codes too, which nobody
-- gets: so `sub` is no reference, and the codes of a user who is gone leave when they expire.
CREATE TABLE codes (
    pool_id TEXT NOT NULL,
    sub TEXT NOT NULL,
    purpose TEXT NOT NULL,
    code_mac TEXT NOT NULL,
    attribute TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (pool_id, sub, purpose)
);
CREATE INDEX codes_by_expiry ON codes (expires_at);

-- Browser sessions, behind the cookie `cognito`.
CREATE TABLE sessions (
    token_hash TEXT PRIMARY KEY,
    pool_id TEXT NOT NULL,
    sub TEXT NOT NULL,
    auth_time BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
);
CREATE INDEX sessions_by_user ON sessions (pool_id, sub);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE families (
    id TEXT PRIMARY KEY,
    pool_id TEXT NOT NULL,
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    sub TEXT NOT NULL,
    auth_time BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    doc TEXT NOT NULL,
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
);
CREATE INDEX families_by_user ON families (pool_id, sub);
CREATE INDEX families_by_client ON families (client_id);
CREATE INDEX families_by_expiry ON families (expires_at);

CREATE TABLE refresh_tokens (
    token_hash TEXT PRIMARY KEY,
    family_id TEXT NOT NULL REFERENCES families (id) ON DELETE CASCADE,
    superseded_at BIGINT
);
CREATE INDEX refresh_tokens_by_family ON refresh_tokens (family_id);

-- Authorization codes. A used one stays until it expires, so that a second use can be told.
CREATE TABLE authorization_codes (
    code_hash TEXT PRIMARY KEY,
    pool_id TEXT NOT NULL,
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    sub TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    family_id TEXT,
    doc TEXT NOT NULL,
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
);
CREATE INDEX authorization_codes_by_expiry ON authorization_codes (expires_at);
CREATE INDEX authorization_codes_by_user ON authorization_codes (pool_id, sub);
CREATE INDEX authorization_codes_by_client ON authorization_codes (client_id);
