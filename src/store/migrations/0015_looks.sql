-- How the pages of a client look, and the documents that they link to. `target` is the client's id, or ALL for every
-- client of the pool without a customisation of its own.
CREATE TABLE ui_customizations (
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    target TEXT NOT NULL,
    client_id TEXT REFERENCES clients (id) ON DELETE CASCADE,
    css TEXT,
    image_type TEXT,
    image TEXT,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    PRIMARY KEY (pool_id, target)
);
CREATE INDEX ui_customizations_by_client ON ui_customizations (client_id);

CREATE TABLE brandings (
    id TEXT PRIMARY KEY,
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    uses_provided_values BIGINT NOT NULL,
    settings TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX brandings_by_client ON brandings (client_id);
CREATE INDEX brandings_by_pool ON brandings (pool_id);

CREATE TABLE branding_assets (
    pool_id TEXT NOT NULL,
    branding_id TEXT NOT NULL REFERENCES brandings (id) ON DELETE CASCADE,
    category TEXT NOT NULL,
    color_mode TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    extension TEXT NOT NULL,
    bytes TEXT NOT NULL,
    PRIMARY KEY (pool_id, branding_id, category, color_mode, resource_id)
);
CREATE UNIQUE INDEX branding_assets_by_style ON branding_assets (branding_id, category, color_mode, resource_id);

CREATE TABLE terms (
    id TEXT PRIMARY KEY,
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    links TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX terms_by_client ON terms (client_id, name);
CREATE INDEX terms_by_pool ON terms (pool_id, id);
