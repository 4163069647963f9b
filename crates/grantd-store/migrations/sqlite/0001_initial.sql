-- One row: which installation this is, and a sealed check value that shows whether the keyring fits.
CREATE TABLE installation (
    id            TEXT    NOT NULL PRIMARY KEY,
    created_at    INTEGER NOT NULL,
    keyring_check BLOB    NOT NULL
) STRICT;

CREATE TABLE credential (
    id                TEXT    NOT NULL PRIMARY KEY,
    slug              TEXT    NOT NULL UNIQUE,
    name              TEXT    NOT NULL,
    name_folded       TEXT    NOT NULL UNIQUE,
    description       TEXT    NOT NULL,
    owner             TEXT    NOT NULL,
    provider          TEXT    NOT NULL,
    client_id         TEXT    NOT NULL,
    client_id_folded  TEXT    NOT NULL,
    token_endpoint    TEXT    NOT NULL,
    scope             TEXT,
    method            TEXT    NOT NULL,
    basic_encoding    TEXT,
    secret_expires_at INTEGER,
    advanced          TEXT    NOT NULL,
    enabled           INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    revision          INTEGER NOT NULL,
    token_generation  INTEGER NOT NULL,
    -- The highest version that any secret value of the credential ever had.
    secret_counter    INTEGER NOT NULL,
    created_at        INTEGER NOT NULL,
    created_by        TEXT    NOT NULL,
    updated_at        INTEGER NOT NULL,
    updated_by        TEXT    NOT NULL
) STRICT;

CREATE INDEX credential_by_created ON credential (created_at, id);
CREATE INDEX credential_by_updated ON credential (updated_at, id);

CREATE TABLE credential_label (
    credential_id TEXT NOT NULL REFERENCES credential (id) ON DELETE CASCADE,
    key           TEXT NOT NULL,
    value         TEXT NOT NULL,
    PRIMARY KEY (credential_id, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX credential_label_by_value ON credential_label (key, value, credential_id);

-- The secrets in the order in which they are tried. Either sealed here or referenced elsewhere.
CREATE TABLE credential_secret (
    credential_id TEXT    NOT NULL REFERENCES credential (id) ON DELETE CASCADE,
    version       INTEGER NOT NULL,
    position      INTEGER NOT NULL,
    sealed        BLOB,
    reference     TEXT,
    set_at        INTEGER NOT NULL,
    set_by        TEXT    NOT NULL,
    last_used_at  INTEGER,
    PRIMARY KEY (credential_id, version),
    UNIQUE (credential_id, position),
    CHECK ((sealed IS NULL) <> (reference IS NULL))
) STRICT, WITHOUT ROWID;

-- Extra form parameters and headers of the token request; a secret value is sealed.
CREATE TABLE credential_parameter (
    credential_id TEXT    NOT NULL REFERENCES credential (id) ON DELETE CASCADE,
    place         TEXT    NOT NULL CHECK (place IN ('parameter', 'header')),
    position      INTEGER NOT NULL,
    name          TEXT    NOT NULL,
    plain         TEXT,
    sealed        BLOB,
    version       INTEGER NOT NULL,
    PRIMARY KEY (credential_id, place, position),
    CHECK ((plain IS NULL) <> (sealed IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE api_key (
    id            TEXT    NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL,
    secret_digest BLOB    NOT NULL,
    grants        TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    created_by    TEXT    NOT NULL,
    expires_at    INTEGER,
    revoked_at    INTEGER
) STRICT;

-- Append-only, in the order of seq, whatever the clock says.
CREATE TABLE audit_entry (
    seq         INTEGER NOT NULL PRIMARY KEY,
    id          TEXT    NOT NULL UNIQUE,
    at          INTEGER NOT NULL,
    actor       TEXT    NOT NULL,
    action      TEXT    NOT NULL,
    object      TEXT    NOT NULL,
    object_name TEXT    NOT NULL,
    detail      TEXT    NOT NULL
) STRICT;

CREATE INDEX audit_entry_by_object ON audit_entry (object, seq);
CREATE INDEX audit_entry_by_action ON audit_entry (action, seq);
