-- Secret sources that an admin added. What people set is one document, as the API has it.
CREATE TABLE secret_source (
    id               TEXT    NOT NULL PRIMARY KEY,
    name             TEXT    NOT NULL UNIQUE,
    settings         TEXT    NOT NULL,
    -- What grantd signs in with, where that takes a secret: sealed here, or referenced in another source.
    secret_version   INTEGER,
    secret_sealed    BLOB,
    secret_reference TEXT,
    secret_set_at    INTEGER,
    secret_set_by    TEXT,
    -- The highest version that its secret ever had.
    secret_counter   INTEGER NOT NULL,
    revision         INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    created_by       TEXT    NOT NULL,
    updated_at       INTEGER NOT NULL,
    updated_by       TEXT    NOT NULL,
    CHECK ((secret_version IS NULL) = (secret_sealed IS NULL AND secret_reference IS NULL)),
    CHECK (secret_sealed IS NULL OR secret_reference IS NULL)
) STRICT;

-- Which credentials use a source.
CREATE INDEX credential_secret_by_source
    ON credential_secret (json_extract(reference, '$.source'), credential_id) WHERE reference IS NOT NULL;
