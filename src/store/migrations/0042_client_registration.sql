-- How a client registered itself, so that those which did so openly are counted.
ALTER TABLE clients ADD COLUMN registration TEXT;
UPDATE clients SET registration = 'open' WHERE doc LIKE '%"registration":"open"%';
UPDATE clients SET registration = 'authenticated' WHERE doc LIKE '%"registration":"authenticated"%';
CREATE INDEX clients_by_registration ON clients (pool_id, registration, id);
