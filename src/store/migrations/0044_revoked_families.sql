-- Which families are revoked, so that looking at one that is not costs no row. The key is the id, in a form that only
-- this index has: SQLite would take the primary key otherwise, and read the row.
CREATE INDEX families_revoked ON families ((id || '')) WHERE revoked_at IS NOT NULL;
