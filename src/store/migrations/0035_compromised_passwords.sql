-- Whether an event was about a password that is known from breaches.
ALTER TABLE auth_events ADD COLUMN compromised BIGINT NOT NULL DEFAULT 0;
