-- A database without users has none of an earlier version either, so nobody need be put into `user_search` later.
INSERT INTO facts (name, value)
SELECT 'user_search_is_complete', '1' WHERE NOT EXISTS (SELECT 1 FROM users)
AND NOT EXISTS (SELECT 1 FROM facts WHERE name = 'user_search_is_complete');
