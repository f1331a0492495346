-- Second factors: what a user said about them, and the secret of an authenticator app.

CREATE TABLE user_factors (
    pool_id TEXT NOT NULL,
    sub TEXT NOT NULL,
    preference TEXT NOT NULL,
    PRIMARY KEY (pool_id, sub),
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
);

-- `pending_secret` waits for its first code; `last_step` is the newest time step whose code was accepted.
CREATE TABLE software_tokens (
    pool_id TEXT NOT NULL,
    sub TEXT NOT NULL,
    sealed_secret TEXT,
    pending_secret TEXT,
    device_name TEXT,
    last_step BIGINT NOT NULL,
    PRIMARY KEY (pool_id, sub),
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
);
