-- Passkeys, and the registrations under way: one for each user, sealed, used once.

CREATE TABLE passkeys (
    pool_id TEXT NOT NULL,
    id TEXT NOT NULL,
    sub TEXT NOT NULL,
    sign_count BIGINT NOT NULL,
    public_key TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT,
    doc TEXT NOT NULL,
    PRIMARY KEY (pool_id, id),
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
);
CREATE INDEX passkeys_by_user ON passkeys (pool_id, sub);

CREATE TABLE passkey_registrations (
    pool_id TEXT NOT NULL,
    sub TEXT NOT NULL,
    client_id TEXT NOT NULL,
    sealed_state TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (pool_id, sub),
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
);
CREATE INDEX passkey_registrations_by_expiry ON passkey_registrations (expires_at);
