-- Which receivers of a mail need no further attempt, as a JSON array: those that have it, and those that were
-- refused for good.
ALTER TABLE alert_delivery ADD COLUMN settled TEXT NOT NULL DEFAULT '[]';
