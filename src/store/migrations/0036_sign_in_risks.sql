-- How risky a sign-in was, and whether it tells from where and with what its user signs in.
ALTER TABLE auth_events ADD COLUMN risk_level TEXT;
ALTER TABLE auth_events ADD COLUMN trusted BIGINT NOT NULL DEFAULT 0;
UPDATE auth_events SET trusted = 1
    WHERE kind = 'SignIn' AND response = 'Pass' AND (feedback IS NULL OR feedback = 1);
CREATE INDEX auth_events_by_trust ON auth_events (pool_id, sub, trusted, created_at);
