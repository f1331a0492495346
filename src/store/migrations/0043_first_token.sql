-- The first refresh token of a family stands in the family's own row: one that is never rotated needs no other.
ALTER TABLE families ADD COLUMN first_token_hash TEXT;
ALTER TABLE families ADD COLUMN first_superseded_at BIGINT;
CREATE UNIQUE INDEX families_by_first_token ON families (first_token_hash);
