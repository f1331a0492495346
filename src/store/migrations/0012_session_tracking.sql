-- Where a pool tracks sessions: the public id of a session, when and from where it was last used. A family is a token
-- session, which may come from a browser session (`origin_session`).
ALTER TABLE families ADD COLUMN session_id TEXT;
ALTER TABLE families ADD COLUMN created_at BIGINT;
ALTER TABLE families ADD COLUMN last_active_at BIGINT;
ALTER TABLE families ADD COLUMN address TEXT;
ALTER TABLE families ADD COLUMN device TEXT;
ALTER TABLE families ADD COLUMN origin_session TEXT;
ALTER TABLE sessions ADD COLUMN session_id TEXT;
ALTER TABLE sessions ADD COLUMN client_id TEXT;
ALTER TABLE sessions ADD COLUMN last_active_at BIGINT;
ALTER TABLE sessions ADD COLUMN address TEXT;
ALTER TABLE sessions ADD COLUMN device TEXT;
