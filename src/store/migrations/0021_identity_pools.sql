-- Identity pools, the identities in them with their logins, and the keys of the pools' own issuer.

CREATE TABLE identity_pools (
    id TEXT PRIMARY KEY,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    settings TEXT NOT NULL,
    roles TEXT NOT NULL
);
CREATE INDEX identity_pools_by_region ON identity_pools (region, id);

CREATE TABLE identity_pool_tags (
    pool_id TEXT NOT NULL REFERENCES identity_pools (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (pool_id, name)
);

CREATE TABLE identity_pool_principal_tags (
    pool_id TEXT NOT NULL REFERENCES identity_pools (id) ON DELETE CASCADE,
    provider TEXT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (pool_id, provider)
);

-- An identity that was merged into another one is disabled and leads there. A guest has never had a login; one that
-- lost its last login is nobody's.
CREATE TABLE pool_identities (
    id TEXT PRIMARY KEY,
    pool_id TEXT NOT NULL REFERENCES identity_pools (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    guest BIGINT NOT NULL,
    merged_into TEXT
);
CREATE INDEX pool_identities_by_pool ON pool_identities (pool_id, id);

-- An identity holds one login of each public provider and any number of a developer's own: the slot says which.
CREATE TABLE identity_logins (
    pool_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    subject TEXT NOT NULL,
    identity_id TEXT NOT NULL REFERENCES pool_identities (id) ON DELETE CASCADE,
    slot TEXT NOT NULL,
    linked_at BIGINT NOT NULL,
    PRIMARY KEY (pool_id, provider, subject)
);
CREATE UNIQUE INDEX identity_logins_by_identity ON identity_logins (identity_id, slot);

CREATE TABLE issuer_keys (
    generation BIGINT PRIMARY KEY,
    kid TEXT NOT NULL,
    sealed_private_key TEXT NOT NULL,
    active_at BIGINT NOT NULL
);
