-- HTTP consumers. What people set is one document, as the API has it, but for the header fields.
CREATE TABLE consumer (
    id             TEXT    NOT NULL PRIMARY KEY,
    slug           TEXT    NOT NULL UNIQUE,
    name           TEXT    NOT NULL,
    name_folded    TEXT    NOT NULL UNIQUE,
    -- A credential that a consumer uses is not deleted.
    credential_id  TEXT    NOT NULL REFERENCES credential (id),
    settings       TEXT    NOT NULL,
    enabled        INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    -- The highest version that any secret value of the consumer ever had.
    secret_counter INTEGER NOT NULL,
    revision       INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    created_by     TEXT    NOT NULL,
    updated_at     INTEGER NOT NULL,
    updated_by     TEXT    NOT NULL
) STRICT;

CREATE INDEX consumer_by_credential ON consumer (credential_id);

-- The hosts by which they are reached; each belongs to one of them.
CREATE TABLE consumer_host (
    consumer_id TEXT NOT NULL REFERENCES consumer (id) ON DELETE CASCADE,
    host        TEXT NOT NULL UNIQUE,
    PRIMARY KEY (consumer_id, host)
) STRICT, WITHOUT ROWID;

-- Header fields that are set in each request; a secret value is sealed.
CREATE TABLE consumer_field (
    consumer_id TEXT    NOT NULL REFERENCES consumer (id) ON DELETE CASCADE,
    position    INTEGER NOT NULL,
    name        TEXT    NOT NULL,
    plain       TEXT,
    sealed      BLOB,
    version     INTEGER NOT NULL,
    PRIMARY KEY (consumer_id, position),
    CHECK ((plain IS NULL) <> (sealed IS NULL))
) STRICT, WITHOUT ROWID;
