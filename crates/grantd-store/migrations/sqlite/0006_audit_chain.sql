-- The key of the chain, sealed. Absent until the first start that knows of the chain.
ALTER TABLE installation ADD COLUMN audit_key BLOB;

-- Entries without one are from before the chain.
ALTER TABLE audit_entry ADD COLUMN mac BLOB;

-- One row: where the chain begins and ends.
CREATE TABLE audit_chain (
    one           INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    begun_at      INTEGER NOT NULL,
    anchor_seq    INTEGER NOT NULL,
    anchor_mac    BLOB    NOT NULL,
    anchor_proof  BLOB    NOT NULL,
    head_seq      INTEGER NOT NULL,
    head_mac      BLOB    NOT NULL,
    head_proof    BLOB    NOT NULL
) STRICT;
