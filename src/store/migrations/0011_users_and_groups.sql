-- What lists of users are searched by. `value_key` is the start of the value in hexadecimal, so that a prefix is a
-- range in every collation.
CREATE TABLE user_search (
    pool_id TEXT NOT NULL,
    attribute TEXT NOT NULL,
    value_key TEXT NOT NULL,
    sub TEXT NOT NULL,
    PRIMARY KEY (pool_id, attribute, value_key, sub),
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
);
CREATE INDEX user_search_by_user ON user_search (pool_id, sub);
CREATE INDEX users_by_status ON users (pool_id, status, sub);
CREATE INDEX users_by_enabled ON users (pool_id, enabled, sub);

-- New addresses that count only once they are proven.
CREATE TABLE pending_attributes (
    pool_id TEXT NOT NULL,
    sub TEXT NOT NULL,
    attribute TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (pool_id, sub, attribute),
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
);

-- How often something was done since when, where a user may do it so many times an hour.
CREATE TABLE allowances (
    subject TEXT PRIMARY KEY,
    used BIGINT NOT NULL,
    since BIGINT NOT NULL
);
CREATE INDEX allowances_by_age ON allowances (since);

-- Passwords that may not be used again, where the pool's policy says so.
CREATE TABLE earlier_passwords (
    pool_id TEXT NOT NULL,
    sub TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    replaced_at BIGINT NOT NULL,
    PRIMARY KEY (pool_id, sub, password_hash),
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
);
