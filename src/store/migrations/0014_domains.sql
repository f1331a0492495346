-- The hosts at which a pool's pages answer: one under the service's name and one of its own at most.
CREATE TABLE domains (
    host TEXT PRIMARY KEY,
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    is_custom BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    doc TEXT NOT NULL
);
CREATE UNIQUE INDEX domains_by_pool ON domains (pool_id, is_custom);
