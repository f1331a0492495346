-- Which provider a browser session came from, so that signing out here can sign out there, and the other way round.
-- `sealed` holds what the provider must be told.
CREATE TABLE upstream_sessions (
    token_hash TEXT PRIMARY KEY REFERENCES sessions (token_hash) ON DELETE CASCADE,
    pool_id TEXT NOT NULL,
    provider_name TEXT NOT NULL,
    subject TEXT NOT NULL,
    session_index TEXT,
    sealed TEXT NOT NULL
);
CREATE INDEX upstream_sessions_by_subject ON upstream_sessions (pool_id, provider_name, subject);

-- The providers behind a SAML entity id: a message of theirs names nothing else.
CREATE TABLE saml_entities (
    entity_id TEXT NOT NULL,
    pool_id TEXT NOT NULL,
    provider_name TEXT NOT NULL,
    PRIMARY KEY (entity_id, pool_id, provider_name),
    FOREIGN KEY (pool_id, provider_name) REFERENCES identity_providers (pool_id, name) ON DELETE CASCADE
);
CREATE INDEX saml_entities_by_provider ON saml_entities (pool_id, provider_name);
