-- Import jobs. The uploaded file lies here in pieces of whole records, so that any instance can go on with it; a piece
-- leaves in the transaction that brings its users in. A report holds the log lines of one piece.

CREATE TABLE import_jobs (
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    role_arn TEXT NOT NULL,
    hash_family TEXT,
    status TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    completed_at BIGINT,
    completion_message TEXT,
    imported BIGINT NOT NULL,
    skipped BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    upload TEXT,
    next_piece BIGINT NOT NULL,
    PRIMARY KEY (pool_id, id)
);
CREATE INDEX import_jobs_by_status ON import_jobs (status, created_at);

CREATE TABLE import_pieces (
    pool_id TEXT NOT NULL,
    job_id TEXT NOT NULL,
    upload TEXT NOT NULL,
    number BIGINT NOT NULL,
    first_line BIGINT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (pool_id, job_id, upload, number),
    FOREIGN KEY (pool_id, job_id) REFERENCES import_jobs (pool_id, id) ON DELETE CASCADE
);

CREATE TABLE import_reports (
    pool_id TEXT NOT NULL,
    job_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    lines TEXT NOT NULL,
    PRIMARY KEY (pool_id, job_id, number),
    FOREIGN KEY (pool_id, job_id) REFERENCES import_jobs (pool_id, id) ON DELETE CASCADE
);
