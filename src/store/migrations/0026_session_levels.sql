-- The level of assurance that an identity provider vouched for when a browser session began.
ALTER TABLE sessions ADD COLUMN acr TEXT;
