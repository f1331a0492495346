-- Identity providers, who came through them, and messages that may be used once.

CREATE TABLE identity_providers (
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    provider_type TEXT NOT NULL,
    sealed_secret TEXT,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (pool_id, name)
);

-- Our key pair as a SAML service provider, one for each pool that needs it.
CREATE TABLE saml_keys (
    pool_id TEXT PRIMARY KEY REFERENCES pools (id) ON DELETE CASCADE,
    sealed_private_key TEXT NOT NULL,
    certificate TEXT NOT NULL
);

-- Which user a provider's person is. `attribute` is Cognito_Subject, or the claim that an administrator linked by.
CREATE TABLE identities (
    pool_id TEXT NOT NULL,
    provider_name TEXT NOT NULL,
    attribute TEXT NOT NULL,
    value TEXT NOT NULL,
    sub TEXT NOT NULL,
    sealed_tokens TEXT,
    PRIMARY KEY (pool_id, provider_name, attribute, value),
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
);
CREATE INDEX identities_by_user ON identities (pool_id, sub);

-- States and assertions that have been used, until they would expire anyway.
CREATE TABLE used_messages (
    message_id TEXT PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX used_messages_by_expiry ON used_messages (expires_at);
