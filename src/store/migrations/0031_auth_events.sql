-- What users did, where the pool's threat protection keeps it. `challenges` is JSON.
CREATE TABLE auth_events (
    pool_id TEXT NOT NULL,
    sub TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    response TEXT NOT NULL,
    blocked BIGINT NOT NULL,
    challenges TEXT NOT NULL,
    address TEXT,
    device TEXT NOT NULL,
    feedback BIGINT,
    feedback_provider TEXT,
    feedback_at BIGINT,
    PRIMARY KEY (pool_id, sub, created_at, id),
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
);
CREATE INDEX auth_events_by_age ON auth_events (created_at);
